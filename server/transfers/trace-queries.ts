import type { Scope } from './queries.ts'
import { numberOf } from './read-transfers.ts'

/** What of a batch went with a transfer, and what became of it. */
export interface BatchTransfer {
  readonly transfer_id: string
  readonly number: string
  readonly batch_id: string
  readonly from_branch_id: string
  readonly to_branch_id: string
  readonly sent: string
  readonly arrived: string
  readonly taken_back: string
  readonly written_off: string
  /** What is still on its way, or missing. */
  readonly open: string
}

export interface BatchTransfers {
  /** The newest of them. */
  readonly items: readonly BatchTransfer[]
  /** Of all of them. */
  readonly open: string
  readonly written_off: string
}

/** The transfers with which something of these batches left, from or to these branches or all, newest first. */
export async function transfersOfBatches(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  { batchIds, branchIds }: { batchIds: readonly string[]; branchIds: readonly string[] | null },
  limit: number,
): Promise<BatchTransfers> {
  const { rows } = await client.query<BatchTransfer & { all_open: string; all_written_off: string }>({
    name: 'transfers-of-batches',
    text: `SELECT t.id AS transfer_id, t.number, p.batch_id, t.from_branch_id, t.to_branch_id, sum(p.quantity) AS sent,
                  sum(o.arrived) AS arrived, sum(o.taken_back) AS taken_back, sum(o.written_off) AS written_off,
                  sum(p.open_quantity) AS open, sum(sum(p.open_quantity)) OVER () AS all_open,
                  sum(sum(o.written_off)) OVER () AS all_written_off
           FROM transfers.part p
           JOIN transfers.transfer t ON t.tenant_id = p.tenant_id AND t.id = p.transfer_id
           CROSS JOIN LATERAL (
             SELECT coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'arrived'), 0) AS arrived,
                    coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'taken_back'), 0) AS taken_back,
                    coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'written_off'), 0) AS written_off
             FROM transfers.outcome o WHERE o.tenant_id = $1 AND o.part_id = p.id) o
           WHERE p.tenant_id = $1 AND p.batch_id = ANY ($2::uuid[])
             AND ($3::uuid[] IS NULL OR t.from_branch_id = ANY ($3) OR t.to_branch_id = ANY ($3))
           GROUP BY t.id, t.number, p.batch_id, t.from_branch_id, t.to_branch_id
           ORDER BY t.number DESC, p.batch_id LIMIT $4`,
    values: [tenantId, batchIds, branchIds, limit],
  })
  const [first] = rows
  return {
    items: rows.map(({ all_open: _, all_written_off: __, ...row }) => ({ ...row, number: numberOf(row.number) })),
    open: first?.all_open ?? '0',
    written_off: first?.all_written_off ?? '0',
  }
}
