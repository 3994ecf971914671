import { Decimal } from 'decimal.js'
import { day, money, month, percent, quantity } from '../ui/format.ts'
import { useSay } from './report-words.ts'
import type { ReportColumn, Result, Row } from './use-reports.ts'
import { useReportWords } from './words.ts'

const numeric: readonly ReportColumn['kind'][] = ['money', 'quantity', 'count', 'percent']

/** Columns whose cells stand below each other, digit by digit. */
export const isNumeric = ({ kind }: Pick<ReportColumn, 'kind'>) => numeric.includes(kind)

/** What seldom happens is left out where it did not. */
const seldom: readonly string[] = ['exchanges', 'exchanged', 'corrected', 'reserved', 'adjusted', 'uncosted']

type Of = Pick<Result, 'report' | 'rows' | 'columns'>

/** The currencies of the rows, in the order of the report. */
export function currenciesOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ cells }) => cells.currency ?? []))]
}

/** The columns that say something: those that are empty all along are left out, and the currency where there is one only. */
export function shownColumns({ columns, rows }: Of): ReportColumn[] {
  const isOfOneCurrency = currenciesOf(rows).length < 2
  return columns.filter(({ name }) => {
    if (name === 'currency') return !isOfOneCurrency
    if (name === 'with_adjustments') return rows.some(({ cells }) => /[1-9]/.test(cells.adjusted ?? ''))
    return rows.some(({ cells }) => cells[name] !== null && (!seldom.includes(name) || /[1-9]/.test(cells[name] ?? '')))
  })
}

/** An amount, a quantity or a count as people read it. */
export function figureText(kind: ReportColumn['kind'], text: string, currency: string | null): string {
  if (kind === 'money' && currency !== null) return money(text, currency)
  return kind === 'percent' ? percent(text) : quantity(text)
}

/** What stands in a cell, in words and figures of the person. */
export function useCellText(report: string) {
  const say = useSay()
  const t = useReportWords()
  const labelOf = ({ name, label }: Pick<ReportColumn, 'name' | 'label'>) =>
    say([`column/${report}/${name}`, `column/${name}`], label)
  const textOf = ({ name, kind }: ReportColumn, { cells }: Pick<Row, 'cells'>): string => {
    const text = cells[name] ?? null
    if (text === null)
      return isNumeric({ kind }) ? '' : say([...(cells.rate ? [`none/${name}/rated`] : []), `none/${name}`], '')
    if (isNumeric({ kind })) return figureText(kind, text, cells.currency ?? null)
    if (kind === 'day') return day(text)
    if (kind === 'month') return month(text)
    if (/^\d+–\d+$/.test(text)) return t('days', { range: `\u2066${text}\u2069` })
    return say([`value/${name}/${text}`], text)
  }
  return { labelOf, textOf }
}

/** Rows by a column; those that have nothing there come last. */
export function sortedRows(rows: readonly Row[], column: ReportColumn, isDescending: boolean): Row[] {
  const order = isDescending ? -1 : 1
  return rows.toSorted((one, other) => {
    const [a, b] = [one.cells[column.name] ?? null, other.cells[column.name] ?? null]
    if (a === null || b === null) return a === b ? 0 : Number(a === null) - Number(b === null)
    return order * (isNumeric(column) ? new Decimal(a).comparedTo(b) : a.localeCompare(b))
  })
}
