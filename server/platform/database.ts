import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { DB } from '../../db/types.ts'
import { platformRefusals, Refusal } from './refusal.ts'
import type { RoleKind } from './roles.ts'

const dateOid = 1082
pg.types.setTypeParser(dateOid, (text) => text)
// Its types name no lists.
const uuidListOid = 2951 as typeof dateOid
const parseAnyList = pg.types.getTypeParser(uuidListOid)
// Who works in hundreds of branches has a list of them in every request: this saves a quarter of a millisecond for 300 ids.
pg.types.setTypeParser(uuidListOid, (text) =>
  /^\{[0-9a-f,-]+\}$/.test(text) ? text.slice(1, -1).split(',') : parseAnyList(text),
)

/** One transaction of one tenant: the driver for batches and recording functions, Kysely for everything else. */
export interface Transaction {
  readonly client: pg.PoolClient
  readonly db: Kysely<DB>
  /** Told when it begins to hold what others of the tenant wait for: stock, books, the head of the audit chain. */
  onHold?(): void
}

// holds: the connection pools
export interface Databases {
  readonly app: pg.Pool
  readonly read: pg.Pool
  readonly identity: pg.Pool
  readonly jobs: pg.Pool
  /** Reads what must be the newest there is, as the role of requests, at length and without taking their connections. */
  readonly checks: pg.Pool
  end(): Promise<void>
}

export interface PoolLimits {
  poolSize: number
  statementTimeoutMs: number
  lockTimeoutMs: number
}

const analyticTimeoutFactor = 4

/** The connection was lost while a transaction committed: it may have happened. Nothing may run it again blindly. */
class OutcomeUnknown extends Error {}

/** Opens one pool a role. Lazy: nothing connects until it is used. `log` hears of connections lost while idle. */
export function openDatabases(
  urls: Record<RoleKind, string>,
  limits: PoolLimits,
  log: (message: string) => void,
): Databases {
  const connections = new Set<pg.PoolClient>()
  const open = (kind: RoleKind, max: number, settings: Record<string, string | number>, purpose: string = kind) => {
    const pool = new pg.Pool({
      connectionString: urls[kind],
      max,
      // Statements of one transaction go out without waiting for each other's answers.
      pipeline: kind === 'app' || kind === 'read',
      connectionTimeoutMillis: 10_000,
      application_name: `comptoir ${purpose}`,
      options: Object.entries({ idle_in_transaction_session_timeout: 60_000, timezone: 'UTC', ...settings })
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    } as pg.PoolConfig)
    pool.on('connect', (client) => {
      connections.add(client)
      client.once('end', () => connections.delete(client))
    })
    pool.on('error', (error) => log(`${purpose} pool: ${error.message}`))
    pool.on('connect', (client) => client.on('error', (error) => log(`${purpose} connection: ${error.message}`)))
    return pool
  }
  const timeouts = { statement_timeout: limits.statementTimeoutMs, lock_timeout: limits.lockTimeoutMs }
  const analytic = { ...timeouts, statement_timeout: limits.statementTimeoutMs * analyticTimeoutFactor }
  const pools = {
    app: open('app', limits.poolSize, timeouts),
    read: open('read', Math.ceil(limits.poolSize / 2), analytic),
    identity: open('identity', Math.ceil(limits.poolSize / 2), { ...timeouts, search_path: 'identity' }),
    jobs: open('jobs', Math.ceil(limits.poolSize / 2), { lock_timeout: limits.lockTimeoutMs }),
    // One for what runs at night, and one for somebody who asks meanwhile.
    checks: open('app', 2, analytic, 'checks'),
  }
  return {
    ...pools,
    async end() {
      // A pool has ended once it has asked its connections to close; a PostgreSQL that stops then would cut them off.
      const closed = [...connections].map((client) => new Promise((resolve) => client.once('end', resolve)))
      await Promise.all(Object.values(pools).map((pool) => pool.end()))
      await Promise.all(closed)
    },
  }
}

/** Runs `work` in one transaction of one tenant and commits it; anything thrown rolls it back and is thrown again. */
export async function inTransaction<T>(
  pool: pg.Pool,
  tenantId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken = false
  // BEGIN and set_tenant travel with the first statement of `work`; when they fail, so does everything behind them.
  const opened = Promise.all([client.query('BEGIN'), setTenant(client, tenantId)])
  opened.catch(() => {})
  try {
    const result = await work({ client, db: kyselyOf(client) })
    await opened
    const { command } = await client.query('COMMIT').catch((error: unknown) => {
      throw isConnectionLost(error)
        ? new OutcomeUnknown('the connection was lost during COMMIT', { cause: error })
        : error
    })
    if (command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back')
    return result
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    )
    await opened
    throw error
  } finally {
    client.release(broken)
  }
}

/** As `inTransaction`, for reads, all of one moment: nobody waits for the end of the transaction. */
export async function inReadTransaction<T>(
  pool: pg.Pool,
  tenantId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const opened = Promise.all([
    client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
    setTenant(client, tenantId),
  ])
  opened.catch(() => {})
  try {
    const result = await work({ client, db: kyselyOf(client) })
    await opened
    return result
  } catch (error) {
    await opened
    throw error
  } finally {
    client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    )
  }
}

/** As `inReadTransaction`, on a connection that is at hand and in no transaction. */
export async function inReading<T>(client: pg.ClientBase, tenantId: string, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN READ ONLY')
  try {
    await setTenant(client, tenantId)
    return await work()
  } finally {
    await client.query('ROLLBACK')
  }
}

/** As `inTransaction`, on a connection that is at hand and in no transaction. */
export async function inOwnTransaction<T>(
  client: pg.Client,
  tenantId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const own = client as pg.ClientBase as pg.PoolClient
  await client.query('BEGIN')
  try {
    await setTenant(client, tenantId)
    const result = await work({ client: own, db: kyselyOf(own) })
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Sets the tenant of the running transaction. */
export async function setTenant(client: pg.ClientBase, tenantId: string): Promise<void> {
  await client.query({ name: 'set-tenant', text: 'SELECT platform.set_tenant($1)', values: [tenantId] })
}

/**
 * Runs `work` again, at most five times, when PostgreSQL gave it up for a reason that a second try mends: serialization
 * failure, deadlock, or a Citus shard that moved.
 */
export async function withRetries<T>(work: () => Promise<T>, onRetry: (error: Error) => void): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error) || attempt > 5) throw error
      onRetry(error as Error)
      await pause(Math.random() * 10 * 2 ** attempt)
    }
  }
}

/** What to tell a caller when the database did not come through: it was busy, slow or away. Undefined for other errors. */
export function refusalOfDatabase(error: unknown): Refusal | undefined {
  if (error instanceof OutcomeUnknown) {
    return new Refusal(platformRefusals.unavailable, 'It may have happened or not; send it again with the same key')
  }
  const { code } = error as { code?: string }
  if (code === '55P03') return new Refusal(platformRefusals.busy)
  if (code === '57014') return new Refusal(platformRefusals.overloaded, 'It took longer than this server allows')
  return isConnectionLost(error) ? new Refusal(platformRefusals.unavailable) : undefined
}

/** True when the database could not be reached or went away: the outcome of what was running is unknown. */
function isConnectionLost(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(08|57P0)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', '53300'].includes(code) ||
    /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect/.test(message)
  )
}

function isTransient(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string }
  return (
    code === '40001' ||
    code === '40P01' ||
    message.includes('cannot execute a distributed query from a query on a shard')
  )
}

const kyselys = new WeakMap<pg.PoolClient, Kysely<DB>>()

function kyselyOf(client: pg.PoolClient): Kysely<DB> {
  let db = kyselys.get(client)
  if (!db) {
    const query = (text: string, values: unknown[]) => {
      const name = statementName(text)
      return name ? client.query({ name, text, values }) : client.query(text, values)
    }
    const borrowed = { query, release: () => {} }
    db = new Kysely<DB>({
      dialect: new PostgresDialect({
        pool: { connect: async () => borrowed, end: async () => {} } as unknown as pg.Pool,
      }),
    })
    kyselys.set(client, db)
  }
  return db
}

const statementNames = new Map<string, string>()

/**
 * A name under which PostgreSQL keeps the plan of a statement: planning the read of one row took five times as long as
 * running it. Texts are few, but for lists of varying length; those beyond the first thousand are planned each time.
 */
function statementName(text: string): string | undefined {
  const known = statementNames.get(text)
  if (known || statementNames.size === 1_000) return known
  const name = `kysely-${statementNames.size}`
  statementNames.set(text, name)
  return name
}

/** What PostgreSQL says of a statement behind one that failed. */
const inFailedTransaction = '25P02'

/**
 * Waits for statements that were sent together. Throws what the first that failed by itself failed with: those behind it fail only
 * because of it.
 */
export async function together<T extends readonly unknown[]>(
  works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const done = await Promise.allSettled(works)
  const failed = done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (failed.length > 0) throw failed.find(({ code }) => code !== inFailedTransaction) ?? failed[0]
  return done.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never
}
