import { dateOrdersOf, isYearFirst } from './read-date.ts'
import { decimalSignsOf, hasSign } from './read-number.ts'
import type { ColumnLook, DateOrder, DecimalSign } from './sheet.ts'

const mostSamples = 10
const mostOfSample = 200
const dayPart = /^\s*(\S.*?\S)(?:T|,?\s+)\d{1,2}:\d{2}.*$/

/** How a column looks, by its cells, of a workbook with their types. */
export function lookAt(
  column: string,
  cells: readonly string[],
  types: readonly (ColumnLook['cell_type'] | undefined)[] = [],
): ColumnLook {
  const filled = cells.filter((cell) => cell.trim() !== '')
  const kinds = new Set(types.filter((type) => type !== undefined && type !== null))
  const [only = null] = kinds
  return {
    column,
    empty_share: cells.length === 0 ? 1 : (cells.length - filled.length) / cells.length,
    decimal: kinds.has('number') ? '.' : decimalOf(filled),
    date_order: kinds.has('date') ? 'ymd' : dateOrderOf(filled),
    is_float_code: filled.length > 0 && filled.every((cell) => /^\s*\d+\.0\s*$/.test(cell)),
    cell_type: kinds.size > 1 ? 'mixed' : only,
    samples: [...new Set(filled.map((cell) => cell.slice(0, mostOfSample)))].slice(0, mostSamples),
  }
}

/** Whether a cell is a number or a day: what a header hardly is, and the rows below it are. */
export function isMeasured(cell: string): boolean {
  const text = cell.trim()
  return /\d/.test(text) && (decimalSignsOf(text).length > 0 || hasDay(dayPart.exec(text)?.[1] ?? text))
}

function hasDay(text: string): boolean {
  return isYearFirst(text) || dateOrdersOf(text).length > 0
}

function decimalOf(cells: readonly string[]): ColumnLook['decimal'] {
  const numbers = cells.map(decimalSignsOf).filter((signs) => signs.length > 0)
  if (numbers.length === 0 || numbers.length * 2 < cells.length) return null
  const telling = cells
    .filter(hasSign)
    .map(decimalSignsOf)
    .filter((signs) => signs.length > 0)
  return telling.length === 0 ? null : shared<DecimalSign>(telling)
}

function dateOrderOf(cells: readonly string[]): ColumnLook['date_order'] {
  const days = cells.map((cell) => dayPart.exec(cell)?.[1] ?? cell).filter(hasDay)
  if (days.length === 0 || days.length * 2 < cells.length) return null
  const others = days.filter((day) => !isYearFirst(day))
  return others.length === 0 ? 'ymd' : shared<DateOrder>(others.map(dateOrdersOf))
}

/** What is possible for all of them, if that is one thing. */
function shared<T>(possible: readonly (readonly T[])[]): T | 'ambiguous' {
  const [first = [], ...others] = possible
  const left = first.filter((one) => others.every((other) => other.includes(one)))
  return left.length === 1 && left[0] !== undefined ? left[0] : 'ambiguous'
}
