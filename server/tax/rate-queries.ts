import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { OwnRate, ReferenceRate } from './stack.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const rateColumns = [
  'id',
  'jurisdiction_code',
  'class_id',
  'name',
  'rate',
  'compound',
  sql<string>`lower(valid)`.as('valid_from'),
  sql<string | null>`upper(valid) - 1`.as('valid_through'),
  'version',
  'created_at',
  'updated_at',
] as const

/** One rate of the tenant's own; with `lock`, held until the end of the transaction. */
export function findRate({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('tax.rate')
    .select(rateColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface Period {
  readonly valid_from: string
  readonly valid_through: string | null
}

export interface NewRate extends Period {
  readonly id: string
  readonly jurisdiction_code: string
  readonly class_id: string
  readonly name: string
  readonly rate: string
  readonly compound: boolean
}

/** Makes a rate. */
export function insertRate({ db, tenantId }: Scope, { valid_from, valid_through, ...row }: NewRate) {
  return db
    .insertInto('tax.rate')
    .values({ tenant_id: tenantId, ...row, valid: rangeOf({ valid_from, valid_through }) })
    .returning(rateColumns)
    .executeTakeFirstOrThrow()
}

/** Changes a rate and counts its version up. What has begun the database lets nobody change but the end of. */
export function updateRate(
  { db, tenantId }: Scope,
  id: string,
  { valid_from, valid_through, ...values }: Period & { name?: string; rate?: string; compound?: boolean },
) {
  return db
    .updateTable('tax.rate')
    .set((eb) => ({
      ...values,
      valid: rangeOf({ valid_from, valid_through }),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(rateColumns)
    .executeTakeFirstOrThrow()
}

/** Takes a rate back, which leaves it without effect; the database lets nobody take back one that has begun. */
export async function deleteRate({ db, tenantId }: Scope, id: string): Promise<void> {
  await db
    .updateTable('tax.rate')
    .set((eb) => ({ deleted_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** True when the reference has a rate, or no tax, for this name in a place on a day of the period before `until`. */
export async function hasReferenceRate(
  { db }: Pick<Scope, 'db'>,
  rate: Period & { jurisdiction_code: string; rate_name: string | null },
  until: string,
): Promise<boolean> {
  const found = await db
    .selectFrom('tax.reference_rate')
    .select('name')
    .where('jurisdiction_code', '=', rate.jurisdiction_code)
    .where((eb) => eb.or([eb('name', '=', rate.rate_name ?? ''), eb('tax', '=', 'none')]))
    .where(sql<boolean>`valid && (${rangeOf(rate)} * daterange(NULL, ${until}::date))`)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

function rangeOf({ valid_from, valid_through }: Period) {
  return sql<string>`daterange(${valid_from}::date, ${valid_through}::date, '[]')`
}

/** The rates in force on a day in these jurisdictions, of the reference and the tenant's own. */
export async function readRates(
  { client, tenantId }: Scope,
  codes: readonly string[],
  on: string,
): Promise<{ own: OwnRate[]; reference: ReferenceRate[] }> {
  const [own, reference] = await Promise.all([
    client.query({
      name: 'tax-own-rates',
      text: `SELECT jurisdiction_code, class_id, name, rate, compound FROM tax.rate
             WHERE tenant_id = $1 AND jurisdiction_code = ANY ($2::text[]) AND valid @> $3::date
               AND deleted_at IS NULL`,
      values: [tenantId, codes, on],
    }),
    client.query({
      name: 'tax-reference-rates',
      text: `SELECT jurisdiction_code, name AS rate_name, tax, rate FROM tax.reference_rate
             WHERE jurisdiction_code = ANY ($1::text[]) AND valid @> $2::date`,
      values: [codes, on],
    }),
  ])
  return { own: own.rows, reference: reference.rows }
}

export interface RateInForce extends Period {
  readonly id: string | null
  readonly jurisdiction_code: string
  readonly class_id: string | null
  readonly rate_name: string | null
  readonly name: string
  readonly rate: string
  readonly compound: boolean
  readonly source: string | null
  readonly note: string | null
  /** Orders the rates of a jurisdiction. */
  readonly key: string
}

/** A page of the rates in force on a day, by jurisdiction, and one row more when there is a next page. */
export async function listRates(
  { client, tenantId }: Scope,
  { on, jurisdiction_code, limit }: { on: string; jurisdiction_code?: string | undefined; limit: number },
  after: readonly [code: string, key: string] | undefined,
): Promise<RateInForce[]> {
  const { rows } = await client.query({
    name: 'tax-list-rates',
    text: `SELECT * FROM (
             SELECT NULL::uuid AS id, jurisdiction_code, NULL::uuid AS class_id, name AS rate_name, tax AS name, rate,
                    false AS compound, lower(valid) AS valid_from, upper(valid) - 1 AS valid_through, source, note,
                    'reference ' || name AS key
             FROM tax.reference_rate WHERE valid @> $2::date
             UNION ALL
             SELECT id, jurisdiction_code, class_id, NULL, name, rate, compound, lower(valid), upper(valid) - 1, NULL, NULL,
                    'own ' || id
             FROM tax.rate WHERE tenant_id = $1 AND valid @> $2::date AND deleted_at IS NULL
           ) AS rate
           WHERE ($3::text IS NULL OR jurisdiction_code = $3)
             AND ($4::text IS NULL OR (jurisdiction_code, key) > ($4, $5::text))
           ORDER BY jurisdiction_code, key LIMIT $6`,
    values: [tenantId, on, jurisdiction_code ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  })
  return rows
}

/** The names of the rates of a jurisdiction that nobody has ended, with what they are called there. */
export async function openRateNames({ db }: Pick<Scope, 'db'>, code: string): Promise<string[]> {
  const rows = await db
    .selectFrom('tax.reference_rate')
    .select('name')
    .where('jurisdiction_code', '=', code)
    .where('tax', '<>', 'none')
    .where(sql<boolean>`upper_inf(valid)`)
    .orderBy('rate', 'desc')
    .execute()
  return rows.map(({ name }) => name)
}
