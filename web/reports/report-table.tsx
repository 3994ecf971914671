import { Anchor, Paper, Table, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { figureText, isNumeric, shownColumns, sortedRows, useCellText } from './cells.ts'
import type { ReportColumn, Result, Row } from './use-reports.ts'
import { useReportWords } from './words.ts'

export interface Drilled {
  readonly row: Row
  readonly column: ReportColumn
}

const rowHeight = 41
/** So many rows are all on the page; of more only those in sight are. */
const mostWhole = 100

interface TableProps {
  readonly result: Result
  readonly label: string
  readonly onDrill: (drilled: Drilled) => void
}

/** The rows of a report with what they come to. Every figure opens its documents. */
export function ReportTable({ result, label, onDrill }: TableProps) {
  const columns = shownColumns(result)
  const [sort, setSort] = useState<{ column: ReportColumn; isDescending: boolean }>()
  const rows = sort ? sortedRows(result.rows, sort.column, sort.isDescending) : result.rows
  const isPrinting = usePrinting()
  const box = useRef<HTMLDivElement>(null)
  const isWhole = isPrinting || rows.length <= mostWhole
  const { shown, before, after, measure } = useRowsInSight(box, rows, isWhole)
  return (
    <Paper
      withBorder
      ref={box}
      className="report-table"
      {...(isWhole ? {} : { mah: 'calc(100vh - 160px)' })}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <Table stickyHeader={!isWhole} highlightOnHover aria-rowcount={rows.length + 1}>
        <Head {...{ columns, result, sort, setSort }} />
        <Table.Tbody>
          {before > 0 ? <tr style={{ height: before }} aria-hidden /> : null}
          {shown.map((index) => {
            const row = rows[index]
            return row ? (
              <Table.Tr key={row.key} ref={measure} data-index={index} aria-rowindex={index + 2} h={rowHeight}>
                {columns.map((column) => (
                  <Cell key={column.name} {...{ column, row, onDrill }} report={result.report} />
                ))}
              </Table.Tr>
            ) : null
          })}
          {after > 0 ? <tr style={{ height: after }} aria-hidden /> : null}
        </Table.Tbody>
        <Totals {...{ columns, result }} />
      </Table>
    </Paper>
  )
}

/** True while the page goes to a printer, which is given all rows. */
function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false)
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true))
    const end = () => setPrinting(false)
    addEventListener('beforeprint', begin)
    addEventListener('afterprint', end)
    return () => {
      removeEventListener('beforeprint', begin)
      removeEventListener('afterprint', end)
    }
  }, [])
  return isPrinting
}

function useRowsInSight(box: React.RefObject<HTMLDivElement | null>, rows: readonly Row[], isWhole: boolean) {
  const all = useVirtualizer({
    count: isWhole ? 0 : rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const inSight = all.getVirtualItems()
  return {
    shown: isWhole ? rows.map((_, index) => index) : inSight.map(({ index }) => index),
    before: inSight[0]?.start ?? 0,
    after: all.getTotalSize() - (inSight.at(-1)?.end ?? 0),
    measure: isWhole ? null : all.measureElement,
  }
}

interface HeadProps {
  readonly columns: readonly ReportColumn[]
  readonly result: Result
  readonly sort: { column: ReportColumn; isDescending: boolean } | undefined
  readonly setSort: (sort: { column: ReportColumn; isDescending: boolean }) => void
}

/** A column whose rows are all there can be sorted by. */
function Head({ columns, result, sort, setSort }: HeadProps) {
  const t = useReportWords()
  const { labelOf } = useCellText(result.report)
  const heads = columns.map((column) => {
    const isBy = sort?.column.name === column.name
    const isDescending = isBy ? !sort.isDescending : isNumeric(column)
    const Arrow = sort?.isDescending ? IconArrowDown : IconArrowUp
    const order = sort?.isDescending ? 'descending' : 'ascending'
    return (
      <Table.Th
        key={column.name}
        className={isNumeric(column) ? 'amount' : ''}
        {...(isBy ? { 'aria-sort': order } : {})}
      >
        {result.is_truncated ? (
          labelOf(column)
        ) : (
          <UnstyledButton
            className="report-sort"
            aria-label={t('sort', { column: labelOf(column) })}
            onClick={() => setSort({ column, isDescending })}
          >
            {labelOf(column)}
            {isBy ? <Arrow size={14} aria-hidden /> : null}
          </UnstyledButton>
        )}
      </Table.Th>
    )
  })
  return (
    <Table.Thead>
      <Table.Tr>{heads}</Table.Tr>
    </Table.Thead>
  )
}

function Cell(props: { report: string; column: ReportColumn; row: Row; onDrill: TableProps['onDrill'] }) {
  const { column, row, report, onDrill } = props
  const t = useReportWords()
  const { textOf, labelOf } = useCellText(report)
  const text = textOf(column, row)
  const hasDocuments = column.is_figure && /[1-9]/.test(row.cells[column.name] ?? '')
  const shown: ReactNode = hasDocuments ? (
    <Anchor
      component="button"
      type="button"
      className="report-figure"
      aria-label={`${text}: ${t('show', { figure: labelOf(column) })}`}
      onClick={() => onDrill({ row, column })}
    >
      {text}
    </Anchor>
  ) : (
    text
  )
  return (
    <Table.Td className={isNumeric(column) ? 'amount' : ''}>
      {column.name === 'sku' ? <span className="code">{shown}</span> : shown}
    </Table.Td>
  )
}

/** What the figures come to, a row for each currency and unit. */
function Totals({ columns, result: { totals } }: { columns: readonly ReportColumn[]; result: Result }) {
  const t = useReportWords()
  if (!totals || totals.length === 0) return null
  const textOf = ({ name, kind }: ReportColumn, at: number, { currency, unit, cells }: (typeof totals)[number]) => {
    if (at === 0) return t('total')
    if (name === 'currency') return currency
    if (name === 'unit') return unit
    const text = cells[name] ?? null
    return text === null ? '' : figureText(kind, text, currency)
  }
  return (
    <Table.Tfoot>
      {totals.map((total) => (
        <Table.Tr key={`${total.currency} ${total.unit}`}>
          {columns.map((column, at) => (
            <Table.Td key={column.name} fw={650} className={isNumeric(column) ? 'amount' : ''}>
              {textOf(column, at, total)}
            </Table.Td>
          ))}
        </Table.Tr>
      ))}
    </Table.Tfoot>
  )
}
