import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { day, exact, id, pageInput, paragraph, time, version } from '../platform/schema.ts'
import { orderRules } from './plan-order.ts'
import { stockStatuses } from './stock-status.ts'

export const permissions = {
  viewFigures: 'replenishment.view-figures',
  managePolicies: 'replenishment.manage-policies',
  manageAlerts: 'replenishment.manage-alerts',
} as const

const stamps = { version, created_at: time, updated_at: time }
const aboveZero = z.string().regex(/^(?!0(\.0+)?$)(0|[1-9]\d{0,12})(\.\d{1,6})?$/, {
  error: 'must be a decimal string above zero with at most 13 digits and 6 decimals',
})
const days = z.string().regex(/^(0|[1-9]\d{0,3})(\.\d{1,2})?$/, {
  error: 'must be a decimal string, not negative, with at most 4 digits and 2 decimals',
})
const percent = z.string().regex(/^([5-9]\d)(\.\d{1,4})?$/, {
  error: 'must be a decimal string from 50 to 99.9999 with at most 4 decimals',
})

export const byId = z.strictObject({ id })

/** What a policy may say; what is null is left to the next wider policy, and at last computed. */
const policyInput = {
  minimum_stock: exact.nullable().optional().meta({ description: 'What is never to be fallen below.' }),
  maximum_stock: exact.nullable().optional().meta({ description: 'What is never ordered beyond.' }),
  reorder_point: exact.nullable().optional().meta({ description: 'More is ordered once there is so much or less.' }),
  reorder_quantity: aboveZero.nullable().optional().meta({ description: 'How much is ordered.' }),
  safety_stock: exact.nullable().optional(),
  economic_order_quantity: aboveZero.nullable().optional(),
  service_level: percent.nullable().optional().meta({
    description: 'In how many of 100 cases the stock is to last until goods arrive; 95 where nobody says.',
  }),
  supplier_id: id.nullable().optional().meta({ description: 'Who it is ordered from.' }),
  pack_id: id.nullable().optional().meta({ description: 'The pack it is ordered by; of the variant of the policy.' }),
  lead_time_days: days.nullable().optional().meta({ description: 'That of the supplier where it is empty.' }),
  lead_time_deviation_days: days.nullable().optional(),
  review_period_days: days.nullable().optional().meta({ description: 'Days between two looks at the stock.' }),
  target_days_of_supply: days.nullable().optional().meta({ description: 'For how many days an order is to fill up.' }),
  order_cost: exact.nullable().optional().meta({
    description: 'What an order costs, in the same currency as the cost of storage.',
  }),
  storage_cost_monthly: exact.nullable().optional().meta({ description: 'What storing one for a month costs.' }),
}
const outputOf = z.string().nullable()
const policyOutput = {
  minimum_stock: outputOf,
  maximum_stock: outputOf,
  reorder_point: outputOf,
  reorder_quantity: outputOf,
  safety_stock: outputOf,
  economic_order_quantity: outputOf,
  service_level: outputOf,
  supplier_id: id.nullable(),
  pack_id: id.nullable(),
  lead_time_days: outputOf,
  lead_time_deviation_days: outputOf,
  review_period_days: outputOf,
  target_days_of_supply: outputOf,
  order_cost: outputOf,
  storage_cost_monthly: outputOf,
}

export const policy = z.object({
  id,
  branch_id: id.nullable(),
  variant_id: id.nullable(),
  valid_from: z.iso.date(),
  valid_through: z.iso.date().nullable(),
  ...policyOutput,
  ...stamps,
})
export const createPolicyInput = z.strictObject({
  id: id.optional(),
  branch_id: id.optional().meta({ description: 'The branch it is for; all unless given.' }),
  variant_id: id.optional().meta({ description: 'The variant it is for; all unless given.' }),
  valid_from: day,
  valid_through: day.optional().meta({ description: 'The last day on which it counts.' }),
  ...policyInput,
})
export const updatePolicyInput = z.strictObject({
  id,
  version,
  valid_from: day.optional(),
  valid_through: day.nullable().optional(),
  ...policyInput,
})
export const listPoliciesInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  on: day.optional().meta({ description: 'Those in force on this day; all unless given.' }),
  ...pageInput,
})

const status = z.enum(stockStatuses)
const stock = {
  branch_id: id,
  variant_id: id,
  name: z.string(),
  sku: z.string().nullable(),
  category_id: id.nullable(),
  unit: z.string(),
  status,
  on_hand: z.string(),
  reserved: z.string(),
  available: z.string(),
  minimum_stock: outputOf,
  maximum_stock: outputOf,
}
const where = { branch_id: id.optional(), variant_id: id.optional(), category_id: id.optional() }
const sparse = 'A page may hold fewer than asked for; go on until there is no next one.'

export const listStockStatusInput = z.strictObject({ ...where, status: status.optional(), ...pageInput })
export const stockStatusRow = z.object({ ...stock, reorder_point: outputOf, days_of_supply: outputOf })

export const proposeInput = z.strictObject({
  ...where,
  supplier_id: id.optional().meta({ description: 'What is ordered from this supplier alone.' }),
  ...pageInput,
})
const figure = z
  .object({ given: outputOf, computed: outputOf, used: outputOf })
  .meta({ description: 'What somebody gave, what is computed, and which counts: the given one.' })
export const proposal = z.object({
  ...stock,
  on_order: z.string().meta({ description: 'What is ordered and has not come yet.' }),
  in_transit: z.string().meta({ description: 'What is on its way from other branches.' }),
  position: z.string().meta({ description: 'What is available, on order, and on its way.' }),
  suggested_quantity: z.string().meta({ description: 'What to order, in the unit of the product.' }),
  packs: outputOf.meta({ description: 'How many packs that is, where it is ordered by the pack.' }),
  rules: z.array(z.enum(orderRules)).meta({ description: 'What decided, in the order in which it did.' }),
  supplier_id: id.nullable(),
  pack_id: id.nullable(),
  reorder_quantity: outputOf,
  target_days_of_supply: outputOf,
  demand: z.object({
    from: z.iso.date(),
    until: z.iso.date(),
    days: z.int(),
    sold: z.string(),
    per_day: z.string(),
    deviation: z.string().meta({ description: 'The standard deviation of the demand of a day.' }),
    out_of_stock_days: z.int().meta({ description: 'On how many of the days nothing was left at the end.' }),
  }),
  lead_time_days: outputOf,
  lead_time_source: z.enum(['policy', 'supplier']).nullable(),
  lead_time_deviation_days: z.string(),
  review_period_days: z.string(),
  service_level: z.string(),
  safety_stock: figure,
  reorder_point: figure,
  economic_order_quantity: figure,
  days_of_supply: outputOf,
  turnover_monthly: outputOf,
  policy_ids: z.array(id).meta({ description: 'The policies that said something, the most specific first.' }),
})
export const getFiguresInput = z.strictObject({ branch_id: id, variant_id: id })

export const alertKinds = ['low', 'out', 'negative', 'expiring', 'expired'] as const
const alertKind = z.enum(alertKinds)
export const alert = z.object({
  id,
  kind: alertKind,
  branch_id: id,
  variant_id: id,
  batch_id: id.nullable(),
  horizon_days: z.int().nullable().meta({ description: 'Within how many days it expires.' }),
  quantity: z.string().meta({ description: 'What there was when it was opened.' }),
  threshold: outputOf.meta({ description: 'What that had come down to.' }),
  expires_on: z.iso.date().nullable(),
  opened_at: time,
  closed_at: time.nullable(),
  acknowledged_at: time.nullable(),
  acknowledged_by: id.nullable(),
  note: z.string().nullable().meta({ personal: true }),
  ...stamps,
})
export const listAlertsInput = z.strictObject({
  branch_id: id.optional(),
  variant_id: id.optional(),
  kind: alertKind.optional(),
  state: z.enum(['open', 'unacknowledged', 'closed', 'all']).default('open'),
  ...pageInput,
})
export const countAlertsInput = z.strictObject({ branch_id: id.optional() })
export const alertCounts = z.object({
  refreshed_at: time.nullable().meta({ description: 'When alerts were last opened and closed.' }),
  kinds: z.array(z.object({ kind: alertKind, open: z.int(), unacknowledged: z.int() })),
})
export const acknowledgeAlertInput = z.strictObject({
  id,
  version,
  note: paragraph(1_000).optional().meta({ personal: true }),
})
export const refreshAlertsInput = z.strictObject({ branch_id: id.optional() })
export const refreshedAlerts = z.object({ opened: z.int(), closed: z.int(), refreshed_at: time })

/** What the summary of a list says whose pages may be short. */
export const shortPages = sparse

export const overlappingPolicies = refusal(
  'overlapping_policies',
  409,
  'There is a policy for this branch and variant on some of these days',
)
export const policyPeriodCrossed = refusal('policy_period_crossed', 422, 'The last day of a period is before its first')
export const policyLimitsCrossed = refusal(
  'policy_limits_crossed',
  422,
  'The minimum stock and the reorder point are no more than the maximum',
)
export const policySupplierNotFound = refusal('policy_supplier_not_found', 422, 'There is no such supplier')
export const policyPackNotFound = refusal('policy_pack_not_found', 422, 'There is no such pack of this variant')
export const alertClosed = refusal('alert_closed', 409, 'What this was about is over')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { policy_valid_key: overlappingPolicies } as const
