import type { z } from 'zod'
import type { QueryContext } from '../platform/operation.ts'
import type { Settings } from '../settings/index.ts'
import type { exported } from './contract.ts'
import type { Column, Row } from './report.ts'
import { type Asked, rowsToExport } from './run-report.ts'

interface File extends Asked {
  readonly format: 'csv'
  readonly separator: string
}

/** A report as a file of rows. */
export async function exportReport(
  context: QueryContext,
  settings: Settings,
  { separator, ...asked }: File,
): Promise<z.input<typeof exported>> {
  const { report, rows, ground, isTruncated } = await rowsToExport(context, settings, asked)
  return {
    file_name: `${report.name}-${ground.today}.csv`,
    media_type: 'text/csv; charset=utf-8',
    content: Buffer.from(csvOf(report.columns, rows, separator)).toString('base64'),
    is_truncated: isTruncated,
  }
}

/** Lines by RFC 4180, with the mark by which spreadsheets know UTF-8. Texts never begin as a formula does. */
function csvOf(columns: readonly Column[], rows: readonly Row[], separator: string): string {
  const quoted = (text: string) => (/["\r\n,;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const harmless = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
  const fieldOf = ({ name, kind }: Column, { cells }: Row) => {
    const text = cells[name] ?? ''
    return quoted(kind === 'text' ? harmless(text) : text)
  }
  const lines = [
    columns.map(({ label }) => quoted(label)),
    ...rows.map((row) => columns.map((column) => fieldOf(column, row))),
  ]
  return `\ufeff${lines.map((fields) => `${fields.join(separator)}\r\n`).join('')}`
}
