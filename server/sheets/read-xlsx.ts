import { refuse } from '../platform/refusal.ts'
import { assertUnchanged, identify, readBytes } from './read-bytes.ts'
import { rowTooLong, sheetUnreadable, tooManyColumns } from './refusals.ts'
import type { ColumnLook, RowFault, SheetLimits, SheetNote, SheetRow } from './sheet.ts'
import { openArchive, type XmlHandlers } from './xlsx-archive.ts'
import { readParts, textOf, unescaped, type WorkbookParts } from './xlsx-parts.ts'
import { type NumberStyle, showNumber } from './xlsx-styles.ts'

type CellType = Exclude<ColumnLook['cell_type'], 'mixed'>

export interface WorkbookRow extends SheetRow {
  /** Of each cell; of a text file there are none. */
  readonly types?: readonly (CellType | undefined)[]
}

export interface Workbook {
  readonly sheet: string
  /** Those that have anything in them. To be read once. */
  readonly rows: () => AsyncIterable<WorkbookRow[]>
  /** What there is to tell when the rows have been read. */
  readonly notes: () => SheetNote[]
  readonly blankRows: () => number
  readonly close: () => Promise<void>
}

interface Found {
  rows: WorkbookRow[]
  blankRows: number
  readonly merged: string[]
  readonly formulas: string[]
}

const mostTold = 20

/** Opens a sheet of a workbook; without a name the first that is shown. It must be closed. */
export async function openWorkbook(
  path: string,
  { sheet, limits, sha256 }: { sheet: string | null; limits: SheetLimits; sha256: string | undefined },
): Promise<Workbook> {
  const before = await identify(path)
  if (sha256 !== undefined) for await (const _ of readBytes(path, { isGzipped: false, limits, sha256 }));
  const archive = await openArchive(path, limits)
  try {
    const parts = await readParts(archive, { sheet, limits })
    const found: Found = { rows: [], blankRows: 0, merged: [], formulas: [] }
    return {
      sheet: parts.sheet,
      async *rows() {
        for await (const _ of archive.read(parts.sheetPart, sheetHandlers(parts, limits, found))) {
          if (found.rows.length > 0) yield found.rows
          found.rows = []
        }
        await assertUnchanged(path, before)
      },
      notes: () => notesOf(found, parts.others),
      blankRows: () => found.blankRows,
      close: archive.close,
    }
  } catch (error) {
    await archive.close()
    throw error
  }
}

function notesOf({ merged, formulas }: Found, others: readonly string[]): SheetNote[] {
  const notes = [
    { code: 'cells_merged', of: merged },
    { code: 'formulas', of: formulas },
    { code: 'other_sheets', of: others.slice(0, mostTold) },
  ] as const
  return notes.filter(({ of }) => of.length > 0)
}

interface OpenCell {
  readonly index: number
  readonly reference: string
  readonly type: string
  readonly style: number
  value: string | undefined
  text: string
  isFormula: boolean
}

function sheetHandlers(parts: WorkbookParts, limits: SheetLimits, found: Found): XmlHandlers {
  let row: RowInMaking = newRow(0)
  let cell: OpenCell | undefined
  let isValue = false
  const inline = textOf((text) => {
    if (cell) cell.text += text
  })
  const open: Readonly<Record<string, (attributes: Readonly<Record<string, string>>) => void>> = {
    row: ({ r }) => {
      row = newRow(r === undefined ? row.number + 1 : +r)
    },
    c: (attributes) => {
      cell = openCell(attributes, row)
    },
    v: () => {
      isValue = true
      if (cell) cell.value = ''
    },
    f: () => {
      if (cell) cell.isFormula = true
      if (cell && found.formulas.length < mostTold) found.formulas.push(cell.reference)
    },
    mergeCell: ({ ref }) => {
      if (ref !== undefined && found.merged.length < mostTold) found.merged.push(ref)
    },
  }
  return {
    open(name, attributes) {
      inline.open(name)
      open[name]?.(attributes)
    },
    close(name) {
      inline.close(name)
      if (name === 'v') isValue = false
      if (name === 'c' && cell) cell = closeCell(cell, row, { parts, limits })
      if (name === 'row') closeRow(row, found)
    },
    text(text) {
      inline.text(text)
      if (isValue && cell) cell.value += text
    },
  }
}

interface RowInMaking {
  readonly number: number
  readonly cells: string[]
  readonly types: (CellType | undefined)[]
  readonly faults: RowFault[]
  characters: number
  next: number
}

function newRow(number: number): RowInMaking {
  if (!Number.isSafeInteger(number)) refuse(sheetUnreadable)
  return { number, cells: [], types: [], faults: [], characters: 0, next: 0 }
}

function openCell({ r, t = 'n', s = '0' }: Readonly<Record<string, string>>, row: RowInMaking): OpenCell {
  const index = r === undefined ? row.next : columnOf(r)
  row.next = index + 1
  return { index, reference: r ?? '', type: t, style: +s, value: undefined, text: '', isFormula: false }
}

/** The index of a column by its letters: 0 for A1, 26 for AA1. */
function columnOf(reference: string): number {
  let index = 0
  for (const letter of reference.match(/^[A-Z]{1,3}/i)?.[0].toUpperCase() ?? '')
    index = index * 26 + letter.charCodeAt(0) - 64
  if (index === 0) refuse(sheetUnreadable)
  return index - 1
}

function closeCell(
  cell: OpenCell,
  row: RowInMaking,
  { parts, limits }: { parts: WorkbookParts; limits: SheetLimits },
): undefined {
  const shown = show(cell, parts)
  if (cell.isFormula && cell.value === undefined) row.faults.push({ code: 'formula_without_value', cell: cell.index })
  if (cell.type === 'e') row.faults.push({ code: 'cell_error', cell: cell.index })
  if (shown.text === '') return
  if (cell.index >= limits.columns) refuse(tooManyColumns, `Row ${row.number}`)
  row.characters += shown.text.length
  if (row.characters > limits.row_characters) refuse(rowTooLong, `Row ${row.number}`)
  while (row.cells.length < cell.index) row.cells.push('')
  row.cells[cell.index] = shown.text
  row.types[cell.index] = shown.type
}

function show({ type, value = '', text, style }: OpenCell, parts: WorkbookParts): { text: string; type: CellType } {
  switch (type) {
    case 's':
      return { text: sharedText(value, parts), type: 'text' }
    case 'b':
      return { text: value === '' ? '' : `${value.trim() === '1'}`, type: 'boolean' }
    case 'd':
      return { text: value, type: 'date' }
    case 'n': {
      const styled = parts.styles[style] ?? 'number'
      const shown = value === '' ? '' : showNumber(value.trim(), styled, parts)
      return { text: shown, type: typeOf(styled) }
    }
    default:
      return { text: unescaped(type === 'inlineStr' ? text : value), type: 'text' }
  }
}

function typeOf(style: NumberStyle): CellType {
  if (style === 'number') return 'number'
  return typeof style === 'object' ? 'text' : 'date'
}

function sharedText(value: string, { sharedTexts }: WorkbookParts): string {
  if (value === '') return ''
  return sharedTexts[+value] ?? refuse(sheetUnreadable)
}

function closeRow({ number, cells, types, faults }: RowInMaking, found: Found): void {
  const isBlank = faults.length === 0 && cells.every((cell) => cell.trim() === '')
  if (isBlank) found.blankRows++
  else found.rows.push(faults.length > 0 ? { number, cells, types, faults } : { number, cells, types })
}
