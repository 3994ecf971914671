import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, line, name, pageInput, paragraph, time, version } from '../platform/schema.ts'
import { datasetNames } from './datasets.ts'

export const permissions = {
  read: 'quality.read',
  manageRules: 'quality.manage-rules',
  writeSql: 'quality.write-sql',
  run: 'quality.run',
} as const

export const severities = ['WARN', 'FAIL'] as const
export type Severity = (typeof severities)[number]
export const schedules = ['off', 'hourly', 'daily'] as const
export type Schedule = (typeof schedules)[number]
export const starters = ['request', 'schedule', 'import'] as const
export type Starter = (typeof starters)[number]
export const runStatuses = ['queued', 'done', 'failed'] as const
export type RunStatus = (typeof runStatuses)[number]
export const resultStatuses = ['passed', 'failed', 'broken'] as const
export type ResultStatus = (typeof resultStatuses)[number]
export const ruleKinds = [
  'not_null',
  'range',
  'unique',
  'reference',
  'freshness',
  'row_count_change',
  'pattern',
  'custom_sql',
] as const
export type RuleKind = (typeof ruleKinds)[number]

/** Stands for all rows of a dataset among those that are held. */
export const wholeDataset = '*'

const dataset = z.enum(datasetNames)
const column = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'must be the name of a column' })
const bound = line(40).meta({ description: 'A decimal string, a day, or a time with its zone, as the column is.' })
const when = z
  .array(
    z.strictObject({
      column,
      is: z.enum(['equal', 'not_equal', 'above', 'below', 'empty', 'filled']),
      value: line(200).optional(),
    }),
  )
  .max(5)
  .default([])
  .meta({ description: 'Only rows of which all of this is true are judged.' })
const within_days = z.int().min(1).max(3_650).optional().meta({ description: 'Only rows of the last so many days.' })
const rows = { when, within_days }

/** What a rule says, by its kind. */
export const config = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not_null'), column, ...rows }),
  z.strictObject({
    kind: z.literal('range'),
    column,
    at_least: bound.optional(),
    above: bound.optional(),
    at_most: bound.optional(),
    below: bound.optional(),
    ...rows,
  }),
  z.strictObject({
    kind: z.literal('unique'),
    columns: z.array(column).min(1).max(4),
    ignores_case: z.boolean().default(false),
    ...rows,
  }),
  z.strictObject({ kind: z.literal('reference'), column, of: z.strictObject({ dataset, column }), ...rows }),
  z.strictObject({ kind: z.literal('freshness'), max_age_hours: z.int().min(1).max(87_600), when }),
  z.strictObject({
    kind: z.literal('row_count_change'),
    max_drop_percent: z.int().min(0).max(100).optional(),
    max_rise_percent: z.int().min(0).max(100_000).optional(),
    when,
  }),
  z.strictObject({
    kind: z.literal('pattern'),
    column,
    pattern: line(200).meta({ description: 'A regular expression of PostgreSQL that a value must match.' }),
    ignores_case: z.boolean().default(false),
    ...rows,
  }),
  z.strictObject({
    kind: z.literal('custom_sql'),
    sql: paragraph(4_000).meta({
      description: 'One SELECT over the datasets by their names. It answers key and value of each failing row.',
    }),
  }),
])
export type RuleConfig = z.output<typeof config>

const rule_key = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  error: 'must be small letters, digits and hyphens, at most 63, and begin with a letter',
})
const daily_hour = z
  .int()
  .min(0)
  .max(23)
  .nullable()
  .meta({ description: 'The hour of a daily rule, in the time zone of the tenant; 4 unless given.' })

export const byId = z.strictObject({ id })
export const rule = z.object({
  id,
  dataset,
  rule_key: z.string(),
  name: z.string(),
  kind: z.enum(ruleKinds),
  config,
  severity: z.enum(severities),
  is_active: z.boolean(),
  schedule: z.enum(schedules),
  daily_hour,
  version,
  created_at: time,
  updated_at: time,
})
export const createRuleInput = z.strictObject({
  id: id.optional(),
  dataset,
  rule_key: rule_key.meta({ description: 'The name for machines; no two rules have the same.' }),
  name: name(100),
  config,
  severity: z.enum(severities).default('WARN'),
  is_active: z.boolean().default(true),
  schedule: z.enum(schedules).default('daily'),
  daily_hour: daily_hour.optional(),
})
export const updateRuleInput = z.strictObject({
  id,
  version,
  name: name(100).optional(),
  config: config.optional().meta({ description: 'What it says, of the same kind.' }),
  severity: z.enum(severities).optional(),
  is_active: z.boolean().optional(),
  schedule: z.enum(schedules).optional(),
  daily_hour: daily_hour.optional(),
})
export const removeRuleInput = z.strictObject({ id, version })
export const removedRule = z.object({ id, freed: z.int().meta({ description: 'How many rows it held.' }) })
export const listRulesInput = z.strictObject({
  dataset: dataset.optional(),
  severity: z.enum(severities).optional(),
  is_active: z.boolean().optional(),
  ...pageInput,
})
export const addPresetsInput = z.strictObject({})
export const addedPresets = z.object({
  added: z.array(rule),
  present: z.array(z.string()).meta({ description: 'The keys of those that were there already.' }),
})

const lastResult = z.object({
  rule_id: id,
  rule_key: z.string(),
  status: z.enum(resultStatuses),
  severity: z.enum(severities),
  judged_at: time,
})
const score = z.string().nullable()
const datasetSummary = z.object({
  name: dataset,
  time: z.string().nullable().meta({ description: 'The column that says how fresh the data are.' }),
  columns: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['text', 'number', 'boolean', 'id', 'day', 'time']),
      is_personal: z.boolean(),
    }),
  ),
  rules: z.int(),
  completeness: score.meta({ description: 'Per cent of what must be filled that is, by the last results.' }),
  accuracy: score.meta({ description: 'Per cent of what was judged otherwise that is right, by the last results.' }),
  judged_at: time.nullable(),
  results: z.array(lastResult),
  held: z.string().meta({ description: 'How many rows are held, as a whole number.' }),
  is_held: z.boolean().meta({ description: 'All of it is held.' }),
})
export const datasetList = z.object({ items: z.array(datasetSummary) })

const count = z.string().meta({ description: 'A whole number.' })
export const run = z.object({
  id,
  started_by: z.enum(starters),
  requested_by: id.nullable(),
  dataset: dataset.nullable(),
  status: z.enum(runStatuses),
  rules_total: z.int(),
  rules_passed: z.int(),
  rules_warned: z.int(),
  rules_failed: z.int(),
  rules_broken: z.int().meta({ description: 'Rules that could not be judged.' }),
  rows_checked: count,
  rows_failed: count,
  judged_at: time.nullable().meta({ description: 'The moment of which the data were.' }),
  finished_at: time.nullable(),
  created_at: time,
})
export const runRulesInput = z.strictObject({
  id: id.optional(),
  dataset: dataset.optional().meta({ description: 'Its rules alone; those of all unless given.' }),
  rule_id: id.optional().meta({ description: 'This rule alone, active or not.' }),
})
export const listRunsInput = z.strictObject({
  dataset: dataset.optional(),
  status: z.enum(runStatuses).optional(),
  ...pageInput,
})
const result = z.object({
  id,
  rule_id: id,
  rule_version: version,
  dataset,
  rule_key: z.string(),
  kind: z.enum(ruleKinds),
  severity: z.enum(severities),
  status: z.enum(resultStatuses),
  rows_checked: count,
  rows_failed: count,
  message: z.string(),
  judged_at: time,
})
export const runWithResults = run.extend({ results: z.array(result) })

export const listFailingRowsInput = z.strictObject({ id: id.meta({ description: 'Of a result.' }), ...pageInput })
export const failingRow = z.object({
  number: z.int(),
  key: z.string(),
  label: z.string().nullable().meta({ personal: true }),
  value: z.string().nullable().meta({ personal: true }),
  message: z.string(),
})
export const listHeldInput = z.strictObject({ dataset: dataset.optional(), rule_id: id.optional(), ...pageInput })
export const heldRow = z.object({
  dataset,
  key: z.string().meta({ description: 'Names the row; * is all of the dataset.' }),
  rule_id: id,
  rule_key: z.string(),
  result_id: id.meta({ description: 'The result that began it.' }),
  since: time,
})

export const ruleKeyTaken = refusal('quality_rule_key_taken', 409, 'There is a rule with this key')
export const columnUnknown = refusal('quality_column_unknown', 422, 'The dataset has no such column')
export const columnUnfit = refusal('quality_column_unfit', 422, 'This cannot be asked of such a column')
export const valueUnfit = refusal('quality_value_unfit', 422, 'The value does not fit its column')
export const boundMissing = refusal('quality_bound_missing', 422, 'A rule of this kind needs a bound')
export const patternInvalid = refusal('quality_pattern_invalid', 422, 'This is no regular expression')
export const hourUnfit = refusal('quality_hour_unfit', 422, 'Only a daily rule has an hour')
export const kindStays = refusal('quality_kind_stays', 422, 'A rule stays of its kind; make another one')
export const sqlForbidden = refusal('quality_sql_forbidden', 403, 'Rules in SQL need the permission quality.write-sql')
export const sqlRefused = refusal('quality_sql_refused', 422, 'This is not a SELECT that rules may be')
export const sqlUncheckable = refusal(
  'quality_sql_uncheckable',
  503,
  'The database does not let statements be looked into: its operator must grant TEMPORARY to the role of requests',
)
export const ruleNotFound = refusal('quality_rule_not_found', 422, 'There is no such rule')
export const noRules = refusal('quality_no_rules', 422, 'There is no active rule to run')

/** What a rule may be refused with as it is made or changed. */
export const ruleRefusals = [
  columnUnknown,
  columnUnfit,
  valueUnfit,
  boundMissing,
  patternInvalid,
  hourUnfit,
  sqlForbidden,
  sqlRefused,
  sqlUncheckable,
]

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { rule_key_key: ruleKeyTaken } as const
