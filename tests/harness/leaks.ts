import pg from 'pg'
import {
  openCatalogue,
  readDefinerFunctions,
  readTables,
  readViews,
  type Table,
  tenantlessFunctions,
} from './catalogue.ts'
import type { TestDatabase } from './postgres.ts'
import { createRowMaker, insertion, literal, type Row, type RowMaker } from './rows.ts'

export type Role = 'app' | 'read' | 'owner' | 'identity' | 'jobs'

/** A database with rows of two tenants in every tenant table: what is A's must not be reached from B. */
export interface World {
  readonly superuser: pg.Client
  readonly sessions: Readonly<Record<Role, pg.Client>>
  readonly tables: readonly Table[]
  readonly rows: RowMaker
  readonly a: string
  readonly b: string
  close(): Promise<void>
}

/** Connects as every role, and fills every tenant table for both tenants. */
export async function openWorld(database: TestDatabase, { a, b }: { a: string; b: string }): Promise<World> {
  // What is sent at once on a pipelined one travels at once.
  const connect = async (connectionString: string, pipeline = true) => {
    const client = new pg.Client({ connectionString, pipeline } as pg.ClientConfig)
    await client.connect()
    return client
  }
  const { app, read, identity, jobs } = database.roleUrls
  const superuser = await connect(database.superuserUrl, false)
  await openCatalogue(superuser)
  const tables = await readTables(superuser)
  const rows = createRowMaker(superuser, tables)
  await rows.fillAll(a)
  await rows.fillAll(b)
  const sessions = {
    app: await connect(app),
    read: await connect(read),
    owner: await connect(database.ownerUrl),
    identity: await connect(identity),
    jobs: await connect(jobs),
  }
  return {
    superuser,
    sessions,
    tables,
    rows,
    a,
    b,
    async close() {
      for (const client of [superuser, ...Object.values(sessions)]) await client.end()
    },
  }
}

interface Attempt {
  readonly count: number
  readonly rows?: readonly Record<string, unknown>[]
  readonly code?: string
  readonly error?: string
}

/** Runs one statement in a transaction of a tenant, or of none, and takes it back. `client` is pipelined. */
export async function attempt(client: pg.Client, tenantId: string | null, statement: string): Promise<Attempt> {
  const opened = [client.query('BEGIN')]
  if (tenantId !== null) opened.push(client.query('SELECT platform.set_tenant($1)', [tenantId]))
  const answered = client.query(statement).then(({ rowCount, rows }) => ({ count: rowCount ?? 0, rows }), refusalOf)
  const [answer] = await Promise.all([answered, client.query('ROLLBACK'), ...opened])
  return answer
}

function refusalOf({ code = '', message, constraint = '', detail = '' }: pg.DatabaseError): Attempt {
  return { count: 0, code, error: `${code} ${constraint} ${message} ${detail}` }
}

/** SQLSTATE of a privilege or a policy that is lacking. */
export const notAllowed = '42501'
/** SQLSTATE that append-only tables raise. */
export const appendOnly = '23001'

/** Nothing came of it: no row was there, or it was not allowed. */
function isHarmless({ count, code }: Attempt): boolean {
  return count === 0 && (code === undefined || code === notAllowed)
}

/** What a role reaches of tenant A's rows from a transaction of `own`, a statement each; empty when A is isolated. */
export async function tableLeaks(world: World, role: Role, own: string | null): Promise<string[]> {
  const leaks: string[] = []
  const a = literal(world.a)
  const me = literal(own)
  for (const table of world.tables.filter((one) => one.class === 'tenant')) {
    const { name } = table
    const { insertable, updatable } = await grantedColumns(world, role, table)
    const column = updatable[0] ?? 'tenant_id'
    const only = (row: Row) => Object.fromEntries(Object.entries(row).filter(([key]) => insertable.includes(key)))
    const { some, fresh } = await rowsOfA(world, table)
    const copy = insertion(table, only(some))
    const statements = [
      `SELECT FROM ${name} WHERE tenant_id = ${a}`,
      `SELECT FROM ${name} WHERE tenant_id IS DISTINCT FROM ${me}`,
      `SELECT FROM ${name} WHERE 1 / (CASE WHEN tenant_id = ${a} THEN 0 ELSE 1 END) = 0`,
      copy,
      `${copy} ON CONFLICT DO NOTHING`,
      `${copy} ON CONFLICT (${table.primaryKey.join(', ')}) DO UPDATE SET ${column} = excluded.${column}`,
      insertion(table, only(fresh)),
      `UPDATE ${name} SET ${column} = ${column} WHERE tenant_id = ${a}`,
      `UPDATE ${name} SET ${column} = ${column} WHERE tenant_id IS DISTINCT FROM ${me}`,
      `UPDATE ${name} SET tenant_id = ${me} WHERE tenant_id = ${a}`,
      `DELETE FROM ${name} WHERE tenant_id = ${a}`,
      `DELETE FROM ${name} WHERE tenant_id IS DISTINCT FROM ${me}`,
    ]
    const gift = `UPDATE ${name} SET tenant_id = ${a} WHERE tenant_id = ${me}`
    const tries = [...statements, gift].map(async (statement) => {
      const answer = await attempt(world.sessions[role], own, statement)
      if (isHarmless(answer) || (statement === gift && answer.code === appendOnly)) return []
      return [`${statement}: ${answer.error ?? `${answer.count} rows`}`]
    })
    leaks.push(...(await Promise.all(tries)).flat())
  }
  return leaks
}

const made = new WeakMap<World, Map<string, Promise<{ some: Row; fresh: Row }>>>()

/** Some row of tenant A and one that could be added. Every attempt is taken back, so that they do for all. */
function rowsOfA(world: World, table: Table): Promise<{ some: Row; fresh: Row }> {
  const ofWorld = made.get(world) ?? new Map<string, Promise<{ some: Row; fresh: Row }>>()
  made.set(world, ofWorld)
  const make = async () => ({
    some: await world.rows.someRow(table, world.a),
    fresh: await world.rows.newRow(table, world.a),
  })
  const rows = ofWorld.get(table.name) ?? make()
  ofWorld.set(table.name, rows)
  return rows
}

/** The columns that a role may give and change; all of them where it may touch none, so that PostgreSQL is asked. */
async function grantedColumns({ superuser }: World, role: Role, { name, columns }: Table) {
  const { rows } = await superuser.query(
    `SELECT array_agg(c.name::text) FILTER (WHERE has_column_privilege($1, c.table_id, c.position, 'INSERT')) AS insertable,
            array_agg(c.name::text ORDER BY c.name <> 'tenant_id') FILTER (WHERE has_column_privilege($1, c.table_id, c.position, 'UPDATE')) AS updatable
     FROM our_column c WHERE c.table = $2`,
    [`comptoir_${role}`, name],
  )
  const all = columns.map((column) => column.name)
  return { insertable: rows[0].insertable ?? all, updatable: rows[0].updatable ?? [] } as Record<
    'insertable' | 'updatable',
    string[]
  >
}

/** The views through which a role sees rows that are not of `own`; one without tenant_id must not be readable at all. */
export async function viewLeaks(world: World, role: Role, own: string | null): Promise<string[]> {
  const leaks: string[] = []
  for (const { name, hasTenant } of await readViews(world.superuser)) {
    const condition = hasTenant ? `WHERE tenant_id IS DISTINCT FROM ${literal(own)}` : ''
    const { count, code } = await attempt(world.sessions[role], own, `SELECT FROM ${name} ${condition}`)
    if (hasTenant ? count > 0 : code !== notAllowed) leaks.push(`${name}: ${count} rows`)
  }
  return leaks
}

const plainArguments: Readonly<Record<string, string>> = {
  jsonb: "'[]'",
  text: "''",
  integer: '0',
  'timestamp with time zone': 'now()',
}

/** The definer functions that a role can call for tenant A, or for no tenant, from a transaction of `own`. */
export async function functionLeaks(world: World, role: Role, own: string | null): Promise<string[]> {
  const leaks: string[] = []
  for (const { name, argumentTypes } of await readDefinerFunctions(world.superuser)) {
    if (name in tenantlessFunctions) continue
    const others = argumentTypes.slice(1).map((type) => `${plainArguments[type] ?? 'NULL'}::${type}`)
    for (const tenant of [literal(world.a), 'NULL']) {
      const call = `SELECT FROM ${name.split('(')[0]}(${[`${tenant}::uuid`, ...others].join(', ')})`
      const { count, code, error } = await attempt(world.sessions[role], own, call)
      if (code !== notAllowed) leaks.push(`${call}: ${error ?? `${count} rows`}`)
    }
  }
  return leaks
}
