import { z } from 'zod'
import { tenderKinds } from '../payments/index.ts'
import { refusal } from '../platform/refusal.ts'
import { amount, id, line, locale, pageInput, time, version } from '../platform/schema.ts'

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

const reason = line(200).meta({ description: 'Stays for ever: no names of persons.' })
const notNegative = amount.refine((text) => !text.startsWith('-'), { error: 'must not be negative' })
const aboveZero = amount.refine((text) => !text.startsWith('-') && /[1-9]/.test(text), { error: 'must be above zero' })
const hidden = 'Null in a blind session that is not closed, for those who may not approve variances.'

/** Where a page of movements ends. */
export const movementCursor = z.tuple([z.uuid()])

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
const step = z.object({
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
export const xReport = z.object({
  session,
  register_code: z.string(),
  register_name: z.string(),
  branch_name: z.string().nullable(),
  at: time,
  tenders: z.array(reportLine),
  expected: z.string(),
  counted: z.string().nullable(),
  variance: z.string().nullable(),
  movements: z.array(movement),
  denominations: z.array(z.object({ value: z.string(), quantity: z.int() })),
  offline_transaction_count: z.int(),
})

export const zReport = z.object({ ...xReport.shape, steps: z.array(step) })

export const printZReportInput = z.strictObject({
  id,
  locale: locale.optional().meta({ description: 'Unless given, that of the tenant.' }),
})
export const printed = z.object({ locale: z.string(), html: z.string() })

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
  ...pageInput,
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
      z.strictObject({
        tender_kind: z.enum(tenderKinds),
        counted: notNegative,
        denominations: z
          .array(z.strictObject({ value: aboveZero, quantity: z.int().min(0).max(1_000_000) }))
          .max(50)
          .optional()
          .meta({ description: 'Coins and notes; they add up to what was counted.' }),
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
export const fixInput = z.strictObject({
  id,
  version,
  from: z.enum(tenderKinds).meta({ description: 'What it was recorded as.' }),
  to: z.enum(tenderKinds).meta({ description: 'What it was paid with.' }),
  amount: aboveZero,
  document_number: line(40).optional().meta({ description: 'Of the receipt that it is about.' }),
  reason,
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
