import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { SaleFilter } from './read-queries.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

export interface VoidedLine {
  readonly variant_id?: string | null
  readonly name: string
  readonly quantity: string
  readonly total: string
}

const equals = ['branch_id', 'register_id', 'session_id', 'employee_id'] as const

function voids({ db, tenantId }: Scope) {
  return db
    .selectFrom('sales.void as v')
    .innerJoin('reference.currency as c', 'c.code', 'v.currency')
    .select([
      'v.id',
      'v.register_id',
      'v.session_id',
      'v.branch_id',
      'v.employee_id',
      'v.reason',
      'v.currency',
      'c.minor_unit',
      'v.total',
      'v.recorded_at',
    ])
    .where('v.tenant_id', '=', tenantId)
}

/** Baskets that were given up at branches that the caller works with, the latest first, and one more when there is a next page. */
export function listVoids(
  { caller: { scope }, ...context }: Scope & { caller: Pick<Caller, 'scope'> },
  { days, ...filter }: Pick<SaleFilter, 'days' | (typeof equals)[number]>,
  { limit, after }: { limit: number; after: readonly unknown[] | undefined },
) {
  const midnight = (day: string | null) => sql<Date>`(${day}::date::timestamp AT TIME ZONE ${days.timeZone})`
  let query = voids(context)
    .select([
      sql<number>`jsonb_array_length(v.lines)`.as('line_count'),
      sql<string>`(v.recorded_at AT TIME ZONE 'UTC')::text`.as('recorded_key'),
    ])
    .$if(scope !== null, (qb) => qb.where('v.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(days.from !== null, (qb) => qb.where('v.recorded_at', '>=', midnight(days.from)))
    .$if(days.until !== null, (qb) => qb.where('v.recorded_at', '<', midnight(days.until)))
    .$if(after !== undefined, (qb) =>
      qb.where(
        sql<boolean>`(v.recorded_at, v.id) < (${after?.[0]}::timestamp AT TIME ZONE 'UTC', ${after?.[1]}::uuid)`,
      ),
    )
  for (const name of equals) {
    const value = filter[name]
    if (value !== undefined) query = query.where(`v.${name}`, '=', value)
  }
  return query
    .orderBy('v.recorded_at', 'desc')
    .orderBy('v.id', 'desc')
    .limit(limit + 1)
    .execute()
}

/** One basket that was given up, with what was in it. */
export function findVoid(scope: Scope, id: string) {
  return voids(scope).select(sql<VoidedLine[]>`v.lines`.as('lines')).where('v.id', '=', id).executeTakeFirst()
}

/** Records a basket that was given up. */
export async function recordVoid(
  { client, tenantId }: Pick<Transaction, 'client'> & Pick<Scope, 'tenantId'>,
  basket: unknown,
): Promise<void> {
  await client.query({
    name: 'sales-record-void',
    text: 'SELECT sales.record_void($1, $2)',
    values: [tenantId, JSON.stringify(basket)],
  })
}

const tablesNamed = {
  register_id: 'registers.register',
  session_id: 'cash.session',
  employee_id: 'tenants.employee',
  customer_id: 'parties.party',
  channel_id: 'channels.channel',
  variant_id: 'catalog.variant',
} as const

/** What lists are searched by. */
export type NamedIds = Readonly<Partial<Record<keyof typeof tablesNamed, string | undefined>>>

/** The first of these that names nothing that there is or was, in one query; null where each does. */
export async function unknownOf({ db, tenantId }: Scope, filter: NamedIds): Promise<keyof typeof tablesNamed | null> {
  const names = Object.keys(tablesNamed) as (keyof typeof tablesNamed)[]
  const given = names.filter((name) => filter[name] !== undefined)
  if (given.length === 0) return null
  const cases = given.map(
    (
      name,
    ) => sql`WHEN NOT EXISTS (SELECT FROM ${sql.table(tablesNamed[name])} n WHERE n.tenant_id = ${tenantId} AND n.id = ${filter[name]}::uuid)
      THEN ${sql.lit(name)}`,
  )
  const { rows } = await sql<{
    name: keyof typeof tablesNamed | null
  }>`SELECT CASE ${sql.join(cases, sql` `)} END AS name`.execute(db)
  return rows[0]?.name ?? null
}

/** Those of these sales that the server made itself at a register. */
export function salesMadeAt({ db, tenantId }: Scope, registerId: string, ids: readonly string[]) {
  return db
    .selectFrom('sales.sale')
    .select(['id', 'session_id', 'total'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('register_id', '=', registerId)
    .where('is_offline', '=', false)
    .execute()
}

interface GivenBy {
  readonly registerId: string
  readonly deviceId: string
}

/** Those of these numbers that a device gave away at a register while the server sold for it. */
export async function numbersGiven(
  { db, tenantId }: Scope,
  { registerId, deviceId }: GivenBy,
  sequences: readonly number[],
): Promise<number[]> {
  const rows = await db
    .selectFrom('sales.sale')
    .select(sql<number>`sequence::float8`.as('sequence'))
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('sequence', '=', sql<string>`any(${sequences.map(String)}::bigint[])`)
    .where('device_id', '=', deviceId)
    .where('is_offline', '=', false)
    .execute()
  return rows.map(({ sequence }) => sequence)
}

/** The last number that a device gave away at a register while the server sold for it, or the one it is looked for after. */
export async function lastNumberGiven(
  { db, tenantId }: Scope,
  { registerId, deviceId }: GivenBy,
  { after, sessionId }: { after: number; sessionId?: string },
): Promise<number> {
  const found = await db
    .selectFrom('sales.sale')
    .select(sql<number>`sequence::float8`.as('sequence'))
    .where('tenant_id', '=', tenantId)
    .where('register_id', '=', registerId)
    .where('sequence', '>', String(after))
    .where('device_id', '=', deviceId)
    .where('is_offline', '=', false)
    .$if(sessionId !== undefined, (qb) => qb.where('session_id', '=', sessionId ?? ''))
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.sequence ?? after
}

/** How many receipts a session has, how many of them were paid offline, and the first and the last of their numbers. */
export function receiptsOfSession({ db, tenantId }: Scope, sessionId: string) {
  return db
    .selectFrom('sales.sale')
    .select([
      sql<number>`count(*)::integer`.as('count'),
      sql<number>`(count(*) FILTER (WHERE is_offline))::integer`.as('offline'),
      sql<number | null>`min(sequence)::float8`.as('first'),
      sql<number | null>`max(sequence)::float8`.as('last'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('session_id', '=', sessionId)
    .executeTakeFirstOrThrow()
}

/** The numbers between two that no receipt of a register has, and that are not among `others`, as ranges. */
export async function numbersMissing(
  { db, tenantId }: Scope,
  { registerId, first, last, others }: { registerId: string; first: number; last: number; others: readonly number[] },
) {
  const { rows } = await sql<{ first: number; last: number }>`
    WITH here AS (
      SELECT s.sequence FROM sales.sale s
      WHERE s.tenant_id = ${tenantId} AND s.register_id = ${registerId} AND s.sequence BETWEEN ${first} AND ${last}
      UNION SELECT unnest(${others.map(String)}::bigint[])
    ), step AS (SELECT sequence, lead(sequence) OVER (ORDER BY sequence) AS next FROM here)
    SELECT (sequence + 1)::float8 AS first, (next - 1)::float8 AS last FROM step WHERE next > sequence + 1 ORDER BY 1`.execute(
    db,
  )
  return rows
}
