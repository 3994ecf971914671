import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'

type Scope = Pick<Transaction, 'db'>

/** What a migration found in use that no list knows, until one does. */
const unlisted = ''

/** The countries of ISO 3166-1, by code. */
export function listCountries({ db }: Scope) {
  return db
    .selectFrom('reference.country')
    .select(['code', 'alpha_3', 'number', 'name', 'currency', 'region', 'eu_since', 'eu_until'])
    .where('number', '<>', unlisted)
    .orderBy('code')
    .execute()
}

const currencyColumns = ['code', 'number', 'name', 'symbol', 'minor_unit', 'withdrawn_on', 'cash_step'] as const

/** The currencies of ISO 4217 that something is or was paid in, by code. */
export function listCurrencies({ db }: Scope) {
  return listedCurrencies({ db }).orderBy('code').execute()
}

/** One currency, also a withdrawn one. */
export function findCurrency({ db }: Scope, code: string) {
  return listedCurrencies({ db }).where('code', '=', code).executeTakeFirst()
}

/** The currency in use with this number of ISO 4217. */
export function findCurrencyByNumber({ db }: Scope, number: string) {
  return listedCurrencies({ db }).where('number', '=', number).where('withdrawn_on', 'is', null).executeTakeFirst()
}

function listedCurrencies({ db }: Scope) {
  return db.selectFrom('reference.currency').select(currencyColumns).where('number', 'is distinct from', unlisted)
}

/** Whether there is such a country. */
export async function hasCountry({ db }: Scope, code: string): Promise<boolean> {
  const found = await db
    .selectFrom('reference.country')
    .select('code')
    .where('code', '=', code)
    .where('number', '<>', unlisted)
    .executeTakeFirst()
  return found !== undefined
}

export interface CurrencyRow {
  readonly code: string
  readonly number: string | null
  readonly name: string
  readonly symbol: string
  readonly minor_unit: number
  readonly withdrawn_on: string | null
  readonly cash_step: string | null
  readonly cash_step_source: string | null
}

/** Adds and changes currencies; answers how many. */
export async function upsertCurrencies(client: pg.ClientBase, rows: readonly CurrencyRow[]): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO reference.currency AS c (code, number, name, symbol, minor_unit, withdrawn_on, cash_step, cash_step_source)
     SELECT r.code, r.number, r.name, r.symbol, r.minor_unit, r.withdrawn_on, r.cash_step, r.cash_step_source
     FROM jsonb_to_recordset($1) AS r (code text, number text, name text, symbol text, minor_unit smallint, withdrawn_on date,
                                       cash_step numeric, cash_step_source text)
     ON CONFLICT (code) DO UPDATE SET number = excluded.number, name = excluded.name, symbol = excluded.symbol,
       minor_unit = excluded.minor_unit, withdrawn_on = excluded.withdrawn_on, cash_step = excluded.cash_step,
       cash_step_source = excluded.cash_step_source, updated_at = excluded.updated_at
     WHERE (c.number, c.name, c.symbol, c.minor_unit, c.withdrawn_on, c.cash_step, c.cash_step_source) IS DISTINCT FROM
       (excluded.number, excluded.name, excluded.symbol, excluded.minor_unit, excluded.withdrawn_on, excluded.cash_step, excluded.cash_step_source)`,
    [JSON.stringify(rows)],
  )
  return rowCount ?? 0
}

export interface CountryRow {
  readonly code: string
  readonly alpha_3: string
  readonly number: string
  readonly name: string
  readonly currency: string | null
  readonly region: string
  readonly eu_since: string | null
  readonly eu_until: string | null
}

/** Adds and changes countries, whose currencies must be there; answers how many. */
export async function upsertCountries(client: pg.ClientBase, rows: readonly CountryRow[]): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO reference.country AS c (code, alpha_3, number, name, currency, region, eu_since, eu_until)
     SELECT r.code, r.alpha_3, r.number, r.name, r.currency, r.region, r.eu_since, r.eu_until
     FROM jsonb_to_recordset($1) AS r (code text, alpha_3 text, number text, name text, currency text, region text, eu_since date, eu_until date)
     ON CONFLICT (code) DO UPDATE SET alpha_3 = excluded.alpha_3, number = excluded.number, name = excluded.name,
       currency = excluded.currency, region = excluded.region, eu_since = excluded.eu_since, eu_until = excluded.eu_until,
       updated_at = excluded.updated_at
     WHERE (c.alpha_3, c.number, c.name, c.currency, c.region, c.eu_since, c.eu_until) IS DISTINCT FROM
       (excluded.alpha_3, excluded.number, excluded.name, excluded.currency, excluded.region, excluded.eu_since, excluded.eu_until)`,
    [JSON.stringify(rows)],
  )
  return rowCount ?? 0
}
