import type { z } from 'zod'
import type { QueryContext } from '../platform/operation.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { findBranch } from '../tenants/index.ts'
import { documentCursor, type exportDocumentsInput } from './contract.ts'
import { findRecall } from './queries.ts'
import { keyOf, readDocuments, subjectOf } from './trace.ts'
import { writeCsv } from './write-csv.ts'

const mostRows = 5_000

const header = [
  'batch',
  'date',
  'kind',
  'document_type',
  'document_number',
  'document_id',
  'branch',
  'party',
  'party_id',
  'quantity',
]

/** The documents of batches as a CSV file of at most 5,000 rows, and where the next file begins. */
export async function exportDocuments(context: QueryContext, input: z.output<typeof exportDocumentsInput>) {
  const { cursor, recall_id, batch_id, direction } = input
  const subject = await subjectOf(context, { recall_id, batch_id })
  const filter = { direction, limit: mostRows }
  const found = await readDocuments(context, subject, filter, readCursor(cursor, documentCursor))
  const { items, next_cursor } = toPage(found, mostRows, (row) => [...keyOf(row)])
  const branches = await namesOfBranches(
    context,
    items.map(({ branch_id }) => branch_id),
  )
  const rows = items.map((one) => [
    one.batch_number,
    one.on,
    one.kind,
    one.document_type,
    one.document_number,
    one.document_id,
    branches.get(one.branch_id) ?? one.branch_id,
    one.party_name,
    one.party_id,
    one.quantity,
  ])
  const recall = recall_id === undefined ? undefined : await findRecall(context, recall_id)
  return {
    file_name: `${recall ? `recall-${recall.number}` : 'batch'}.csv`,
    content_type: 'text/csv; charset=utf-8',
    content_base64: Buffer.from(writeCsv(header, rows)).toString('base64'),
    next_cursor,
  }
}

/** A branch that was closed since has no name any more. */
async function namesOfBranches(context: QueryContext, ids: readonly string[]): Promise<Map<string, string>> {
  const branches = await Promise.all([...new Set(ids)].map((id) => findBranch(context, id)))
  return new Map(branches.flatMap((branch) => (branch ? [[branch.id, branch.name]] : [])))
}
