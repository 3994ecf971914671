import type { Place, Scope } from './queries.ts'
import type { DocumentPage, DocumentRow, Period } from './report.ts'

const variances = `
  SELECT v.session_id, v.number, v.branch_id, v.currency, v.opened_by, v.opened_at, (v.opened_at AT TIME ZONE z.zone)::date AS day,
         sum(v.expected) AS expected, sum(v.counted) AS counted, sum(least(v.counted - v.expected, 0)) AS short,
         sum(greatest(v.counted - v.expected, 0)) AS over
  FROM cash.read_variance v JOIN unnest($2::uuid[], $3::text[]) AS z (id, zone) ON z.id = v.branch_id
  WHERE v.tenant_id = $1 AND (v.opened_at AT TIME ZONE z.zone)::date BETWEEN $4::date AND $5::date
    -- Who counts blind is told nothing before the session is closed.
    AND (v.status = 'closed' OR v.status = 'pending_reconciliation' AND NOT v.is_blind)
  GROUP BY 1, 2, 3, 4, 5, 6, 7`
const variancesValues = (tenantId: string, places: readonly Place[], { from, until }: Period) => [
  tenantId,
  places.map(({ id }) => id),
  places.map(({ time_zone }) => time_zone),
  from,
  until,
]

export interface VarianceRow {
  readonly opened_by: string | null
  readonly currency: string
  readonly sessions: string
  readonly expected: string
  readonly counted: string
  readonly short: string
  readonly over: string
}

/** What counts of sessions found beside what was expected, by who opened them. */
export async function readVariances(
  { client, tenantId }: Scope,
  places: readonly Place[],
  period: Period,
): Promise<VarianceRow[]> {
  const { rows } = await client.query({
    name: 'reports-read-variances',
    text: `SELECT s.opened_by, s.currency, count(*) AS sessions, sum(s.expected) AS expected, sum(s.counted) AS counted, sum(s.short) AS short,
                  sum(s.over) AS over
           FROM (${variances}) s GROUP BY 1, 2 ORDER BY sum(s.short + s.over), 1, 2`,
    values: variancesValues(tenantId, places, period),
  })
  return rows
}

/** The sessions of a row of the above, as documents of a figure. */
export async function readVarianceSessions(
  { client, tenantId }: Scope,
  { places, period }: { places: readonly Place[]; period: Period },
  at: {
    openedBy: string | null
    currency: string
    figure: 'sessions' | 'expected' | 'counted' | 'short' | 'over' | 'variance'
  },
  { limit, after }: DocumentPage,
): Promise<DocumentRow[]> {
  const amounts = { expected: 's.expected', counted: 's.counted', short: 's.short', over: 's.over' }
  const amount = { sessions: '1', variance: 's.short + s.over', ...amounts }[at.figure]
  const { rows } = await client.query({
    name: `reports-read-variance-sessions-${at.figure}`,
    text: `SELECT s.session_id AS id, 'cash_session' AS kind, s.number::text, NULL AS name, s.branch_id, s.day, ${amount} AS amount,
                  ARRAY[s.opened_at::text, s.session_id::text] AS at
           FROM (${variances}) s
           WHERE s.opened_by IS NOT DISTINCT FROM $6::uuid AND s.currency = $7 AND ${amount} <> 0
             AND ($8::timestamptz IS NULL OR (s.opened_at, s.session_id) > ($8, $9::uuid))
           ORDER BY s.opened_at, s.session_id LIMIT $10`,
    values: [
      ...variancesValues(tenantId, places, period),
      ...[at.openedBy, at.currency, after?.[0] ?? null, after?.[1] ?? null, limit],
    ],
  })
  return rows
}
