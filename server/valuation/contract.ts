import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, day, id, pageInput } from '../platform/schema.ts'

export const permissions = { viewValues: 'valuation.view-values' } as const

const asked = {
  on: day.optional().meta({
    description: 'At the end of this day, in the time zone of each branch; today unless given.',
  }),
  currency: currencyCode.optional().meta({
    description:
      'The base currency to show values in beside that of the books; as the setting valuation.base-currency says unless given.',
  }),
}
const base = {
  base_currency: z.string().nullable().meta({
    description: 'Null where nothing says which, and the legal entities have different ones.',
  }),
  base_value: z.string().nullable().meta({ description: 'At the rate of the day; null where there is none.' }),
  rate: z.string().nullable(),
  missing_rate: z.string().nullable().meta({ description: 'Why there is no rate, as fx.get-rate would say.' }),
}

export const listStockValuesInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  category_id: id.optional(),
  ...asked,
  ...pageInput,
})
export const stockValue = z.object({
  branch_id: id,
  entity_id: id,
  variant_id: id,
  category_id: id.nullable(),
  name: z.string(),
  sku: z.string().nullable(),
  unit: z.string(),
  on: z.iso.date(),
  quantity: z.string(),
  unit_cost: z.string().nullable().meta({ description: 'Value ÷ quantity; null where there is none.' }),
  value: z.string().meta({ description: 'In the books of the legal entity.' }),
  currency: z.string(),
  ...base,
  batches: z
    .array(
      z.object({
        batch_id: id.nullable(),
        number: z.string().nullable(),
        expires_on: z.iso.date().nullable(),
        quantity: z.string(),
        value: z.string(),
      }),
    )
    .meta({
      description:
        'What it lies in, each with its share of the value: costs are averaged over all batches of a branch.',
    }),
})

const groupings = ['branch', 'entity', 'category'] as const
export const listTotalsInput = z.strictObject({
  by: z.enum(groupings).default('branch'),
  branch_id: id.optional(),
  ...asked,
  ...pageInput,
})
export const totalValue = z.object({
  by: z.enum(groupings),
  id: id
    .nullable()
    .meta({ description: 'Of the branch, legal entity or category; null for goods without a category.' }),
  on: z.iso.date(),
  variants: z.int().meta({ description: 'Of how many variants in how many branches there is something.' }),
  value: z.string(),
  currency: z.string(),
  ...base,
})

export const valueDayInFuture = refusal('value_day_in_future', 422, 'What stock is worth is known up to today')
