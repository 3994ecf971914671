import type pg from 'pg'
import { withClient } from './postgres.ts'

/** The number of the last entry in the chain of a tenant, by its head. A command leaves one for each thing it changed. */
export async function lastSeq(superuser: pg.Client | string, tenantId: string): Promise<number> {
  if (typeof superuser === 'string') return withClient(superuser, (client) => lastSeq(client, tenantId))
  const { rows } = await superuser.query('SELECT seq FROM audit.head WHERE tenant_id = $1', [tenantId])
  return Number(rows[0]?.seq)
}
