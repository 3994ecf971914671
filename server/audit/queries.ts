import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'

/** One row of the chain as the verifier reads it. */
export interface ChainRow {
  seq: string
  body: string
  previous_hash: Buffer
  hash: Buffer
}

/** Calls audit.record with a JSON list of entries. */
export async function recordEntries(tx: Transaction, tenantId: string, entries: string): Promise<void> {
  await tx.client.query({ name: 'audit-record', text: 'SELECT FROM audit.record($1, $2)', values: [tenantId, entries] })
}

/** The next entries of a chain after a sequence number, in order. */
export async function readChain(
  client: pg.ClientBase,
  tenantId: string,
  afterSeq: bigint,
  limit: number,
): Promise<ChainRow[]> {
  const { rows } = await client.query(
    'SELECT seq, body, previous_hash, hash FROM audit.entry WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3',
    [tenantId, afterSeq.toString(), limit],
  )
  return rows
}

/** Where the chain ends according to its head row; undefined when nothing was ever recorded. */
export async function readHead(
  client: pg.ClientBase,
  tenantId: string,
): Promise<{ seq: string; hash: Buffer } | undefined> {
  const { rows } = await client.query('SELECT seq, hash FROM audit.head WHERE tenant_id = $1', [tenantId])
  return rows[0]
}

/** Makes the monthly partitions of the chain from one day to another. */
export async function makePartitions(pool: pg.Pool, from: string, until: string): Promise<void> {
  await pool.query('SELECT audit.make_partitions($1, $2)', [from, until])
}
