import { refusal } from '../platform/refusal.ts'

export const fileEmpty = refusal('file_empty', 422, 'There is nothing in the file')
export const headerOnly = refusal('header_only', 422, 'The file names columns and has no row below them')
export const fileChanged = refusal('file_changed', 409, 'The file changed while it was read')
export const sheetKindUnknown = refusal('sheet_kind_unknown', 422, 'The file is neither text nor a workbook (.xlsx)')
export const sheetNotFound = refusal('sheet_not_found', 422, 'The workbook has no such sheet')
export const sheetUnreadable = refusal('sheet_unreadable', 422, 'The workbook is broken, or it is none')
export const archiveUnreadable = refusal('archive_unreadable', 422, 'The compressed file is cut short or broken')
export const archiveTooLarge = refusal('archive_too_large', 422, 'The file unpacks to more than is taken')
export const rowTooLong = refusal('row_too_long', 422, 'A row is longer than is taken')
export const tooManyColumns = refusal('too_many_columns', 422, 'A row has more cells than are taken')
export const tooManyRows = refusal('too_many_rows', 422, 'A sheet of a workbook has at most 1,048,576 rows')
export const quoteUnclosed = refusal('quote_unclosed', 422, 'A quote opens a cell and is never closed')
export const nulBytes = refusal('nul_bytes', 422, 'The file has bytes that no text has')
export const encodingMixed = refusal('encoding_mixed', 422, 'The text of the file is in more than one encoding')

/** What may be wrong with a file, whatever is read out of it. Of a ragged row see `RowFault`. */
export const sheetRefusals = [
  fileEmpty,
  headerOnly,
  fileChanged,
  sheetKindUnknown,
  sheetNotFound,
  sheetUnreadable,
  archiveUnreadable,
  archiveTooLarge,
  rowTooLong,
  tooManyColumns,
  tooManyRows,
  quoteUnclosed,
  nulBytes,
  encodingMixed,
] as const
