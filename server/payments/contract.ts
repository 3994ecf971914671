import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { currencyCode, id, instant, line, name, pageInput, time, version } from '../platform/schema.ts'
import {
  amountOutOfRange,
  authorizationRequired,
  cashStepInvalid,
  currencyMismatch,
  noSuchCoins,
  paymentNotDue,
  paymentOver,
  paymentShort,
  referenceRequired,
  refundDiffers,
  refundExceedsPaid,
  tenderInactive,
  tenderNotFound,
  tooManyDecimalsPaid,
} from './refusals.ts'

export const permissions = {
  viewTenders: 'payments.view-tenders',
  manageTenders: 'payments.manage-tenders',
  viewPayments: 'payments.view-payments',
  takePayments: 'payments.take-payments',
  refundPayments: 'payments.refund-payments',
  reverseAuthorizations: 'payments.reverse-authorizations',
} as const

export const tenderKinds = ['cash', 'card', 'mobile_wallet', 'bank_transfer', 'other'] as const
/** What a tender is, whatever the tenant calls it. */
export type TenderKind = (typeof tenderKinds)[number]
export const providers = ['simulator'] as const
/** Who answers for money that others pay out. */
export type ProviderName = (typeof providers)[number]
export const paymentKinds = ['payment', 'change', 'refund', 'reversal'] as const
/** What came in, went back as change, was given back for goods, or was taken back because it was wrong. */
export type PaymentKind = (typeof paymentKinds)[number]

/** The most payments that a sale is paid with. */
const mostGiven = 20
const stamps = { version, created_at: time, updated_at: time }
/** What lists of tenders are ordered by. */
export const tenderCode = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, { error: 'must be a word of small letters such as cash or card_2' })
const paid = z.string().regex(/^(0|[1-9]\d{0,14})(\.\d{1,4})?$/, {
  error: 'must be a decimal string, not negative, with at most 15 digits and 4 decimals',
})

export const byId = z.strictObject({ id })
export const stateInput = z.strictObject({ id, version })
export const listTendersInput = z.strictObject({ is_active: z.boolean().optional(), ...pageInput })
export const tender = z.object({
  id,
  code: z.string(),
  name: z.string(),
  kind: z.enum(tenderKinds),
  provider: z.enum(providers).nullable().meta({ description: 'Who is asked before it counts as paid.' }),
  needs_reference: z.boolean().meta({ description: 'A number is noted, such as that of a cheque or a transfer.' }),
  opens_drawer: z.boolean(),
  is_active: z.boolean(),
  ...stamps,
})
const tenderFields = { name: name(60), needs_reference: z.boolean(), opens_drawer: z.boolean() }
export const createTenderInput = z
  .strictObject({
    id: id.optional(),
    code: tenderCode,
    name: tenderFields.name,
    kind: z.enum(tenderKinds),
    provider: z.enum(providers).optional(),
    needs_reference: tenderFields.needs_reference.default(false),
    opens_drawer: tenderFields.opens_drawer.default(false),
  })
  .refine(({ kind, provider }) => kind !== 'cash' || provider === undefined, {
    error: 'must be left out: nobody is asked about cash',
    path: ['provider'],
  })
export const updateTenderInput = z.strictObject({
  id,
  version,
  name: tenderFields.name.optional(),
  needs_reference: tenderFields.needs_reference.optional(),
  opens_drawer: tenderFields.opens_drawer.optional(),
})
export const addedTenders = z.object({ items: z.array(tender) })

/** What is paid with at a till, or given back by: for the inputs of documents. */
export const givenTenders = z
  .array(
    z.strictObject({
      tender_id: id,
      amount: paid.meta({
        description: 'What is handed over, or given back. 0 of cash where rounding leaves nothing.',
      }),
      currency: currencyCode.optional().meta({ description: 'That of the document, unless something is wrong.' }),
      reference: line(60).optional().meta({ description: 'Stays for ever: no names of persons.' }),
      authorization_id: id.optional().meta({ description: 'What the provider of the tender approved.' }),
    }),
  )
  .max(mostGiven)
export const payment = z.object({
  id,
  kind: z.enum(paymentKinds),
  document_type: z.string(),
  document_id: id,
  line: z.int().meta({ description: 'Its place among those recorded with it, from 1.' }),
  origin_id: id.meta({ description: 'The sale that it all began with.' }),
  branch_id: id,
  session_id: id.nullable(),
  tender_id: id,
  amount: z.string().meta({ description: 'Above zero for what came, below for what went.' }),
  currency: z.string(),
  reference: z.string().nullable(),
  authorization_id: id.nullable(),
  reverses_id: id.nullable(),
  reversed_by_id: id.nullable().meta({ description: 'The payment that took it back.' }),
  is_late: z.boolean().meta({ description: 'It had happened when it was recorded, as offline.' }),
  actor_id: id.nullable(),
  made_at: time,
  recorded_at: time,
})
export const listPaymentsInput = z.strictObject({
  document_id: id.optional(),
  origin_id: id.optional(),
  session_id: id.optional(),
  branch_id: id.optional(),
  tender_id: id.optional(),
  from: instant.optional().meta({ description: 'Recorded at this time or later.' }),
  until: instant.optional().meta({ description: 'Recorded before this time.' }),
  ...pageInput,
})

export const tenderCodeTaken = refusal('tender_code_taken', 409, 'Another tender has this code')
export const tenderActive = refusal('tender_active', 409, 'This tender is active already')
export const paidSessionNotFound = refusal('paid_session_not_found', 422, 'There is no such session')
export const authorizationNotFound = refusal('authorization_not_found', 422, 'There is no such authorization')
export const authorizationNotApproved = refusal('authorization_not_approved', 409, 'The provider has not approved it')
export const authorizationUsed = refusal('authorization_used', 409, 'This authorization stands for a payment already')
export const authorizationDiffers = refusal(
  'authorization_differs',
  422,
  'The authorization is for another sale, tender, place, amount or currency',
)

export const saleNotPaidHere = refusal('sale_not_found', 422, 'No such sale was paid for in this session')
export const paidOtherwise = refusal('paid_otherwise', 409, 'So much was not paid for it with that, in this session')
export const tenderOfAnotherKind = refusal('tender_of_another_kind', 422, 'The tender is not of that kind')

/** What the tenders of a document may be refused with. */
export const tenderRefusals = [
  tenderNotFound,
  tenderInactive,
  paymentShort,
  paymentOver,
  paymentNotDue,
  currencyMismatch,
  amountOutOfRange,
  tooManyDecimalsPaid,
  noSuchCoins,
  cashStepInvalid,
  referenceRequired,
  refundExceedsPaid,
  refundDiffers,
  authorizationRequired,
  authorizationNotFound,
  authorizationNotApproved,
  authorizationUsed,
  authorizationDiffers,
] as const

export {
  amountOutOfRange,
  currencyMismatch,
  refundDiffers,
  refundExceedsPaid,
  tenderInactive,
  tenderNotFound,
  tooManyDecimalsPaid,
} from './refusals.ts'

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  tender_code_key: tenderCodeTaken,
} as const
