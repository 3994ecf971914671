import { z } from 'zod'
import { quantityRefusals, readGoods, variantNotFound } from '../catalog/index.ts'
import { batchNotFound, findBatches, notStocked, stockRefusals } from '../inventory/index.ts'
import { purposeRefusals } from '../ledger/index.ts'
import { money, toText } from '../platform/money.ts'
import { command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { found, lookUpInput, page, readCursor, toPage } from '../platform/schema.ts'
import { branchesOfEntity, branchNotFound, readBranch } from '../tenants/index.ts'
import * as contract from './contract.ts'
import { changeTransfer, createTransfer } from './create-transfer.ts'
import { cancelTransfer, dispatchTransfer } from './dispatch-transfer.ts'
import { listInTransit, listTransfers, lookUpTransfers } from './queries.ts'
import { numberOf, readTransfer, withSteps } from './read-transfers.ts'
import { receiveTransfer, takeBackShortage } from './receive-transfer.ts'
import { writeOffShortage } from './write-off-shortage.ts'

const { permissions } = contract

const lineRefusals = [
  branchNotFound,
  variantNotFound,
  batchNotFound,
  notStocked,
  ...quantityRefusals,
  contract.toSameBranch,
  contract.betweenEntities,
]
const settlingRefusals = [
  contract.otherSide,
  contract.partNotFound,
  contract.partTwice,
  contract.overReceipt,
  contract.nothingReceived,
  ...quantityRefusals,
]

/** What of a filter must be there. */
async function assertFilter(
  context: QueryContext,
  { branch_id, variant_id, batch_id }: Partial<Record<'branch_id' | 'variant_id' | 'batch_id', string | undefined>>,
): Promise<void> {
  if (branch_id !== undefined) await readBranch(context, branch_id)
  if (variant_id !== undefined && !(await readGoods(context, [variant_id])).has(variant_id)) refuse(variantNotFound)
  if (batch_id !== undefined && (await findBatches(context, [batch_id])).length === 0) refuse(batchNotFound)
}

const readingOperations = [
  query({
    name: 'transfers.list-transfers',
    route: 'GET /v1/transfers',
    summary: 'Transfers that leave or reach a branch of yours, newest first.',
    permission: permissions.viewTransfers,
    reach: 'branch',
    input: contract.listTransfersInput,
    output: page(contract.transferHeader),
    refusals: [branchNotFound, variantNotFound, batchNotFound],
    async handle(context, { cursor, number, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
      await assertFilter(context, filter)
      const rows = await listTransfers(context, { ...filter, number: number?.slice('TR-'.length) }, after)
      return toPage(await withSteps(context, rows), filter.limit, (row) => [row.sequence])
    },
  }),
  query({
    name: 'transfers.look-up-transfers',
    route: 'GET /v1/look-ups/transfers',
    summary: 'Which transfers they are: number, from where, to where, how far, by their ids.',
    permission: permissions.viewTransfers,
    reach: 'branch',
    input: lookUpInput,
    output: found(contract.transferNumber),
    async handle(context, { ids }) {
      const rows = await lookUpTransfers(context, ids)
      return { items: rows.map((row) => ({ ...row, number: numberOf(row.number) })) }
    },
  }),
  query({
    name: 'transfers.get-transfer',
    route: 'GET /v1/transfers/:id',
    summary: 'One transfer: its lines, what left of them in which batch, and what became of it.',
    permission: permissions.viewTransfers,
    reach: 'branch',
    input: contract.byId,
    output: contract.transfer,
    handle: (context, { id }) => readTransfer(context, id),
  }),
  query({
    name: 'transfers.list-destinations',
    route: 'GET /v1/transfer-destinations',
    summary: 'The branches that goods may be sent to from a branch: those of its legal entity.',
    permission: permissions.viewTransfers,
    reach: 'branch',
    input: contract.listDestinationsInput,
    output: page(contract.destination),
    refusals: [branchNotFound],
    async handle(context, { from_branch_id, limit, cursor }) {
      const [after] = readCursor(cursor, z.tuple([z.string().max(100), z.uuid()])) ?? []
      const { entity_id: entityId } = await readBranch(context, from_branch_id)
      const rows = await branchesOfEntity(context, { entityId, butFor: from_branch_id, limit }, after)
      return toPage(rows, limit, (row) => [row.code, row.id])
    },
  }),
  query({
    name: 'transfers.list-in-transit',
    route: 'GET /v1/goods-in-transit',
    summary: 'What is on its way between branches, by variant, with what it is worth in the books.',
    permission: permissions.viewValues,
    reach: 'branch',
    input: contract.listInTransitInput,
    output: page(contract.inTransit),
    refusals: [branchNotFound, variantNotFound],
    async handle(context, { cursor, ...filter }) {
      const after = readCursor(cursor, z.tuple([z.uuid(), z.uuid(), z.uuid()]))
      await assertFilter(context, filter)
      const rows = (await listInTransit(context, filter, after)).map((row) => ({
        ...row,
        quantity: toText(money(row.quantity)),
        value: toText(money(row.value)),
      }))
      return toPage(rows, filter.limit, (row) => [row.from_branch_id, row.to_branch_id, row.variant_id])
    },
  }),
] as const

const sendingOperations = [
  command({
    name: 'transfers.create-transfer',
    route: 'POST /v1/transfers',
    summary: 'Plan a transfer to another branch. It holds no stock until it is dispatched.',
    permission: permissions.sendTransfers,
    reach: 'branch',
    input: contract.createTransferInput,
    output: contract.transfer,
    refusals: [...lineRefusals, platformRefusals.alreadyExists],
    handle: createTransfer,
  }),
  command({
    name: 'transfers.update-transfer',
    route: 'PATCH /v1/transfers/:id',
    summary: 'Change a pending transfer.',
    permission: permissions.sendTransfers,
    reach: 'branch',
    input: contract.updateTransferInput,
    output: contract.transfer,
    refusals: [...lineRefusals, contract.otherSide, contract.notPending],
    handle: changeTransfer,
  }),
  command({
    name: 'transfers.dispatch-transfer',
    route: 'POST /v1/transfers/:id/dispatch',
    summary: 'Send a transfer off: its goods leave the stock, what expires first unless a batch is named.',
    permission: permissions.sendTransfers,
    reach: 'branch',
    input: contract.dispatchInput,
    output: contract.transfer,
    refusals: [contract.otherSide, contract.notPending, ...stockRefusals],
    handle: dispatchTransfer,
  }),
  command({
    name: 'transfers.cancel-transfer',
    route: 'POST /v1/transfers/:id/cancellation',
    summary: 'Cancel a transfer of which nothing was received; goods on the way come back with their value.',
    permission: permissions.sendTransfers,
    reach: 'branch',
    input: contract.cancelInput,
    output: contract.transfer,
    refusals: [contract.otherSide, contract.finished, contract.partlyReceived, ...stockRefusals],
    handle: cancelTransfer,
  }),
] as const

/** Transfers between branches, from the plan to the last unit accounted for. */
export const transferOperations = [
  ...readingOperations,
  ...sendingOperations,
  command({
    name: 'transfers.receive-transfer',
    route: 'POST /v1/transfers/:id/receipt',
    summary: 'Receive what came: all of it, or what is said of each part; also what is found of a shortage.',
    permission: permissions.receiveTransfers,
    reach: 'branch',
    input: contract.receiveInput,
    output: contract.transfer,
    refusals: [...settlingRefusals, contract.notOnTheWay, ...stockRefusals],
    handle: receiveTransfer,
  }),
  command({
    name: 'transfers.take-back-shortage',
    route: 'POST /v1/transfers/:id/return',
    summary: 'Take what is short back into the branch that sent it.',
    permission: permissions.receiveTransfers,
    reach: 'branch',
    input: contract.takeBackInput,
    output: contract.transfer,
    refusals: [...settlingRefusals, contract.notShort, ...stockRefusals],
    handle: takeBackShortage,
  }),
  command({
    name: 'transfers.write-off-shortage',
    route: 'POST /v1/transfers/:id/loss',
    summary: 'Give up what is short: its value becomes a loss.',
    permission: permissions.writeOffShortages,
    reach: 'branch',
    input: contract.writeOffInput,
    output: contract.transfer,
    refusals: [
      ...settlingRefusals,
      contract.notShort,
      branchNotFound,
      ...purposeRefusals,
      platformRefusals.alreadyExists,
    ],
    severity: 'notice',
    handle: writeOffShortage,
  }),
] as const
