import { z } from 'zod'
import { tenderKinds } from '../payments/index.ts'
import { id, locale, time } from '../platform/schema.ts'
import { session, step } from './contract.ts'
import { movement } from './movement-contract.ts'

const reportLine = z.object({
  tender_kind: z.enum(tenderKinds),
  movements: z
    .array(z.object({ document_type: z.string(), entries: z.int(), received: z.string(), given: z.string() }))
    .meta({ description: 'What came in and went out, by the kind of its documents.' }),
  expected: z.string().meta({ description: 'The sum of these but for write-offs and what was taken out at the end.' }),
  counted: z.string().nullable(),
  variance: z.string().nullable().meta({ description: 'Counted less expected.' }),
  written_off: z.string(),
  balance: z.string().meta({ description: 'What the books hold for the session now; 0 once it is closed.' }),
})
/** What was sold in a session, what came back taken off. Made by `sales`, which keeps it. */
export const salesReport = z.object({
  sales: z.int(),
  refunds: z.int(),
  exchanges: z.int(),
  offline: z.int().meta({ description: 'How many of these were paid while the till was offline.' }),
  first_number: z.string().nullable().meta({ description: 'Of the first receipt; null while there is none.' }),
  last_number: z.string().nullable(),
  gross: z.string().meta({ description: 'At the prices that were shown, with tax where these are.' }),
  discount: z.string(),
  net: z.string().meta({ description: 'Without tax.' }),
  tax: z.string(),
  total: z.string().meta({ description: 'With tax, before cash is rounded.' }),
  refunded: z.string().meta({ description: 'What of the total refunds are, below zero.' }),
  rounding: z.string().meta({ description: 'What rounding of cash added.' }),
  taxes: z.array(z.object({ name: z.string(), rate: z.string(), base: z.string(), tax: z.string() })),
  cashiers: z
    .array(z.object({ employee_id: id.nullable(), receipts: z.int(), total: z.string() }))
    .meta({ description: 'By who sold, gave back and exchanged.' }),
  voids: z
    .object({ baskets: z.int(), total: z.string() })
    .meta({ description: 'Baskets that were given up before they were paid; no part of the sums.' }),
})
export type SalesReport = z.input<typeof salesReport>

export const xReport = z.object({
  session,
  register_code: z.string().meta({ description: 'This and the names, once it is closed, as they were then.' }),
  register_name: z.string(),
  branch_name: z.string().nullable(),
  at: time,
  tenders: z.array(reportLine),
  expected: z.string(),
  counted: z.string().nullable(),
  variance: z.string().nullable(),
  sales: salesReport,
  movements: z.array(movement),
  denominations: z.array(z.object({ value: z.string(), quantity: z.int() })),
  offline_transaction_count: z.int(),
})

export const zReport = z.object({ ...xReport.shape, steps: z.array(step) })

export const printZReportInput = z.strictObject({
  id,
  locale: locale.optional().meta({ description: 'Unless given, that of the tenant.' }),
})
export const printed = z.object({
  locale: z.string(),
  html: z.string().meta({ personal: true, description: 'With the names of those who worked in it.' }),
})
