import { readBytes } from './read-bytes.ts'
import { readCsv, toSheetRow } from './read-csv.ts'
import { openWorkbook } from './read-xlsx.ts'
import { type SheetFormat, type SheetLimits, type SheetRow, usualLimits } from './sheet.ts'
import { decodePieces } from './text-encoding.ts'

export interface ReadOptions {
  /** The number of the first row that is wanted, e.g. the one after that which was read last. */
  readonly from?: number
  /** What the file must be, in hexadecimal; `file_changed` is told when all of it is read. */
  readonly sha256?: string
  readonly limits?: Partial<SheetLimits>
  /** Counts on while rows are read. */
  readonly tally?: { blank_rows: number }
}

/**
 * The rows below the header, some thousand at a time, in memory that does not grow with the file; blank ones are left out. A refusal
 * comes when the row that causes it is read, and `file_changed` after the last: what is made of the rows must be able to be undone
 * until this is over.
 */
export async function* readRows(
  path: string,
  format: SheetFormat,
  options: ReadOptions = {},
): AsyncGenerator<SheetRow[], void> {
  const limits = { ...usualLimits, ...options.limits }
  const from = Math.max(options.from ?? 0, (format.header_row ?? 0) + 1)
  const rows =
    format.kind === 'xlsx' ? workbookRows(path, format, limits, options) : textRows(path, format, limits, options)
  for await (const chunk of rows) {
    const first = chunk[0]
    if (!first) continue
    const wanted = first.number >= from ? chunk : chunk.filter(({ number }) => number >= from)
    if (wanted.length > 0) yield wanted
  }
}

async function* textRows(path: string, format: SheetFormat, limits: SheetLimits, options: ReadOptions) {
  const { isGzipped, encoding, columns } = format
  const bytes = readBytes(path, { isGzipped, limits, sha256: options.sha256 })
  const tally = options.tally ?? { blank_rows: 0 }
  for await (const rows of readCsv(decodePieces(bytes, encoding ?? 'utf-8'), format, { limits, tally })) {
    if (rows[0]?.number === 1 && /^sep=/i.test(rows[0].cells[0] ?? '')) rows.shift()
    yield rows.map((row) => toSheetRow(row, columns.length))
  }
}

async function* workbookRows(path: string, format: SheetFormat, limits: SheetLimits, options: ReadOptions) {
  const workbook = await openWorkbook(path, { sheet: format.sheet, limits, sha256: options.sha256 })
  const width = format.columns.length
  try {
    for await (const rows of workbook.rows()) {
      yield rows.map(({ number, cells, faults = [] }): SheetRow => {
        const told = [...faults, ...(toSheetRow({ number, cells: padded(cells, width) }, width).faults ?? [])]
        return told.length > 0
          ? { number, cells: padded(cells, width), faults: told }
          : { number, cells: padded(cells, width) }
      })
    }
    if (options.tally) options.tally.blank_rows += workbook.blankRows()
  } finally {
    await workbook.close()
  }
}

function padded(cells: readonly string[], width: number): string[] {
  return cells.length >= width ? [...cells] : [...cells, ...Array.from({ length: width - cells.length }, () => '')]
}
