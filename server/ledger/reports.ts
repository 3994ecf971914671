import { z } from 'zod'
import { money, toColumnText } from '../platform/money.ts'
import { query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { day, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { assertBooks } from './open-books.ts'
import { findAccount } from './queries.ts'
import { assertInOrder } from './refusals.ts'
import {
  balanceBefore,
  listEntries,
  listTrialBalance,
  openingBalance,
  sumAccount,
  totalTrialBalance,
} from './report-queries.ts'

const { viewBooks } = contract.permissions
const entryKey = z.tuple([day, z.string().regex(/^\d{1,18}$/)])

/** What the books say: balances, statements of accounts, the trial balance. */
export const ledgerReports = [
  query({
    name: 'ledger.get-balance',
    route: 'GET /v1/accounts/:id/balance',
    summary: 'The balance of an account as of an effective day, whenever its entries were recorded.',
    permission: viewBooks,
    reach: 'entity',
    input: contract.balanceInput,
    output: contract.balance,
    async handle(context, { id, on }) {
      const account = (await findAccount(context, id)) ?? refuse(platformRefusals.notFound)
      return { account_id: id, currency: account.currency, on: on ?? null, ...(await sumAccount(context, id, on)) }
    },
  }),
  query({
    name: 'ledger.get-statement',
    route: 'GET /v1/accounts/:id/statement',
    summary: 'The entries of an account with their documents, by effective day or as they were recorded.',
    permission: viewBooks,
    reach: 'entity',
    input: contract.statementInput,
    output: contract.statement,
    refusals: [contract.datesCrossed],
    async handle(context, input) {
      assertInOrder(input)
      const account = (await findAccount(context, input.id)) ?? refuse(platformRefusals.notFound)
      const [effective_on, account_version] = readCursor(input.cursor, entryKey) ?? []
      const after = effective_on && account_version ? { effective_on, account_version } : undefined
      const found = await listEntries(context, input, after)
      const rows = withBalances(found, await balanceBefore(context, account.id, input.order, found[0]))
      return {
        account_id: account.id,
        currency: account.currency,
        opening_balance: await openingBalance(context, account.id, input.from),
        closing_balance: (await sumAccount(context, account.id, input.until)).balance,
        ...toPage(rows, input.limit, (row) => [row.effective_on, row.account_version]),
      }
    },
  }),
  query({
    name: 'ledger.get-trial-balance',
    route: 'GET /v1/trial-balance',
    summary: 'Opening balance, debits, credits and closing balance of each account of a legal entity.',
    permission: viewBooks,
    reach: 'entity',
    input: contract.trialBalanceInput,
    output: contract.trialBalance,
    refusals: [contract.datesCrossed, contract.booksNotFound],
    analytic: true,
    async handle(context, input) {
      assertInOrder(input)
      await assertBooks(context, input.entity_id)
      const [after] = readCursor(input.cursor, z.tuple([contract.accountCode])) ?? []
      const rows = await listTrialBalance(context, input, after)
      return {
        totals: await totalTrialBalance(context, input),
        ...toPage(rows, input.limit, (row) => [row.code]),
      }
    },
  }),
] as const

/** The entries with the balance after each, going on from the balance before the first. */
function withBalances<Entry extends { amount: string }>(entries: readonly Entry[], before: string) {
  let sum = money(before)
  return entries.map((entry) => {
    sum = sum.plus(entry.amount)
    return { ...entry, balance: toColumnText(sum) }
  })
}
