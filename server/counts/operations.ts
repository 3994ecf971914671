import { z } from 'zod'
import { categoryNotFound, quantityRefusals, variantNotFound } from '../catalog/index.ts'
import {
  batchNameRefusals,
  batchNotFound,
  batchRequired,
  notStocked,
  stockFrozen,
  stockRefusals,
} from '../inventory/index.ts'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { found, lookUpInput, page, readCursor, toPage } from '../platform/schema.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { branchNotFound, readBranch } from '../tenants/index.ts'
import { approveCount } from './approve-count.ts'
import * as contract from './contract.ts'
import { createCount } from './create-count.ts'
import { readDue, requireRecount } from './due.ts'
import { enterLines } from './enter-lines.ts'
import { cancelCount, liftFreeze, sendBack, submitCount } from './move-on.ts'
import { listCounts, listLines, lookUpCounts } from './queries.ts'
import { asLine, countInFullOf, entriesOf, readCount, seesBooks } from './read-counts.ts'

const { permissions } = contract

const reads = [
  query({
    name: 'counts.list-counts',
    route: 'GET /v1/counts',
    summary: 'Counts, the newest first.',
    permission: permissions.viewCounts,
    reach: 'branch',
    input: contract.listCountsInput,
    output: page(contract.count),
    refusals: [branchNotFound],
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
      if (filter.branch_id !== undefined) await readBranch(context, filter.branch_id)
      return toPage(await listCounts(context, filter, after), filter.limit, (row) => [row.number])
    },
  }),
  query({
    name: 'counts.look-up-counts',
    route: 'GET /v1/look-ups/counts',
    summary: 'Which counts they are: number, branch, what is counted, how far, by their ids.',
    permission: permissions.viewCounts,
    reach: 'branch',
    input: lookUpInput,
    output: found(contract.countNumber),
    handle: async (context, { ids }) => ({ items: await lookUpCounts(context, ids) }),
  }),
  query({
    name: 'counts.get-count',
    route: 'GET /v1/counts/:id',
    summary: 'One count: how far it is, and what was done with it.',
    permission: permissions.viewCounts,
    reach: 'branch',
    input: contract.byId,
    output: contract.countInFull,
    handle: (context, { id }) => countInFullOf(context, id),
  }),
  query({
    name: 'counts.list-lines',
    route: 'GET /v1/counts/:id/lines',
    summary: 'The lines of a count by name.',
    permission: permissions.viewCounts,
    reach: 'branch',
    input: contract.listLinesInput,
    output: page(contract.countLine),
    async handle(context, { cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.string().max(2_000), z.uuid()]))
      const isShown = seesBooks(context, await readCount(context, filter.id))
      if (filter.show === 'varying' && !isShown) refuse(platformRefusals.forbidden, 'This count is blind')
      const { items, next_cursor } = toPage(await listLines(context, filter, after), filter.limit, (row) => [
        row.name,
        row.id,
      ])
      return { items: items.map((row) => asLine(row, isShown)), next_cursor }
    },
  }),
  query({
    name: 'counts.list-entries',
    route: 'GET /v1/count-lines/:id/entries',
    summary: 'What was counted in a line, by whom and when; the last one counts.',
    permission: permissions.viewCounts,
    reach: 'branch',
    input: contract.listEntriesInput,
    output: page(contract.entry),
    async handle(context, { id, limit, cursor }) {
      const [, after] = readCursor(cursor, z.tuple([z.uuid(), z.int().min(0).max(2_147_483_647)])) ?? []
      return toPage(await entriesOf(context, { id, limit }, after), limit, (row) => [id, row.number])
    },
  }),
  query({
    name: 'counts.list-due',
    route: 'GET /v1/stock-to-count',
    summary: 'What of a branch is to be counted again, and what was not counted for so many days.',
    permission: permissions.viewCounts,
    reach: 'branch',
    input: contract.listDueInput,
    output: page(contract.due),
    refusals: [branchNotFound],
    async handle(context, { cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.uuid(), z.uuid()]))
      return toPage(await readDue(context, filter, after), filter.limit, (row) => [row.variant_id, row.place])
    },
  }),
] as const

const steps = [
  command({
    name: 'counts.send-back',
    route: 'POST /v1/counts/:id/send-back',
    summary: 'Send a submitted count back: some of its lines are counted again.',
    permission: permissions.approveCount,
    reach: 'branch',
    input: contract.sendBackInput,
    output: contract.countInFull,
    refusals: [contract.countNotSubmitted, contract.countLineNotFound, contract.nothingToRecount],
    handle: sendBack,
  }),
  command({
    name: 'counts.approve-count',
    route: 'POST /v1/counts/:id/approve',
    summary: 'Approve a count that others made: what it found and missed is posted.',
    permission: permissions.approveCount,
    reach: 'branch',
    input: contract.approveInput,
    output: contract.countInFull,
    refusals: [
      contract.countNotSubmitted,
      contract.approvedByCounter,
      contract.recountRequired,
      contract.reservedStockMissing,
      contract.countOutdated,
      ...stockRefusals,
    ],
    handle: approveCount,
  }),
  command({
    name: 'counts.cancel-count',
    route: 'POST /v1/counts/:id/cancel',
    summary: 'Give a count up: nothing of it is posted.',
    permission: permissions.manageCounts,
    reach: 'branch',
    input: contract.stepInput,
    output: contract.countInFull,
    refusals: [contract.countClosed],
    handle: cancelCount,
  }),
  command({
    name: 'counts.lift-freeze',
    route: 'POST /v1/counts/:id/lift-freeze',
    summary: 'Let what a count froze move again; the count goes on.',
    permission: permissions.manageCounts,
    reach: 'branch',
    input: contract.stepInput,
    output: contract.countInFull,
    refusals: [contract.countClosed, contract.notFrozen],
    handle: liftFreeze,
  }),
  command({
    name: 'counts.require-recount',
    route: 'POST /v1/stock-to-count',
    summary: 'Say that goods of a branch are to be counted again.',
    permission: permissions.manageCounts,
    reach: 'branch',
    input: contract.requireRecountInput,
    output: contract.requiredRecount,
    refusals: [branchNotFound, variantNotFound, notStocked],
    handle: requireRecount,
  }),
] as const

/** Stocktaking: counts, their lines, their approval, and what is to be counted. */
export function countOperations({ settings }: { settings: Settings }) {
  return [
    ...reads,
    command({
      name: 'counts.create-count',
      route: 'POST /v1/counts',
      summary: 'Open a count of a branch: of everything, or of what the input chooses.',
      permission: permissions.manageCounts,
      reach: 'branch',
      input: contract.createCountInput,
      output: contract.countInFull,
      refusals: [
        branchNotFound,
        categoryNotFound,
        variantNotFound,
        notStocked,
        contract.nothingToCount,
        contract.countTooLarge,
        contract.alreadyBeingCounted,
        stockFrozen,
        settingInvalid,
        platformRefusals.alreadyExists,
      ],
      handle: (context, input) => createCount(context, settings, input),
    }),
    command({
      name: 'counts.enter-lines',
      route: 'POST /v1/counts/:id/lines',
      summary: 'Enter what was counted, up to a thousand lines at once; counted again, the last one counts.',
      permission: permissions.enterCounts,
      reach: 'branch',
      input: contract.enterLinesInput,
      output: contract.enteredLines,
      refusals: [
        variantNotFound,
        notStocked,
        batchNotFound,
        batchRequired,
        ...batchNameRefusals.filter((one) => one !== variantNotFound),
        ...quantityRefusals,
        contract.countNotOpen,
        contract.variantNotInCount,
        contract.placeTwice,
        contract.alreadyBeingCounted,
        contract.countTooLarge,
        stockFrozen,
      ],
      handle: enterLines,
    }),
    command({
      name: 'counts.submit-count',
      route: 'POST /v1/counts/:id/submit',
      summary: 'Hand a count in for approval.',
      permission: permissions.enterCounts,
      reach: 'branch',
      input: contract.submitInput,
      output: contract.countInFull,
      refusals: [
        contract.countNotOpen,
        contract.nothingCounted,
        contract.linesNotCounted,
        contract.recountRequired,
        settingInvalid,
      ],
      handle: (context, input) => submitCount(context, settings, input),
    }),
    ...steps,
  ] as const
}
