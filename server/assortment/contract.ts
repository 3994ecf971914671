import { z } from 'zod'
import { dimensions } from '../codes/index.ts'
import { refusal } from '../platform/refusal.ts'
import { id, time } from '../platform/schema.ts'
import { jurisdictionKinds, treatments } from '../tax/index.ts'

export const permissions = { keepGoods: 'assortment.keep-goods', keepCustomers: 'assortment.keep-customers' } as const

/** Most rows of a page; a till fetches all of them. */
const mostRows = 2_000
const pageFields = {
  page_size: z.int().min(1).max(mostRows).default(1_000),
  cursor: z.string().min(1).max(1_000).optional(),
}
const since = z.string().min(1).max(1_000).meta({ description: 'The `changes_cursor` of the last answer.' })

export const groundInput = z.strictObject({ branch_id: id })
export const listGoodsInput = z.strictObject({ branch_id: id, ...pageFields })
export const listGoodsChangesInput = z.strictObject({ branch_id: id, since })
export const listCustomersInput = z.strictObject(pageFields)
export const listCustomerChangesInput = z.strictObject({ since })

/** A page of what a till keeps. */
export function keptPage<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable(),
    changes_cursor: z
      .string()
      .meta({ description: 'Of the first page: with it the till asks for what changed since.' }),
    as_of: time,
  })
}

/** What changed of it. */
export function keptChanges<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item).meta({ description: 'As they are now, each in place of what the till has of it.' }),
    removed: z.array(id).meta({ description: 'What is no longer there.' }),
    changes_cursor: z.string(),
    has_more: z.boolean().meta({ description: 'Ask again at once: this is not all of it.' }),
    as_of: time,
  })
}

const amountText = z.string()
export const keptGoods = z.object({
  variant_id: id,
  product_id: id,
  name: z.string(),
  labels: z.array(z.object({ locale: z.string(), name: z.string() })),
  sku: z.string().nullable(),
  options: z.array(z.object({ name: z.string(), value: z.string() })),
  kind: z.enum(['stocked', 'service', 'kit']),
  unit_id: id.meta({ description: 'Of the units of the ground.' }),
  tax_class_id: id,
  category_id: id.nullable(),
  is_expiry_tracked: z.boolean(),
  is_prescription_only: z.boolean(),
  is_open_price: z.boolean(),
  is_sellable: z.boolean(),
  is_discontinued: z.boolean(),
  allows_negative_stock: z.boolean(),
  packs: z.array(z.object({ id, name: z.string(), quantity: amountText })),
  barcodes: z.array(
    z.object({
      code: z.string(),
      key: z.string().meta({ description: 'What a scanned code is looked up by.' }),
      pack_id: id.nullable(),
    }),
  ),
  parts: z.array(z.object({ variant_id: id, quantity: amountText })).meta({ description: 'Of one kit.' }),
  prices: z
    .array(
      z.object({
        id,
        price_list_id: id,
        unit_price: amountText,
        min_quantity: amountText,
        valid_from: z.iso.date(),
        valid_through: z.iso.date().nullable(),
      }),
    )
    .meta({ description: 'In force today or later, of the lists for this branch or any, in its currency.' }),
  image: z.string().nullable().meta({ description: 'The SHA-256 of its first picture.' }),
})
export const goodsChanges = keptChanges(keptGoods).extend({
  is_ground_changed: z.boolean().meta({ description: 'Fetch the ground again, too.' }),
})

export const keptStock = z.object({
  variant_id: id,
  levels: z
    .array(
      z.object({
        batch_id: id.nullable(),
        number: z.string().nullable(),
        expires_on: z.iso.date().nullable(),
        is_blocked: z.boolean(),
        on_hand: amountText,
        available: amountText,
      }),
    )
    .meta({ description: 'Where there is something; none: nothing is there.' }),
})

export const keptCustomer = z.object({
  id,
  kind: z.enum(['person', 'organisation']),
  name: z.string().meta({ personal: true }),
  code: z.string().nullable(),
  email: z.string().nullable().meta({ personal: true }),
  phone: z.string().nullable().meta({ personal: true }),
  preferred_locale: z.string().nullable(),
  group_id: id.nullable(),
})

const named = z.object({ id, name: z.string() })
const day = z.iso.date()
const jurisdiction = z.object({
  code: z.string(),
  name: z.string(),
  kind: z.enum(jurisdictionKinds),
  parent_code: z.string().nullable(),
  adds_to_parent: z.boolean(),
  needs_inner_place: z.boolean(),
  own: z.boolean(),
  rounding: z.enum(['line', 'document']).nullable(),
  rounding_mode: z.enum(['half_up', 'half_even', 'down', 'up']).nullable(),
  rounding_of: z.enum(['each', 'combined']).nullable(),
  prices_include_tax: z.boolean().nullable(),
  rule_source: z.string().nullable(),
})
const heldTaxes = z.object({
  standing: z.array(z.object({ branch_id: id, today: day, codes: z.array(z.string()) })),
  jurisdictions: z.array(jurisdiction).nullable(),
  own: z
    .array(
      z.object({
        today: day,
        jurisdiction_code: z.string(),
        class_id: id,
        name: z.string(),
        rate: z.string(),
        compound: z.boolean(),
      }),
    )
    .nullable(),
  reference: z
    .array(
      z.object({
        today: day,
        jurisdiction_code: z.string(),
        rate_name: z.string(),
        tax: z.string(),
        rate: z.string(),
      }),
    )
    .nullable(),
  classes: z
    .array(
      z.object({
        id,
        code: z.string(),
        treatment: z.enum(treatments),
        rate_name: z.string().nullable(),
      }),
    )
    .nullable(),
})
export const ground = z.object({
  as_of: time,
  tenant: z.object({ id, legal_name: z.string(), locale: z.string() }),
  branch: z.object({
    id,
    entity_id: id,
    code: z.string(),
    name: z.string(),
    time_zone: z.string(),
    currency: z.string(),
    currency_number: z.string().nullable(),
    minor_unit: z.int(),
  }),
  seller: z
    .object({
      legal_name: z.string(),
      tax_number: z.string().nullable(),
      branch_name: z.string(),
      address: z.string().nullable(),
      phone: z.string().nullable(),
    })
    .meta({ description: 'What receipts say of the shop.' }),
  settings: z.object({
    prices_include_tax: z.boolean().nullable().meta({ description: 'Null: as is usual where the branch stands.' }),
    in_store_codes: z.array(z.string()),
    cash_step: z.string().nullable().meta({ description: 'What cash is rounded to; null: not at all.' }),
    cash_rounding_mode: z.enum(['half_up', 'half_even', 'down', 'up']),
    discount_limit_percent: z.number(),
    override_limit_percent: z.number(),
    clock_tolerance_minutes: z.int(),
    blind_count: z.boolean(),
    most_lines: z.int().meta({ description: 'Of a basket or parked ticket.' }),
  }),
  taxes: heldTaxes.meta({ description: 'Rates of today and the days after it, as the rule of taxes takes them.' }),
  days: z.array(day).meta({ description: 'Those that the taxes are told for.' }),
  tenders: z.array(
    z.object({
      id,
      code: z.string(),
      name: z.string(),
      kind: z.enum(['cash', 'card', 'mobile_wallet', 'bank_transfer', 'other']),
      provider: z.enum(['simulator']).nullable(),
      needs_reference: z.boolean(),
      opens_drawer: z.boolean(),
      is_active: z.boolean(),
      is_allowed_offline: z.boolean().meta({ description: 'No provider is asked before it is taken.' }),
    }),
  ),
  units: z.array(
    z.object({
      id,
      code: z.string(),
      name: z.string(),
      dimension: z.enum(dimensions),
      size: z.string(),
      decimals: z.int(),
    }),
  ),
  categories: z.array(z.object({ id, parent_id: id.nullable(), name: z.string() })),
  price_lists: z
    .array(
      z.object({
        id,
        includes_tax: z.boolean(),
        branch_id: id.nullable(),
        channel_id: id.nullable(),
        customer_group_id: id.nullable(),
        ended_on: day.nullable(),
      }),
    )
    .meta({ description: 'For this branch or any, in its currency. A price of any other list does not count.' }),
  channels: z.array(named),
  customer_groups: z.array(z.object({ id, code: z.string(), name: z.string() })),
  registers: z.array(
    z.object({ id, code: z.string(), name: z.string(), is_active: z.boolean(), device_id: id.nullable() }),
  ),
})

export const cursorOutdated = refusal('cursor_outdated', 410, 'Too much has changed since; fetch everything again')
