import { sql } from 'kysely'
import type { Scope } from './queries.ts'
import type { Client } from './record-queries.ts'
import type { safeMovementKinds } from './safe-contract.ts'

const columns = [
  'id',
  'branch_id',
  sql<(typeof safeMovementKinds)[number]>`kind`.as('kind'),
  'amount',
  'against',
  'reason',
  'actor_id',
  'recorded_at',
] as const

/** A page of the movements of the safe of a branch, the newest first, and one row more when there is a next page. */
export function listSafeMovements(
  { db, tenantId }: Scope,
  { branch_id, limit }: { branch_id: string; limit: number },
  before: string | undefined,
) {
  return db
    .selectFrom('cash.safe_movement')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('branch_id', '=', branch_id)
    .$if(before !== undefined, (qb) => qb.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One movement of a safe. */
export function findSafeMovement({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('cash.safe_movement')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

/** Records cash that came into a safe or left it. */
export async function insertSafeMovement(
  { client, tenantId }: Client,
  movement: Readonly<Record<'id' | 'branch_id' | 'kind' | 'amount' | 'against' | 'reason' | 'actor_id', string>>,
): Promise<void> {
  await client.query({
    name: 'cash-record-safe-movement',
    text: 'SELECT cash.record_safe_movement($1, $2)',
    values: [tenantId, JSON.stringify(movement)],
  })
}
