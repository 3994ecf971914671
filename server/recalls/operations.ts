import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { exportDocuments } from './export-documents.ts'
import { listRecalls } from './queries.ts'
import { addBatches, asRecall, assertBatch, closeRecall, openRecall, readRecall } from './recalls.ts'
import { keyOf, nameBatches, readDocuments, readParties, subjectOf, traceBatches } from './trace.ts'

const { permissions } = contract
const untraceable = [contract.subjectMissing, contract.recallUnknown, contract.batchUnknown]

const recalls = [
  query({
    name: 'recalls.list-recalls',
    route: 'GET /v1/recalls',
    summary: 'Recalls, newest first.',
    permission: permissions.viewRecalls,
    reach: 'any',
    input: contract.listRecallsInput,
    output: page(contract.recall),
    refusals: [contract.batchUnknown],
    async handle(context, { cursor, ...filter }) {
      const [before] = readCursor(cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
      if (filter.batch_id !== undefined) await assertBatch(context, filter.batch_id)
      const rows = await listRecalls(context, filter, before)
      const { items, next_cursor } = toPage(rows, filter.limit, (row) => [row.number])
      return { items: items.map(asRecall), next_cursor }
    },
  }),
  query({
    name: 'recalls.get-recall',
    route: 'GET /v1/recalls/:id',
    summary: 'One recall with its batches.',
    permission: permissions.viewRecalls,
    reach: 'any',
    input: contract.byId,
    output: contract.recallInFull,
    handle: (context, { id }) => readRecall(context, id),
  }),
  command({
    name: 'recalls.open-recall',
    route: 'POST /v1/recalls',
    summary: 'Open a recall of batches; what is left of them is blocked in every branch.',
    severity: 'warning',
    permission: permissions.manageRecalls,
    reach: 'tenant',
    input: contract.openRecallInput,
    output: contract.recallInFull,
    refusals: [
      contract.batchesMissing,
      contract.batchUnknown,
      contract.supplierUnknown,
      platformRefusals.alreadyExists,
    ],
    handle: openRecall,
  }),
  command({
    name: 'recalls.add-batches',
    route: 'POST /v1/recalls/:id/batches',
    summary: 'Add batches to an open recall; what is left of them is blocked.',
    severity: 'warning',
    permission: permissions.manageRecalls,
    reach: 'tenant',
    input: contract.addBatchesInput,
    output: contract.recallInFull,
    refusals: [contract.batchesMissing, contract.batchUnknown, contract.batchInRecall, contract.recallClosed],
    handle: addBatches,
  }),
  command({
    name: 'recalls.close-recall',
    route: 'POST /v1/recalls/:id/closure',
    summary: 'Close a recall with its result; its batches are released or stay blocked.',
    severity: 'warning',
    permission: permissions.manageRecalls,
    reach: 'tenant',
    input: contract.closeRecallInput,
    output: contract.recallInFull,
    refusals: [contract.recallClosed],
    handle: closeRecall,
  }),
] as const

const traces = [
  query({
    name: 'recalls.trace',
    route: 'GET /v1/batch-trace',
    summary: 'Where the batches of a recall, or one batch, came from and went to: by branch, and between branches.',
    permission: permissions.traceBatches,
    reach: 'branch',
    input: contract.traceInput,
    output: contract.trace,
    refusals: untraceable,
    async handle(context, input) {
      const { batches, ...subject } = await subjectOf(context, input)
      return { batches: await nameBatches(context, batches), ...(await traceBatches(context, subject)) }
    },
  }),
  query({
    name: 'recalls.list-parties',
    route: 'GET /v1/batch-trace/parties',
    summary: 'Whom the batches came from and went to, and how to reach them.',
    permission: permissions.traceBatches,
    reach: 'branch',
    input: contract.listPartiesInput,
    output: contract.tracedParties,
    refusals: untraceable,
    async handle(context, { cursor, recall_id, batch_id, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.uuid()])) ?? []
      const subject = await subjectOf(context, { recall_id, batch_id })
      return toPage(await readParties(context, subject, filter, after), filter.limit, (row) => [row.party_id])
    },
  }),
  query({
    name: 'recalls.list-documents',
    route: 'GET /v1/batch-trace/documents',
    summary: 'Every document by which the batches came or left, batch by batch, oldest first.',
    permission: permissions.traceBatches,
    reach: 'branch',
    input: contract.listDocumentsInput,
    output: contract.tracedDocuments,
    refusals: [...untraceable, contract.branchUnknown, contract.partyUnknown],
    async handle(context, { cursor, recall_id, batch_id, ...filter }) {
      const after = readCursor(cursor, contract.documentCursor)
      const subject = await subjectOf(context, { recall_id, batch_id })
      return toPage(await readDocuments(context, subject, filter, after), filter.limit, (row) => [...keyOf(row)])
    },
  }),
  query({
    name: 'recalls.export-documents',
    route: 'GET /v1/batch-trace/documents/file',
    summary: 'The same documents as CSV files of at most 5,000 rows.',
    permission: permissions.traceBatches,
    reach: 'branch',
    input: contract.exportDocumentsInput,
    output: contract.exported,
    refusals: untraceable,
    handle: exportDocuments,
  }),
] as const

/** Recalls of batches, and where batches came from and went to. */
export const recallOperations = [...recalls, ...traces] as const
