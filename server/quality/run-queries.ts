import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { ResultStatus, RuleKind, RunStatus, Severity, Starter } from './contract.ts'
import type { DatasetName } from './datasets.ts'
import type { FailingRow } from './judge-queries.ts'
import type { Scope } from './queries.ts'

type Writer = Pick<Transaction, 'client'> & { readonly tenantId: string }

const runColumns = [
  'id',
  'started_by',
  'requested_by',
  'dataset',
  'status',
  'rules_total',
  'rules_passed',
  'rules_warned',
  'rules_failed',
  'rules_broken',
  'rows_checked',
  'rows_failed',
  'judged_at',
  'finished_at',
  'created_at',
] as const

/** What a run found of one rule. */
export interface RunResult {
  readonly id: string
  readonly rule_id: string
  readonly rule_version: number
  readonly dataset: string
  readonly rule_key: string
  readonly kind: RuleKind
  readonly severity: Severity
  readonly status: ResultStatus
  /** Whole numbers. */
  readonly rows_checked: string
  readonly rows_failed: string
  readonly message: string
  readonly rows: readonly FailingRow[]
  /** All keys that the rule holds from now on; null leaves those that it holds. */
  readonly held: readonly string[] | null
}

/** Notes that some rules are to be judged. */
export async function insertRun(
  { db, tenantId }: Pick<Scope, 'db' | 'tenantId'>,
  run: { id: string; started_by: Starter; requested_by: string | null; dataset: string | null; rule_ids: string[] },
) {
  const row = await db
    .insertInto('quality.run')
    .values({ tenant_id: tenantId, ...run, status: 'queued', rules_total: run.rule_ids.length })
    .returning(runColumns)
    .executeTakeFirstOrThrow()
  return asRun(row)
}

/** A page of runs, the newest first, and one row more when there is a next page. */
export async function listRuns(
  { db, tenantId }: Scope,
  { dataset, status, limit }: { dataset?: string | undefined; status?: RunStatus | undefined; limit: number },
  before: string | undefined,
) {
  const rows = await db
    .selectFrom('quality.run')
    .select(runColumns)
    .where('tenant_id', '=', tenantId)
    .$if(dataset !== undefined, (qb) => qb.where('dataset', '=', dataset ?? ''))
    .$if(status !== undefined, (qb) => qb.where('status', '=', status ?? ''))
    .$if(before !== undefined, (qb) => qb.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return rows.map(asRun)
}

/** One run. */
export async function findRun({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, id: string) {
  const row = await db
    .selectFrom('quality.run')
    .select(runColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && asRun(row)
}

/** The rules that a run is to judge. */
export async function rulesOfRun({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, id: string): Promise<string[]> {
  const row = await db
    .selectFrom('quality.run')
    .select('rule_ids')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.rule_ids ?? []
}

const resultColumns = [
  'id',
  'rule_id',
  'rule_version',
  'dataset',
  'rule_key',
  'kind',
  'severity',
  'status',
  'rows_checked',
  'rows_failed',
  'message',
  'judged_at',
] as const

/** What a run found, by the keys of the rules. */
export async function resultsOfRun({ db, tenantId }: Scope, runId: string) {
  const rows = await db
    .selectFrom('quality.result')
    .select(resultColumns)
    .where('tenant_id', '=', tenantId)
    .where('run_id', '=', runId)
    .orderBy('rule_key')
    .execute()
  return rows.map(asResult)
}

/** One result. */
export async function findResult({ db, tenantId }: Scope, id: string) {
  const row = await db
    .selectFrom('quality.result')
    .select(resultColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && asResult(row)
}

/** A page of the failing rows of a result, by their keys, and one row more when there is a next page. */
export function listFailingRows(
  { db, tenantId }: Scope,
  { id, limit }: { id: string; limit: number },
  after: number | undefined,
) {
  return db
    .selectFrom('quality.failing_row')
    .select(['number', 'key', 'label', 'value'])
    .where('tenant_id', '=', tenantId)
    .where('result_id', '=', id)
    .$if(after !== undefined, (qb) => qb.where('number', '>', after ?? 0))
    .orderBy('number')
    .limit(limit + 1)
    .execute()
}

/** A page of what is held, by dataset, key and rule, and one row more when there is a next page. */
export async function listHeld(
  { db, tenantId }: Scope,
  { dataset, rule_id, limit }: { dataset?: string | undefined; rule_id?: string | undefined; limit: number },
  after: readonly [dataset: string, key: string, ruleId: string] | undefined,
) {
  const rows = await db
    .selectFrom('quality.hold as h')
    .innerJoin('quality.rule as r', (join) =>
      join.onRef('r.tenant_id', '=', 'h.tenant_id').onRef('r.id', '=', 'h.rule_id'),
    )
    .select(['h.dataset', 'h.key', 'h.rule_id', 'r.rule_key', 'h.result_id', 'h.since'])
    .where('h.tenant_id', '=', tenantId)
    .where('h.resolved_at', 'is', null)
    .$if(dataset !== undefined, (qb) => qb.where('h.dataset', '=', dataset ?? ''))
    .$if(rule_id !== undefined, (qb) => qb.where('h.rule_id', '=', rule_id ?? ''))
    .$if(after !== undefined, (qb) =>
      qb.where(sql<boolean>`(h.dataset, h.key, h.rule_id) > (${after?.[0]}, ${after?.[1]}, ${after?.[2]}::uuid)`),
    )
    .orderBy('h.dataset')
    .orderBy('h.key')
    .orderBy('h.rule_id')
    .limit(limit + 1)
    .execute()
  return rows.map((row) => ({ ...row, dataset: row.dataset as DatasetName }))
}

/** Ends a run with what it found; false when it was ended before. */
export async function recordRun(
  { client, tenantId }: Writer,
  run: { run_id: string; judged_at: Date; results: readonly RunResult[] },
): Promise<boolean> {
  const { rows } = await client.query('SELECT quality.record_run($1, $2) AS recorded', [tenantId, JSON.stringify(run)])
  return rows[0]?.recorded === true
}

/** Ends a run that could not be judged. */
export async function giveUpRun({ client, tenantId }: Writer, runId: string): Promise<void> {
  await client.query('SELECT quality.give_up_run($1, $2)', [tenantId, runId])
}

/** Takes what is personal off the failing rows of a party. */
export async function forgetParty({ client, tenantId }: Writer, partyId: string): Promise<void> {
  await client.query('SELECT quality.forget_party($1, $2)', [tenantId, partyId])
}

/** Removes failing rows that are older than this, so many at most; answers with how many. */
export async function purgeRows({ client, tenantId }: Writer, before: Date, limit: number): Promise<number> {
  const { rows } = await client.query('SELECT quality.purge_rows($1, $2, $3) AS purged', [tenantId, before, limit])
  return rows[0]?.purged ?? 0
}

/** A rule with a schedule. */
export interface ScheduledRule {
  readonly id: string
  readonly schedule: string
  readonly daily_hour: number | null
  readonly created_at: Date
  /** When the schedule last asked for a run of it; null where that was more than two days ago, or never. */
  readonly queued_at: Date | null
}

/** The active rules that have a schedule. */
export async function scheduledRules({ client, tenantId }: Writer): Promise<ScheduledRule[]> {
  const { rows } = await client.query(
    `SELECT r.id, r.schedule, r.daily_hour, r.created_at, q.queued_at
     FROM quality.rule r LEFT JOIN (
       SELECT rule_id, max(n.created_at) AS queued_at FROM quality.run n CROSS JOIN LATERAL unnest(n.rule_ids) AS rule_id
       WHERE n.tenant_id = $1 AND n.started_by = 'schedule' AND n.created_at > transaction_timestamp() - interval '2 days'
       GROUP BY rule_id) q ON q.rule_id = r.id
     WHERE r.tenant_id = $1 AND r.is_active AND r.deleted_at IS NULL AND r.schedule <> 'off'
     ORDER BY r.id`,
    [tenantId],
  )
  return rows
}

/** The last result of every active rule. */
export async function lastResults({ client, tenantId }: Writer) {
  const { rows } = await client.query(
    `SELECT r.dataset, r.id AS rule_id, r.rule_key, r.kind, o.status, o.severity, o.rows_checked::text, o.rows_failed::text, o.judged_at
     FROM quality.rule r CROSS JOIN LATERAL (
       SELECT * FROM quality.result o WHERE o.tenant_id = r.tenant_id AND o.rule_id = r.id ORDER BY o.judged_at DESC LIMIT 1) o
     WHERE r.tenant_id = $1 AND r.is_active AND r.deleted_at IS NULL ORDER BY r.rule_key`,
    [tenantId],
  )
  return rows as LastResult[]
}

/** What was last found of a rule. */
export interface LastResult {
  readonly dataset: string
  readonly rule_id: string
  readonly rule_key: string
  readonly kind: RuleKind
  readonly status: ResultStatus
  readonly severity: Severity
  readonly rows_checked: string
  readonly rows_failed: string
  readonly judged_at: Date
}

/** How many rules each dataset has, and how many of its rows are held. */
export async function countByDataset({ client, tenantId }: Writer) {
  const { rows } = await client.query(
    `SELECT dataset, sum(rules)::integer AS rules, sum(held)::text AS held, bool_or(is_held) AS is_held FROM (
       SELECT dataset, count(*) AS rules, 0 AS held, false AS is_held FROM quality.rule
       WHERE tenant_id = $1 AND deleted_at IS NULL GROUP BY dataset
       UNION ALL
       SELECT dataset, 0, count(DISTINCT key) FILTER (WHERE key <> '*'), bool_or(key = '*') FROM quality.hold
       WHERE tenant_id = $1 AND resolved_at IS NULL GROUP BY dataset) AS counted
     GROUP BY dataset`,
    [tenantId],
  )
  return rows as { dataset: string; rules: number; held: string; is_held: boolean }[]
}

function asRun<R extends { started_by: string; dataset: string | null; status: string }>(row: R) {
  return {
    ...row,
    started_by: row.started_by as Starter,
    dataset: row.dataset as DatasetName | null,
    status: row.status as RunStatus,
  }
}

function asResult<R extends { dataset: string; kind: string; severity: string; status: string }>(row: R) {
  return {
    ...row,
    dataset: row.dataset as DatasetName,
    kind: row.kind as RuleKind,
    severity: row.severity as Severity,
    status: row.status as ResultStatus,
  }
}
