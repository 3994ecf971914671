import { refuse } from '../platform/refusal.ts'
import { isBlank } from './detect-csv.ts'
import { lastFilled } from './find-header.ts'
import { csvParser, type ParsedRow } from './parse-csv.ts'
import { encodingMixed, nulBytes, quoteUnclosed, rowTooLong, tooManyColumns } from './refusals.ts'
import type { RowFault, SheetFormat, SheetLimits, SheetRow } from './sheet.ts'
import type { DecodedText } from './text-encoding.ts'

/**
 * The rows of a text, blank ones left out, those of each piece together. Refuses with a row that is longer than `limits` take, a quote
 * that is never closed, and text that is broken, with the number of the row.
 */
export async function* readCsv(
  pieces: AsyncIterable<DecodedText> | Iterable<DecodedText>,
  format: Pick<SheetFormat, 'delimiter' | 'quote'>,
  { limits, tally }: { limits: SheetLimits; tally: { blank_rows: number } },
): AsyncGenerator<ParsedRow[], void> {
  const parser = csvParser(format)
  for await (const { text, broken } of pieces) {
    const rows = parser.take(broken ? text.slice(0, broken.at) : text, false)
    yield keep(rows, { limits, tally })
    const left = parser.left()
    if (broken) refuse(broken.code === 'nul_bytes' ? nulBytes : encodingMixed, `Row ${left.number}`)
    if (left.characters > limits.row_characters)
      refuse(left.isQuoted ? quoteUnclosed : rowTooLong, `Row ${left.number}`)
  }
  yield keep(parser.take('', true), { limits, tally })
  const left = parser.left()
  if (left.characters > 0) refuse(quoteUnclosed, `Row ${left.number}`)
}

/** A row with what is wrong with it, for a sheet of so many columns. */
export function toSheetRow(row: ParsedRow, width: number): SheetRow {
  const { number, cells, misplaced } = row
  if (cells.length === width && misplaced === undefined) return row
  const faults: RowFault[] = []
  if (misplaced !== undefined) faults.push({ code: 'quote_misplaced', cell: misplaced })
  if (cells.length < width) faults.push({ code: 'too_few_cells', cell: null })
  if (cells.length > width && lastFilled(cells) > width) faults.push({ code: 'too_many_cells', cell: null })
  return faults.length > 0 ? { number, cells, faults } : { number, cells }
}

function keep(
  rows: ParsedRow[],
  { limits, tally }: { limits: SheetLimits; tally: { blank_rows: number } },
): ParsedRow[] {
  const kept = rows.filter((row) => !isBlank(row))
  const long = kept.find(({ cells }) => cells.length > limits.columns)
  if (long) refuse(tooManyColumns, `Row ${long.number}`)
  tally.blank_rows += rows.length - kept.length
  return kept
}
