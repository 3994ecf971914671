import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { Candidate, Place } from './pick-price.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const listColumns = [
  'id',
  'code',
  'name',
  'currency',
  'includes_tax',
  'branch_id',
  'channel_id',
  'customer_group_id',
  'ended_on',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of the price lists that have not ended, by code, that the caller works with, and one row more when there is a next page. */
export function listPriceLists(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  limit: number,
  after: readonly [string, string] | undefined,
) {
  return db
    .selectFrom('pricing.price_list')
    .select(listColumns)
    .where('tenant_id', '=', tenantId)
    .where('ended_on', 'is', null)
    .$if(scope !== null, (qb) =>
      qb.where((eb) =>
        eb.or([eb('branch_id', 'is', null), eb('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`)]),
      ),
    )
    .$if(after !== undefined, (qb) => qb.where('code', '>', after?.[0] ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One price list, ended or not; `share` keeps it from being ended, `update` holds it for a change. */
export function findPriceList({ db, tenantId }: Scope, id: string, lock?: 'share' | 'update') {
  return db
    .selectFrom('pricing.price_list')
    .select(listColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock === 'share', (qb) => qb.forShare())
    .$if(lock === 'update', (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface NewPriceList extends Place {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly currency: string
  readonly includes_tax: boolean
}

/** Makes a price list. */
export function insertPriceList({ db, tenantId }: Scope, row: NewPriceList) {
  return db
    .insertInto('pricing.price_list')
    .values({ tenant_id: tenantId, ...row })
    .returning(listColumns)
    .executeTakeFirstOrThrow()
}

/** Renames a price list, or ends it with all its prices from a day on, and counts its version up. */
export function updatePriceList({ db, tenantId }: Scope, id: string, values: { name?: string; ended_on?: string }) {
  return db
    .updateTable('pricing.price_list')
    .set((eb) => ({
      ...values,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(listColumns)
    .executeTakeFirstOrThrow()
}

export const priceColumns = [
  'id',
  'price_list_id',
  'variant_id',
  'min_quantity',
  'unit_price',
  sql<string>`lower(valid)`.as('valid_from'),
  sql<string | null>`upper(valid) - 1`.as('valid_through'),
  'withdrawn_at',
  'version',
  'created_at',
  'updated_at',
] as const

export interface PriceFilter {
  readonly price_list_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly limit: number
}

/** The prices of a list or of a variant that the caller works with, by id, at most so many. */
export function listPrices(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  { price_list_id, variant_id, limit }: PriceFilter,
  after: string | undefined,
) {
  return db
    .selectFrom('pricing.price')
    .select(priceColumns)
    .where('tenant_id', '=', tenantId)
    .$if(price_list_id !== undefined, (qb) => qb.where('price_list_id', '=', price_list_id ?? ''))
    .$if(variant_id !== undefined, (qb) => qb.where('variant_id', '=', variant_id ?? ''))
    .$if(scope !== null, (qb) =>
      qb.where(
        sql<boolean>`price_list_id = ANY (ARRAY(SELECT l.id FROM pricing.price_list l WHERE l.tenant_id = ${tenantId} AND (l.branch_id IS NULL OR l.branch_id = ANY (${scope?.branchIds}::uuid[]))))`,
      ),
    )
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** One price; with `lock`, held until the end of the transaction. */
export function findPrice({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('pricing.price')
    .select(priceColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

/** The price for just this quantity on a list that is in force on a day, held until the end of the transaction. */
export function lockPriceOn(
  { db, tenantId }: Scope,
  key: Pick<NewPrice, 'price_list_id' | 'variant_id' | 'min_quantity'>,
  on: string,
) {
  return db
    .selectFrom('pricing.price')
    .select(priceColumns)
    .where('tenant_id', '=', tenantId)
    .where('price_list_id', '=', key.price_list_id)
    .where('variant_id', '=', key.variant_id)
    .where('min_quantity', '=', key.min_quantity)
    .where(sql<boolean>`valid @> ${on}::date`)
    .where('withdrawn_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export interface Period {
  readonly valid_from: string
  readonly valid_through: string | null
}

export interface NewPrice extends Period {
  readonly id: string
  readonly price_list_id: string
  readonly variant_id: string
  readonly min_quantity: string
  readonly unit_price: string
}

/** Whether a list that has not ended is for this channel or for this group of customers. */
export async function hasPriceLists(
  { db, tenantId }: Pick<Scope, 'db' | 'tenantId'>,
  column: 'channel_id' | 'customer_group_id',
  id: string,
): Promise<boolean> {
  const found = await db
    .selectFrom('pricing.price_list')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where(column, '=', id)
    .where('ended_on', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** Makes a price. */
export function insertPrice({ db, tenantId }: Scope, { valid_from, valid_through, ...row }: NewPrice) {
  return db
    .insertInto('pricing.price')
    .values({ tenant_id: tenantId, ...row, valid: rangeOf({ valid_from, valid_through }) })
    .returning(priceColumns)
    .executeTakeFirstOrThrow()
}

/** Makes many prices; answers with them in no order. */
export async function insertPrices({ db, tenantId }: Scope, rows: readonly NewPrice[]) {
  if (rows.length === 0) return []
  const values = rows.map(({ valid_from, valid_through, ...row }) => ({
    tenant_id: tenantId,
    ...row,
    valid: rangeOf({ valid_from, valid_through }),
  }))
  return db.insertInto('pricing.price').values(values).returning(priceColumns).execute()
}

/** Changes a price and counts its version up. */
export function updatePrice(
  { db, tenantId }: Scope,
  id: string,
  { valid_from, valid_through, ...values }: Period & { unit_price?: string; min_quantity?: string },
) {
  return db
    .updateTable('pricing.price')
    .set((eb) => ({
      ...values,
      valid: rangeOf({ valid_from, valid_through }),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(priceColumns)
    .executeTakeFirstOrThrow()
}

/** Takes a price back: it counts no more, on no day, and stays to be read. */
export function withdrawPrice({ db, tenantId }: Scope, id: string) {
  return db
    .updateTable('pricing.price')
    .set((eb) => ({ withdrawn_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(priceColumns)
    .executeTakeFirstOrThrow()
}

function rangeOf({ valid_from, valid_through }: Period) {
  return sql<string>`daterange(${valid_from}::date, ${valid_through}::date, '[]')`
}

export interface PriceInForce extends Candidate, Period {
  readonly price_id: string
  readonly price_list_id: string
  readonly variant_id: string
  readonly unit_price: string
  readonly currency: string
  readonly includes_tax: boolean
}

/** The prices of variants that are in force on a day in a currency, on whatever list. */
export async function readPrices(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  variantIds: readonly string[],
  { on, currency }: Record<'on' | 'currency', string>,
): Promise<PriceInForce[]> {
  const { rows } = await client.query({
    name: 'pricing-read-prices',
    text: `SELECT p.id AS price_id, p.price_list_id, p.variant_id, p.unit_price, p.min_quantity, lower(p.valid) AS valid_from,
                  upper(p.valid) - 1 AS valid_through, l.currency, l.includes_tax, l.branch_id, l.channel_id, l.customer_group_id
           FROM pricing.price p JOIN pricing.price_list l ON l.tenant_id = p.tenant_id AND l.id = p.price_list_id
           WHERE p.tenant_id = $1 AND p.variant_id = ANY ($2::uuid[]) AND p.valid @> $3::date AND p.withdrawn_at IS NULL
             AND l.currency = $4 AND (l.ended_on IS NULL OR l.ended_on > $3::date)`,
    values: [tenantId, variantIds, on, currency],
  })
  return rows
}
