import { refuse } from '../platform/refusal.ts'
import { detectDialect, isBlank } from './detect-csv.ts'
import { findHeader, lastFilled, nameColumns } from './find-header.ts'
import { lookAt } from './look-at-column.ts'
import { csvParser } from './parse-csv.ts'
import { assertUnchanged, identify, readBytes } from './read-bytes.ts'
import { toSheetRow } from './read-csv.ts'
import { openWorkbook, type WorkbookRow } from './read-xlsx.ts'
import {
  encodingMixed,
  fileEmpty,
  headerOnly,
  nulBytes,
  quoteUnclosed,
  rowTooLong,
  sheetKindUnknown,
} from './refusals.ts'
import {
  type ColumnLook,
  type SheetFormat,
  type SheetLimits,
  type SheetNote,
  type SheetRow,
  usualLimits,
} from './sheet.ts'
import { decodeStart, encodingOfMark, narrowEncodingOf, tallyNarrow, wideEncodingOf } from './text-encoding.ts'

export interface DetectedSheet {
  readonly format: SheetFormat
  /** The row that names the columns as it stands in the file, to be written above rows that somebody gets back. */
  readonly header: SheetRow | null
  /** The first rows below the header, at most 50. */
  readonly samples: readonly SheetRow[]
  /** One for each column, in order. */
  readonly looks: readonly ColumnLook[]
  readonly notes: readonly SheetNote[]
}

/** What somebody said of the file that is therefore not detected. */
export type DetectOptions = Partial<Pick<SheetFormat, 'encoding' | 'delimiter' | 'quote' | 'sheet' | 'header_row'>> & {
  readonly limits?: Partial<SheetLimits>
  /** What the file must be, in hexadecimal. */
  readonly sha256?: string
}

interface Sample {
  readonly format: Omit<SheetFormat, 'header_row' | 'columns'>
  readonly rows: readonly WorkbookRow[]
  /** Whether there are no others. */
  readonly isWhole: boolean
  readonly notes: readonly SheetNote[]
}

const samplesTold = 50
const rowsLookedAt = 1_000

/**
 * Finds out how a file of rows is to be read: CSV in any of five encodings, gzipped or not, or XLSX. Reads as much as it needs, which
 * of a text without a mark of the byte order is all of it. Refuses what is no file of rows, and what none can be read out of.
 */
export async function detectSheet(path: string, options: DetectOptions = {}): Promise<DetectedSheet> {
  const before = await identify(path)
  if (before.size === 0n) refuse(fileEmpty)
  const limits = { ...usualLimits, ...options.limits }
  const start = await startOf(path, { bytes: 8, isGzipped: false, limits })
  const sample =
    start.bytes.readUInt16BE() === zipMark
      ? await sampleWorkbook(path, limits, options)
      : await sampleText(path, start.bytes, limits, options)
  await assertUnchanged(path, before)
  return describe(sample, options.header_row)
}

const zipMark = 0x504b
const gzipMark = 0x1f8b
// Workbooks of before 2007, and those with a password; PDF.
const otherMarks = ['d0cf11e0', '25504446']

async function sampleWorkbook(path: string, limits: SheetLimits, options: DetectOptions): Promise<Sample> {
  const workbook = await openWorkbook(path, { sheet: options.sheet ?? null, limits, sha256: options.sha256 })
  try {
    const rows: WorkbookRow[] = []
    // Which cells are merged stands behind all the rows.
    for await (const chunk of workbook.rows()) rows.push(...chunk.slice(0, Math.max(0, rowsLookedAt - rows.length)))
    const format = {
      kind: 'xlsx',
      isGzipped: false,
      encoding: null,
      delimiter: null,
      quote: null,
      sheet: workbook.sheet,
    } as const
    return { format, rows, isWhole: rows.length < rowsLookedAt, notes: workbook.notes() }
  } finally {
    await workbook.close()
  }
}

async function sampleText(path: string, first: Buffer, limits: SheetLimits, options: DetectOptions): Promise<Sample> {
  if (otherMarks.includes(first.toString('hex', 0, 4))) refuse(sheetKindUnknown)
  const isGzipped = first.length > 1 && first.readUInt16BE() === gzipMark
  const { bytes, isWhole } = await startOf(path, { bytes: 2 * limits.row_characters + 1024, isGzipped, limits })
  if (bytes.length === 0) refuse(fileEmpty)
  if (bytes.length > 1 && bytes.readUInt16BE() === zipMark) refuse(sheetKindUnknown)
  if (!isWhole && !/[\r\n]/.test(bytes.toString('latin1'))) refuse(rowTooLong, 'Row 1')
  const encoding =
    options.encoding ??
    encodingOfMark(bytes) ??
    wideEncodingOf(bytes) ??
    (await narrowOf(path, isGzipped, limits, options))
  const { text, broken } = decodeStart(bytes, encoding)
  if (isWhole && /^[\s,;|]*$/.test(text)) refuse(fileEmpty)
  const dialect = detectDialect(text, { isWhole })
  const delimiter = options.delimiter === undefined ? dialect.delimiter : options.delimiter
  const quote = options.quote === undefined ? dialect.quote : options.quote
  const parser = csvParser({ delimiter, quote })
  const rows = parser.take(broken ? text.slice(0, broken.at) : text, isWhole && !broken)
  const left = parser.left()
  if (broken) refuse(broken.code === 'nul_bytes' ? nulBytes : encodingMixed, `Row ${left.number}`)
  if (left.characters > 0 && (isWhole || rows.length === 0))
    refuse(left.isQuoted ? quoteUnclosed : rowTooLong, `Row ${left.number}`)
  const kept = rows.filter((row) => !isBlank(row)).slice(0, rowsLookedAt)
  const format = { kind: 'csv', isGzipped, encoding, delimiter, quote, sheet: null } as const
  return { format, rows: kept.map((row) => toSheetRow(row, row.cells.length)), isWhole, notes: [] }
}

async function narrowOf(path: string, isGzipped: boolean, limits: SheetLimits, { sha256 }: DetectOptions) {
  return narrowEncodingOf(await tallyNarrow(readBytes(path, { isGzipped, limits, sha256 })))
}

async function startOf(
  path: string,
  { bytes, isGzipped, limits }: { bytes: number; isGzipped: boolean; limits: SheetLimits },
) {
  const pieces: Buffer[] = []
  let read = 0
  for await (const piece of readBytes(path, { isGzipped, limits })) {
    pieces.push(Buffer.from(piece))
    read += piece.length
    if (read > bytes) break
  }
  return { bytes: Buffer.concat(pieces).subarray(0, bytes), isWhole: read <= bytes }
}

function describe({ format, rows, isWhole, notes }: Sample, headerRow: number | null | undefined): DetectedSheet {
  if (rows.length === 0) refuse(fileEmpty)
  const header = headerRow === undefined ? findHeader(rows) : (rows.find(({ number }) => number === headerRow) ?? null)
  const body = header ? rows.filter(({ number }) => number > header.number) : rows
  if (header && body.length === 0 && isWhole) refuse(headerOnly)
  const longest = Math.max(0, ...body.map(({ cells }) => lastFilled(cells)))
  const width = header ? Math.max(lastFilled(header.cells), Math.min(header.cells.length, longest)) : longest
  const named = nameColumns(header, width)
  const looks = named.columns.map((column, index) =>
    lookAt(
      column,
      body.map(({ cells }) => cells[index] ?? ''),
      body.map(({ types }) => types?.[index]),
    ),
  )
  return {
    format: { ...format, header_row: header?.number ?? null, columns: named.columns },
    header: header && { number: header.number, cells: header.cells },
    samples: body.slice(0, samplesTold).map((row) => asSample(row, named.columns.length)),
    looks,
    notes: [...named.notes, ...notes],
  }
}

function asSample({ number, cells, faults = [] }: WorkbookRow, width: number): SheetRow {
  const ragged = toSheetRow({ number, cells: [...cells] }, width).faults ?? []
  const all = [...faults, ...ragged]
  return all.length > 0 ? { number, cells, faults: all } : { number, cells }
}
