import type { Transaction } from '../platform/database.ts'
import { datasets } from './datasets.ts'
import type { JudgedRows } from './judge-queries.ts'

type Reader = Pick<Transaction, 'client'> & { readonly tenantId: string }

/** What PostgreSQL read out of a statement, by its own ids. */
export interface Analysis {
  /** The tree of the statement as PostgreSQL prints it. */
  readonly tree: string
  /** The ids of the views of the datasets. */
  readonly views: readonly string[]
}

/** PostgreSQL's words for what it does not take. */
export interface Fault {
  readonly code: string
  readonly message: string
}

/**
 * Lets PostgreSQL parse the statement of a rule with all that is around it, and answers with the tree it came to; nothing of it is
 * run. It becomes a temporary view, which is how the server hands out a tree, and that is taken back at once.
 */
export async function analyseStatement({ client, tenantId }: Reader, sql: string): Promise<Analysis | Fault> {
  await client.query('SAVEPOINT statement_analysed')
  try {
    await client.query('SET LOCAL search_path = pg_catalog, pg_temp')
    // With a name it goes as one prepared statement: PostgreSQL refuses a second command in it.
    const text = `CREATE TEMPORARY VIEW quality_statement AS ${withDatasets(tenantId, sql)} SELECT key, value FROM failing`
    await client.query({ text, name: '', queryMode: 'extended' } as never)
    const { rows } = await client.query(
      `SELECT r.ev_action::text AS tree, array(SELECT to_regclass(v)::oid::text FROM unnest($1::text[]) v) AS views
       FROM pg_catalog.pg_rewrite r WHERE r.ev_class = 'pg_temp.quality_statement'::regclass`,
      [datasets.map(({ view }) => view)],
    )
    return rows[0]
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === undefined || passing.test(code)) throw error
    return { code, message }
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT statement_analysed')
  }
}

/** Whether the role may make temporary things, without which no statement can be looked into. */
export async function mayAnalyse({ client }: Pick<Reader, 'client'>): Promise<boolean> {
  const { rows } = await client.query("SELECT has_database_privilege(current_database(), 'TEMPORARY') AS may")
  return rows[0]?.may === true
}

/** A function, an operator's function among them, by its id. */
export interface KnownFunction {
  readonly id: string
  readonly name: string
  readonly signature: string
  readonly isBuiltIn: boolean
  readonly isVolatile: boolean
  readonly isCast: boolean
}

/** What PostgreSQL knows of functions, by their ids. */
export async function describeFunctions({ client }: Pick<Reader, 'client'>, ids: readonly string[]) {
  const { rows } = await client.query(
    `SELECT p.oid::text AS id, p.proname AS name, p.oid::regprocedure::text AS signature, p.pronamespace = 'pg_catalog'::regnamespace AS "isBuiltIn",
            p.provolatile = 'v' AS "isVolatile", EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.castfunc = p.oid) AS "isCast"
     FROM pg_catalog.pg_proc p WHERE p.oid = ANY ($1::oid[])`,
    [ids],
  )
  return rows as KnownFunction[]
}

/** What PostgreSQL knows of operators, by their ids. */
export async function describeOperators({ client }: Pick<Reader, 'client'>, ids: readonly string[]) {
  const { rows } = await client.query(
    `SELECT o.oid::text AS id, o.oprname AS name, o.oprnamespace = 'pg_catalog'::regnamespace AS "isBuiltIn"
     FROM pg_catalog.pg_operator o WHERE o.oid = ANY ($1::oid[])`,
    [ids],
  )
  return rows as { id: string; name: string; isBuiltIn: boolean }[]
}

/**
 * Runs the statement of a rule, which was judged as it was written, in a transaction that only reads, as the role that only reads. A
 * key counts once, and only where the dataset has a row of it.
 */
export async function judgeStatement(
  { client, tenantId }: Reader,
  { sql, dataset, limit }: { sql: string; dataset: string; limit: number },
): Promise<JudgedRows> {
  await client.query('SET LOCAL search_path = pg_catalog, pg_temp')
  const text = `${withDatasets(tenantId, sql)},
    known AS (
      SELECT f.key::text AS key, min(f.value::text) AS value FROM failing f GROUP BY f.key::text
    ), wrong AS MATERIALIZED (
      SELECT k.key, d.label, left(k.value, 200) AS value FROM known k JOIN ${dataset} d ON d.key = k.key
    )
    SELECT NULL AS key, NULL AS label, NULL AS value, (SELECT count(*) FROM ${dataset}) AS checked, count(*) AS failed FROM wrong
    UNION ALL
    (SELECT key, label, value, NULL, NULL FROM wrong ORDER BY key LIMIT $1)`
  const { rows } = await client.query(text, [limit])
  const tenant = await client.query('SELECT platform.current_tenant() = $1::uuid AS stays', [tenantId])
  if (tenant.rows[0]?.stays !== true) throw new Error('a statement of a rule left its tenant')
  const counted = rows.find((row) => row.key === null)
  return {
    checked: String(counted?.checked ?? 0),
    failed: String(counted?.failed ?? 0),
    rows: rows.filter((row) => row.key !== null),
  }
}

/** Locked, slow, stopped or disconnected: nothing that the statement did wrong. */
const passing = /^(08|40|53|55P03|57|58|XX)/

/** The datasets of one tenant under their names, and the statement as `failing`; what follows may read them. */
function withDatasets(tenantId: string, sql: string): string {
  if (!/^[0-9a-f-]{36}$/.test(tenantId)) throw new Error('a tenant has a UUID')
  const parts = datasets.map(({ name, view, columns }) => {
    const names = [...new Set(['key', 'label', ...Object.keys(columns)])].map((one) => `d.${one}`).join(', ')
    return `${name} AS NOT MATERIALIZED (SELECT ${names} FROM ${view} d WHERE d.tenant_id = '${tenantId}'::uuid)`
  })
  return `WITH ${parts.join(', ')}, failing (key, value) AS MATERIALIZED (\n${sql}\n)`
}
