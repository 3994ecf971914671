import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { alertKinds } from './contract.ts'
import type { Scope } from './queries.ts'

export type AlertKind = (typeof alertKinds)[number]

const alertColumns = [
  'id',
  'kind',
  'branch_id',
  'variant_id',
  'batch_id',
  sql<number | null>`nullif(horizon_days, 0)`.as('horizon_days'),
  sql<string>`trim_scale(quantity)`.as('quantity'),
  sql<string | null>`trim_scale(threshold)`.as('threshold'),
  'expires_on',
  'opened_at',
  'closed_at',
  'acknowledged_at',
  'acknowledged_by',
  'note',
  'version',
  'created_at',
  'updated_at',
] as const

export interface AlertFilter {
  readonly branch_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly kind?: AlertKind | undefined
  readonly state: 'open' | 'unacknowledged' | 'closed' | 'all'
  readonly limit: number
}

type AlertScope = Scope & { caller: Pick<Caller, 'scope'> }

/** A page of alerts that the caller works with, the newest first, and one row more when there is a next page. */
export async function listAlerts(
  { db, tenantId, caller: { scope } }: AlertScope,
  { branch_id, variant_id, kind, state, limit }: AlertFilter,
  before: string | undefined,
) {
  const rows = await db
    .selectFrom('replenishment.alert')
    .select(alertColumns)
    .where('tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(branch_id !== undefined, (qb) => qb.where('branch_id', '=', branch_id ?? ''))
    .$if(variant_id !== undefined, (qb) => qb.where('variant_id', '=', variant_id ?? ''))
    .$if(kind !== undefined, (qb) => qb.where('kind', '=', kind ?? ''))
    .$if(state === 'open' || state === 'unacknowledged', (qb) => qb.where('closed_at', 'is', null))
    .$if(state === 'unacknowledged', (qb) => qb.where('acknowledged_at', 'is', null))
    .$if(state === 'closed', (qb) => qb.where('closed_at', 'is not', null))
    .$if(before !== undefined, (qb) => qb.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return rows.map(asAlert)
}

/** One alert, held until the end of the transaction. */
export async function lockAlert({ db, tenantId }: Scope, id: string) {
  const row = await db
    .selectFrom('replenishment.alert')
    .select(alertColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && asAlert(row)
}

/** Notes who has seen an alert. */
export async function markAcknowledged(
  { db, tenantId }: Scope,
  id: string,
  by: { at: Date; employeeId: string; note: string | null },
) {
  const row = await db
    .updateTable('replenishment.alert')
    .set((eb) => ({
      acknowledged_at: by.at,
      acknowledged_by: by.employeeId,
      note: by.note,
      version: eb('version', '+', 1),
      updated_at: by.at,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(alertColumns)
    .executeTakeFirstOrThrow()
  return asAlert(row)
}

/** How many alerts are open of each kind, in these branches or in all, and when they were last looked for. */
export async function countAlerts({ client, tenantId }: Scope, branchIds: readonly string[] | null) {
  const { rows } = await client.query({
    name: 'replenishment-count-alerts',
    text: `SELECT kind, count(*)::integer AS open, count(*) FILTER (WHERE acknowledged_at IS NULL)::integer AS unacknowledged
           FROM replenishment.alert
           WHERE tenant_id = $1 AND closed_at IS NULL AND ($2::uuid[] IS NULL OR branch_id = ANY ($2))
           GROUP BY kind`,
    values: [tenantId, branchIds],
  })
  const refresh = await client.query('SELECT refreshed_at FROM replenishment.alert_refresh WHERE tenant_id = $1', [
    tenantId,
  ])
  return {
    refreshed_at: (refresh.rows[0]?.refreshed_at as Date | undefined) ?? null,
    kinds: rows as { kind: AlertKind; open: number; unacknowledged: number }[],
  }
}

/** Something that somebody should look at. */
export interface WantedAlert {
  readonly id: string
  readonly kind: AlertKind
  readonly variant_id: string
  readonly batch_id: string | null
  readonly horizon_days: number
  readonly quantity: string
  readonly threshold: string | null
  readonly expires_on: string | null
}

type Writer = Pick<Transaction, 'client'> & { readonly tenantId: string }

/** Waits until nobody else of the tenant opens and closes alerts, and notes when this was done. */
export async function lockRefresh({ client, tenantId }: Writer, at: Date): Promise<void> {
  await client.query(
    `INSERT INTO replenishment.alert_refresh AS r (tenant_id, refreshed_at) VALUES ($1, $2)
     ON CONFLICT (tenant_id) DO UPDATE SET refreshed_at = excluded.refreshed_at, version = r.version + 1, updated_at = excluded.refreshed_at`,
    [tenantId, at],
  )
}

/** Closes the open alerts of a branch that are not wanted any more, and opens those that are not there yet. */
export async function syncAlerts(
  { client, tenantId }: Writer,
  { branchId, at, wanted }: { branchId: string; at: Date; wanted: readonly WantedAlert[] },
): Promise<{ opened: number; closed: number }> {
  // A batch whose last day was corrected has another alert: the open one says the wrong day.
  const keys = wanted.map(({ kind, variant_id, batch_id, horizon_days, expires_on }) =>
    [kind, branchId, batch_id ?? variant_id, horizon_days, expires_on ?? ''].join(' ').trim(),
  )
  const closed = await client.query(
    `UPDATE replenishment.alert a SET closed_at = $3, open_key = NULL, version = a.version + 1, updated_at = $3
     WHERE a.tenant_id = $1 AND a.branch_id = $2 AND a.closed_at IS NULL
       AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS w (key) WHERE w.key = a.open_key)`,
    [tenantId, branchId, at, keys],
  )
  const opened = await client.query(
    `INSERT INTO replenishment.alert (tenant_id, id, open_key, kind, branch_id, variant_id, batch_id, horizon_days, quantity, threshold, expires_on, opened_at)
     SELECT $1, w.id, w.key, w.kind, $2, w.variant_id, w.batch_id, w.horizon_days, w.quantity, w.threshold, w.expires_on, $3
     FROM ROWS FROM (jsonb_to_recordset($4) AS (id uuid, kind text, variant_id uuid, batch_id uuid, horizon_days integer,
                       quantity numeric, threshold numeric, expires_on date), unnest($5::text[]))
          AS w (id, kind, variant_id, batch_id, horizon_days, quantity, threshold, expires_on, key)
     ORDER BY w.key
     ON CONFLICT DO NOTHING`,
    [tenantId, branchId, at, JSON.stringify(wanted), keys],
  )
  return { opened: opened.rowCount ?? 0, closed: closed.rowCount ?? 0 }
}

/** Closes the open alerts of branches that are none of these: of those that are no more. */
export async function closeElsewhere(
  { client, tenantId }: Writer,
  { branchIds, at }: { branchIds: readonly string[]; at: Date },
): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE replenishment.alert a SET closed_at = $3, open_key = NULL, version = a.version + 1, updated_at = $3
     WHERE a.tenant_id = $1 AND a.closed_at IS NULL AND a.branch_id <> ALL ($2::uuid[])`,
    [tenantId, branchIds, at],
  )
  return rowCount ?? 0
}

function asAlert<R extends { kind: string }>(row: R) {
  return { ...row, kind: row.kind as AlertKind }
}
