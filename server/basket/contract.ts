import { z } from 'zod'
import { amount, exact, id, line } from '../platform/schema.ts'

const percent = z.string().regex(/^(100(\.0{1,6})?|(0|[1-9]\d?)(\.\d{1,6})?)$/, {
  error: 'must be a decimal string from 0 to 100, in percent, with at most 6 decimals',
})
/** Why somebody did what is not usual. */
export const reason = line(200).meta({ description: 'Stays for ever: no names of persons.' })
/** What is taken off a line or a basket. */
export const reduction = z.union([z.strictObject({ percent }), z.strictObject({ amount })])
/** A quantity above zero. */
export const positive = exact.refine((text) => /[1-9]/.test(text), { error: 'must be above zero' })

/** What is said of a line at a till, but what is sold and how much of it. */
export const lineFields = {
  pack_id: id.optional(),
  unit_id: id.optional(),
  batch_id: id.optional().meta({ description: 'Else what expires first.' }),
  unit_price: exact.optional().meta({ description: 'In place of the list price, in the unit of the product.' }),
  price_reason: reason.optional(),
  discount: reduction.optional(),
  discount_reason: reason.optional(),
  prescription: line(100).optional().meta({
    personal: true,
    description: 'The number of the prescription, for goods that need one.',
  }),
}
