import { foldText } from '../platform/fold-text.ts'

/** What a party is found by. */
export interface Findable {
  readonly names: readonly (string | null)[]
  readonly emails: readonly (string | null)[]
  readonly phones: readonly (string | null)[]
  readonly codes: readonly (string | null)[]
}

const longest = 64
const mostWords = 6

/**
 * The terms of a party: names and codes from each of their words on, without accents and case, so that the beginning of
 * any word and of any run of words is the beginning of a term; addresses whole; telephone numbers with and without what
 * stands before the subscriber's.
 */
export function termsOf({ names, emails, phones, codes }: Findable): string[] {
  const terms = [
    ...given(names)
      .flatMap((name) => fromEachWord(fold(name)))
      .flatMap(asAsked),
    ...given(codes)
      .flatMap((code) => [...fromEachWord(fold(code)), fold(code).replaceAll(' ', '')])
      .flatMap(asAsked),
    ...given(emails).map((email) => email.toLowerCase()),
    ...given(phones).flatMap((phone) => endsOf(digitsOf(phone))),
  ]
  return [...new Set(terms.map(cut))].filter((term) => term !== '')
}

/** What a search asks for: beginnings of terms, of which a party needs all. None: nothing can be found. */
export function prefixesOf(search: string): string[] {
  const text = search.trim()
  if (text.includes('@')) return [cut(text.toLowerCase())]
  const digits = digitsOf(text)
  if (digits !== '' && /^[+(]?[\d ().+-]+$/.test(foldText(text))) return [cut(digits)]
  return [...new Set(fold(text).split(' ').slice(0, mostWords).map(cut))].filter((word) => word !== '')
}

/** What names are sorted by: without accents and case. */
export function fold(text: string): string {
  return foldText(text)
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

function fromEachWord(text: string): string[] {
  const words = text.split(' ')
  return words.map((_, at) => words.slice(at).join(' '))
}

/** A search of nothing but digits is asked without the zeros before them; what begins with a number is found so, too. */
function asAsked(term: string): string[] {
  return [term, term.replace(/^0+(?=\d)/, '')]
}

/** All digits but leading zeros, which stand for the way out of a country or a place. */
function digitsOf(text: string): string {
  return foldText(text)
    .replaceAll(/\D/g, '')
    .replace(/^0+(?=\d)/, '')
}

function endsOf(digits: string): string[] {
  return [digits, ...[10, 9, 8].filter((length) => length < digits.length).map((length) => digits.slice(-length))]
}

function given(texts: readonly (string | null)[]): string[] {
  return texts.filter((text) => text !== null)
}

function cut(text: string): string {
  return [...text].slice(0, longest).join('').trim()
}
