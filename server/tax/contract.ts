import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, day, id, instant, line, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  viewRates: 'tax.view-rates',
  manageRates: 'tax.manage-rates',
  calculate: 'tax.calculate',
} as const

export const kinds = ['country', 'territory', 'state', 'province', 'county', 'city', 'special'] as const
export const treatments = ['taxed', 'zero', 'exempt', 'out_of_scope', 'reverse_charge'] as const

const stamps = { version, created_at: time, updated_at: time }
/** What lists of jurisdictions are ordered by. */
export const jurisdictionCode = z
  .string()
  .max(64)
  .regex(/^[A-Z]{2}(-[A-Z0-9]{1,12}){0,5}$/, { error: 'must be a code such as FR, US-CA or US-CA-LA' })
/** What lists of classes are ordered by. */
export const classCode = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, { error: 'must be a word of small letters such as standard or reduced_10' })
const rateName = classCode.meta({
  description: 'The reference rate it takes, by name; without: rates of your own alone.',
})
const percent = z.string().regex(/^(100(\.0{1,6})?|(0|[1-9]\d?)(\.\d{1,6})?)$/, {
  error: 'must be a decimal string from 0 to 100, in percent, with at most 6 decimals',
})
const exact = z.string().regex(/^-?(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
  error: 'must be a decimal string with at most 13 digits and 6 decimals',
})
const unitPrice = z.string().regex(/^(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
  error: 'must be a decimal string, not negative, with at most 13 digits and 6 decimals',
})
const lastDay = day.meta({ description: 'The last day on which it is in force.' })

export const byId = z.strictObject({ id })
export const listInput = z.strictObject(pageInput)

export const jurisdiction = z.object({
  code: z.string(),
  name: z.string(),
  kind: z.enum(kinds),
  parent_code: z.string().nullable(),
  adds_to_parent: z.boolean().meta({ description: 'Its taxes come on top of those of its parent, or in their place.' }),
  needs_inner_place: z
    .boolean()
    .meta({ description: 'The states or provinces in it tax too: a branch stands in one of them.' }),
  own: z.boolean().meta({ description: 'Made by the tenant; it rounds as the place around it.' }),
  rounding: z.enum(['line', 'document']).nullable(),
  rounding_mode: z.enum(['half_up', 'half_even', 'down', 'up']).nullable(),
  rounding_of: z.enum(['each', 'combined']).nullable(),
  prices_include_tax: z.boolean().nullable(),
  rule_source: z.string().nullable(),
})
export const listJurisdictionsInput = z.strictObject({ parent_code: jurisdictionCode.optional(), ...pageInput })
export const createJurisdictionInput = z.strictObject({
  id: id.optional(),
  code: jurisdictionCode,
  name: line(100),
  kind: z.enum(['territory', 'state', 'province', 'county', 'city', 'special']),
  parent_code: jurisdictionCode,
  adds_to_parent: z.boolean().default(true),
})

export const taxClass = z.object({
  id,
  code: z.string(),
  name: z.string(),
  treatment: z.enum(treatments),
  rate_name: z.string().nullable(),
  ...stamps,
})
export const createClassInput = z.strictObject({
  id: id.optional(),
  code: classCode,
  name: line(100),
  treatment: z.enum(treatments),
  rate_name: rateName.optional(),
})
export const updateClassInput = z.strictObject({ id, version, name: line(100) })
export const addClassesInput = z.strictObject({ entity_id: id })
export const addedClasses = z.object({ items: z.array(taxClass) })

const rateFields = {
  jurisdiction_code: z.string(),
  name: z.string(),
  rate: z.string().meta({ description: 'In percent.' }),
  compound: z.boolean().meta({ description: 'Raised on the price and the taxes before it.' }),
  valid_from: z.iso.date(),
  valid_through: z.iso
    .date()
    .nullable()
    .meta({ description: 'The last day on which it is in force; null: until further notice.' }),
}
export const rate = z.object({ id, class_id: id, ...rateFields, ...stamps })
export const rateInForce = z.object({
  ...rateFields,
  id: id.nullable().meta({ description: 'Null for a reference rate.' }),
  class_id: id.nullable(),
  rate_name: z
    .string()
    .nullable()
    .meta({ description: 'What classes call the reference rate; null for one of your own.' }),
  source: z.string().nullable(),
  note: z.string().nullable(),
})
export const listRatesInput = z.strictObject({
  on: day.optional().meta({ description: 'The day they are in force; today in the tenant unless given.' }),
  jurisdiction_code: jurisdictionCode.optional(),
  ...pageInput,
})
export const createRateInput = z.strictObject({
  id: id.optional(),
  jurisdiction_code: jurisdictionCode,
  class_id: id,
  name: line(60),
  rate: percent,
  compound: z.boolean().default(false),
  valid_from: day,
  valid_through: lastDay.optional(),
})
export const updateRateInput = z.strictObject({
  id,
  version,
  name: line(60).optional(),
  rate: percent.optional(),
  compound: z.boolean().optional(),
  valid_from: day.optional(),
  valid_through: lastDay.nullable().optional(),
})
export const withdrawRateInput = z.strictObject({ id, version })
export const endRateInput = z.strictObject({ id, version, valid_through: lastDay })

export const branchJurisdictions = z.object({
  id: id.meta({ description: 'The id of the branch.' }),
  codes: z
    .array(z.string())
    .meta({ description: 'The innermost jurisdictions; the country of the entity unless set.' }),
  path: z.array(jurisdiction).meta({ description: 'All that raise a tax here, the outermost first.' }),
  version: version.meta({ description: '1 until it is set.' }),
})
export const setBranchJurisdictionsInput = z.strictObject({
  id,
  version,
  codes: z.array(jurisdictionCode).min(1).max(20),
})

export const calculateInput = z.strictObject({
  branch_id: id,
  at: instant
    .optional()
    .meta({ description: 'The time that decides the day, in the time zone of the branch; now unless given.' }),
  currency: currencyCode.optional().meta({ description: 'That of the legal entity unless given.' }),
  prices_include_tax: z.boolean().optional().meta({
    description: 'As the setting tax.prices-include-tax says unless given, or else as is usual in the jurisdiction.',
  }),
  lines: z
    .array(
      z.strictObject({
        quantity: exact.meta({ description: 'Below zero for what is taken back.' }),
        unit_price: unitPrice,
        discount: exact.optional().meta({ description: 'Off the whole line, with the sign of the quantity.' }),
        class_id: id,
      }),
    )
    .min(1)
    .max(500),
})
const component = z.object({
  jurisdiction_code: z.string(),
  name: z.string(),
  rate: z.string(),
  compound: z.boolean(),
  base: z.string(),
  tax: z.string(),
})
const amounts = { net: z.string(), tax: z.string(), gross: z.string(), components: z.array(component) }
export const calculation = z.object({
  on: z.iso.date().meta({ description: 'The day in the branch, which decided the rates.' }),
  currency: z.string(),
  prices_include_tax: z.boolean(),
  rounding: z.enum(['line', 'document']),
  rounding_mode: z.enum(['half_up', 'half_even', 'down', 'up']),
  rounding_of: z.enum(['each', 'combined']),
  ...amounts,
  lines: z.array(z.object({ class_id: id, class_code: z.string(), treatment: z.enum(treatments), ...amounts })),
})

export const classCodeTaken = refusal('tax_class_code_taken', 409, 'Another tax class has this code')
export const classNotFound = refusal('tax_class_not_found', 422, 'There is no such tax class')
export const rateNameUnused = refusal('tax_rate_name_unused', 422, 'Only a taxed class takes a reference rate')
export const jurisdictionExists = refusal('tax_jurisdiction_exists', 409, 'There is a tax jurisdiction with this code')
export const codeOutsideParent = refusal(
  'tax_code_outside_parent',
  422,
  'The code of a place begins with the country of its parent',
)
export const overlappingValidity = refusal(
  'overlapping_validity',
  409,
  'There is a rate of this class in this jurisdiction on some of these days',
)
export const periodCrossed = refusal('period_crossed', 422, 'The last day of a period is before its first')
export const rateBegun = refusal('tax_rate_begun', 409, 'A rate that has begun is not changed: end it and make another')
export const pastRewritten = refusal('tax_past_rewritten', 422, 'The rate of a day that has begun somewhere stays')
export const branchUnknown = refusal('tax_branch_not_found', 422, 'There is no such branch')
export const discountTooLarge = refusal('discount_too_large', 422, 'A discount is at most its line, with the same sign')
export const amountTooLarge = refusal('amount_too_large', 422, 'An amount has at most 15 digits before the point')

export { jurisdictionNotFound, jurisdictionsApart, placeTooWide, rateNotFound } from './refusals.ts'

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  class_code_key: classCodeTaken,
  local_jurisdiction_code_key: jurisdictionExists,
  rate_valid_key: overlappingValidity,
  rate_class_id_fkey: classNotFound,
} as const
