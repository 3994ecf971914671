import type { Input, Output } from '../api.ts'
import { firstKind, type RuleKind } from './rule-kinds.ts'
import type { schedules, severities } from './words.ts'

export type Dataset = Output<'quality.list-datasets'>['items'][number]
export type DatasetColumn = Dataset['columns'][number]
type NewRule = Input<'quality.create-rule'>
type Config = NewRule['config']

export const comparisons = ['equal', 'not_equal', 'above', 'below', 'empty', 'filled'] as const

export interface Condition {
  readonly column: string
  readonly is: (typeof comparisons)[number]
  readonly value: string
}

/** A rule as its form holds it. */
export interface RuleValues extends Record<string, unknown> {
  readonly name: string
  readonly dataset: Dataset['name']
  readonly kind: RuleKind
  readonly column: string
  readonly columns: string[]
  readonly at_least: string
  readonly at_most: string
  readonly is_strict: boolean
  readonly ignores_case: boolean
  readonly of_dataset: Dataset['name']
  readonly of_column: string
  readonly pattern: string
  readonly max_age_hours: number | string
  readonly max_drop_percent: number | string
  readonly max_rise_percent: number | string
  readonly sql: string
  readonly when: Condition[]
  readonly within_days: number | string
  readonly severity: (typeof severities)[number]
  readonly schedule: (typeof schedules)[number]
}

export const firstValues: RuleValues = {
  ...{ name: '', dataset: 'products', kind: firstKind, column: '', columns: [] },
  ...{ at_least: '', at_most: '', is_strict: false, ignores_case: false },
  ...{ of_dataset: 'products', of_column: 'id', pattern: '', max_age_hours: 24 },
  ...{ max_drop_percent: '', max_rise_percent: '', sql: '', when: [], within_days: '' },
  ...{ severity: 'WARN', schedule: 'daily' },
}

/** Kinds of rules that look at a column. */
export const ofColumn: readonly RuleKind[] = ['not_null', 'range', 'reference', 'pattern']

/** The columns that such a rule can be about. */
export function fitting({ columns }: Pick<Dataset, 'columns'>, kind: RuleKind): readonly DatasetColumn[] {
  if (kind === 'range') return columns.filter((one) => ['number', 'day', 'time'].includes(one.kind))
  return kind === 'pattern' ? columns.filter((one) => one.kind === 'text') : columns
}

/** What the command takes. Machines know the rule by a key that nobody has to think of. */
export function newRuleOf(values: RuleValues, columns: Dataset['columns']): NewRule {
  const { name, dataset, kind, severity, schedule } = values
  const key = `${dataset}-${kind}-${crypto.randomUUID().slice(0, 8)}`.replaceAll('_', '-')
  return { name: name.trim(), dataset, rule_key: key, severity, schedule, config: configOf(values, columns) }
}

function configOf(values: RuleValues, columns: Dataset['columns']): Config {
  const { kind, column } = values
  const kindOf = (name: string) => columns.find((one) => one.name === name)?.kind
  const when = values.when.map(({ column: of, is, value }) =>
    is === 'empty' || is === 'filled' ? { column: of, is } : { column: of, is, value: written(value, kindOf(of)) },
  )
  const rows = { when, ...(values.within_days === '' ? {} : { within_days: Number(values.within_days) }) }
  switch (kind) {
    case 'not_null':
      return { kind, column, ...rows }
    case 'range':
      return { kind, column, ...boundsOf(values, kindOf(column)), ...rows }
    case 'unique':
      return { kind, columns: values.columns, ignores_case: values.ignores_case, ...rows }
    case 'reference':
      return { kind, column, of: { dataset: values.of_dataset, column: values.of_column }, ...rows }
    case 'pattern':
      return { kind, column, pattern: values.pattern, ignores_case: values.ignores_case, ...rows }
    case 'freshness':
      return { kind, max_age_hours: Number(values.max_age_hours), when }
    case 'row_count_change':
      return { kind, ...changeOf(values), when }
    case 'custom_sql':
      return { kind, sql: values.sql }
  }
}

function boundsOf({ at_least, at_most, is_strict }: RuleValues, kind: DatasetColumn['kind'] | undefined) {
  const lower = at_least === '' ? {} : { [is_strict ? 'above' : 'at_least']: written(at_least, kind) }
  const upper = at_most === '' ? {} : { [is_strict ? 'below' : 'at_most']: written(at_most, kind) }
  return { ...lower, ...upper }
}

function changeOf({ max_drop_percent, max_rise_percent }: RuleValues) {
  return {
    ...(max_drop_percent === '' ? {} : { max_drop_percent: Number(max_drop_percent) }),
    ...(max_rise_percent === '' ? {} : { max_rise_percent: Number(max_rise_percent) }),
  }
}

/** A value as the server reads it: a time is told in the zone of whoever types it, and sent with it. */
function written(value: string, kind: DatasetColumn['kind'] | undefined): string {
  if (kind !== 'time' || value === '') return value.trim()
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? value : time.toISOString()
}
