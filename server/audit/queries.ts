import type { Transaction } from '../platform/database.ts'

/** Calls audit.record with a JSON list of entries. */
export async function recordEntries(tx: Transaction, tenantId: string, entries: string): Promise<void> {
  await tx.client.query({ name: 'audit-record', text: 'SELECT FROM audit.record($1, $2)', values: [tenantId, entries] })
}
