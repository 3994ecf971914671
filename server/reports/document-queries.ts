import type { Scope } from './queries.ts'
import type { DocumentPage, DocumentRow, Formula, Ground, Period } from './report.ts'
import { type Bind, bindingTo, dayOfFact, type RollupName, textOf, within } from './rollup-queries.ts'

/** What facts are of which figure: columns of the facts that have a value, or are of goods in a category. */
export type Where = Readonly<Record<string, string | null>>

interface Asked {
  readonly of: Formula
  readonly where: Where
  readonly period: Period | null
  readonly page: DocumentPage
}

/** The next documents whose facts come to a figure, with what each adds to it; those that add nothing are left out. */
export async function readDocuments(
  { context: { client, tenantId }, places }: Pick<Ground, 'places'> & { context: Scope },
  name: RollupName,
  { of, where, period, page }: Asked,
): Promise<DocumentRow[]> {
  const values: unknown[] = [tenantId]
  const bind = bindingTo(values)
  const ids = bind(
    places.map(({ id }) => id),
    'uuid[]',
  )
  const zones = bind(
    places.map(({ time_zone }) => time_zone),
    'text[]',
  )
  const zone = `unnest(${ids}, ${zones}) AS z (id, zone)`
  const days = period === null ? '' : `AND ${within(period, bind)}`
  const after = page.after
    ? `AND (f.made_at, f.id) > (${bind(page.after[0], 'timestamptz')}, ${bind(page.after[1], 'uuid')})`
    : ''
  const limit = bind(page.limit, 'bigint')
  const amount = textOf(of, (column) => `x.${column}`)
  const isTaking = name === 'taking'
  const ofDocuments = `
    SELECT f.id, f.id AS key, f.kind, f.source, f.number, f.branch_id, f.made_at, ${dayOfFact} AS day, s.amount
    FROM reports.document f JOIN ${zone} ON z.id = f.branch_id
    CROSS JOIN LATERAL (
      SELECT sum(${amount}) AS amount FROM reports.${name}_fact x
      WHERE x.tenant_id = $1 AND x.document_id = f.id ${isTaking ? 'AND NOT x.is_correction' : ''} ${whereOf(where, bind)}) s
    WHERE f.tenant_id = $1 AND f.stands ${days} ${narrowed(where, bind)} ${after} AND s.amount <> 0
    ORDER BY f.made_at, f.id LIMIT ${limit}`
  const ofCorrections = () => `
    SELECT f.document_id AS id, f.id AS key, 'correction' AS kind, d.source, d.number, f.branch_id, f.made_at, ${dayOfFact} AS day, f.amount
    FROM (SELECT x.*, x.payment_id AS id, ${amount} AS amount FROM reports.taking_fact x
          WHERE x.tenant_id = $1 AND x.is_correction ${recordedWithin(period, bind)} ${whereOf(where, bind)}) f
    JOIN ${zone} ON z.id = f.branch_id
    JOIN reports.document d ON d.tenant_id = $1 AND d.id = f.document_id
    WHERE f.amount <> 0 ${days} ${after}
    ORDER BY f.made_at, f.id LIMIT ${limit}`
  const text = isTaking ? `(${ofDocuments}) UNION ALL (${ofCorrections()})` : ofDocuments
  const { rows } = await client.query({
    text: `SELECT t.*, t.made_at::text AS at FROM (${text}) t ORDER BY t.made_at, t.key LIMIT ${limit}`,
    values,
  })
  return rows.map(({ id, key, kind, source, number, branch_id, day, amount: part, at }) => ({
    ...{ id, kind, source, number, name: null, branch_id, day, amount: part, at: [at, key] },
  }))
}

/** A correction is recorded when it is made. */
function recordedWithin(period: Period | null, bind: Bind): string {
  if (period === null) return ''
  return `AND x.recorded_at >= (${bind(period.from, 'date')} - 1)::timestamp AT TIME ZONE 'UTC'`
}

const typesOf: Readonly<Record<string, string>> = {
  currency: 'text',
  jurisdiction_code: 'text',
  name: 'text',
  rate: 'text',
}

function whereOf(where: Where, bind: Bind): string {
  return Object.entries(where)
    .map(([column, value]) =>
      column === 'category_id'
        ? `AND x.variant_id IN (SELECT v.id FROM catalog.read_variant v
             WHERE v.tenant_id = $1 AND v.category_id IS NOT DISTINCT FROM ${bind(value, 'uuid')})`
        : `AND x.${column} = ${bind(value, typesOf[column] ?? 'uuid')}`,
    )
    .join(' ')
}

/** What an index finds fewer documents by than there are on the days. */
function narrowed({ customer_id, variant_id }: Where, bind: Bind): string {
  const ofCustomer = customer_id == null ? '' : `AND f.customer_id = ${bind(customer_id, 'uuid')}`
  if (variant_id == null) return ofCustomer
  return `${ofCustomer} AND f.id IN (
    SELECT l.document_id FROM reports.line l WHERE l.tenant_id = $1 AND l.variant_id = ${bind(variant_id, 'uuid')})`
}
