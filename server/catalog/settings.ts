import { z } from 'zod'
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
