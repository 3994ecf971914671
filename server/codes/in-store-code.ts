import { hasCheckDigit } from './check-digit.ts'
import { pointed } from './gs1.ts'

/** What a scale printed: the number of the item, and its weight or its price as a decimal string. */
export interface InStoreCode {
  readonly item: string
  readonly weight: string | null
  readonly price: string | null
}

/** Reads a code that a scale printed, by the template of its prefix; undefined where none is for it. */
export function readInStoreCode(text: string, templates: readonly string[]): InStoreCode | undefined {
  const code = text.length === 12 ? `0${text}` : text
  if (!/^\d{13}$/.test(code) || !hasCheckDigit(code)) return undefined
  const template = templates.find((one) => one.slice(0, 2) === code.slice(0, 2))
  if (template === undefined) return undefined
  const places = template.replace('.', '')
  const digitsOf = (letter: string) => [...code].filter((_, at) => places[at] === letter).join('')
  const [, decimals = ''] = /\.([WP]+)/.exec(template) ?? []
  const amountOf = (letter: string) => (places.includes(letter) ? pointed(digitsOf(letter), decimals.length) : null)
  return { item: digitsOf('I'), weight: amountOf('W'), price: amountOf('P') }
}

/** The key under which the item number of a scale is kept and looked up: no GTIN reads like it. */
export function inStoreKey(item: string): string {
  return `in-store ${item}`
}
