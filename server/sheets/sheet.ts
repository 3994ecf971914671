/** How a file says its rows. What was detected can be changed before the rows are read. */
export interface SheetFormat {
  readonly kind: 'csv' | 'xlsx'
  readonly isGzipped: boolean
  /** Of a workbook null. */
  readonly encoding: Encoding | null
  /** Null where a row is one cell. */
  readonly delimiter: Delimiter | null
  /** Null where no cell is ever quoted. */
  readonly quote: '"' | "'" | null
  /** Which of the sheets of a workbook. */
  readonly sheet: string | null
  /** The number of the row that names the columns; null where none does. */
  readonly header_row: number | null
  /** Their names, no two alike. */
  readonly columns: readonly string[]
}

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const
export type Encoding = (typeof encodings)[number]

export const delimiters = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof delimiters)[number]

export interface SheetRow {
  /** As an editor counts lines, or a spreadsheet rows, where it begins. */
  readonly number: number
  /** As they stand in the file; of a ragged row fewer or more than there are columns. */
  readonly cells: readonly string[]
  /** What is wrong with the row before anybody reads its cells. */
  readonly faults?: readonly RowFault[]
}

export interface RowFault {
  readonly code: RowFaultCode
  /** Which of the cells; null where it is the row. */
  readonly cell: number | null
}

/**
 * `too_few_cells`, `too_many_cells`: the row is not as long as the header, trailing empty cells not counted.
 * `quote_misplaced`: something stands between the quote that ends a cell and the delimiter.
 * `formula_without_value`: the workbook was saved without what the formula comes to.
 * `cell_error`: the spreadsheet shows an error, e.g. #N/A.
 */
export type RowFaultCode =
  | 'too_few_cells'
  | 'too_many_cells'
  | 'quote_misplaced'
  | 'formula_without_value'
  | 'cell_error'

/** What somebody should know of a file that can be read all the same. */
export interface SheetNote {
  readonly code: 'headers_repeated' | 'headers_blank' | 'cells_merged' | 'formulas' | 'other_sheets'
  /** What it is about: names of columns as they stand, ranges, names of sheets; at most 20. */
  readonly of: readonly string[]
}

export type DecimalSign = '.' | ','
export type DateOrder = 'ymd' | 'dmy' | 'mdy'

/** How the cells of a column look, by the first thousand rows. */
export interface ColumnLook {
  readonly column: string
  /** The share of its cells that are empty, 0 to 1. */
  readonly empty_share: number
  /** Null where no number tells it; ambiguous where they may be read both ways, or contradict each other. */
  readonly decimal: DecimalSign | 'ambiguous' | null
  readonly date_order: DateOrder | 'ambiguous' | null
  /** Whole numbers that a program wrote with `.0` behind them. */
  readonly is_float_code: boolean
  /** What the cells of a workbook are by their type; null in a file of text, and where the column is empty. */
  readonly cell_type: 'text' | 'number' | 'date' | 'boolean' | 'mixed' | null
  /** The beginnings of the first different ones, at most ten. */
  readonly samples: readonly string[]
}

export interface SheetLimits {
  /** The most that is unpacked of a compressed file. */
  readonly unpacked_bytes: number
  /** How many times larger it may become than it was, once it is larger than 32 MiB. */
  readonly unpacked_ratio: number
  /** The most characters of a row, and of the texts that the cells of a workbook share 64 times that. */
  readonly row_characters: number
  readonly columns: number
}

export const usualLimits: SheetLimits = {
  unpacked_bytes: 4 * 1024 ** 3,
  unpacked_ratio: 200,
  row_characters: 1024 ** 2,
  columns: 1_000,
}
