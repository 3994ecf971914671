import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { DB } from '../../db/types.ts'
import { type Databases, inTransaction, type Transaction } from '../../server/platform/database.ts'

/** How PostgreSQL plans a statement that it is given again and again: for its values, or for any. */
export const plannings = ['force_custom_plan', 'force_generic_plan'] as const

/** The plans of all that is asked in `run`, as the role of requests; it gets no rows. With ANALYZE it is run, writes and all. */
export async function plansOf(
  { app }: Databases,
  tenantId: string,
  run: (scope: Transaction & { tenantId: string }) => Promise<unknown>,
  { planning, explain = 'EXPLAIN' }: { planning: (typeof plannings)[number]; explain?: string },
): Promise<string> {
  const plans: string[] = []
  await inTransaction(app, tenantId, async (tx) => {
    await tx.client.query(`SET LOCAL plan_cache_mode = ${planning}`)
    const asked = async (config: string | { text: string; values?: unknown[] }, given?: unknown[]) => {
      const { text, values = given ?? [] } = typeof config === 'string' ? { text: config } : config
      const { rows } = await tx.client.query({ text: `${explain} ${text}`, values, rowMode: 'array' })
      plans.push(rows.join('\n'))
      return { rows: [], command: 'SELECT', rowCount: 0 }
    }
    const client = new Proxy(tx.client, { get: (target, key) => (key === 'query' ? asked : Reflect.get(target, key)) })
    await run({ client, db: kyselyOf(asked), tenantId })
  })
  return plans.join('\n')
}

/** Of all that is read of tables, how many rows at most from one place of a plan that was run. */
export function mostRowsOf(plan: string, tables: string): number {
  const scans = plan.matchAll(
    new RegExp(
      `Scan .*on (?:${tables})\\b.*rows=([\\d.]+) loops=(\\d+)(?:\\n(?! *->).*)*?(?:\\n.*Rows Removed.*: (\\d+))?`,
      'g',
    ),
  )
  return Math.max(
    0,
    ...[...scans].map(([, rows, loops, removed = 0]) => (Number(rows) + Number(removed)) * Number(loops)),
  )
}

/** What is written with the query builder is asked in the same way. */
function kyselyOf(query: unknown): Kysely<DB> {
  const pool = { connect: async () => ({ query, release: () => {} }), end: async () => {} }
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: pool as unknown as pg.Pool }) })
}
