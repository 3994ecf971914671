import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { types } from './contract.ts'

const now = sql<Date>`transaction_timestamp()`

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

export interface Requirement {
  readonly topic: string
  readonly text: string
}

const marketColumns = [
  'id',
  'code',
  'name',
  'region',
  'currency',
  'shipping_days',
  sql<Requirement[]>`requirements`.as('requirements'),
  'import_notes',
  'customs_notes',
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of markets by code, and one row more when there is a next page. */
export function listMarkets({ db, tenantId }: Scope, limit: number, after: readonly [string, string] | undefined) {
  return db
    .selectFrom('channels.market')
    .select(marketColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('code', '>', after?.[0] ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One market; `share` keeps it from being deleted, `update` holds it for a change. */
export function findMarket({ db, tenantId }: Scope, id: string, lock?: 'share' | 'update') {
  return db
    .selectFrom('channels.market')
    .select(marketColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock === 'share', (qb) => qb.forShare())
    .$if(lock === 'update', (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface MarketValues {
  readonly name: string
  readonly region: string | null
  readonly currency: string
  readonly shipping_days: string | null
  readonly requirements: readonly Requirement[]
  readonly import_notes: string | null
  readonly customs_notes: string | null
}

/** Makes a market. */
export function insertMarket(
  { db, tenantId }: Scope,
  { requirements, ...row }: MarketValues & { id: string; code: string },
) {
  return db
    .insertInto('channels.market')
    .values({ tenant_id: tenantId, ...row, requirements: JSON.stringify(requirements) })
    .returning(marketColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up; `deleted` ends the market. */
export function updateMarket(
  { db, tenantId }: Scope,
  id: string,
  { requirements, deleted, ...values }: Partial<MarketValues> & { deleted?: true },
) {
  return db
    .updateTable('channels.market')
    .set((eb) => ({
      ...values,
      ...(requirements ? { requirements: JSON.stringify(requirements) } : {}),
      ...(deleted ? { deleted_at: now } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(marketColumns)
    .executeTakeFirstOrThrow()
}

/** Whether a channel sells in a market. */
export async function isMarketInUse({ db, tenantId }: Scope, id: string): Promise<boolean> {
  const found = await db
    .selectFrom('channels.channel')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('market_id', '=', id)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

const channelColumns = [
  'id',
  'name',
  sql<(typeof types)[number]>`type`.as('type'),
  'market_id',
  'commission_rate',
  'endpoint_url',
  'seller_id',
  'is_sync_enabled',
  'sync_minutes',
  sql<boolean>`credentials IS NOT NULL`.as('has_credentials'),
  'version',
  'created_at',
  'updated_at',
] as const

/** A page of sales channels by name, and one row more when there is a next page. */
export function listChannels({ db, tenantId }: Scope, limit: number, after: readonly [string, string] | undefined) {
  return db
    .selectFrom('channels.channel')
    .select(channelColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('name', '>', after?.[0] ?? ''))
    .orderBy('name')
    .limit(limit + 1)
    .execute()
}

/** One sales channel; `share` keeps it from being ended, `update` holds it for a change; `ended` finds those that have ended, too. */
export function findChannel(
  { db, tenantId }: Scope,
  id: string,
  { lock, ended = false }: { lock?: 'share' | 'update'; ended?: boolean } = {},
) {
  return db
    .selectFrom('channels.channel')
    .select(channelColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(!ended, (qb) => qb.where('deleted_at', 'is', null))
    .$if(lock === 'share', (qb) => qb.forShare())
    .$if(lock === 'update', (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface ChannelValues {
  readonly name: string
  readonly market_id: string | null
  readonly commission_rate: string
  readonly endpoint_url: string | null
  readonly seller_id: string | null
  readonly is_sync_enabled: boolean
  readonly sync_minutes: number | null
}

/** Makes a sales channel. */
export function insertChannel({ db, tenantId }: Scope, row: ChannelValues & { id: string; type: string }) {
  return db
    .insertInto('channels.channel')
    .values({ tenant_id: tenantId, ...row })
    .returning(channelColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up; `deleted` ends the channel and forgets its credentials. */
export function updateChannel(
  { db, tenantId }: Scope,
  id: string,
  { deleted, ...values }: Partial<ChannelValues> & { credentials?: string | null; deleted?: true },
) {
  return db
    .updateTable('channels.channel')
    .set((eb) => ({
      ...values,
      ...(deleted ? { deleted_at: now, credentials: null } : {}),
      version: eb('version', '+', 1),
      updated_at: now,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(channelColumns)
    .executeTakeFirstOrThrow()
}
