import type { Transaction } from '../platform/database.ts'
import type { Direction } from './contract.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** Which movements are looked at: those of these batches, in these branches or in all. */
export interface Subject {
  readonly batchIds: readonly string[]
  readonly branchIds: readonly string[] | null
}

const ofSubject =
  'm.tenant_id = $1 AND m.batch_id = ANY ($2::uuid[]) AND ($3::uuid[] IS NULL OR m.branch_id = ANY ($3::uuid[]))'

/** What moved of a batch in a branch for documents of a kind. */
export interface Sum {
  readonly branch_id: string
  readonly batch_id: string
  readonly kind: string
  readonly quantity: string
}

/** What moved of each batch in each branch, by the kind of its documents. */
export async function sumByBranch({ client, tenantId }: Scope, { batchIds, branchIds }: Subject): Promise<Sum[]> {
  const { rows } = await client.query({
    name: 'recalls-sum-by-branch',
    text: `SELECT m.branch_id, m.batch_id, m.kind, sum(m.quantity) AS quantity
           FROM inventory.read_batch_movement m WHERE ${ofSubject}
           GROUP BY m.branch_id, m.batch_id, m.kind`,
    values: [tenantId, batchIds, branchIds],
  })
  return rows
}

export interface PartyRow {
  readonly party_id: string
  readonly received: string
  readonly sold: string
  readonly returned: string
  readonly returned_to_suppliers: string
  readonly documents: number
  readonly last_on: string
}

/** A page of whom it came from and went to, and one row more when there is a next page. */
export async function sumByParty(
  { client, tenantId }: Scope,
  { batchIds, branchIds }: Subject,
  { direction, after, limit }: { direction?: Direction | undefined; after?: string | undefined; limit: number },
): Promise<PartyRow[]> {
  const { rows } = await client.query({
    name: 'recalls-sum-by-party',
    // Planned apart from its limit, which has the planner walk through all parties there are.
    text: `WITH moved AS MATERIALIZED (
             SELECT m.party_id, m.kind, m.quantity, m.document_id, m.effective_on
             FROM inventory.read_batch_movement m
             WHERE ${ofSubject} AND ($4::boolean IS NULL OR (m.quantity < 0) = $4))
           SELECT m.party_id,
                  coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'receipt'), 0) AS received,
                  coalesce(-sum(m.quantity) FILTER (WHERE m.kind = 'sale'), 0) AS sold,
                  coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'return'), 0) AS returned,
                  coalesce(-sum(m.quantity) FILTER (WHERE m.kind = 'supplier_return'), 0) AS returned_to_suppliers,
                  count(DISTINCT m.document_id)::integer AS documents, max(m.effective_on) AS last_on
           FROM moved m WHERE m.party_id IS NOT NULL AND ($5::uuid IS NULL OR m.party_id > $5)
           GROUP BY m.party_id ORDER BY m.party_id LIMIT $6`,
    values: [tenantId, batchIds, branchIds, leaves(direction), after ?? null, limit + 1],
  })
  return rows
}

export interface DocumentRow {
  readonly batch_id: string
  readonly recorded_at: Date
  readonly recorded_key: string
  readonly on: string
  readonly posting_id: string
  readonly kind: string
  readonly document_type: string
  readonly document_id: string
  readonly document_number: string | null
  readonly party_id: string | null
  readonly branch_id: string
  readonly quantity: string
}

/** Where a page ends: batch, time, posting, branch. */
export type DocumentKey = readonly [string, string, string, string]

export interface DocumentFilter {
  readonly direction?: Direction | undefined
  readonly party_id?: string | undefined
  readonly after?: DocumentKey | undefined
  readonly limit: number
}

/** A page of the documents of batches, one batch after the other, oldest first, and one row more when there is a next page. */
export async function listDocuments(
  { client, tenantId }: Scope,
  { batchIds, branchIds }: Subject,
  { direction, party_id, after, limit }: DocumentFilter,
): Promise<DocumentRow[]> {
  const [batch, recordedAt, posting, branch] = after ?? []
  const { rows } = await client.query({
    name: `recalls-list-documents-${after ? 'on' : 'first'}`,
    text: `SELECT m.batch_id, m.recorded_at,
                  to_char(m.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_key, m.posting_id, m.branch_id, max(m.effective_on) AS on,
                  m.kind, m.document_type, m.document_id, m.document_number, m.party_id, sum(m.quantity) AS quantity
           FROM inventory.read_batch_movement m
           WHERE ${ofSubject} AND ($4::boolean IS NULL OR (m.quantity < 0) = $4) AND ($5::uuid IS NULL OR m.party_id = $5)
             ${after ? 'AND (m.batch_id, m.recorded_at, m.posting_id, m.branch_id) > ($7::uuid, $8::timestamptz, $9::uuid, $10::uuid)' : ''}
           GROUP BY m.batch_id, m.recorded_at, m.posting_id, m.branch_id,
                    m.kind, m.document_type, m.document_id, m.document_number, m.party_id
           ORDER BY m.batch_id, m.recorded_at, m.posting_id, m.branch_id LIMIT $6`,
    values: [
      tenantId,
      batchIds,
      branchIds,
      leaves(direction),
      party_id ?? null,
      limit + 1,
      ...(after ? [batch, recordedAt, posting, branch] : []),
    ],
  })
  return rows
}

/** Whether what is looked for left; null: both. */
function leaves(direction: Direction | undefined): boolean | null {
  return direction === undefined ? null : direction === 'forwards'
}
