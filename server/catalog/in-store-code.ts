import { z } from 'zod'
import { hasCheckDigit, pointed } from '../codes/index.ts'
import { defineSetting } from '../settings/index.ts'

// GS1 prefixes 02 and 20 to 29 are for numbers within a company; a scale prints them as EAN-13 or, from 2, as UPC-A.
const template = z
  .string()
  .max(20)
  .regex(/^(02|2\d)I{3,6}V?(W+(\.W+)?|P+(\.P+)?)C$/, {
    error: 'must be a template such as 21IIIIIWW.WWWC or 22IIIIIPPP.PPC',
  })
  .refine((text) => text.replace('.', '').length === 13, { error: 'must stand for 13 digits' })

/** How the scales of a tenant print what they weighed. */
export const inStoreCodesSetting = defineSetting({
  name: 'catalog.in-store-codes',
  type: z
    .array(template)
    .max(20)
    .refine((all) => new Set(all.map((one) => one.slice(0, 2))).size === all.length, {
      error: 'must have one template for a prefix',
    })
    .meta({
      description:
        'a list of templates of 13 digits, each a prefix (02, 20 to 29), then I for the item, V for a digit to pass over, W for the weight or P for the price with its point, and C for the check digit, such as 21IIIIIWW.WWWC',
    }),
  default: [],
  help: 'How the barcodes that scales print hold an item and its weight or price.',
  scopes: ['platform', 'tenant'],
})

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
