import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import { nobody } from '../platform/identifiers.ts'
import type { Caller } from '../platform/operation.ts'
import type { actions, states, subjects } from './contract.ts'

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const countColumns = [
  'id',
  'number',
  'branch_id',
  sql<(typeof subjects)[number]>`subject`.as('subject'),
  'category_id',
  'not_counted_for_days',
  'is_blind',
  sql<Date | null>`CASE WHEN frozen_until > transaction_timestamp() THEN frozen_until END`.as('frozen_until'),
  'notes',
  sql<(typeof states)[number]>`state`.as('state'),
  'version',
  'created_at',
  'updated_at',
] as const

export type CountRow = NonNullable<Awaited<ReturnType<typeof findCount>>>

/** A page of the counts of branches that the caller works with, the newest first, and one row more when there is a next page. */
export function listCounts(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: { branch_id?: string | undefined; state?: string | undefined; limit: number },
  after: string | undefined,
) {
  return db
    .selectFrom('counts.count')
    .select(countColumns)
    .where('tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(filter.branch_id !== undefined, (qb) => qb.where('branch_id', '=', filter.branch_id ?? ''))
    .$if(filter.state !== undefined, (qb) => qb.where('state', '=', filter.state ?? ''))
    .$if(after !== undefined, (qb) => qb.where('number', '<', after ?? ''))
    .orderBy('number', 'desc')
    .limit(filter.limit + 1)
    .execute()
}

/** What tells these counts apart, of those in branches that the caller works with. */
export function lookUpCounts(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  ids: readonly string[],
) {
  return db
    .selectFrom('counts.count')
    .select(['id', 'number', 'branch_id', countColumns[3], countColumns[9]])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .$if(scope !== null, (qb) => qb.where('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .orderBy('id')
    .execute()
}

/** One count. */
export function findCount({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('counts.count')
    .select(countColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** How many lines a count has, and how many are counted, to be counted again, and differ from the books. */
export async function totalsOf(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  countId: string,
): Promise<Record<'lines' | 'counted' | 'to_recount' | 'varying', number>> {
  const { rows } = await client.query({
    name: 'counts-totals',
    text: `SELECT count(*)::integer AS lines, count(counted)::integer AS counted,
                  (count(*) FILTER (WHERE requires_recount))::integer AS to_recount,
                  (count(*) FILTER (WHERE counted <> expected))::integer AS varying
           FROM counts.line WHERE tenant_id = $1 AND count_id = $2`,
    values: [tenantId, countId],
  })
  return rows[0]
}

/** What was done with a count, in order. */
export function stepsOf({ db, tenantId }: Scope, countId: string) {
  return db
    .selectFrom('counts.step')
    .select(['number', sql<(typeof actions)[number]>`action`.as('action'), 'reason', 'actor_id', 'recorded_at'])
    .where('tenant_id', '=', tenantId)
    .where('count_id', '=', countId)
    .orderBy('number')
    .execute()
}

const lineFields = [
  'l.id',
  'l.variant_id',
  'l.batch_id',
  'l.name',
  'l.sku',
  'l.batch_number',
  'l.expected',
  'l.counted',
  'l.counted_by',
  'l.counted_at',
  'l.times_counted',
  'l.requires_recount',
  'l.is_open',
  sql<string>`coalesce(p.on_hand, 0)`.as('on_hand'),
  sql<string>`coalesce(p.reserved, 0)`.as('reserved'),
] as const

/** A line with what lies in its place now. */
export type LineRow = Awaited<ReturnType<typeof listLines>>[number]

function lines({ db, tenantId }: Scope, countId: string) {
  return db
    .selectFrom('counts.line as l')
    .leftJoin('inventory.read_place as p', (join) =>
      join
        .onRef('p.tenant_id', '=', 'l.tenant_id')
        .onRef('p.branch_id', '=', 'l.branch_id')
        .onRef('p.variant_id', '=', 'l.variant_id')
        .onRef('p.place', '=', 'l.place'),
    )
    .select(lineFields)
    .where('l.tenant_id', '=', tenantId)
    .where('l.count_id', '=', countId)
}

/** A page of the lines of a count by name, and one row more when there is a next page. */
export function listLines(
  scope: Scope,
  { id, show, limit }: { id: string; show: 'all' | 'uncounted' | 'to_recount' | 'varying'; limit: number },
  after: readonly [string, string] | undefined,
) {
  return lines(scope, id)
    .$if(show === 'uncounted', (qb) => qb.where('l.counted', 'is', null))
    .$if(show === 'to_recount', (qb) => qb.where('l.requires_recount', '=', true))
    .$if(show === 'varying', (qb) => qb.whereRef('l.counted', '<>', 'l.expected'))
    .$if(after !== undefined, (qb) =>
      qb.where((eb) => eb(eb.refTuple('l.name', 'l.id'), '>', eb.tuple(after?.[0] ?? '', after?.[1] ?? ''))),
    )
    .orderBy('l.name')
    .orderBy('l.id')
    .limit(limit + 1)
    .execute()
}

/** Lines of a count by id. */
export function findLines(scope: Scope, countId: string, ids: readonly string[]) {
  return lines(scope, countId).where('l.id', '=', sql<string>`any(${ids}::uuid[])`).execute()
}

/** The lines that differ from the books, in the order of their places. */
export function varyingLines(scope: Scope, countId: string) {
  return lines(scope, countId)
    .select([sql<string>`coalesce(p.last_cost, 0)`.as('unit_cost'), 'l.is_recounted'])
    .whereRef('l.counted', '<>', 'l.expected')
    .orderBy('l.variant_id')
    .orderBy('l.place')
    .execute()
}

/** The count that a line is of. */
export function countOfLine({ db, tenantId }: Scope, lineId: string) {
  return db
    .selectFrom('counts.line')
    .select('count_id')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', lineId)
    .executeTakeFirst()
}

/** A page of what was counted in a line, the first first, and one row more when there is a next page. */
export function listEntries({ db, tenantId }: Scope, lineId: string, limit: number, after: number | undefined) {
  return db
    .selectFrom('counts.entry')
    .select(['number', 'counted', 'expected', 'actor_id', 'recorded_at'])
    .where('tenant_id', '=', tenantId)
    .where('line_id', '=', lineId)
    .$if(after !== undefined, (qb) => qb.where('number', '>', after ?? 0))
    .orderBy('number')
    .limit(limit + 1)
    .execute()
}

/** Those of these variants that a count has lines of. */
export async function variantsIn({ db, tenantId }: Scope, countId: string, variantIds: readonly string[]) {
  const rows = await db
    .selectFrom('counts.line')
    .select('variant_id')
    .distinct()
    .where('tenant_id', '=', tenantId)
    .where('count_id', '=', countId)
    .where('variant_id', '=', sql<string>`any(${variantIds}::uuid[])`)
    .execute()
  return new Set(rows.map((row) => row.variant_id))
}

/** The number of a count that is not over and is about one of these variants in a branch, beside the one given. */
export async function countAbout(
  { db, tenantId }: Scope,
  variantIds: readonly string[],
  { branchId, besides }: { branchId: string; besides: string },
) {
  const row = await db
    .selectFrom('counts.line as l')
    .innerJoin('counts.count as c', (join) =>
      join.onRef('c.tenant_id', '=', 'l.tenant_id').onRef('c.id', '=', 'l.count_id'),
    )
    .select('c.number')
    .where('l.tenant_id', '=', tenantId)
    .where('l.branch_id', '=', branchId)
    .where('l.variant_id', '=', sql<string>`any(${variantIds}::uuid[])`)
    .where('l.is_open', '=', true)
    .where('l.count_id', '<>', besides)
    .limit(1)
    .executeTakeFirst()
  return row?.number
}

interface DueRow {
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly place: string
  readonly last_counted_at: Date | null
  readonly requires_recount: boolean
  readonly reason: string | null
}

/** A page of places of a branch that are to be counted, and one row more when there is a next page. */
export async function listDue(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  { branchId, countedBefore, limit }: { branchId: string; countedBefore: Date | null; limit: number },
  after: readonly [string, string] = [nobody, nobody],
): Promise<DueRow[]> {
  const { rows } = await client.query({
    name: 'counts-list-due',
    text: `SELECT branch_id, variant_id, batch_id, place, last_counted_at, requires_recount, reason
           FROM counts.read_due
           WHERE tenant_id = $1 AND branch_id = $2 AND (variant_id, place) > ($4::uuid, $5::uuid)
             AND (requires_recount OR ($3::timestamptz IS NOT NULL AND (last_counted_at IS NULL OR last_counted_at < $3)))
           ORDER BY variant_id, place LIMIT $6`,
    values: [tenantId, branchId, countedBefore, ...after, limit + 1],
  })
  return rows
}
