export { type DetectedSheet, type DetectOptions, detectSheet } from './detect-sheet.ts'
export { type ColumnMatch, matchColumns, type SheetField } from './match-columns.ts'
export {
  type CellFault,
  type CellKind,
  type CellReading,
  type CellValue,
  type Conventions,
  cellKinds,
  readCell,
} from './read-cell.ts'
export { type ReadOptions, readRows } from './read-rows.ts'
export { sheetRefusals } from './refusals.ts'
export {
  type ColumnLook,
  type DateOrder,
  type DecimalSign,
  type Delimiter,
  delimiters,
  type Encoding,
  encodings,
  type RowFault,
  type RowFaultCode,
  type SheetFormat,
  type SheetLimits,
  type SheetNote,
  type SheetRow,
  usualLimits,
} from './sheet.ts'
export { type SheetOptions, type WrittenColumn, type WrittenRows, writeSheet } from './write-sheet.ts'
