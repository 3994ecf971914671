import { sql } from 'kysely'
import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope extends Transaction {
  readonly tenantId: string
}

/** The tenant whose invitation has a token of this hash, whatever became of the invitation. */
export async function tenantOfInvitation({ client }: Transaction, tokenHash: Buffer): Promise<string | undefined> {
  const { rows } = await client.query('SELECT tenants.tenant_of_invitation($1) AS id', [tokenHash])
  return rows[0].id ?? undefined
}

/** The invitation that a token opens now, if it does, with the place it is to. */
export function findOpenInvitation({ db, tenantId }: Scope, tokenHash: Buffer) {
  return db
    .selectFrom('tenants.invitation as i')
    .innerJoin('tenants.employee as e', (join) =>
      join.onRef('e.tenant_id', '=', 'i.tenant_id').onRef('e.id', '=', 'i.employee_id'),
    )
    .innerJoin('tenants.employee as by', (join) =>
      join.onRef('by.tenant_id', '=', 'i.tenant_id').onRef('by.id', '=', 'i.invited_by'),
    )
    .select(['i.employee_id', 'i.expires_at', 'e.display_name', 'e.invited_email', 'by.display_name as invited_by'])
    .where('i.tenant_id', '=', tenantId)
    .where('i.token_hash', '=', tokenHash)
    .where('i.status', '=', 'open')
    .where('i.expires_at', '>', now)
    .where('e.status', '=', 'invited')
    .executeTakeFirst()
}

/** Makes an open invitation. */
export async function insertInvitation(
  { db, tenantId }: Scope,
  row: { id: string; employee_id: string; invited_by: string; token_hash: Buffer; expires_at: Date },
): Promise<void> {
  await db
    .insertInto('tenants.invitation')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** How many invitations were sent to a place within an hour, and from the tenant within a day. */
export async function countInvitations({ client, tenantId }: Scope, employeeId: string) {
  const { rows } = await client.query({
    name: 'count-invitations',
    text: `SELECT count(*) FILTER (WHERE i.employee_id = $2 AND i.created_at > transaction_timestamp() - interval '1 hour')::int
                    AS "ofPlaceInHour",
                  count(*)::int AS "ofTenantInDay"
           FROM tenants.invitation i
           WHERE i.tenant_id = $1 AND i.created_at > transaction_timestamp() - interval '1 day'`,
    values: [tenantId, employeeId],
  })
  return rows[0] as { ofPlaceInHour: number; ofTenantInDay: number }
}

/** Closes the open invitation to a place; returns the hash of its token. */
export async function closeInvitations(
  { db, tenantId }: Scope,
  employeeId: string,
  status: 'accepted' | 'replaced' | 'cancelled',
): Promise<Buffer[]> {
  const rows = await db
    .updateTable('tenants.invitation')
    .set((eb) => ({ status, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('employee_id', '=', employeeId)
    .where('status', '=', 'open')
    .returning('token_hash')
    .execute()
  return rows.map((row) => row.token_hash)
}

/** The place that a person has in the tenant, if any. */
export function findPlaceOf({ db, tenantId }: Scope, userId: string) {
  return db
    .selectFrom('tenants.employee')
    .select(['id', 'status'])
    .where('tenant_id', '=', tenantId)
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Gives the place of an invited person to who they turned out to be; the address is theirs to tell from now on. */
export async function activateEmployee({ db, tenantId }: Scope, id: string, userId: string): Promise<void> {
  await db
    .updateTable('tenants.employee')
    .set((eb) => ({
      status: 'active',
      user_id: userId,
      invited_email: null,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** Ends a place; answers what changed of it. */
export async function endEmployee({ db, tenantId }: Scope, id: string) {
  const row = await db
    .updateTable('tenants.employee')
    .set((eb) => ({
      status: 'ended',
      invited_email: null,
      deleted_at: now,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(['version', 'updated_at'])
    .executeTakeFirstOrThrow()
  const nothing = { role_ids: [], invited_email: null, invitation_expires_at: null, has_till_pin: false }
  return { ...row, ...nothing, status: 'ended' as const }
}

/** Revokes the API keys that an employee made; returns the hashes of their secrets. */
export async function revokeKeysOf({ db, tenantId }: Scope, employeeId: string): Promise<Buffer[]> {
  const rows = await db
    .updateTable('tenants.api_key')
    .set((eb) => ({ revoked_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('employee_id', '=', employeeId)
    .where('revoked_at', 'is', null)
    .returning('secret_hash')
    .execute()
  return rows.map((row) => row.secret_hash)
}

/** Sets the PIN of an employee anew: nothing failed with it yet, and no till is theirs by the earlier one. */
export async function putTillPin(
  scope: Scope,
  row: { id: string; employee_id: string; hash: string; verifier: string },
): Promise<void> {
  const { db, tenantId } = scope
  await db
    .insertInto('tenants.till_pin')
    .values({ tenant_id: tenantId, ...row })
    .onConflict((oc) =>
      oc.constraint('till_pin_employee_id_key').doUpdateSet((eb) => ({
        hash: row.hash,
        verifier: row.verifier,
        failures: 0,
        locked_until: null,
        lockouts: 0,
        version: eb('tenants.till_pin.version', '+', 1),
        updated_at: now,
      })),
    )
    .execute()
  await endCashierSessions(scope, { employeeId: row.employee_id })
}

/** Clears the PIN of an employee, if there is one, and ends what it opened. */
export async function clearTillPin(scope: Scope, employeeId: string): Promise<void> {
  const { db, tenantId } = scope
  await db
    .updateTable('tenants.till_pin')
    .set((eb) => ({
      hash: null,
      verifier: null,
      failures: 0,
      locked_until: null,
      lockouts: 0,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('employee_id', '=', employeeId)
    .where('hash', 'is not', null)
    .execute()
  await endCashierSessions(scope, { employeeId })
}

/**
 * Counts a try at the PIN of an active employee, as one that fails, and answers the hash to try, and whether devices
 * have nothing yet to know it by. Undefined when there is no PIN, or when it is locked: the last try that `limits` allows locks it for that many minutes, twice as many after each
 * lock before, up to `longestMinutes`.
 */
export async function tryTillPin(
  { client, tenantId }: Scope,
  employeeId: string,
  limits: { failures: number; minutes: number; longestMinutes: number },
): Promise<{ hash: string; lacks_verifier: boolean } | undefined> {
  const { rows } = await client.query({
    name: 'try-till-pin',
    text: `UPDATE tenants.till_pin p
           SET failures = CASE WHEN p.locked_until IS NULL THEN p.failures + 1 ELSE 1 END,
               locked_until = CASE WHEN p.locked_until IS NULL AND p.failures + 1 >= $3
                                   THEN transaction_timestamp()
                                        + make_interval(mins => least($4 << least(p.lockouts, 16), $5)) END,
               lockouts = p.lockouts + CASE WHEN p.locked_until IS NULL AND p.failures + 1 >= $3 THEN 1 ELSE 0 END,
               updated_at = transaction_timestamp()
           WHERE p.tenant_id = $1 AND p.employee_id = $2 AND p.hash IS NOT NULL
             AND (p.locked_until IS NULL OR p.locked_until <= transaction_timestamp())
             AND EXISTS (SELECT FROM tenants.employee e
                         WHERE e.tenant_id = p.tenant_id AND e.id = p.employee_id AND e.status = 'active')
           RETURNING p.hash, p.verifier IS NULL AS lacks_verifier`,
    values: [tenantId, employeeId, limits.failures, limits.minutes, limits.longestMinutes],
  })
  return rows[0]
}

/** True while wrong tries keep the PIN of an employee locked. */
export async function isPinLocked({ db, tenantId }: Scope, employeeId: string): Promise<boolean> {
  const row = await db
    .selectFrom('tenants.till_pin')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('employee_id', '=', employeeId)
    .where('hash', 'is not', null)
    .where('locked_until', '>', now)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Forgets the failed tries: the PIN was right; keeps the verifier, if one was made. False when it is not this PIN any more, or not
 * that of an active employee.
 */
export async function forgetPinFailures(
  { db, tenantId }: Scope,
  employeeId: string,
  { hash, verifier }: { hash: string; verifier: string | undefined },
): Promise<boolean> {
  const row = await db
    .updateTable('tenants.till_pin as p')
    .set({ failures: 0, locked_until: null, lockouts: 0, updated_at: now, ...(verifier && { verifier }) })
    .where('p.tenant_id', '=', tenantId)
    .where('p.employee_id', '=', employeeId)
    .where('p.hash', '=', hash)
    .where(sql<boolean>`EXISTS (
      SELECT FROM tenants.employee e
      WHERE e.tenant_id = p.tenant_id AND e.id = p.employee_id AND e.status = 'active')`)
    .returning('p.id')
    .executeTakeFirst()
  return row !== undefined
}

/** The tenant that a device was enrolled in, whatever became of it. */
export async function tenantOfDevice({ client }: Transaction, deviceId: string): Promise<string | undefined> {
  const { rows } = await client.query('SELECT tenants.tenant_of_device($1) AS id', [deviceId])
  return rows[0].id ?? undefined
}

export interface NewCashierSession {
  readonly id: string
  readonly employee_id: string
  readonly device_id: string
  /** Of the device. */
  readonly branch_id: string
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly token_hash: string
  readonly expires_at: Date
  readonly address: string
  readonly user_agent: string
}

/** Opens the session of a cashier at a device that is held; the one there before ends. Whose it is; null: not of an active employee. */
export async function openCashierSession(
  { client, tenantId }: Scope,
  session: NewCashierSession,
): Promise<string | null> {
  const { rows } = await client.query({
    name: 'open-cashier-session',
    text: 'SELECT tenants.open_cashier_session($1, $2) AS user_id',
    values: [tenantId, JSON.stringify(session)],
  })
  return rows[0].user_id
}

/** Ends, from the next request on, what PINs opened: of an employee, or at a device. */
export async function endCashierSessions(
  { client, tenantId }: Scope,
  { employeeId = null, deviceId = null }: { employeeId?: string | null; deviceId?: string | null },
): Promise<void> {
  await client.query('SELECT tenants.end_cashier_sessions($1, $2, $3)', [tenantId, employeeId, deviceId])
}

/** From now on the session works in this tenant when a request names none. */
export async function switchSession({ client, tenantId }: Scope, sessionId: string): Promise<void> {
  await client.query('SELECT tenants.switch_session($1, $2)', [tenantId, sessionId])
}

/** Forgets where sessions worked that are over, at most `limit`; returns how many. As the jobs role only. */
export async function forgetEndedSessions(pool: pg.Pool, limit: number): Promise<number> {
  const { rows } = await pool.query('SELECT tenants.forget_ended_sessions($1) AS forgotten', [limit])
  return rows[0].forgotten
}
