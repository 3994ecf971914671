import { refuse } from '../platform/refusal.ts'
import { day, instant } from '../platform/schema.ts'
import { boundMissing, columnUnfit, columnUnknown, type RuleConfig, valueUnfit } from './contract.ts'
import { type ColumnKind, type Dataset, datasetOf } from './datasets.ts'
import { boundsOf } from './judge-queries.ts'

type Fitted = Exclude<RuleConfig, { kind: 'custom_sql' }>

const ordered: readonly ColumnKind[] = ['number', 'day', 'time']
const number = /^-?\d{1,15}(\.\d{1,6})?$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Refuses a rule that names columns which the dataset does not have, or asks of one what cannot be asked of its kind. */
export function assertFitting(datasetName: string, config: Fitted): void {
  const dataset = datasetOf(datasetName)
  for (const { column, is, value } of config.when) {
    const kind = kindOf(dataset, column)
    if (is === 'empty' || is === 'filled') {
      if (value !== undefined) refuse(valueUnfit, `${column} ${is} takes no value`)
      continue
    }
    if ((is === 'above' || is === 'below') && !ordered.includes(kind)) refuse(columnUnfit, `${column} has no order`)
    assertValue(column, { kind, value })
  }
  if ('within_days' in config && config.within_days !== undefined && dataset.time === null)
    refuse(columnUnfit, `${dataset.name} has no time`)
  assertOfKind(dataset, config)
}

function assertOfKind(dataset: Dataset, config: Fitted): void {
  switch (config.kind) {
    case 'not_null':
      kindOf(dataset, config.column)
      return
    case 'range':
      assertRange(dataset, config)
      return
    case 'unique':
      for (const column of config.columns) kindOf(dataset, column)
      return
    case 'reference':
      kindOf(dataset, config.column)
      kindOf(datasetOf(config.of.dataset), config.of.column)
      return
    case 'freshness':
      if (dataset.time === null) refuse(columnUnfit, `${dataset.name} has no time`)
      return
    case 'row_count_change':
      if (config.max_drop_percent === undefined && config.max_rise_percent === undefined) refuse(boundMissing)
      return
    case 'pattern':
      if (kindOf(dataset, config.column) !== 'text') refuse(columnUnfit, `${config.column} is no text`)
  }
}

function assertRange(dataset: Dataset, config: Extract<Fitted, { kind: 'range' }>): void {
  const kind = kindOf(dataset, config.column)
  if (!ordered.includes(kind)) refuse(columnUnfit, `${config.column} has no order`)
  const bounds = boundsOf(config)
  if (bounds.length === 0) refuse(boundMissing)
  for (const [, value] of bounds) assertValue(config.column, { kind, value })
}

function kindOf(dataset: Dataset, column: string): ColumnKind {
  const found = Object.hasOwn(dataset.columns, column) ? dataset.columns[column] : undefined
  return found?.kind ?? refuse(columnUnknown, `${dataset.name} has no column ${column}`)
}

function assertValue(column: string, { kind, value }: { kind: ColumnKind; value: string | undefined }): void {
  if (value === undefined || !isOf(kind, value)) refuse(valueUnfit, `${column} holds values of the kind ${kind}`)
}

function isOf(kind: ColumnKind, value: string): boolean {
  switch (kind) {
    case 'text':
      return true
    case 'number':
      return number.test(value)
    case 'boolean':
      return value === 'true' || value === 'false'
    case 'id':
      return uuid.test(value)
    case 'day':
      return day.safeParse(value).success
    case 'time':
      return instant.safeParse(value).success
  }
}
