import { z } from 'zod'
import { variantNotFound } from '../catalog/index.ts'
import { command, query } from '../platform/operation.ts'
import { found, lookUpInput, page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './batch-contract.ts'
import { lookUpBatches } from './batch-queries.ts'
import { type AssertReleasable, blockBatch, correctBatch, readBatch, readBatches, releaseBatch } from './batches.ts'
import { batchNotMade, expiryBeforeManufacture, expiryRequired, permissions, supplierNotFound } from './contract.ts'

const { batchPermissions } = contract
const cursorKey = z.tuple([z.iso.date().nullable(), z.uuid()])

const reads = [
  query({
    name: 'inventory.list-batches',
    route: 'GET /v1/batches',
    summary: 'Batches with what lies where, first to expire first.',
    permission: permissions.viewStock,
    reach: 'branch',
    input: contract.listBatchesInput,
    output: page(contract.batch),
    refusals: [contract.branchUnknown, variantNotFound, supplierNotFound],
    async handle(context, input) {
      const rows = await readBatches(context, input, readCursor(input.cursor, cursorKey))
      return toPage(rows, input.limit, (row) => [row.expires_on, row.id])
    },
  }),
  query({
    name: 'inventory.get-batch',
    route: 'GET /v1/batches/:id',
    summary: 'One batch with what lies where, and who blocked and released it.',
    permission: permissions.viewStock,
    reach: 'branch',
    input: contract.batchById,
    output: contract.batchInFull,
    handle: (context, { id }) => readBatch(context, id),
  }),
  query({
    name: 'inventory.look-up-batches',
    route: 'GET /v1/look-ups/batches',
    summary: 'The numbers of batches and when they expire, by their ids.',
    permission: permissions.viewStock,
    reach: 'branch',
    input: lookUpInput,
    output: found(contract.batchName),
    handle: async (context, { ids }) => ({ items: await lookUpBatches(context, ids) }),
  }),
] as const

/** Batches: reading and correcting them, blocking and releasing. A batch that `assertReleasable` refuses stays blocked. */
export function batchOperations({ assertReleasable }: { assertReleasable: AssertReleasable }) {
  return [
    ...reads,
    command({
      name: 'inventory.update-batch',
      route: 'PATCH /v1/batches/:id',
      summary: 'Correct the number or the days of a batch in every branch.',
      severity: 'notice',
      permission: batchPermissions.manageBatches,
      reach: 'tenant',
      input: contract.updateBatchInput,
      output: contract.batchInFull,
      refusals: [contract.batchNumberTaken, expiryBeforeManufacture, expiryRequired, batchNotMade],
      handle: correctBatch,
    }),
    command({
      name: 'inventory.block-batch',
      route: 'POST /v1/batches/:id/block',
      summary: 'Block a batch in every branch: none of it is sold or reserved.',
      severity: 'notice',
      permission: batchPermissions.blockBatches,
      reach: 'tenant',
      input: contract.changeBlockInput,
      output: contract.batchInFull,
      refusals: [contract.batchAlreadyBlocked],
      handle: blockBatch,
    }),
    command({
      name: 'inventory.release-batch',
      route: 'POST /v1/batches/:id/release',
      summary: 'Release a blocked batch in every branch.',
      severity: 'notice',
      permission: batchPermissions.blockBatches,
      reach: 'tenant',
      input: contract.changeBlockInput,
      output: contract.batchInFull,
      refusals: [contract.batchNotBlocked, contract.batchRecalled],
      handle: (context, input) => releaseBatch(context, assertReleasable, input),
    }),
  ] as const
}
