/** What is asked for, as terms with what each counts. */
export interface AskedTerms {
  readonly terms: readonly string[]
  readonly weights: readonly number[]
  /** What a thing has that has all the words, or the code. */
  readonly whole: number
}

const longestWord = 40
const mostWords = 60
// A whole word tells more than any part of it; a code, which is nobody else's, more than all of them.
const weightOf = { part: 1, word: 2 } as const

/**
 * Text as it is compared: small letters without accents, Arabic without vowel signs and with one form of each letter,
 * digits of any script as 0 to 9.
 */
export function plainText(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}\u0640]/gu, '')
    .replaceAll(/[æœßøłđðþıةى]/g, (letter) => folded[letter] ?? letter)
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
}

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
    texts: [product.name, ...product.labels.map((label) => label.name), ...options.map((one) => one.value), sku ?? ''],
    codes: [...(sku ? [sku] : []), ...barcodes.filter((one) => one.variant_id === id).map((one) => one.code)],
  })
}

/** The terms by which a thing with these texts and codes is found. */
export function termsOf({ texts, codes }: Record<'texts' | 'codes', readonly string[]>): string[] {
  const words = new Set(texts.flatMap(wordsOf).slice(0, mostWords))
  const terms = [...words].flatMap((word) => [wordTerm(word), ...partsOf(word, true)])
  return [...new Set([...terms, ...codes.map(codeTerm)])]
}

/** The terms of what somebody typed: the last word may be its beginning only, and a word may be a code. */
export function askedTerms(text: string): AskedTerms {
  const words = wordsOf(text).slice(0, 8)
  const weights = new Map<string, number>()
  for (const [at, word] of words.entries()) {
    weights.set(wordTerm(word), weightOf.word)
    for (const part of partsOf(word, at < words.length - 1)) weights.set(part, weightOf.part)
  }
  // A word that is not finished is not missed.
  const last = words.at(-1)
  const missing = last === undefined ? 0 : weightOf.word
  const whole = [...weights.values()].reduce((total, weight) => total + weight, -missing)
  for (const code of [text, ...text.split(/\s+/)]) if (code.trim() !== '') weights.set(codeTerm(code), whole + 1)
  return { terms: [...weights.keys()], weights: [...weights.values()], whole: Math.max(whole, 1) }
}

function wordsOf(text: string): string[] {
  return (plainText(text).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.slice(0, longestWord))
}

/** Three letters each, the first with a blank before it; with `ended`, the last with a blank behind it. */
function partsOf(word: string, ended: boolean): string[] {
  const padded = [' ', ...word, ...(ended ? [' '] : [])]
  return padded.slice(2).map((_, at) => padded.slice(at, at + 3).join(''))
}

function wordTerm(word: string): string {
  return `=${word}`
}

function codeTerm(code: string): string {
  return `#${code.trim().toUpperCase()}`
}

const folded: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ة: 'ه',
  ى: 'ي',
}
