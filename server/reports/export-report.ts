import { buffer } from 'node:stream/consumers'
import type { z } from 'zod'
import type { QueryContext } from '../platform/operation.ts'
import type { Settings } from '../settings/index.ts'
import { type CellKind, type Delimiter, writeSheet } from '../sheets/index.ts'
import { localeOf } from '../tenants/index.ts'
import type { exported } from './contract.ts'
import type { Column } from './report.ts'
import { sayIn } from './report-words.ts'
import { type Asked, rowsToExport } from './run-report.ts'

interface File extends Asked {
  readonly format: 'csv' | 'xlsx'
  readonly separator: Delimiter
  /** That of the caller unless given. */
  readonly locale?: string | undefined
}

const mediaTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const

const kinds: Readonly<Record<Column['kind'], CellKind>> = {
  money: 'amount',
  quantity: 'quantity',
  count: 'integer',
  percent: 'quantity',
  month: 'text',
  day: 'date',
  text: 'text',
}

/** A report as a file of rows. Columns are named in the language of the caller, and cells hold what they do in any. */
export async function exportReport(
  context: QueryContext,
  settings: Settings,
  { format, separator, locale, ...asked }: File,
): Promise<z.input<typeof exported>> {
  const { report, rows, ground, isTruncated } = await rowsToExport(context, settings, asked)
  const say = sayIn(locale ?? (await localeOf(context)))
  const columns = report.columns.map(({ label, kind }) => ({ name: say(label), kind: kinds[kind] }))
  const cells = rows.map((row) => report.columns.map(({ name }) => row.cells[name] ?? null))
  const file =
    format === 'csv'
      ? writeSheet({ kind: 'csv', columns, format: { delimiter: separator } }, [cells])
      : writeSheet({ kind: 'xlsx', columns, sheet: say(report.title).slice(0, 31) }, [cells])
  return {
    file_name: `${report.name}-${ground.today}.${format}`,
    media_type: mediaTypes[format],
    content: (await buffer(file)).toString('base64'),
    is_truncated: isTruncated,
  }
}
