import { barcodeKey } from '../codes/index.ts'
import { foldText } from '../platform/fold-text.ts'

/** What is asked for, as terms with what each counts. */
export interface AskedTerms {
  readonly terms: readonly AskedTerm[]
  /** What a thing has that has all the words. */
  readonly whole: number
}

export interface AskedTerm {
  readonly term: string
  readonly weight: number
  /** The word that it is of, from 1; 0: of a code or a whole name, which has all that was asked. */
  readonly word: number
  /** A word that is one slip away. It stands for its own where nothing has that. */
  readonly is_slip: boolean
}

const longestWord = 40
const mostWordsOfLabels = 60
const longestName = 120
// A whole word tells more than any part of it; a code, which is nobody else's, more than all of them.
const weightOf = { part: 10, word: 20 } as const
/** Of ten, how much of its own word one counts that is a slip away. */
const worthOfSlip = 6
// Of longer words three letters in a row are left of most slips; so many words of a search may have one.
const slips = { shortest: 3, longest: 8, words: 3 } as const

/** The terms by which a variant is found: by what its product is called, its options, its SKU and those of the barcodes that are its. */
export function termsOfVariant(
  product: { readonly name: string; readonly labels: readonly { readonly name: string }[] },
  variant: {
    readonly id: string
    readonly sku: string | null
    readonly options: readonly { readonly value: string }[]
  },
  barcodes: readonly { readonly variant_id: string; readonly code: string }[],
): string[] {
  const { id, sku, options } = variant
  return termsOf({
    name: product.name,
    texts: [...options.map((one) => one.value), sku ?? ''],
    labels: product.labels.map((label) => label.name),
    codes: [...(sku ? [sku] : []), ...barcodes.filter((one) => one.variant_id === id).map((one) => one.code)],
  })
}

interface Described {
  readonly name: string
  readonly texts?: readonly string[]
  readonly labels?: readonly string[]
  readonly codes?: readonly string[]
}

/** The terms by which a thing is found that is called and described so; of very many words of its labels the first. */
export function termsOf({ name, texts = [], labels = [], codes = [] }: Described): string[] {
  const own = new Set([name, ...texts].flatMap(wordsOf))
  const others = new Set(labels.flatMap(wordsOf).filter((word) => !own.has(word)))
  const words = [...own, ...[...others].slice(0, mostWordsOfLabels)]
  const terms = words.flatMap((word) => [wordTerm(word), ...partsOf(word, true)])
  return [...new Set([...terms, ...[name, ...labels].flatMap(nameTerms), ...codes.map(codeTerm)])]
}

/** The terms of what somebody typed: the last word may be its beginning only, and a word may be a code. */
export function askedTerms(text: string): AskedTerms {
  const words = wordsOf(text).slice(0, 8)
  const asked = new Map<string, AskedTerm>()
  const add = (term: string, weight: number, word: number, is_slip = false) => {
    if (!asked.has(term)) asked.set(term, { term, weight, word, is_slip })
  }
  for (const [at, word] of words.entries()) {
    add(wordTerm(word), weightOf.word, at + 1)
    for (const part of partsOf(word, at < words.length - 1)) add(part, weightOf.part, at + 1)
  }
  const worth = words.map((word, at) => {
    const weights = [...asked.values()].flatMap((one) => (one.word === at + 1 ? one.weight : []))
    // A word that is not finished is not missed.
    const missing = at === words.length - 1 && asked.get(wordTerm(word))?.word === at + 1 ? weightOf.word : 0
    return weights.reduce((total, weight) => total + weight, -missing)
  })
  const whole = Math.max(
    1,
    worth.reduce((total, one) => total + one, 0),
  )
  for (const term of [
    ...nameTerms(text),
    ...[text, ...text.split(/\s+/)].filter((one) => one.trim() !== '').map(codeTerm),
  ])
    asked.set(term, { term, weight: whole + 1, word: 0, is_slip: false })
  const misspelt = words.flatMap((word, at) => (isShort(word) ? { word, at } : [])).slice(0, slips.words)
  for (const { word, at } of misspelt)
    for (const other of slipsOf(word))
      add(wordTerm(other), Math.floor(((worth[at] ?? 0) * worthOfSlip) / 10), at + 1, true)
  return { terms: [...asked.values()], whole }
}

function isShort(word: string): boolean {
  return /^\p{L}+$/u.test(word) && word.length >= slips.shortest && word.length <= slips.longest
}

/** The words with one letter less, more, or another one, or with two neighbours swapped. */
function slipsOf(word: string): string[] {
  const letters = [...word]
  const alphabet = alphabets.find((one) => one.includes(letters[0] ?? '')) ?? ''
  const found = letters.flatMap((letter, at) => {
    const [before, behind] = [letters.slice(0, at).join(''), letters.slice(at + 1).join('')]
    const others = [...alphabet].flatMap((other) => [before + other + behind, before + other + letter + behind])
    const next = letters[at + 1]
    return [
      before + behind,
      ...others,
      ...(next === undefined ? [] : [before + next + letter + letters.slice(at + 2).join('')]),
    ]
  })
  const longer = [...alphabet].map((other) => word + other)
  return [...new Set([...found, ...longer])].filter((one) => one !== word && one.length > 1)
}

function wordsOf(text: string): string[] {
  return (foldText(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.slice(0, longestWord))
}

/** Three letters each, the first with a blank before it; with `ended`, the last with a blank behind it. */
function partsOf(word: string, ended: boolean): string[] {
  const padded = [' ', ...word, ...(ended ? [' '] : [])]
  return padded.slice(2).map((_, at) => padded.slice(at, at + 3).join(''))
}

function wordTerm(word: string): string {
  return `=${word}`
}

/** A whole name, so that what is called just so is found however many begin like it. */
function nameTerms(name: string): string[] {
  const words = wordsOf(name).join(' ')
  return words === '' || words.length > longestName ? [] : [`!${words}`]
}

/** A code, one for an article whatever it was printed as. */
function codeTerm(code: string): string {
  return `#${barcodeKey(code.trim()).toUpperCase()}`
}

// As they are left when text was made plain.
const alphabets = [
  'abcdefghijklmnopqrstuvwxyz',
  'ابتثجحخدذرزسشصضطظعغفقكلمنهويء',
  'абвгдежзийклмнопрстуфхцчшщъыьэюя',
  'αβγδεζηθικλμνξοπρστυφχψω',
  'אבגדהוזחטיכלמנסעפצקרשת',
]
