import type pg from 'pg'
import { inReadTransaction, type Transaction } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

/** What one verification of a chain found; `entries` counts those that hold. */
export interface Verification {
  readonly id: string
  readonly started_at: Date
  readonly finished_at: Date
  readonly entries: string
  readonly intact: boolean
  readonly first_broken_seq: string | null
  readonly reason: string | null
}

/** Keeps what a verification of the tenant's chain found. */
export async function recordVerification(tx: Transaction, tenantId: string, found: Verification): Promise<void> {
  await tx.client.query('SELECT FROM audit.record_verification($1, $2)', [tenantId, JSON.stringify([found])])
}

/** A page of verifications, newest first, and one row more when there is a next page. Their ids are in order of time. */
export function listVerifications(
  { db, tenantId }: Scope,
  intact: boolean | undefined,
  limit: number,
  before: string | undefined,
) {
  return db
    .selectFrom('audit.verification')
    .select(['id', 'started_at', 'finished_at', 'entries', 'intact', 'first_broken_seq', 'reason'])
    .where('tenant_id', '=', tenantId)
    .$if(intact !== undefined, (qb) => qb.where('intact', '=', intact ?? true))
    .$if(before !== undefined, (qb) => qb.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** The entry that the last nightly run left in the platform's chain; undefined before the first. */
export async function lastRun(pool: pg.Pool, event: string): Promise<string | undefined> {
  return inReadTransaction(pool, nobody, async ({ client }) => {
    const { rows } = await client.query(
      'SELECT body FROM audit.entry WHERE tenant_id = $1 AND event = $2 ORDER BY recorded_at DESC, seq DESC LIMIT 1',
      [nobody, event],
    )
    return rows[0]?.body
  })
}
