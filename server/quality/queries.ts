import type { Transaction } from '../platform/database.ts'
import type { RuleConfig, RuleKind, Schedule, Severity } from './contract.ts'
import type { DatasetName } from './datasets.ts'

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const ruleColumns = [
  'id',
  'dataset',
  'rule_key',
  'name',
  'kind',
  'config',
  'severity',
  'is_active',
  'schedule',
  'daily_hour',
  'version',
  'created_at',
  'updated_at',
] as const

/** A rule as it is kept. */
export type Rule = NonNullable<Awaited<ReturnType<typeof findRule>>>

/** What a rule is made of. */
export interface NewRule {
  readonly id: string
  readonly dataset: DatasetName
  readonly rule_key: string
  readonly name: string
  readonly config: RuleConfig
  readonly severity: Severity
  readonly is_active: boolean
  readonly schedule: Schedule
  readonly daily_hour: number | null
}

export interface RuleFilter {
  readonly dataset?: string | undefined
  readonly severity?: Severity | undefined
  readonly is_active?: boolean | undefined
  readonly limit: number
}

/** A page of rules by their keys, and one row more when there is a next page. */
export async function listRules(
  { db, tenantId }: Scope,
  { dataset, severity, is_active, limit }: RuleFilter,
  after: string | undefined,
) {
  const rows = await db
    .selectFrom('quality.rule')
    .select(ruleColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(dataset !== undefined, (qb) => qb.where('dataset', '=', dataset ?? ''))
    .$if(severity !== undefined, (qb) => qb.where('severity', '=', severity ?? ''))
    .$if(is_active !== undefined, (qb) => qb.where('is_active', '=', is_active ?? true))
    .$if(after !== undefined, (qb) => qb.where('rule_key', '>', after ?? ''))
    .orderBy('rule_key')
    .limit(limit + 1)
    .execute()
  return rows.map(asRule)
}

/** The rules of these ids that are not removed, by their keys; of all ids where none are named, the active ones. */
export async function readRules({ db, tenantId }: Scope, ids: readonly string[] | null) {
  const rows = await db
    .selectFrom('quality.rule')
    .select(ruleColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(ids === null, (qb) => qb.where('is_active', '=', true))
    .$if(ids !== null, (qb) => qb.where('id', 'in', ids?.length ? [...ids] : [nobodyId]))
    .orderBy('rule_key')
    .execute()
  return rows.map(asRule)
}

/** One rule; with `lock`, held until the end of the transaction. Undefined where it was removed. */
export async function findRule({ db, tenantId }: Scope, id: string, lock = false) {
  const row = await db
    .selectFrom('quality.rule')
    .select(ruleColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
  return row && asRule(row)
}

/** The keys, of these, that rules have. */
export async function takenKeys({ db, tenantId }: Scope, keys: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('quality.rule')
    .select('rule_key')
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .where('rule_key', 'in', [...keys])
    .execute()
  return rows.map(({ rule_key }) => rule_key)
}

/** Makes a rule. */
export async function insertRule({ db, tenantId }: Scope, { config, ...row }: NewRule) {
  const made = await db
    .insertInto('quality.rule')
    .values({ tenant_id: tenantId, ...row, kind: config.kind, config: JSON.stringify(config) })
    .returning(ruleColumns)
    .executeTakeFirstOrThrow()
  return asRule(made)
}

/** Changes a rule that is held. */
export async function updateRule(
  { db, tenantId }: Scope,
  { id, config, ...values }: Pick<NewRule, 'id'> & Partial<Omit<NewRule, 'id' | 'dataset' | 'rule_key'>>,
  at: Date,
) {
  const row = await db
    .updateTable('quality.rule')
    .set((eb) => ({
      ...values,
      ...(config && { config: JSON.stringify(config) }),
      version: eb('version', '+', 1),
      updated_at: at,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(ruleColumns)
    .executeTakeFirstOrThrow()
  return asRule(row)
}

/** Removes a rule that is held; its key is free again. */
export async function removeRule({ db, tenantId }: Scope, id: string, at: Date): Promise<void> {
  await db
    .updateTable('quality.rule')
    .set((eb) => ({ deleted_at: at, is_active: false, version: eb('version', '+', 1), updated_at: at }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** Frees what a rule holds; answers with how many rows that were. */
export async function freeRows({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>, ruleId: string) {
  const { rows } = await client.query('SELECT quality.free_rows($1, $2) AS freed', [tenantId, ruleId])
  return (rows[0]?.freed ?? 0) as number
}

/** What is wrong with a regular expression, in the words of PostgreSQL; undefined when it is one. */
export async function faultOfPattern({ client }: Pick<Scope, 'client'>, pattern: string): Promise<string | undefined> {
  await client.query('SAVEPOINT pattern_tried')
  const fault = await client.query("SELECT '' ~ $1::text", [pattern]).then(
    () => undefined,
    (error: unknown) => {
      const { code, message } = error as { code?: string; message: string }
      if (code !== invalidPattern && code !== tooComplex) throw error
      return message
    },
  )
  await client.query('ROLLBACK TO SAVEPOINT pattern_tried')
  return fault
}

const invalidPattern = '2201B'
const tooComplex = '54001'
const nobodyId = '00000000-0000-0000-0000-000000000000'

function asRule<R extends { dataset: string; kind: string; config: unknown; severity: string; schedule: string }>(
  row: R,
) {
  return {
    ...row,
    dataset: row.dataset as DatasetName,
    kind: row.kind as RuleKind,
    config: row.config as RuleConfig,
    severity: row.severity as Severity,
    schedule: row.schedule as Schedule,
  }
}
