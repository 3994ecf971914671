import type { Transaction } from '../platform/database.ts'

export interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** A branch with the calendar that its days are told apart by. */
export interface Place {
  readonly id: string
  readonly name: string
  readonly time_zone: string
  readonly currency: string
}

/** The branches of the tenant, closed ones too, those given alone unless null. */
export async function readPlaces({ client, tenantId }: Scope, ids: readonly string[] | null): Promise<Place[]> {
  const { rows } = await client.query({
    name: 'reports-read-places',
    text: `SELECT p.id, p.name, coalesce(c.time_zone, p.time_zone) AS time_zone, p.currency
           FROM tenants.read_place p LEFT JOIN reports.calendar c ON c.tenant_id = $1 AND c.branch_id = p.id
           WHERE p.tenant_id = $1 AND ($2::uuid[] IS NULL OR p.id = ANY ($2)) ORDER BY p.name, p.id`,
    values: [tenantId, ids],
  })
  return rows
}

/** How far the rollups have come: facts that are not in them yet, or null where all are to be read from documents. */
export type Rollups = {
  readonly lateFacts: readonly string[]
  /** Whether some of these take documents back. */
  readonly takesBack: boolean
} | null

// Beyond so many entries what is late is no less than all there is.
const mostLate = 200_000

/** How far the rollups of a tenant have come, as of this transaction. */
export async function readRollups({ client, tenantId }: Scope): Promise<Rollups> {
  const { rows } = await client.query({
    name: 'reports-read-rollups',
    text: `SELECT l.late, l.takes_back
           FROM reports.cursor c JOIN audit.head h ON h.tenant_id = $1
           CROSS JOIN LATERAL (
             SELECT coalesce(array_agg(DISTINCT f.fact_id), '{}') AS late, coalesce(bool_or(f.takes_back), false) AS takes_back FROM reports.change f
             WHERE f.tenant_id = $1 AND f.seq > c.seq AND f.recorded_at > c.read_at - interval '1 day') l
           WHERE c.tenant_id = $1 AND c.is_whole AND h.seq - c.seq < $2`,
    values: [tenantId, mostLate],
  })
  return rows[0] ? { lateFacts: rows[0].late, takesBack: rows[0].takes_back } : null
}

/** The decimals of currencies. */
export async function readMinorUnits(
  { client }: Scope,
  codes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query({
    name: 'reports-read-minor-units',
    text: 'SELECT code, minor_unit FROM reference.currency WHERE code = ANY ($1)',
    values: [codes],
  })
  return new Map(rows.map((row) => [row.code, row.minor_unit]))
}

export interface Goods {
  readonly id: string
  readonly name: string
  readonly sku: string | null
  readonly unit: string
  readonly category_id: string | null
}

/** What variants are called, deleted ones included. */
export async function readGoods(
  { client, tenantId }: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Goods>> {
  const { rows } = await client.query<Goods>({
    name: 'reports-read-goods',
    text: 'SELECT id, name, sku, unit, category_id FROM catalog.read_variant WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
    values: [tenantId, ids],
  })
  return new Map(rows.map((row) => [row.id, row]))
}

const named = {
  category: 'catalog.read_category',
  tender: 'payments.read_tender',
  customer: 'parties.read_name',
} as const

/** What things of a kind are called; anonymised ones are left out. */
export async function readNames(
  { client, tenantId }: Scope,
  kind: keyof typeof named,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query({
    name: `reports-read-names-of-${kind}`,
    text: `SELECT id, name FROM ${named[kind]} WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND name IS NOT NULL`,
    values: [tenantId, [...new Set(ids)]],
  })
  return new Map(rows.map((row) => [row.id, row.name]))
}

/**
 * Brings the rollups of the tenant on by at most so many entries, or makes them anew, and takes its time; answers with how many are
 * left.
 */
export async function catchUp({ client, tenantId }: Scope, most: number | null): Promise<bigint> {
  await client.query('SET LOCAL statement_timeout = 0')
  // A plan for few facts is none for all of them.
  await client.query('SET LOCAL plan_cache_mode = force_custom_plan')
  const { rows } = await client.query('SELECT reports.catch_up($1, $2) AS left', [tenantId, most])
  return BigInt(rows[0].left)
}

/** True where there is something that the rollups of the tenant do not hold. */
export async function isBehind({ client, tenantId }: Scope): Promise<boolean> {
  const { rows } = await client.query({
    name: 'reports-is-behind',
    text: `SELECT EXISTS (
             SELECT FROM audit.head h LEFT JOIN reports.cursor c ON c.tenant_id = $1
             WHERE h.tenant_id = $1 AND (c.is_whole IS NOT TRUE OR h.seq > c.seq)) AS is_behind`,
    values: [tenantId],
  })
  return rows[0].is_behind
}
