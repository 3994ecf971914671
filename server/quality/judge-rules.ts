import type pg from 'pg'
import { inReadTransaction, type Transaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { later } from '../platform/time.ts'
import { type ResultStatus, type RuleConfig, wholeDataset } from './contract.ts'
import { datasetOf } from './datasets.ts'
import { describeFault } from './describe-rule.ts'
import {
  apart,
  boundStatements,
  countRows,
  type FailingRow,
  type JudgedRows,
  judgeRows,
  momentOf,
  previousCount,
} from './judge-queries.ts'
import type { Rule } from './queries.ts'
import type { RunResult } from './run-queries.ts'
import { judgeStatement } from './sql-queries.ts'

/** So long may the statement of one rule take. */
const statementTimeoutMs = 10_000
/** So many failing rows of a result are kept to be read. */
const keptRows = 1_000
/** So many rows one rule holds; where more fail, it holds all of the dataset. */
const mostHeld = 100_000

const stopped = '57014'

/** What became of a rule: its counts, and what is wrong in words. */
interface Judgement {
  readonly status: ResultStatus
  readonly checked: string
  readonly failed: string
  readonly rows: readonly FailingRow[]
  readonly message: string
  /** It is about the dataset, not about rows of it. */
  readonly isOfWhole: boolean
}

type Reader = Pick<Transaction, 'client'> & { readonly tenantId: string; readonly now: Date }

/**
 * Judges rules, all of them of one moment, in a transaction that only reads; each may take ten seconds. A rule that cannot be judged is
 * broken and stops no other.
 */
export async function judgeRules(
  pool: pg.Pool,
  { tenantId, rules }: { tenantId: string; rules: readonly Rule[] },
): Promise<{ judged_at: Date; results: RunResult[] }> {
  return inReadTransaction(pool, tenantId, async ({ client }) => {
    const now = await momentOf({ client })
    const reader = { client, tenantId, now }
    await boundStatements(reader, statementTimeoutMs)
    const results: RunResult[] = []
    for (const rule of rules) {
      const judged = await apart(reader, () => judgeRule(reader, rule))
      results.push(resultOf(rule, 'error' in judged ? brokenBy(judged.error) : judged))
    }
    return { judged_at: now, results }
  })
}

async function judgeRule(reader: Reader, rule: Rule): Promise<Judgement> {
  const { config } = rule
  const dataset = datasetOf(rule.dataset)
  const limit = rule.severity === 'FAIL' ? mostHeld + 1 : keptRows
  switch (config.kind) {
    case 'freshness':
      return judgeFreshness(reader, rule, config)
    case 'row_count_change':
      return judgeCount(reader, rule, config)
    case 'custom_sql':
      return ofRows(config, await judgeStatement(reader, { sql: config.sql, dataset: rule.dataset, limit }))
    default:
      return ofRows(config, await judgeRows(reader, { dataset, config, now: reader.now, limit }))
  }
}

function ofRows(config: RuleConfig, { checked, failed, rows }: JudgedRows): Judgement {
  const isRight = failed === '0'
  const message = isRight ? '' : describeFault(config)
  return { status: isRight ? 'passed' : 'failed', checked, failed, rows, message, isOfWhole: false }
}

async function judgeFreshness(
  reader: Reader,
  rule: Rule,
  config: Extract<RuleConfig, { kind: 'freshness' }>,
): Promise<Judgement> {
  const dataset = datasetOf(rule.dataset)
  const { checked, newest } = await countRows(reader, { dataset, when: config.when, now: reader.now })
  const isFresh = newest !== null && newest >= later(reader.now, -config.max_age_hours * 3_600_000)
  const message = newest === null ? 'There is no row at all' : describeFault(config)
  return ofWhole(isFresh, { checked, message })
}

async function judgeCount(
  reader: Reader,
  rule: Rule,
  config: Extract<RuleConfig, { kind: 'row_count_change' }>,
): Promise<Judgement> {
  const dataset = datasetOf(rule.dataset)
  const { checked } = await countRows(reader, { dataset, when: config.when, now: reader.now })
  const before = await previousCount(reader, rule)
  const isExpected = before === undefined || isWithin(config, { before: BigInt(before), after: BigInt(checked) })
  return ofWhole(isExpected, { checked, message: `There were ${before ?? checked} rows, and now there are ${checked}` })
}

/** Whether a count has changed by no more per cent than a rule allows, exactly; from nothing any count is a rise beyond all. */
export function isWithin(
  {
    max_drop_percent,
    max_rise_percent,
  }: Pick<Extract<RuleConfig, { kind: 'row_count_change' }>, 'max_drop_percent' | 'max_rise_percent'>,
  { before, after }: { before: bigint; after: bigint },
): boolean {
  const change = (after - before) * 100n
  if (max_drop_percent !== undefined && -change > before * BigInt(max_drop_percent)) return false
  return max_rise_percent === undefined || change <= before * BigInt(max_rise_percent)
}

function ofWhole(isRight: boolean, { checked, message }: { checked: string; message: string }): Judgement {
  const status = isRight ? 'passed' : 'failed'
  return { status, checked, failed: '0', rows: [], message: isRight ? '' : message, isOfWhole: true }
}

/** Errors of PostgreSQL quote values of rows, and results stay: only their code is told. */
function brokenBy(error: unknown): Judgement {
  const { code } = error as { code?: string }
  // What is no error of a statement is a fault of ours, or of the connection: the run is tried again.
  if (code === undefined || /^(08|57P|53)/.test(code)) throw error
  const message =
    code === stopped ? `It took more than ${statementTimeoutMs / 1_000} seconds` : `PostgreSQL stopped with ${code}`
  return { status: 'broken', checked: '0', failed: '0', rows: [], message, isOfWhole: false }
}

function resultOf(rule: Rule, { status, checked, failed, rows, message, isOfWhole }: Judgement): RunResult {
  return {
    id: uuidv7(),
    rule_id: rule.id,
    rule_version: rule.version,
    dataset: rule.dataset,
    rule_key: rule.rule_key,
    kind: rule.kind,
    severity: rule.severity,
    status,
    rows_checked: checked,
    rows_failed: failed,
    message,
    rows: rows.slice(0, keptRows),
    held: rule.severity === 'FAIL' && status !== 'broken' ? heldOf(status, { rows, isOfWhole }) : null,
  }
}

function heldOf(status: ResultStatus, { rows, isOfWhole }: Pick<Judgement, 'rows' | 'isOfWhole'>): string[] {
  if (status === 'passed') return []
  return isOfWhole || rows.length > mostHeld ? [wholeDataset] : rows.map(({ key }) => key)
}
