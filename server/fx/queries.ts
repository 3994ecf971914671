import type pg from 'pg'
import type { Transaction } from '../platform/database.ts'
import type { Quote } from './resolve-rate.ts'

interface Scope extends Transaction {
  readonly tenantId: string
}

/** The public source that the product knows, and what it quotes everything against. */
const ecb = { source: 'ecb', base: 'EUR' } as const

/**
 * For each day, the newest quote on or before it of every pair: those of the tenant, and those of the public source. Of a
 * pair that the tenant quoted both ways round on that day the one recorded last is it. Pairs are skipped through along the
 * indexes, so that years of history cost nothing.
 */
export async function readNewestQuotes(
  { client, tenantId }: Scope,
  days: readonly string[],
): Promise<(Quote & { on: string })[]> {
  const { rows } = await client.query({
    name: 'fx-newest-quotes',
    text: 'SELECT on_day AS on, base, quote, rate, quoted_on, source, origin FROM fx.newest_quotes($1, $2::date[], $3, $4)',
    values: [tenantId, days, ecb.source, ecb.base],
  })
  return rows
}

export interface NewRate {
  readonly id: string
  readonly base: string
  readonly quote: string
  readonly quoted_on: string
  readonly rate: string
  readonly source: string
  readonly actor_id: string | null
}

/** Calls fx.record: one row a rate, in order, with the code of what is wrong with it. */
export async function recordRates(
  { client, tenantId }: Scope,
  rates: readonly NewRate[],
): Promise<{ revision: number | null; code: 'already_exists' | 'unknown_currency' | null }[]> {
  const { rows } = await client.query('SELECT revision, code FROM fx.record($1, $2)', [tenantId, JSON.stringify(rates)])
  return rows
}

const rateColumns = ['base', 'quote', 'quoted_on', 'revision', 'rate', 'source', 'recorded_at'] as const
const ownColumns = [...rateColumns, 'id', 'actor_id'] as const

/** Rates of the tenant by their ids, in the order of pair and day. */
export function findRates({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('fx.rate')
    .select(ownColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', 'in', ids)
    .orderBy('base')
    .orderBy('quote')
    .orderBy('quoted_on')
    .execute()
}

export interface RateFilter {
  readonly base?: string | undefined
  readonly quote?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly limit: number
}

/** Where a page of rates begins: pair, day and revision of the last row of the page before. */
export type RateKey = readonly [base: string, quote: string, day: string, revision: number]

/** A page of the tenant's rates by pair, day and revision, and one row more when there is a next page. */
export async function listOwnRates({ client, tenantId }: Scope, filter: RateFilter, after: RateKey | undefined) {
  const { rows } = await client.query(`${page('fx.rate', 'tenant_id')}`, [tenantId, ...valuesOf(filter, after)])
  return rows as RateRow[]
}

/** The same of the public source. */
export async function listPublicRates(
  { client }: Pick<Scope, 'client'>,
  filter: RateFilter,
  after: RateKey | undefined,
) {
  const { rows } = await client.query(`${page('fx.public_rate', 'source')}`, [ecb.source, ...valuesOf(filter, after)])
  return rows as RateRow[]
}

interface RateRow {
  readonly base: string
  readonly quote: string
  readonly quoted_on: string
  readonly revision: number
  readonly rate: string
  readonly source: string
  readonly recorded_at: Date
}

function page(table: 'fx.rate' | 'fx.public_rate', owner: 'tenant_id' | 'source'): string {
  return `SELECT ${rateColumns.join(', ')} FROM ${table}
    WHERE ${owner} = $1 AND ($2::text IS NULL OR base = $2) AND ($3::text IS NULL OR quote = $3)
      AND ($4::date IS NULL OR quoted_on >= $4) AND ($5::date IS NULL OR quoted_on <= $5)
      AND ($6::text IS NULL OR (base, quote, quoted_on, revision) > ($6, $7, $8::date, $9::integer))
    ORDER BY base, quote, quoted_on, revision LIMIT $10`
}

function valuesOf({ base, quote, from, until, limit }: RateFilter, after: RateKey | undefined) {
  const none = [null, null, null, null]
  return [base ?? null, quote ?? null, from ?? null, until ?? null, ...(after ?? none), limit + 1]
}

export interface PublicRate {
  readonly quote: string
  readonly quoted_on: string
  readonly rate: string
}

const ratesAtOnce = 20_000

/** What became of rates: new ones, ones that took the place of another, and ones left out though they differ. */
export interface RecordedPublicly {
  readonly recorded: number
  readonly corrected: number
  readonly differing: number
}

/** Records rates of the public source, in the transaction given; those of days that have other ones if `corrects`. */
export async function recordPublicRates(
  client: pg.ClientBase,
  platform: string,
  { rates, corrects }: { rates: readonly PublicRate[]; corrects: boolean },
): Promise<RecordedPublicly> {
  const sum = { recorded: 0, corrected: 0, differing: 0 }
  for (let at = 0; at < rates.length; at += ratesAtOnce) {
    const part = rates.slice(at, at + ratesAtOnce).map((rate) => ({ ...ecb, ...rate }))
    const { rows } = await client.query<RecordedPublicly>(
      'SELECT recorded, corrected, differing FROM fx.record_public($1, $2, $3)',
      [platform, JSON.stringify(part), corrects],
    )
    for (const { recorded, corrected, differing } of rows) {
      sum.recorded += recorded
      sum.corrected += corrected
      sum.differing += differing
    }
  }
  return sum
}

/** The last two days of the public source, one after the other, that are further apart than `days`; with none, undefined. */
export async function findPublicGap(
  client: pg.ClientBase,
  days: number,
): Promise<{ after: string; before: string } | undefined> {
  const { rows } = await client.query(
    `SELECT day - apart AS after, day AS before
     FROM (SELECT r.quoted_on AS day, r.quoted_on - lag(r.quoted_on) OVER (ORDER BY r.quoted_on) AS apart FROM fx.public_rate r
           WHERE r.source = $1 AND r.base = $2 AND r.quote = 'USD') d
     WHERE apart > $3 ORDER BY day DESC LIMIT 1`,
    [ecb.source, ecb.base, days],
  )
  return rows[0]
}

/** The codes of all currencies that there are or were. */
export async function readCurrencyCodes(client: pg.ClientBase): Promise<Set<string>> {
  const { rows } = await client.query('SELECT code FROM reference.currency')
  return new Set(rows.map((row) => row.code))
}
