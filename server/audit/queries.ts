import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'

/** Calls audit.record with a JSON list of entries. */
export async function recordEntries(tx: Transaction, tenantId: string, entries: string): Promise<void> {
  await tx.client.query({ name: 'audit-record', text: 'SELECT FROM audit.record($1, $2)', values: [tenantId, entries] })
}

/** Makes the monthly partitions of the chain from one day to another. */
export async function makePartitions(pool: pg.Pool, from: string, until: string): Promise<void> {
  await pool.query('SELECT audit.make_partitions($1, $2)', [from, until])
}
