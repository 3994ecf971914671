import { z } from 'zod'
import { rateRefusals } from '../fx/index.ts'
import { batchCommand, command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { day, page, readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { unknownCurrency } from '../reference/index.ts'
import type { Settings } from '../settings/index.ts'
import { entityNotFound } from '../tenants/index.ts'
import { changeAccount, closeAccount, createAccount, readAccount, reopenAccount } from './accounts.ts'
import { charts } from './charts.ts'
import * as contract from './contract.ts'
import { findJournals, listJournals, listPeriodChanges } from './journal-queries.ts'
import { assertBooks, openBooks } from './open-books.ts'
import { closePeriod, reopenPeriod } from './periods.ts'
import { postJournals, reverseJournals } from './post-journals.ts'
import { findBook, listAccounts } from './queries.ts'
import { assertInOrder, periodRefusals, recordingRefusals } from './refusals.ts'

const { permissions } = contract
const nothing = z.strictObject({})

const bookOperations = [
  query({
    name: 'ledger.list-charts',
    route: 'GET /v1/charts-of-accounts',
    summary: 'The charts of accounts that books can be opened with.',
    permission: null,
    reach: 'any',
    input: nothing,
    output: z.object({ items: z.array(contract.chart) }),
    handle: async () => ({ items: [...charts] }),
  }),
  query({
    name: 'ledger.get-books',
    route: 'GET /v1/books/:id',
    summary: 'The books of a legal entity, by its id.',
    permission: permissions.viewBooks,
    reach: 'entity',
    input: contract.byId,
    output: contract.book,
    async handle(context, { id }) {
      assertInScope(context, { entityId: id })
      return (await findBook(context, id)) ?? refuse(platformRefusals.notFound)
    },
  }),
  command({
    name: 'ledger.open-books',
    route: 'POST /v1/books',
    summary: 'Open the books of a legal entity that has none; a new one has them from the start.',
    permission: permissions.openBooks,
    reach: 'entity',
    input: contract.openBooksInput,
    output: contract.book,
    refusals: [entityNotFound, contract.booksExist, unknownCurrency],
    handle: openBooks,
  }),
] as const

const accountOperations = [
  query({
    name: 'ledger.list-accounts',
    route: 'GET /v1/accounts',
    summary: 'The accounts of a legal entity, by code.',
    permission: permissions.viewBooks,
    reach: 'entity',
    input: contract.listAccountsInput,
    output: page(contract.account),
    refusals: [contract.booksNotFound],
    async handle(context, input) {
      await assertBooks(context, input.entity_id)
      const [after] = readCursor(input.cursor, z.tuple([contract.accountCode])) ?? []
      return toPage(await listAccounts(context, input, after), input.limit, (row) => [row.code])
    },
  }),
  query({
    name: 'ledger.get-account',
    route: 'GET /v1/accounts/:id',
    summary: 'One account with its balance.',
    permission: permissions.viewBooks,
    reach: 'entity',
    input: contract.byId,
    output: contract.account,
    handle: (context, { id }) => readAccount(context, id),
  }),
  command({
    name: 'ledger.create-account',
    route: 'POST /v1/accounts',
    summary: 'Open an account.',
    permission: permissions.manageAccounts,
    reach: 'entity',
    input: contract.createAccountInput,
    output: contract.account,
    refusals: [
      contract.booksNotFound,
      unknownCurrency,
      contract.accountCodeTaken,
      contract.accountPurposeTaken,
      contract.limitsCrossed,
      platformRefusals.alreadyExists,
    ],
    handle: createAccount,
  }),
  command({
    name: 'ledger.update-account',
    route: 'PATCH /v1/accounts/:id',
    summary: 'Change the name or the limits of an account.',
    permission: permissions.manageAccounts,
    reach: 'entity',
    input: contract.updateAccountInput,
    output: contract.account,
    refusals: [contract.limitsCrossed, contract.accountHeld],
    handle: changeAccount,
  }),
  command({
    name: 'ledger.close-account',
    route: 'POST /v1/accounts/:id/close',
    summary: 'Close an account whose balance is zero; it takes no more entries.',
    permission: permissions.manageAccounts,
    reach: 'entity',
    input: contract.accountVersionInput,
    output: contract.account,
    refusals: [contract.accountNotEmpty, contract.accountHeld],
    handle: closeAccount,
  }),
  command({
    name: 'ledger.reopen-account',
    route: 'POST /v1/accounts/:id/reopen',
    summary: 'Open a closed account again.',
    permission: permissions.manageAccounts,
    reach: 'entity',
    input: contract.accountVersionInput,
    output: contract.account,
    handle: reopenAccount,
  }),
] as const

const journalOperations = [
  query({
    name: 'ledger.list-journals',
    route: 'GET /v1/journals',
    summary: 'Journals of a legal entity by effective day, without their entries.',
    permission: permissions.viewBooks,
    reach: 'entity',
    input: contract.listJournalsInput,
    output: page(contract.journalSummary),
    refusals: [contract.datesCrossed, contract.booksNotFound],
    async handle(context, input) {
      assertInOrder(input)
      await assertBooks(context, input.entity_id)
      const after = readCursor(input.cursor, z.tuple([day, z.uuid()]))
      return toPage(await listJournals(context, input, after), input.limit, (row) => [row.effective_on, row.id])
    },
  }),
  query({
    name: 'ledger.get-journal',
    route: 'GET /v1/journals/:id',
    summary: 'One journal with its entries.',
    permission: permissions.viewBooks,
    reach: 'entity',
    input: contract.byId,
    output: contract.journal,
    async handle(context, { id }) {
      const [found] = await findJournals(context, [id])
      if (!found) refuse(platformRefusals.notFound)
      assertInScope(context, { entityId: found.entity_id })
      return found
    },
  }),
] as const

function postingOperations(settings: Settings) {
  return [
    batchCommand({
      name: 'ledger.post-journal',
      route: 'POST /v1/journals',
      summary: 'Post a journal: at least two lines whose amounts sum to zero in each currency.',
      permission: permissions.postJournals,
      reach: 'entity',
      input: contract.postJournalInput,
      output: contract.journal,
      refusals: [...recordingRefusals, contract.roundingAccountMissing, ...rateRefusals],
      batch: postJournals(settings),
    }),
    batchCommand({
      name: 'ledger.reverse-journal',
      route: 'POST /v1/journals/:id/reversal',
      summary: 'Reverse a journal, once, by a new one that points back at it.',
      permission: permissions.reverseJournals,
      reach: 'entity',
      input: contract.reverseJournalInput,
      output: contract.journal,
      refusals: recordingRefusals,
      batch: reverseJournals,
    }),
  ] as const
}

const periodOperations = [
  query({
    name: 'ledger.list-period-changes',
    route: 'GET /v1/period-changes',
    summary: 'Who closed or reopened the books of a legal entity, oldest first.',
    permission: permissions.viewBooks,
    reach: 'entity',
    input: contract.ofEntity,
    output: page(contract.periodChange),
    refusals: [contract.booksNotFound],
    async handle(context, input) {
      await assertBooks(context, input.entity_id)
      const [after] = readCursor(input.cursor, z.tuple([z.uuid()])) ?? []
      return toPage(await listPeriodChanges(context, input, after), input.limit, (row) => [row.id])
    },
  }),
  command({
    name: 'ledger.close-period',
    route: 'POST /v1/books/:id/close',
    summary: 'Close a month that is over, and all before it: no journal counts in them any more.',
    permission: permissions.closePeriods,
    reach: 'entity',
    input: contract.closePeriodInput,
    output: contract.periodChange,
    refusals: periodRefusals,
    handle: closePeriod,
  }),
  command({
    name: 'ledger.reopen-period',
    route: 'POST /v1/books/:id/reopen',
    summary: 'Reopen a month, and all after it, for a reason.',
    permission: permissions.reopenPeriods,
    reach: 'entity',
    severity: 'notice',
    input: contract.reopenPeriodInput,
    output: contract.periodChange,
    refusals: periodRefusals,
    handle: reopenPeriod,
  }),
] as const

/** Books, accounts, journals and periods. */
export function ledgerOperations({ settings }: { settings: Settings }) {
  return [
    ...bookOperations,
    ...accountOperations,
    ...journalOperations,
    ...postingOperations(settings),
    ...periodOperations,
  ] as const
}
