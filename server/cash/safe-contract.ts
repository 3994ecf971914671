import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { amount, id, line, pageInput, time } from '../platform/schema.ts'

export const manageSafe = 'cash.manage-safe'

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
  amount: amount.refine((text) => !text.startsWith('-') && /[1-9]/.test(text), { error: 'must be above zero' }),
  against: z.enum(safeUses).meta({ description: 'Where it comes from, or goes to.' }),
  reason: line(200).meta({ description: 'Stays for ever: no names of persons.' }),
})

export const safeShort = refusal('safe_short', 409, 'There is less in the safe than that')
