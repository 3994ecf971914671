import { sql } from 'kysely'
import type { safeMovementKinds } from './movement-contract.ts'
import type { Scope } from './queries.ts'
import type { Client } from './record-queries.ts'

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

/**
 * Whether somebody had a hand in what a safe holds since something of it was last found over or short: opened a session with a float
 * out of it, moved cash between it and a drawer, counted what went into it, or put in and took out.
 */
export async function hasMovedSafe({ db, tenantId }: Scope, branchId: string, employeeId: string): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    WITH since AS (
      SELECT coalesce(max(m.recorded_at), '-infinity') AS at FROM cash.safe_movement m
      WHERE m.tenant_id = ${tenantId} AND m.branch_id = ${branchId} AND m.against IN ('cash_over', 'cash_short')
    ), own AS (
      SELECT m.recorded_at AS at FROM cash.safe_movement m
      WHERE m.tenant_id = ${tenantId} AND m.branch_id = ${branchId} AND m.actor_id = ${employeeId}
      UNION ALL
      SELECT m.recorded_at FROM cash.session s JOIN cash.movement m ON m.tenant_id = ${tenantId} AND m.session_id = s.id
      WHERE s.tenant_id = ${tenantId} AND s.branch_id = ${branchId} AND m.against = 'safe' AND m.actor_id = ${employeeId}
      UNION ALL
      SELECT t.recorded_at FROM cash.session s JOIN cash.step t ON t.tenant_id = ${tenantId} AND t.session_id = s.id
      WHERE s.tenant_id = ${tenantId} AND s.branch_id = ${branchId} AND t.actor_id = ${employeeId}
        AND t.action IN ('open', 'count', 'adjustment') AND s.late_of IS NULL)
    SELECT EXISTS (SELECT FROM own, since WHERE own.at > since.at) AS has`.execute(db)
  return rows[0]?.has ?? false
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
