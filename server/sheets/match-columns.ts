import { foldText } from '../platform/fold-text.ts'
import { type CellKind, readCell } from './read-cell.ts'
import type { SheetRow } from './sheet.ts'

/** What a column may be taken for. */
export interface SheetField {
  readonly name: string
  readonly kind: CellKind
  /** What else it is called, in every language. */
  readonly synonyms?: readonly string[] | Readonly<Record<string, readonly string[]>> | undefined
  /** Whether a value can be nothing else, e.g. a barcode by its check digit. */
  readonly isLike?: ((text: string) => boolean) | undefined
}

export interface ColumnMatch {
  readonly field: string
  readonly column: string
  /** 0 to 1: 1 is the name itself; below 0.6 somebody should look. */
  readonly confidence: number
}

const leastConfidence = 0.45

/**
 * Which column is which field: by names and synonyms without regard to accents, letter case and punctuation, also where a word more or
 * less, or a letter, is different; and by whether the samples can be read as the kind of the field. Each column is at most one field, and
 * each field one column. The best matches come first.
 */
export function matchColumns(
  columns: readonly string[],
  samples: readonly SheetRow[],
  fields: readonly SheetField[],
): ColumnMatch[] {
  const named = fields.map((field) => ({ field, names: namesOf(field) }))
  const candidates = columns.flatMap((column, index) => {
    const cells = samples.map(({ cells }) => cells[index] ?? '').filter((cell) => cell.trim() !== '')
    const words = wordsOf(column)
    return named.map(({ field, names }) => ({
      field: field.name,
      column,
      confidence: confidenceOf(Math.max(0, ...names.map((name) => likeness(words, name))), { field, cells }),
    }))
  })
  const matches: ColumnMatch[] = []
  for (const one of candidates.toSorted((a, b) => b.confidence - a.confidence)) {
    const isTaken = matches.some(({ field, column }) => field === one.field || column === one.column)
    if (one.confidence >= leastConfidence && !isTaken) matches.push(one)
  }
  return matches
}

/** By how alike the names are, and by what stands in the column: what cannot be read as the field's kind speaks against it. */
function confidenceOf(byName: number, { field, cells }: { field: SheetField; cells: readonly string[] }): number {
  const likely = field.isLike && cells.length > 0 ? shareOf(cells, field.isLike) : 0
  if (byName === 0) return likely > 0.8 ? 0.5 * likely : 0
  if (cells.length === 0) return rounded(byName * 0.95)
  const readable = shareOf(cells, (cell) => isReadable(field.kind, cell))
  return rounded(Math.min(1, byName * (0.3 + 0.7 * readable) + (byName < 1 && likely > 0.8 ? 0.1 : 0)))
}

/** Whether a cell may be of the kind, be it by a convention that nobody knows yet. */
function isReadable(kind: CellKind, cell: string): boolean {
  const reading = readCell(kind, cell, {})
  return 'value' in reading || reading.suggested !== null || ambiguous.has(reading.fault)
}

const ambiguous: ReadonlySet<string> = new Set(['decimal_ambiguous', 'date_order_ambiguous', 'code_is_rounded'])

function shareOf(cells: readonly string[], test: (cell: string) => boolean): number {
  return cells.filter(test).length / cells.length
}

function namesOf({ name, synonyms = [] }: SheetField): string[][] {
  const others = Array.isArray(synonyms) ? synonyms : Object.values(synonyms).flat()
  return [name, ...others].map(wordsOf).filter((words) => words.length > 0)
}

/** The words of a name: invoiceNo, INVOICE_NO and "Invoice no." have the same ones. */
function wordsOf(name: string): string[] {
  const apart = name.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
  return foldText(apart)
    .split(/[^\p{L}\p{N}%#]+/u)
    .map((word) => (word.startsWith('ال') && word.length > 4 ? word.slice(2) : word))
    .filter((word) => word !== '' && !empty.has(word))
    .map((word) => shortened.get(word) ?? word)
}

// Words that say nothing of what a column holds.
const empty = new Set(['the', 'of', 'de', 'du', 'des', 'la', 'le', 'les', 'd', 'l', 'en', 'في', 'من'])

// What people shorten, as far as the two mean the same.
const shortened: ReadonlyMap<string, string> = new Map(
  Object.entries({
    qte: 'quantite',
    qty: 'quantity',
    no: 'number',
    nr: 'number',
    num: 'number',
    '#': 'number',
    numero: 'number',
    n: 'number',
    ref: 'reference',
    desc: 'description',
    tel: 'telephone',
    phone: 'telephone',
    adr: 'adresse',
    addr: 'address',
    cat: 'category',
    px: 'prix',
    pu: 'prix unitaire',
    mnt: 'montant',
    dt: 'date',
    exp: 'expiry',
    fourn: 'fournisseur',
    art: 'article',
  }),
)

/** 1 for the same words, less for words in another order, one word more or less, or a letter that differs. */
function likeness(given: readonly string[], known: readonly string[]): number {
  const [a, b] = [given.join(' '), known.join(' ')]
  if (a === b) return 1
  if (given.join('') === known.join('')) return 0.97
  const shared = known.filter((word) => given.includes(word)).length
  if (shared === known.length && shared === given.length) return 0.95
  const longest = Math.max(given.length, known.length)
  if (shared > 0 && longest - shared === 1 && Math.min(given.length, known.length) === shared)
    return longest === 2 ? 0.65 : 0.75
  const near = 1 - distance(a, b) / Math.max(a.length, b.length, 1)
  return near >= 0.8 && Math.min(a.length, b.length) > 3 ? near * 0.85 : 0
}

/** How many letters have to be put in, left out or changed to make one text of the other. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const changed = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

function rounded(share: number): number {
  return Math.floor(share * 100 + 0.5) / 100
}
