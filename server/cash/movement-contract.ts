import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, pageInput, time } from '../platform/schema.ts'
import { aboveZero, reason } from './contract.ts'

export const manageSafe = 'cash.manage-safe'

export const movementKinds = ['pay_in', 'pay_out', 'drop'] as const
/** What cash may come from, or go to, beside sales; an account of the books serves each. */
const payInSources = ['safe', 'other_income', 'customers', 'staff_receivables', 'capital'] as const
const payOutUses = [
  'safe',
  'other_expenses',
  'delivery_costs',
  'suppliers',
  'staff_receivables',
  'tips_payable',
  'owner_draws',
] as const

/** What of it was over or short, which somebody judges who had no hand in it. */
export const safeVariances: ReadonlySet<string> = new Set(['cash_over', 'cash_short'])
export const safeMovementKinds = ['put_in', 'take_out'] as const
/** What cash of a safe comes from or goes to; an account of the books serves each. */
const safeUses = [
  'bank',
  'cash_in_transit',
  'opening_balances',
  'capital',
  'owner_draws',
  'suppliers',
  'customers',
  'staff_receivables',
  'wages_payable',
  'other_income',
  'other_expenses',
  'cash_over',
  'cash_short',
] as const

/** Where a page of movements ends. */
export const movementCursor = z.tuple([z.uuid()])

export const movement = z.object({
  id: id.meta({ description: 'Its journal has the same id.' }),
  session_id: id,
  kind: z.enum(movementKinds),
  amount: z.string(),
  against: z.string(),
  reason: z.string(),
  actor_id: id,
  recorded_at: time,
})
export const listMovementsInput = z.strictObject({ id, ...pageInput })
export const payInInput = z.strictObject({
  id,
  pay_in_id: id.optional(),
  amount: aboveZero,
  from: z.enum(payInSources).default('safe'),
  reason,
})
export const payOutInput = z.strictObject({
  id,
  pay_out_id: id.optional(),
  amount: aboveZero,
  to: z.enum(payOutUses).default('other_expenses'),
  reason,
})
export const dropInput = z.strictObject({ id, drop_id: id.optional(), amount: aboveZero, reason })

export const safe = z.object({
  branch_id: id,
  currency: z.string(),
  balance: z.string().meta({ description: 'What the books hold; below zero where what it began with was not put in.' }),
})
export const safeMovement = z.object({
  id: id.meta({ description: 'Its journal has the same id.' }),
  branch_id: id,
  kind: z.enum(safeMovementKinds),
  amount: z.string(),
  against: z.string(),
  reason: z.string(),
  actor_id: id,
  recorded_at: time,
})
export const getSafeInput = z.strictObject({ branch_id: id })
export const listSafeMovementsInput = z.strictObject({ branch_id: id, ...pageInput })
export const moveSafeInput = z.strictObject({
  id: id.optional(),
  branch_id: id,
  kind: z.enum(safeMovementKinds),
  amount: aboveZero,
  against: z.enum(safeUses).meta({ description: 'Where it comes from, or goes to.' }),
  reason,
})

export const safeShort = refusal('safe_short', 409, 'There is less in the safe than that')
export const safeOwn = refusal(
  'safe_own',
  403,
  'Whoever moved cash of this safe since its last difference leaves what is over or short to somebody else',
)
