import { Readable } from 'node:stream'
import type { CellKind, CellValue } from './read-cell.ts'
import type { SheetFormat } from './sheet.ts'
import { encoderOf, markOf } from './text-encoding.ts'
import { writeWorkbook } from './write-xlsx.ts'

export interface WrittenColumn {
  /** As it stands at its head. */
  readonly name: string
  /** Of numbers, days and moments a workbook keeps the type. Text unless given. */
  readonly kind?: CellKind
}

/** Pieces of a table: amounts as decimal strings, days and moments in ISO 8601, nothing as null. */
export type WrittenRows = AsyncIterable<readonly (readonly CellValue[])[]> | Iterable<readonly (readonly CellValue[])[]>

export type SheetOptions =
  | {
      readonly kind: 'csv'
      /** Null writes no header. */
      readonly columns: readonly WrittenColumn[] | null
      /** As the file that the rows came from; commas, double quotes and UTF-8 unless given. */
      readonly format?: Partial<Pick<SheetFormat, 'delimiter' | 'quote' | 'encoding'>>
      /** For rows that somebody gets back as they came. Otherwise what a spreadsheet would take for a formula is kept from being one. */
      readonly isVerbatim?: boolean
    }
  | {
      readonly kind: 'xlsx'
      readonly columns: readonly WrittenColumn[]
      /** What the sheet is called. */
      readonly sheet?: string
      readonly isRightToLeft?: boolean
    }

/**
 * A table as a file, made while it is read, so that any number of rows takes the same memory. In CSV a letter that the encoding lacks
 * becomes a question mark; in XLSX a text is cut after 32,767 characters, and more than 1,048,575 rows are refused with `too_many_rows`:
 * that is what a sheet takes.
 */
export function writeSheet(options: SheetOptions, rows: WrittenRows): Readable {
  if (options.kind === 'xlsx') return writeWorkbook(options, rows)
  return Readable.from(csvOf(options, rows), { objectMode: false })
}

async function* csvOf(
  { columns, format = {}, isVerbatim = false }: Extract<SheetOptions, { kind: 'csv' }>,
  rows: WrittenRows,
): AsyncGenerator<Buffer, void> {
  const encoding = format.encoding ?? 'utf-8'
  const encode = encoderOf(encoding)
  const { delimiter = ',', quote = '"' } = format
  const line = lineWriter({ delimiter, quote, isVerbatim })
  yield encode(`${markOf(encoding)}${columns ? line(columns.map(({ name }) => name)) : ''}`)
  for await (const piece of rows) yield encode(piece.map(line).join(''))
}

function lineWriter({
  delimiter,
  quote,
  isVerbatim,
}: Pick<SheetFormat, 'delimiter' | 'quote'> & { isVerbatim: boolean }) {
  const special = new RegExp(`[\\r\\n${delimiter ?? ''}${quote ?? ''}]`)
  const cellOf = (value: CellValue) => {
    const text = value === null ? '' : `${value}`
    const safe = isVerbatim ? text : withoutFormula(text)
    return quote !== null && special.test(safe) ? `${quote}${safe.replaceAll(quote, quote + quote)}${quote}` : safe
  }
  return (cells: readonly CellValue[]) => `${cells.map(cellOf).join(delimiter ?? '')}\r\n`
}

/** What a spreadsheet would run has an apostrophe before it, but for numbers. */
function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text) ? `'${text}` : text
}
