import { isMeasured } from './look-at-column.ts'
import type { SheetNote, SheetRow } from './sheet.ts'

const mostBefore = 20

/**
 * The row that names the columns: the first that is as long as most rows and says what those below it measure. Titles above it
 * are passed over. Null where the first such row is one of data.
 */
export function findHeader(rows: readonly SheetRow[]): SheetRow | null {
  const usual = usualWidth(rows)
  const at = rows.slice(0, mostBefore).findIndex((row) => filledOf(row) * 2 > usual && row.cells.length >= usual)
  const first = rows[at] ?? rows[0]
  if (!first) return null
  const measured = first.cells.filter(isMeasured).length
  return measured === 0 || (measured * 2 < filledOf(first) && isMoreMeasured(rows.slice(at + 1), measured))
    ? first
    : null
}

/** The names of columns, no two alike, of a header or of none; `width` is the least number of them. */
export function nameColumns(
  header: SheetRow | null,
  width: number,
): { readonly columns: string[]; readonly notes: SheetNote[] } {
  const written = header?.cells.map((cell) => cell.replaceAll(/\s+/g, ' ').trim()) ?? []
  const columns: string[] = []
  const repeated = new Set<string>()
  const blank: string[] = []
  for (let index = 0; index < Math.max(width, lastFilled(written)); index++) {
    const name = written[index] || `Column ${index + 1}`
    if (header && !written[index]) blank.push(name)
    if (columns.includes(name)) repeated.add(name)
    columns.push(columns.includes(name) ? numbered(name, [...columns, ...written]) : name)
  }
  const notes: SheetNote[] = []
  if (repeated.size > 0) notes.push({ code: 'headers_repeated', of: [...repeated].slice(0, 20) })
  if (blank.length > 0) notes.push({ code: 'headers_blank', of: blank.slice(0, 20) })
  return { columns, notes }
}

/** How many cells a row has up to the last that is not empty. */
export function lastFilled(cells: readonly string[]): number {
  return cells.findLastIndex((cell) => cell.trim() !== '') + 1
}

function numbered(name: string, taken: readonly string[]): string {
  for (let number = 2; ; number++) if (!taken.includes(`${name} (${number})`)) return `${name} (${number})`
}

function usualWidth(rows: readonly SheetRow[]): number {
  const counts = new Map<number, number>()
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0
}

function filledOf({ cells }: SheetRow): number {
  return cells.filter((cell) => cell.trim() !== '').length
}

function isMoreMeasured(rows: readonly SheetRow[], measured: number): boolean {
  const more = rows.filter(({ cells }) => cells.filter(isMeasured).length > measured)
  return more.length * 2 > rows.length
}
