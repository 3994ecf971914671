import type { Transaction } from '../platform/database.ts'
import type { alertKinds } from './contract.ts'

interface Scope {
  readonly client: Transaction['client']
  readonly tenantId: string
}

export interface BranchRow {
  readonly id: string
  readonly time_zone: string
  readonly currency: string
  readonly minor_unit: number
}

/** The branches of the tenant, those given alone unless null. */
export async function readBranches({ client, tenantId }: Scope, ids: readonly string[] | null): Promise<BranchRow[]> {
  const { rows } = await client.query({
    name: 'overview-read-branches',
    text: `SELECT b.id, b.time_zone, b.currency, r.minor_unit
           FROM tenants.read_branch b JOIN reference.currency r ON r.code = b.currency
           WHERE b.tenant_id = $1 AND ($2::uuid[] IS NULL OR b.id = ANY ($2)) ORDER BY b.id`,
    values: [tenantId, ids],
  })
  return rows
}

/** A branch on its own day. */
export interface BranchDay extends Pick<BranchRow, 'id' | 'time_zone' | 'currency'> {
  readonly today: string
}

const columnsOf = (branches: readonly BranchDay[]) => [
  branches.map((one) => one.id),
  branches.map((one) => one.time_zone),
  branches.map((one) => one.today),
]

export interface TakingsRow {
  readonly currency: string
  readonly minor_unit: number
  readonly days_ago: number
  /** Of today and of seven days ago, by the clock on the wall. */
  readonly hour: number | null
  /** At a time of the day that has been today. */
  readonly is_so_far: boolean
  readonly receipts: number
  readonly takings: string
  readonly sales: number
  readonly sold: string
}

/**
 * What branches took in 14 days up to their today. A day is that of the calendar of the branch; as some begin twice, or late, it
 * is read from some hours before midnight on.
 */
export async function readTakings(
  { client, tenantId }: Scope,
  { branches, now }: { branches: readonly BranchDay[]; now: Date },
): Promise<TakingsRow[]> {
  const { rows } = await client.query({
    name: 'overview-read-takings',
    text: `SELECT t.currency, r.minor_unit, t.days_ago, t.hour, t.is_so_far, sum(t.receipts)::integer AS receipts,
                  sum(t.takings) AS takings, sum(t.sales)::integer AS sales, sum(t.sold) AS sold
           FROM unnest($2::uuid[], $3::text[], $4::date[]) AS b (id, zone, today)
           CROSS JOIN LATERAL (
             SELECT s.currency, b.today - l.at::date AS days_ago, l.at::time <= ($5::timestamptz AT TIME ZONE b.zone)::time AS is_so_far,
                    CASE WHEN l.at::date IN (b.today, b.today - 7) THEN extract(hour FROM l.at)::integer END AS hour,
                    count(*) AS receipts, sum(s.total) AS takings, count(*) FILTER (WHERE s.kind = 'sale') AS sales,
                    coalesce(sum(s.total) FILTER (WHERE s.kind = 'sale'), 0) AS sold
             FROM sales.read_sale s CROSS JOIN LATERAL (SELECT s.made_at AT TIME ZONE b.zone AS at) l
             WHERE s.tenant_id = $1 AND s.branch_id = b.id
               AND s.made_at >= ((b.today - 13)::timestamp AT TIME ZONE b.zone) - interval '3 hours'
               AND s.made_at < ((b.today + 1)::timestamp AT TIME ZONE b.zone) + interval '3 hours'
               AND l.at::date BETWEEN b.today - 13 AND b.today
             GROUP BY 1, 2, 3, 4) t
           JOIN reference.currency r ON r.code = t.currency
           GROUP BY 1, 2, 3, 4, 5`,
    values: [tenantId, ...columnsOf(branches), now],
  })
  return rows
}

export interface SessionRow {
  readonly id: string
  readonly number: string
  readonly branch_id: string
  readonly register_id: string
  readonly status: 'open' | 'pending_reconciliation'
  readonly late_of: string | null
  readonly opened_by: string | null
  readonly opened_at: Date
  /** How many there are of each, in every row. */
  readonly open: number
  readonly draft: number
  readonly escalated: number
}

/** Sessions that are not closed, open ones and the oldest first, at most 200 of them; the counts are of all. */
export async function readSessions({ client, tenantId }: Scope, branchIds: readonly string[]): Promise<SessionRow[]> {
  const { rows } = await client.query({
    name: 'overview-read-sessions',
    text: `SELECT id, number, branch_id, register_id, status, late_of, opened_by, opened_at,
                  (count(*) FILTER (WHERE status = 'open') OVER ())::integer AS open,
                  (count(*) FILTER (WHERE reconciliation = 'draft') OVER ())::integer AS draft,
                  (count(*) FILTER (WHERE reconciliation = 'escalated') OVER ())::integer AS escalated
           FROM cash.read_unsettled WHERE tenant_id = $1 AND branch_id = ANY ($2::uuid[])
           ORDER BY status = 'open' DESC, opened_at, id LIMIT 200`,
    values: [tenantId, branchIds],
  })
  return rows
}

export interface AlertRow {
  readonly kind: (typeof alertKinds)[number]
  readonly open: number
  readonly unacknowledged: number
}

/** How many alerts are open, by kind; those of which there is none left out. */
export async function countAlerts({ client, tenantId }: Scope, branchIds: readonly string[]): Promise<AlertRow[]> {
  const { rows } = await client.query({
    name: 'overview-count-alerts',
    text: `SELECT kind, count(*)::integer AS open, count(*) FILTER (WHERE acknowledged_at IS NULL)::integer AS unacknowledged
           FROM replenishment.read_open_alert WHERE tenant_id = $1 AND branch_id = ANY ($2::uuid[])
           GROUP BY kind`,
    values: [tenantId, branchIds],
  })
  return rows
}

export interface ExpiryRow {
  readonly currency: string
  /** Of 30, 60 and 90 the least within which it expires; 0 for what has expired. */
  readonly days: number
  readonly batches: readonly string[]
  readonly quantity: string
  readonly value: string
}

/** Batches that have expired or will within 90 days, of which there is something: share of the value by quantity, unrounded. */
export async function readExpiring({ client, tenantId }: Scope, branches: readonly BranchDay[]): Promise<ExpiryRow[]> {
  const { rows } = await client.query({
    name: 'overview-read-expiring',
    text: `SELECT b.currency, t.days, array_agg(DISTINCT t.batch_id) AS batches, sum(t.on_hand) AS quantity,
                  coalesce(sum(t.value), 0) AS value
           FROM unnest($2::uuid[], $3::date[], $4::text[]) AS b (id, today, currency)
           CROSS JOIN LATERAL (
             SELECT s.batch_id, s.on_hand,
                    (SELECT s.on_hand * c.value / nullif(c.quantity, 0) FROM inventory.read_cost c
                     WHERE c.tenant_id = $1 AND c.branch_id = b.id AND c.variant_id = s.variant_id) AS value,
                    CASE WHEN s.expires_on < b.today THEN 0 WHEN s.expires_on <= b.today + 30 THEN 30
                         WHEN s.expires_on <= b.today + 60 THEN 60 ELSE 90 END AS days
             FROM inventory.read_stocked_batch s
             WHERE s.tenant_id = $1 AND s.branch_id = b.id AND s.expires_on <= b.today + 90
             OFFSET 0) t
           GROUP BY 1, 2`,
    values: [
      tenantId,
      branches.map((one) => one.id),
      branches.map((one) => one.today),
      branches.map((one) => one.currency),
    ],
  })
  return rows
}

/** What was sold offline and nobody has settled. */
export async function countUnsettled({ client, tenantId }: Scope, branchIds: readonly string[]) {
  const { rows } = await client.query({
    name: 'overview-count-unsettled',
    text: `SELECT count(*) FILTER (WHERE what = 'exception')::integer AS exceptions,
                  count(*) FILTER (WHERE what = 'set_aside')::integer AS set_aside
           FROM sync.read_unsettled WHERE tenant_id = $1 AND branch_id = ANY ($2::uuid[])`,
    values: [tenantId, branchIds],
  })
  return rows[0] as { exceptions: number; set_aside: number }
}

/** Tickets that are parked, and since when the first of them. */
export async function countTickets({ client, tenantId }: Scope, branchIds: readonly string[]) {
  const { rows } = await client.query({
    name: 'overview-count-tickets',
    text: `SELECT count(*)::integer AS waiting, min(created_at) AS oldest_at
           FROM tickets.read_waiting WHERE tenant_id = $1 AND branch_id = ANY ($2::uuid[])`,
    values: [tenantId, branchIds],
  })
  return rows[0] as { waiting: number; oldest_at: Date | null }
}
