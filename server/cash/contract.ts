import { z } from 'zod'
import { tenderKinds } from '../payments/index.ts'
import { refusal } from '../platform/refusal.ts'
import { amount, day, id, line, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  viewSessions: 'cash.view-sessions',
  openSession: 'cash.open-session',
  moveCash: 'cash.move-cash',
  countSession: 'cash.count-session',
  /** Sessions that others opened, too. */
  manageSessions: 'cash.manage-sessions',
  overrideCertificate: 'cash.override-certificate',
  approveVariance: 'cash.approve-variance',
} as const

export const statuses = ['open', 'pending_reconciliation', 'closed'] as const
export const reconciliations = ['draft', 'escalated', 'closed'] as const
export const actions = [
  'open',
  'close',
  'count',
  'escalation',
  'recount',
  'adjustment',
  'transaction_fix',
  'write_off',
  'settle',
  'approve',
] as const
/** What a variance may turn out to have been. */
const adjustmentUses = [
  'safe',
  'other_income',
  'other_expenses',
  'delivery_costs',
  'suppliers',
  'customers',
  'staff_receivables',
  'tips_payable',
  'rounding_differences',
] as const

export const reason = line(200).meta({ description: 'Stays for ever: no names of persons.' })
const notNegative = amount.refine((text) => !text.startsWith('-'), { error: 'must not be negative' })
/** Coins and notes are worth 1, 2, 2.5 or 5, or tens, hundreds and parts of that; in few places 3. */
const denomination = amount.refine((text) => /^(3|0*(1|2|25|5)0*)$/.test(text.replace('.', '')), {
  error: 'must be what a coin or a note is worth',
})
export const aboveZero = amount.refine((text) => !text.startsWith('-') && /[1-9]/.test(text), {
  error: 'must be above zero',
})
const hidden =
  'Null in a blind session that is not closed, but for those who may approve its variance once somebody else has counted it.'

export const byId = z.strictObject({ id })
export const session = z.object({
  id,
  number: z.string().meta({ description: '1, 2, 3 in the tenant.' }),
  register_id: id,
  branch_id: id,
  currency: z.string(),
  status: z.enum(statuses),
  reconciliation: z.enum(reconciliations).nullable(),
  float_amount: z.string(),
  is_blind: z.boolean().meta({ description: 'Whoever counts does not see what is expected.' }),
  variance_threshold: z.string().meta({ description: 'Up to this variance it closes by itself.' }),
  pay_out_limit: z.string().meta({ description: 'What whoever opened it pays out of it in all, beside the safe.' }),
  late_of: id.nullable().meta({ description: 'The session that had ended when what is in this one arrived.' }),
  offline_transaction_count: z.int().nullable().meta({ description: 'As it was when the session was closed.' }),
  opened_by: id.nullable().meta({ description: 'The employee.' }),
  opened_at: time,
  closed_by: id.nullable(),
  closed_at: time.nullable(),
  version,
  created_at: time,
  updated_at: time,
})
const countLine = z.object({
  tender_kind: z.enum(tenderKinds),
  counted: z.string(),
  expected: z
    .string()
    .nullable()
    .meta({ description: `What the books said when it was counted. ${hidden}` }),
  variance: z
    .string()
    .nullable()
    .meta({ description: `Counted less expected. ${hidden}` }),
  denominations: z.array(z.object({ value: z.string(), quantity: z.int() })),
})
export const step = z.object({
  number: z.int(),
  action: z.enum(actions),
  reason: z.string().nullable(),
  amount_impact: z
    .string()
    .nullable()
    .meta({ description: `By how much the variance changed; of an escalation, what it was. ${hidden}` }),
  detail: z.record(z.string(), z.unknown()),
  journal_id: id.nullable(),
  actor_id: id.nullable().meta({ description: 'The employee.' }),
  recorded_at: time,
})
export const sessionInFull = z.object({
  ...session.shape,
  counts: z.array(
    z.object({
      number: z.int(),
      notes: z.string().nullable(),
      actor_id: id,
      recorded_at: time,
      lines: z.array(countLine),
    }),
  ),
  steps: z.array(step),
})
export const sessionNumber = z.object({
  id,
  number: session.shape.number,
  register_id: id,
  branch_id: id,
  status: session.shape.status,
  opened_by: id.nullable(),
  opened_at: time,
  closed_at: time.nullable(),
})
export const openSessionInput = z.strictObject({
  id: id.optional(),
  register_id: id,
  float_amount: notNegative.meta({
    description: 'What is put into the drawer out of the safe, in the currency of the legal entity.',
  }),
})
export const listSessionsInput = z.strictObject({
  branch_id: id.optional(),
  register_id: id.optional(),
  status: z.enum(statuses).optional(),
  reconciliation: z
    .enum(reconciliations)
    .optional()
    .meta({ description: 'escalated: those that wait for somebody who approves.' }),
  late_of: id.optional().meta({ description: 'What arrived after the end of this one.' }),
  from: day.optional().meta({
    description: 'Opened on this day or later, in the zone of the branch asked for or else of the tenant.',
  }),
  through: day.optional().meta({ description: 'The last day.' }),
  ...pageInput,
})
export const closeSessionInput = z.strictObject({
  id,
  version,
  override_reason: reason
    .optional()
    .meta({ description: 'Why it is closed although sales of its devices are still missing. Stays for ever.' }),
})
export const countSessionInput = z.strictObject({
  id,
  version,
  notes: line(500).optional().meta({ description: 'Stays for ever: no names of persons.' }),
  tenders: z
    .array(
      z
        .strictObject({
          tender_kind: z.enum(tenderKinds),
          counted: amount.meta({
            description: 'Below zero where more of it was given back than taken; never of cash.',
          }),
          denominations: z
            .array(z.strictObject({ value: denomination, quantity: z.int().min(1).max(1_000_000) }))
            .max(50)
            .optional()
            .meta({ description: 'Coins and notes; they add up to what was counted.' }),
        })
        .refine(({ tender_kind, counted }) => tender_kind !== 'cash' || !counted.startsWith('-'), {
          error: 'must not be negative: cash lies there or does not',
          path: ['counted'],
        }),
    )
    .min(1)
    .max(tenderKinds.length),
})
export const stepInput = z.strictObject({ id, version, reason })
export const adjustInput = z.strictObject({
  id,
  version,
  tender_kind: z.enum(tenderKinds).default('cash'),
  amount: amount
    .refine((text) => /[1-9]/.test(text), { error: 'must not be zero' })
    .meta({ description: 'By how much more is expected then; below zero for less, as after an unrecorded pay-out.' }),
  against: z.enum(adjustmentUses).meta({ description: 'What it turned out to have been.' }),
  reason,
})
export const fixInput = z
  .strictObject({
    id,
    version,
    from: z.enum(tenderKinds).meta({ description: 'What it was recorded as.' }),
    to: z.enum(tenderKinds).meta({ description: 'What it was paid with.' }),
    amount: aboveZero,
    sale_id: id.optional().meta({
      description:
        'The sale or exchange of this session that it is about: its payments are put right, too, or else keep what is wrong.',
    }),
    tender_id: id.optional().meta({ description: 'Goes with the sale: what it was paid with, of the kind in `to`.' }),
    reference: line(60).optional().meta({ description: 'Goes with the sale. Stays for ever: no names of persons.' }),
    authorization_id: id
      .optional()
      .meta({ description: 'Goes with the sale: what the provider of the tender approved.' }),
    document_number: line(40).optional().meta({ description: 'Of the receipt, where it is not known here.' }),
    reason,
  })
  .refine(({ sale_id, tender_id }) => (sale_id === undefined) === (tender_id === undefined), {
    error: 'must come with the sale',
    path: ['tender_id'],
  })
export const approveInput = z.strictObject({ id, version })

export const sessionNotFound = refusal('session_not_found', 422, 'There is no such session')
export const sessionAlreadyOpen = refusal('session_already_open', 409, 'A session is open on this register already')
export const sessionNotOpen = refusal('session_not_open', 409, 'This session is not open any more')
export const sessionStillOpen = refusal('session_still_open', 409, 'This session is still open; close it first')
export const sessionNotReconciled = refusal(
  'session_not_reconciled',
  409,
  'This session has no final report before it is closed',
)
export const sessionClosed = refusal('session_closed', 409, 'This session is closed')
export const sessionOfAnother = refusal('session_of_another', 403, 'Somebody else opened this session')
export const sessionNotCounted = refusal('session_not_counted', 409, 'This session is not counted yet')
export const varianceEscalated = refusal(
  'variance_escalated',
  409,
  'This session waits for somebody who may approve its variance',
)
export const varianceLeft = refusal(
  'variance_left',
  409,
  'More is left unexplained than the threshold lets through: explain it or write it off',
)
export const varianceNone = refusal('variance_none', 409, 'There is nothing to write off')
export const varianceOwn = refusal(
  'variance_own',
  403,
  'Whoever opened or counted a session leaves its variance to somebody else',
)
export const certificateIncomplete = refusal(
  'certificate_incomplete',
  409,
  'Sales of this session are still on their way from its devices',
)
export const drawerShort = refusal('drawer_short', 409, 'There is less of that in the session')
export const drawerShortBlind = refusal(
  'drawer_short_blind',
  403,
  'There is less of that in the session; it is counted blind, and each try is kept',
)
export const payOutBeyondLimit = refusal(
  'pay_out_beyond_limit',
  403,
  'Whoever opened a session pays out no more of it than its limit; somebody else does who manages sessions',
)
export const amountTooFine = refusal('cash_amount_too_fine', 422, 'An amount has more decimals than its currency')
export const amountTooLarge = refusal('cash_amount_too_large', 422, 'An amount is larger than the books can keep')
export const denominationsDiffer = refusal(
  'denominations_differ',
  422,
  'Coins and notes do not add up to what was counted',
)
export const tenderTwice = refusal('tender_twice', 422, 'A kind of tender is counted once in a count')
export const tenderNotCounted = refusal(
  'tender_not_counted',
  422,
  'Something is expected of a tender that was not counted',
)
export const sameTender = refusal('same_tender', 422, 'A sale is moved from one kind of tender to another')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { session_open_key: sessionAlreadyOpen } as const
