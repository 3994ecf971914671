import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { amount, currencyCode, day, id, line, pageInput, time, version } from '../platform/schema.ts'
import { unknownCurrency } from '../reference/index.ts'
import { entityNotFound } from '../tenants/index.ts'
import { accountTypes, purposes } from './chart.ts'
import { charts } from './charts.ts'

export const permissions = {
  viewBooks: 'ledger.view-books',
  openBooks: 'ledger.open-books',
  manageAccounts: 'ledger.manage-accounts',
  postJournals: 'ledger.post-journals',
  reverseJournals: 'ledger.reverse-journals',
  closePeriods: 'ledger.close-periods',
  reopenPeriods: 'ledger.reopen-periods',
} as const

const stamps = { version, created_at: time, updated_at: time }
/** What an account is called in its books, and what lists of accounts are ordered by. */
export const accountCode = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9.-]{0,31}$/, { error: 'must be 1 to 32 capitals, digits, points or dashes' })
const month = z
  .string()
  .regex(/^(19[7-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])$/, { error: 'must be a month such as 2026-11' })
const documentType = z
  .string()
  .regex(/^[a-z][a-z_]{0,39}$/, { error: 'must be a word such as sale or supplier_invoice' })
const chartId = z.enum(charts.map((chart) => chart.id))
const accountType = z.enum(accountTypes)
/** What one unit of a currency is worth in another: above zero, at most 18 digits and 18 decimals, as numeric(36,18). */
const fxRate = z.string().regex(/^(?!0(\.0+)?$)(0|[1-9]\d{0,17})(\.\d{1,18})?$/, {
  error: 'must be a decimal string above zero with at most 18 digits and 18 decimals',
})
/** A sum in an answer; debits are above zero. */
const sum = z.string()

export const byId = z.strictObject({ id })
export const ofEntity = z.strictObject({ entity_id: id, ...pageInput })

export const chart = z.object({ id: z.string(), name: z.string(), locale: z.string(), source: z.string() })
export const book = z.object({
  id: id.meta({ description: 'The id of the legal entity whose books these are.' }),
  chart: z.string(),
  closed_through: z.iso.date().nullable().meta({ description: 'The last day that takes no more entries.' }),
  created_at: time,
  updated_at: time,
})
export const openBooksInput = z.strictObject({ entity_id: id, chart: chartId.optional() })

export const account = z.object({
  id,
  entity_id: id,
  code: z.string(),
  name: z.string(),
  type: accountType,
  purpose: z.string().nullable().meta({ description: 'What the product posts here by itself.' }),
  currency: z.string(),
  holder_type: z
    .enum(['branch', 'session'])
    .nullable()
    .meta({ description: 'Of what it is kept for by the product itself.' }),
  holder_id: id.nullable().meta({ description: 'Whose it is, such as a branch; it takes no journals of people.' }),
  floor: sum.nullable().meta({ description: 'No journal takes the balance below it.' }),
  ceiling: sum.nullable().meta({ description: 'No journal takes the balance above it.' }),
  balance: sum.meta({ description: 'Debits less credits, of all that was recorded.' }),
  balance_version: z.string().meta({ description: 'How many entries were recorded.' }),
  closed_at: time.nullable(),
  ...stamps,
})
export const listAccountsInput = z.strictObject({ entity_id: id, type: accountType.optional(), ...pageInput })
export const createAccountInput = z.strictObject({
  id: id.optional(),
  entity_id: id,
  code: accountCode,
  name: line(200),
  type: accountType,
  purpose: z.enum(purposes).optional(),
  currency: currencyCode,
  floor: amount.optional(),
  ceiling: amount.optional(),
})
export const updateAccountInput = z.strictObject({
  id,
  version,
  name: line(200).optional(),
  floor: amount.nullable().optional(),
  ceiling: amount.nullable().optional(),
})
export const accountVersionInput = z.strictObject({ id, version })

export const balanceInput = z.strictObject({ id, on: day.optional() })
export const balance = z.object({
  account_id: id,
  currency: z.string(),
  on: z.iso.date().nullable().meta({ description: 'The last effective day counted; null counts all.' }),
  debit: sum,
  credit: sum,
  balance: sum,
})

const entryFields = {
  account_id: id,
  account_version: z.string().meta({ description: 'Counts the entries of the account in the order of recording.' }),
  line: z.int(),
  amount: sum.meta({ description: 'A debit above zero, a credit below.' }),
  transaction_currency: z.string().nullable().meta({ description: 'The currency it was made in, if another one.' }),
  transaction_amount: sum.nullable().meta({ description: 'What it was in that currency.' }),
  fx_rate: z.string().nullable().meta({ description: 'What one unit of that currency was worth.' }),
  previous_balance: sum,
  running_balance: sum,
}
export const journal = z.object({
  id,
  entity_id: id,
  document_type: z.string(),
  document_id: id,
  document_number: z.string().nullable(),
  document_on: z.iso.date(),
  effective_on: z.iso.date(),
  description: z.string().nullable(),
  reverses_id: id.nullable(),
  reversed_by_id: id.nullable(),
  actor_id: id.nullable(),
  recorded_at: time,
  entries: z.array(z.object(entryFields)),
})
export const journalSummary = journal.omit({ entries: true })
export const listJournalsInput = z.strictObject({
  entity_id: id,
  from: day.optional(),
  until: day.optional(),
  document_id: id.optional(),
  ...pageInput,
})
const documentFields = {
  document_number: line(60).optional(),
  effective_on: day.optional().meta({ description: 'The day it counts; the day of the document unless given.' }),
  if_closed: z.enum(['refuse', 'post_in_open_period']).default('refuse').meta({
    description: 'What to do with a late document: refuse it, or let it count on the first open day.',
  }),
  description: line(200).optional().meta({ description: 'Stays for ever: no names of persons.' }),
}
/** What one journal may hold; ledger.record holds the same limit. */
const mostLines = 1_000
const journalLine = z
  .strictObject({
    account_id: id,
    amount: amount.optional().meta({ description: 'In the currency of the account; converted when it is left out.' }),
    transaction_currency: currencyCode.optional().meta({ description: 'The currency it was made in, if another one.' }),
    transaction_amount: amount.optional(),
    fx_rate: fxRate.optional().meta({
      description: 'Without it, that between both amounts, or of the day of the document. Both agree with it, rounded.',
    }),
  })
  .refine(
    (line) =>
      line.transaction_currency === undefined
        ? line.amount !== undefined && line.transaction_amount === undefined && line.fx_rate === undefined
        : line.transaction_amount !== undefined,
    { error: 'must have an amount, or a transaction_currency with a transaction_amount' },
  )
export const postJournalInput = z.strictObject({
  id: id.optional(),
  entity_id: id,
  document_type: documentType.default('journal_voucher'),
  document_id: id.optional(),
  document_on: day,
  ...documentFields,
  round: z.boolean().default(false).meta({
    description: 'Round amounts to the minor unit; what is left goes to the account for rounding differences.',
  }),
  lines: z.array(journalLine).min(2).max(mostLines),
})
export const reverseJournalInput = z.strictObject({
  id,
  reversal_id: id.optional(),
  document_type: documentType.default('reversal'),
  document_id: id.optional(),
  document_on: day,
  ...documentFields,
})

export const statementInput = z.strictObject({
  id,
  from: day.optional(),
  until: day.optional(),
  order: z.enum(['effective', 'recorded']).default('effective'),
  ...pageInput,
})
export const statement = z.object({
  account_id: id,
  currency: z.string(),
  opening_balance: sum.meta({ description: 'As of the day before `from`.' }),
  closing_balance: sum.meta({ description: 'As of `until`.' }),
  items: z.array(
    z.object({
      ...entryFields,
      balance: sum.meta({ description: 'After this entry, in the order of this statement.' }),
      journal_id: id,
      effective_on: z.iso.date(),
      recorded_at: time,
      document_type: z.string(),
      document_id: id,
      document_number: z.string().nullable(),
      document_on: z.iso.date(),
      description: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
})

export const trialBalanceInput = z.strictObject({
  entity_id: id,
  from: day.optional(),
  until: day.optional(),
  ...pageInput,
})
const trialBalanceSums = { opening_balance: sum, debit: sum, credit: sum, closing_balance: sum }
export const trialBalance = z.object({
  totals: z.array(z.object({ currency: z.string(), ...trialBalanceSums })).meta({
    description: 'Of all accounts, by currency: opening and closing balance are zero, debit and credit equal.',
  }),
  items: z.array(
    z.object({
      account_id: id,
      code: z.string(),
      name: z.string(),
      type: accountType,
      currency: z.string(),
      ...trialBalanceSums,
    }),
  ),
  next_cursor: z.string().nullable(),
})

export const periodChange = z.object({
  id,
  entity_id: id,
  action: z.enum(['close', 'reopen']),
  previous_closed_through: z.iso.date().nullable(),
  closed_through: z.iso.date().nullable(),
  reason: z.string().nullable(),
  actor_id: id.nullable(),
  recorded_at: time,
})
export const closePeriodInput = z.strictObject({ id, month, reason: line(500).optional() })
export const reopenPeriodInput = z.strictObject({ id, month, reason: line(500) })

export const booksNotFound = refusal('books_not_found', 422, 'This legal entity has no books here')
export const booksExist = refusal('books_exist', 409, 'This legal entity has books already')
export const accountCodeTaken = refusal('account_code_taken', 409, 'Another account of these books has this code')
export const accountPurposeTaken = refusal('account_purpose_taken', 409, 'Another account of these books serves it')
export const accountNotEmpty = refusal('account_not_empty', 409, 'An account is closed at a balance of zero')
export const limitsCrossed = refusal('limits_crossed', 422, 'The floor must not be above the ceiling')
export const roundingAccountMissing = refusal('rounding_account_missing', 422, 'No account takes rounding differences')
export const datesCrossed = refusal('dates_crossed', 422, 'The first day must not be after the last')
export const reversalNotReversible = refusal(
  'reversal_not_reversible',
  409,
  'A reversal is not reversed: post the journal again',
)
export const alreadyReversed = refusal('already_reversed', 409, 'This journal was reversed already')
export const tooFewLines = refusal('too_few_lines', 422, 'A journal has at least two lines')
export const tooManyLines = refusal('too_many_lines', 422, 'A journal has at most a thousand lines')
export const dateOutOfRange = refusal('date_out_of_range', 422, 'The day lies before 1970 or more than a year ahead')
export const periodClosed = refusal('period_closed', 409, 'The period is closed')
export const accountNotFound = refusal('account_not_found', 422, 'There is no such account')
export const accountOfAnotherEntity = refusal(
  'account_of_another_entity',
  422,
  'The account is in the books of another legal entity',
)
export const accountClosed = refusal('account_closed', 409, 'The account is closed')
export const accountHeld = refusal('account_held', 409, 'The product keeps this account by itself')
export const purposeNotServed = refusal('purpose_not_served', 422, 'No account of the books serves this purpose')
export const amountZero = refusal('amount_zero', 422, 'A line has an amount other than zero')
export const wrongPrecision = refusal('wrong_precision', 422, 'An amount has more decimals than its currency')
export const journalUnbalanced = refusal('journal_unbalanced', 422, 'Debits and credits differ')
export const currencyNotForeign = refusal('currency_not_foreign', 422, 'This is the currency of the account itself')
export const foreignAmountsDiffer = refusal('foreign_amounts_differ', 422, 'The two amounts do not agree at this rate')
export const balanceBelowFloor = refusal('balance_below_floor', 409, 'A balance would fall below its floor')
export const balanceAboveCeiling = refusal('balance_above_ceiling', 409, 'A balance would rise above its ceiling')
export const balanceOutOfRange = refusal('balance_out_of_range', 422, 'A balance would have more than 15 digits')
export const periodAlreadyClosed = refusal('period_already_closed', 409, 'This month is closed already')
export const periodNotOver = refusal('period_not_over', 409, 'A month is closed when it is over')
export const periodNotClosed = refusal('period_not_closed', 409, 'This month is open')

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = {
  account_currency_fkey: unknownCurrency,
  account_entity_id_fkey: booksNotFound,
  account_code_key: accountCodeTaken,
  account_purpose_key: accountPurposeTaken,
  account_floor_below_ceiling: limitsCrossed,
  account_closed_is_empty: accountNotEmpty,
  book_pkey: booksExist,
  book_id_fkey: entityNotFound,
} as const
