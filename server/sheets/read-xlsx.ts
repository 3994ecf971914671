import { refuse } from '../platform/refusal.ts'
import { sheetKindUnknown } from './refusals.ts'
import type { ColumnLook, SheetLimits, SheetNote, SheetRow } from './sheet.ts'

export interface WorkbookRow extends SheetRow {
  readonly types?: readonly (ColumnLook['cell_type'] | undefined)[]
}

export interface Workbook {
  readonly sheet: string
  readonly rows: () => AsyncIterable<WorkbookRow[]>
  readonly notes: () => SheetNote[]
  readonly blankRows: () => number
  readonly close: () => Promise<void>
}

/** Opens a sheet of a workbook. */
export async function openWorkbook(
  _path: string,
  _options: { sheet: string | null; limits: SheetLimits; sha256: string | undefined },
): Promise<Workbook> {
  refuse(sheetKindUnknown)
}
