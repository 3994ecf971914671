import type pg from 'pg'
import type { SettingScope } from './define.ts'

/** A connection, in a transaction or not. */
export type Client = Pick<pg.ClientBase, 'query'>

/** A value as it is kept. */
export interface Kept {
  readonly id: string
  readonly name: string
  readonly value: unknown
  readonly sealed: string | null
}

export interface InForce extends Kept {
  readonly source: SettingScope
}

/** What is in force now of these settings: of the branch before its tenant, of the environment before any. */
export async function findInForce(
  client: Client,
  where: { tenantId: string; branchId: string | null; environment: string },
  names: readonly string[],
): Promise<InForce[]> {
  const { rows } = await client.query({
    name: 'settings-in-force',
    text: `SELECT DISTINCT ON (found.name) found.id, found.name, found.value, found.sealed, found.source
           FROM (
             SELECT v.id, v.name, v.value, v.sealed, v.environment, CASE WHEN v.branch_id IS NULL THEN 'tenant' ELSE 'branch' END AS source
             FROM settings.value v
             WHERE v.tenant_id = $1 AND v.name = ANY ($2::text[]) AND (v.branch_id IS NULL OR v.branch_id = $3)
               AND v.environment IN ('', $4) AND v.withdrawn_by = 0 AND v.is_set AND v.valid @> transaction_timestamp()
             UNION ALL
             SELECT p.id, p.name, p.value, p.sealed, p.environment, 'platform'
             FROM settings.platform_value p
             WHERE p.name = ANY ($2::text[]) AND p.environment IN ('', $4) AND p.withdrawn_by = 0 AND p.is_set
               AND p.valid @> transaction_timestamp()
           ) AS found
           ORDER BY found.name, array_position('{branch,tenant,platform}'::text[], found.source), found.environment DESC`,
    values: [where.tenantId, names, where.branchId, where.environment],
  })
  return rows
}

/** The one place where a value of a setting is set. `tenantId` null: the installation. `environment` empty: any. */
export interface Slot {
  readonly tenantId: string | null
  readonly branchId: string | null
  readonly name: string
  readonly environment: string
}

/** One version at its place. */
export interface Version extends Kept {
  readonly is_set: boolean
  readonly from: Date
  readonly until: Date | null
  readonly version: number
}

interface Target {
  readonly table: string
  readonly condition: string
  readonly values: readonly unknown[]
}

function targetOf({ tenantId, branchId, name, environment }: Slot): Target {
  if (tenantId === null)
    return {
      table: 'settings.platform_value',
      condition: 'name = $1 AND environment = $2',
      values: [name, environment],
    }
  return {
    table: 'settings.value',
    condition: 'name = $1 AND environment = $2 AND tenant_id = $3 AND place_id = $4',
    values: [name, environment, tenantId, branchId ?? tenantId],
  }
}

/**
 * Locks what stands at a place until the end of the transaction; then answers it in the order of its time, with the last
 * version and the time of the transaction in milliseconds.
 */
export async function lockSlot(client: Client, slot: Slot) {
  const { table, condition, values } = targetOf(slot)
  await client.query(`SELECT FROM ${table} WHERE ${condition} AND withdrawn_by = 0 FOR UPDATE`, [...values])
  // A statement of its own, which sees what was added while the one before waited.
  const { rows: standing } = await client.query(
    `SELECT id, name, value, sealed, is_set, lower(valid) AS from, upper(valid) AS until, version
     FROM ${table} WHERE ${condition} AND withdrawn_by = 0 ORDER BY lower(valid)`,
    [...values],
  )
  const { rows } = await client.query(
    `SELECT coalesce(max(version), 0) AS last, date_trunc('milliseconds', transaction_timestamp()) AS now
     FROM ${table} WHERE ${condition}`,
    [...values],
  )
  const { last, now } = rows[0] as { last: number; now: Date }
  return { standing: standing as Version[], last, now }
}

/** Ends a version at an instant after its beginning. */
export async function cutVersion(client: Client, slot: Slot, id: string, at: Date): Promise<void> {
  const { table, condition, values } = targetOf(slot)
  const next = values.length + 1
  await client.query(
    `UPDATE ${table} SET valid = tstzrange(lower(valid), $${next}), updated_at = transaction_timestamp()
     WHERE ${condition} AND id = $${next + 1}`,
    [...values, at, id],
  )
}

/** Takes back a version that never came into force. */
export async function withdrawVersion(client: Client, slot: Slot, id: string, by: number): Promise<void> {
  const { table, condition, values } = targetOf(slot)
  const next = values.length + 1
  await client.query(
    `UPDATE ${table} SET withdrawn_by = $${next}, updated_at = transaction_timestamp() WHERE ${condition} AND id = $${next + 1}`,
    [...values, by, id],
  )
}

export interface NewVersion {
  readonly id: string
  readonly is_set: boolean
  /** JSON, or null. */
  readonly value: string | null
  readonly sealed: string | null
  readonly from: Date
  readonly until: Date | null
  readonly version: number
}

/** Adds a version; `employeeId` of who did it, null for the operator. */
export async function insertVersion(client: Client, slot: Slot, row: NewVersion, employeeId: string | null) {
  const common = [
    row.id,
    slot.name,
    slot.environment,
    row.is_set,
    row.value,
    row.sealed,
    row.from,
    row.until,
    row.version,
  ]
  if (slot.tenantId === null) {
    await client.query(
      `INSERT INTO settings.platform_value (id, name, environment, is_set, value, sealed, valid, version)
       VALUES ($1, $2, $3, $4, $5, $6, tstzrange($7, $8), $9)`,
      common,
    )
    return
  }
  await client.query(
    `INSERT INTO settings.value (id, name, environment, is_set, value, sealed, valid, version, tenant_id, branch_id, employee_id)
     VALUES ($1, $2, $3, $4, $5, $6, tstzrange($7, $8), $9, $10, $11, $12)`,
    [...common, slot.tenantId, slot.branchId, employeeId],
  )
}

/** Forgets the secrets of versions that are over or were withdrawn. */
export async function forgetSecrets(client: Client, slot: Slot): Promise<void> {
  const { table, condition, values } = targetOf(slot)
  await client.query(
    `UPDATE ${table} SET sealed = NULL, updated_at = transaction_timestamp()
     WHERE ${condition} AND sealed IS NOT NULL AND (withdrawn_by > 0 OR upper(valid) <= transaction_timestamp())`,
    [...values],
  )
}

export interface SlotState {
  readonly name: string
  readonly version: number
  readonly next_change_at: Date | null
}

/** The last version at each place where one of these settings was ever set, and when the next planned one begins. */
export async function slotStates(
  client: Client,
  { tenantId, branchId, environment }: Omit<Slot, 'name'>,
  names: readonly string[],
): Promise<SlotState[]> {
  const { rows } = await client.query(
    `SELECT name, max(version) AS version,
            min(lower(valid)) FILTER (WHERE withdrawn_by = 0 AND lower(valid) > transaction_timestamp()) AS next_change_at
     FROM ${tenantId === null ? 'settings.platform_value' : 'settings.value'}
     WHERE name = ANY ($1::text[]) AND environment = $2 ${tenantId === null ? '' : 'AND tenant_id = $3 AND place_id = $4'}
     GROUP BY name`,
    tenantId === null ? [names, environment] : [names, environment, tenantId, branchId ?? tenantId],
  )
  return rows
}

/** A page of the versions of a setting, the newest first, and one row more when there is a next page. */
export async function listVersions(
  client: Client,
  slot: Omit<Slot, 'environment'> & { tenantId: string },
  limit: number,
  before: string | undefined,
) {
  const { rows } = await client.query(
    `SELECT id, version, branch_id, nullif(environment, '') AS environment, is_set, value, lower(valid) AS valid_from,
            upper(valid) AS valid_until, nullif(withdrawn_by, 0) AS withdrawn_by, employee_id, created_at
     FROM settings.value
     WHERE tenant_id = $1 AND name = $2 AND place_id = $3 AND ($4::uuid IS NULL OR id < $4)
     ORDER BY id DESC LIMIT $5`,
    [slot.tenantId, slot.name, slot.branchId ?? slot.tenantId, before ?? null, limit + 1],
  )
  return rows
}

/** Everything that is or will be in force: of the tenant of the transaction, or, for null, of the installation. */
export async function listStanding(client: Client, tenantId: string | null): Promise<Kept[]> {
  const [table, condition, values] =
    tenantId === null ? ['settings.platform_value', 'true', []] : ['settings.value', 'tenant_id = $1', [tenantId]]
  const { rows } = await client.query(
    `SELECT id, name, value, sealed FROM ${table}
     WHERE ${condition} AND withdrawn_by = 0 AND is_set AND coalesce(upper(valid) > transaction_timestamp(), true)
     ORDER BY name, id`,
    values as unknown[],
  )
  return rows
}
