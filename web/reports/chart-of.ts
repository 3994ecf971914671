import { Decimal } from 'decimal.js'
import { shortDay } from '../ui/format.ts'
import { plusDays } from './days.ts'
import type { ReportColumn, Result, Row } from './use-reports.ts'

/** How a report is drawn: by which columns, which values, and whether each value of another column is a series of its own. */
interface Plan {
  readonly kind: 'columns' | 'stacked' | 'rows' | 'lines' | 'pareto'
  readonly by: readonly string[]
  readonly values: readonly string[]
  readonly split?: string
  /** The greatest only. */
  readonly most?: number
  readonly only?: (row: Row) => boolean
}

export interface Drawing extends Pick<Plan, 'kind'> {
  readonly by: ReportColumn
  readonly value: ReportColumn
  readonly series: readonly { readonly name: string; readonly label: string }[]
  readonly data: readonly Readonly<Record<string, string | number>>[]
}

type Has = (column: string) => boolean

/** The plan of each report that is drawn. `has` tells the columns that say something. */
const plans: Readonly<Record<string, (has: Has, rows: readonly Row[]) => Plan>> = {
  'sales-by-month': (has) =>
    has('branch')
      ? { kind: 'stacked', by: ['month'], split: 'branch', values: ['revenue'] }
      : { kind: 'columns', by: ['month'], values: ['revenue'] },
  takings: (_, rows) =>
    new Set(rows.map(({ cells }) => cells.day)).size > 1
      ? { kind: 'stacked', by: ['day'], split: 'tender', values: ['total'] }
      : { kind: 'rows', by: ['tender'], values: ['total'] },
  'gross-margin': (has) => ({
    ...{ kind: 'rows', by: [has('product') ? 'product' : 'category'], most: 10 },
    values: ['revenue', 'margin'],
  }),
  'gross-margin-by-day': (has) => ({
    ...(has('day') ? { kind: 'lines', by: ['day'] } : { kind: 'rows', by: ['branch'] }),
    values: ['revenue', 'margin'],
  }),
  'best-sellers': () => ({
    ...{ kind: 'pareto', by: ['product'], values: ['revenue', 'cumulative_percent'], most: 30 },
    only: ({ cells }) => cells.class !== 'slow',
  }),
  'customer-value': () => ({ kind: 'rows', by: ['customer'], values: ['revenue'], most: 10 }),
  'tax-summary': () => ({ kind: 'rows', by: ['tax_name', 'rate'], values: ['sold_tax', 'returned_tax'] }),
  'stock-value': (has) => ({
    ...{ kind: 'rows', by: [has('branch') ? 'branch' : 'category'], most: 12 },
    values: [has('value') ? 'value' : 'variants'],
  }),
  'expiring-stock': (has) => ({
    ...{ kind: 'stacked', by: ['expires_in'], split: 'branch' },
    values: [has('value') ? 'value' : 'batches'],
  }),
  'cash-variances': () => ({ kind: 'rows', by: ['cashier'], values: ['short', 'over'], most: 20 }),
}

interface Texts {
  readonly labelOf: (column: ReportColumn) => string
  readonly textOf: (column: ReportColumn, row: Row) => string
}

/** What is drawn of a report in one currency; nothing where a table says it better. */
export function drawingOf(result: Result, currency: string | undefined, texts: Texts): Drawing | undefined {
  const own = result.rows.filter(({ cells }) => (cells.currency ?? undefined) === currency)
  const has: Has = (name) => own.some(({ cells }) => (cells[name] ?? null) !== null)
  const plan = plans[result.report]?.(has, own)
  if (!plan) return undefined
  const find = (name: string) => result.columns.find((column) => column.name === name)
  const by = plan.by.flatMap((name) => find(name) ?? [])
  const values = plan.values.filter(has).flatMap((name) => find(name) ?? [])
  const split = plan.split === undefined ? undefined : find(plan.split)
  const [first, value] = [by[0], values[0]]
  const rows = own.filter(plan.only ?? (() => true))
  if (!first || !value || rows.length === 0) return undefined

  const groups = groupsOf(rows, by, texts)
  const series = split
    ? [...new Set(rows.map((row) => texts.textOf(split, row)))].map((label) => ({ name: label, label }))
    : values.map((column) => ({ name: column.name, label: texts.labelOf(column) }))
  const data = groups.map(([label, group]) => {
    const sums = series.map(({ name }): [string, number] => {
      const ofSeries = split ? group.filter((row) => texts.textOf(split, row) === name) : group
      return [name, sumOf(ofSeries, split ? value.name : name)]
    })
    return { label, ...Object.fromEntries(sums) }
  })
  return {
    kind: plan.kind,
    by: first,
    value,
    series,
    data: greatest(data, plan, series[0]?.name ?? ''),
  }
}

/** Rows of the same label, days in order and without gaps. */
function groupsOf(rows: readonly Row[], by: readonly ReportColumn[], { textOf }: Texts): [string, Row[]][] {
  const [first] = by
  if (first?.kind !== 'day' && first?.kind !== 'month') {
    return [
      ...Map.groupBy(rows, (row) =>
        by
          .map((column) => textOf(column, row))
          .filter(Boolean)
          .join(' '),
      ),
    ]
  }
  const known = Map.groupBy(rows, ({ cells }) => cells[first.name] ?? '')
  const named = (text: string) =>
    first.kind === 'day' ? shortDay(text) : textOf(first, { key: '', cells: { [first.name]: text } })
  return unbroken([...known.keys()].toSorted(), first.kind).map((text) => [named(text), known.get(text) ?? []])
}

const longestDays = 400

function unbroken(sorted: readonly string[], kind: 'day' | 'month'): readonly string[] {
  const [from, until] = [sorted[0] ?? '', sorted.at(-1) ?? '']
  const all: string[] = []
  for (let at = from; at <= until && all.length < longestDays; ) {
    all.push(at)
    at = kind === 'day' ? plusDays(at, 1) : plusDays(`${at}-01`, 31).slice(0, 7)
  }
  return all.at(-1) === until ? all : sorted
}

/** A chart takes numbers; the amounts themselves stand beside it as text. */
function sumOf(rows: readonly Row[], name: string): number {
  return rows.reduce((sum, { cells }) => sum.plus(cells[name] ?? 0), new Decimal(0)).toNumber()
}

function greatest<T extends Record<string, string | number>>(data: T[], { most }: Plan, name: string): T[] {
  if (most === undefined) return data
  return data.toSorted((one, other) => Number(other[name]) - Number(one[name])).slice(0, most)
}
