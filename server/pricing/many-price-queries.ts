import { sql } from 'kysely'
import { priceColumns, type Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`

/** Those of these prices that there are, in the order of their ids; with `lock`, held until the end of the transaction. */
export function findPrices({ db, tenantId }: Scope, ids: readonly string[], lock = false) {
  return db
    .selectFrom('pricing.price')
    .select(priceColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .execute()
}

/** Takes prices back, as `withdrawPrice` does. */
export function withdrawPrices({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .updateTable('pricing.price')
    .set((eb) => ({ withdrawn_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .returning(priceColumns)
    .execute()
}

/** Ends prices on a day, their last. */
export function endPricesOn({ db, tenantId }: Scope, ids: readonly string[], on: string) {
  return db
    .updateTable('pricing.price')
    .set((eb) => ({
      valid: sql<string>`daterange(lower(valid), ${on}::date, '[]')`,
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .returning(priceColumns)
    .execute()
}
