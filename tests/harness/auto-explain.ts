import type pg from 'pg'
import { type TestDatabase, withClient } from './postgres.ts'

const role = 'comptoir_app'
const settings = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_level': 'notice',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_verbose': 'on',
  'auto_explain.log_format': 'json',
}

/** What an installation plans with; see server/platform/installation.ts. */
const planner = { random_page_cost: '1.1', effective_cache_size: '1GB' }

/** One place of a plan that was run. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly Schema?: string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

/** A statement that was run, within functions and by foreign keys as well, with its plan. */
export interface Explained {
  readonly 'Query Text': string
  readonly Plan: PlanNode
}

/** From now on PostgreSQL tells whoever connects as the role of requests how each statement was run, and plans as it is told. */
export async function explainRequests({ name, superuserUrl }: TestDatabase, planning: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    for (const [setting, value] of Object.entries({ ...settings, ...planner, plan_cache_mode: planning }))
      await client.query(`ALTER ROLE ${role} IN DATABASE ${name} SET ${setting} = '${value}'`)
  })
}

/** What is told to the connections of a pool; the list grows. It may come after the answer that it is of: see `hearAll`. */
export function hearPlans(pool: pg.Pool): readonly Explained[] {
  const known = new WeakSet<pg.PoolClient>()
  const heard: Explained[] = []
  pool.on('acquire', (client) => {
    if (known.has(client)) return
    known.add(client)
    client.on('notice', ({ message = '' }) => {
      const [, plan] = /^duration: .*?plan:\n([\s\S]*)$/.exec(message) ?? []
      if (plan) heard.push(JSON.parse(plan))
    })
  })
  return heard
}

/** Resolves when all is heard of what the connections of a pool, idle again, were asked so far: each answers in order. */
export async function hearAll(pool: pg.Pool): Promise<void> {
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()))
  for (const client of clients) {
    await client.query('SELECT')
    client.release()
  }
}
