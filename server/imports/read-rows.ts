import { readCell, readRows, type SheetFormat, type SheetRow } from '../sheets/index.ts'
import type { Conventions } from './queries.ts'
import type { Fault, Field, Target, TargetRow, Values } from './target.ts'

/** How a file is read as rows of a target. */
export interface Reading {
  readonly path: string
  readonly format: SheetFormat
  readonly target: Target
  readonly mapping: Readonly<Record<string, string>>
  readonly conventions: Conventions
  readonly fixes: ReadonlyMap<number, ReadonlyMap<string, string>>
  readonly sha256: string
}

/** A row of the file: its values as the schema leaves them, or what is wrong with it. */
export interface ReadRow {
  readonly number: number
  readonly row: TargetRow | undefined
  readonly faults: readonly Fault[]
  /** The text of the cells that are mapped, by field. */
  readonly texts: Readonly<Record<string, string>>
}

interface Column {
  readonly field: Field
  readonly index: number
  readonly name: string
}

/** The rows of a file in chunks, each row judged by the schema of its target alone. */
export async function* readTargetRows(reading: Reading): AsyncIterable<readonly ReadRow[]> {
  const columns = columnsOf(reading)
  for await (const chunk of readRows(reading.path, reading.format, { sha256: reading.sha256 }))
    yield chunk.map((row) => readTargetRow(reading, columns, row))
}

/** One row of a file, by its number; undefined when there is none. */
export async function readOneRow(reading: Reading, number: number): Promise<ReadRow | undefined> {
  const columns = columnsOf(reading)
  for await (const chunk of readRows(reading.path, reading.format, { from: number })) {
    const found = chunk.find((row) => row.number === number)
    return found && readTargetRow(reading, columns, found)
  }
  return undefined
}

/** The cells of some rows as they stand, put right where somebody did; those that are not there are left out. The file is read to the last. */
export async function cellsOf(
  { path, format, fixes }: Pick<Reading, 'path' | 'format' | 'fixes'>,
  numbers: readonly number[],
): Promise<{ row_number: number; cells: string[] }[]> {
  const wanted = new Set(numbers)
  const last = Math.max(...numbers)
  const found: { row_number: number; cells: string[] }[] = []
  for await (const chunk of readRows(path, format, { from: Math.min(...numbers) })) {
    for (const { number, cells } of chunk)
      if (wanted.has(number)) {
        const fixed = fixes.get(number)
        found.push({ row_number: number, cells: format.columns.map((name, at) => fixed?.get(name) ?? cells[at] ?? '') })
      }
    if ((chunk.at(-1)?.number ?? 0) >= last) break
  }
  return found
}

function columnsOf({ target, mapping, format }: Reading): readonly Column[] {
  return target.fields.flatMap((field) => {
    const name = mapping[field.name]
    return name === undefined ? [] : [{ field, name, index: format.columns.indexOf(name) }]
  })
}

function readTargetRow(reading: Reading, columns: readonly Column[], row: SheetRow): ReadRow {
  const fixes = reading.fixes.get(row.number)
  const texts: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  const faults: Fault[] = layoutFaults(row, fixes, columns)
  // What a cell holds that is wrong already is not judged once more.
  const isBroken = (name: string) => faults.some(({ field, kind }) => kind === 'layout' && field === name)
  for (const { field, index, name } of columns) {
    const text = (fixes?.get(name) ?? row.cells[index] ?? '').trim()
    texts[field.name] = text
    if (text === '' || isBroken(field.name)) continue
    const read = readField(field, text, reading.conventions)
    if ('value' in read) values[field.name] = read.value
    else faults.push(malformed(field, read, reading.conventions))
  }
  for (const field of reading.target.fields)
    if (field.is_required && (texts[field.name] ?? '') === '' && !isBroken(field.name))
      faults.push({ field: field.name, kind: 'missing', code: 'missing', message: 'It is needed' })
  if (faults.length > 0) return { number: row.number, row: undefined, faults, texts }
  return judged(reading.target, { number: row.number, values, texts })
}

function judged(
  target: Target,
  { number, values, texts }: { number: number; values: Values; texts: Record<string, string> },
): ReadRow {
  const parsed = target.row.safeParse(values)
  if (parsed.success) return { number, row: { number, values: parsed.data as Values }, faults: [], texts }
  const faults = parsed.error.issues.map(({ path, message }): Fault => {
    const [field] = path
    return { field: field === undefined ? null : String(field), kind: 'invalid', code: 'invalid_input', message }
  })
  return { number, row: undefined, faults, texts }
}

function layoutFaults(
  { faults = [] }: SheetRow,
  fixes: ReadonlyMap<string, string> | undefined,
  columns: readonly Column[],
): Fault[] {
  return faults.flatMap(({ code, cell }): Fault[] => {
    // A row that ends early lacks its last cells; whether that matters shows when they are read.
    if (code === 'too_few_cells') return []
    const of = columns.find(({ index }) => index === cell)
    if (cell !== null && (!of || fixes?.has(of.name))) return []
    return [{ field: of?.field.name ?? null, kind: 'layout', code, message: layoutMessages[code] ?? code }]
  })
}

const layoutMessages: Readonly<Record<string, string>> = {
  too_many_cells: 'The row has more cells than there are columns',
  quote_misplaced: 'A quote stands where none can be',
  formula_without_value: 'The formula was saved without what it comes to',
  cell_error: 'The spreadsheet shows an error here',
}

const numbers: ReadonlySet<string> = new Set(['amount', 'quantity', 'percentage', 'integer'])

type Read = { readonly value: unknown } | { readonly fault: string; readonly suggested: string | null }

function readField({ kind }: Field, text: string, conventions: Conventions): Read {
  // Digits alone say the same whatever the decimal sign.
  if (/^\d+$/.test(text) && numbers.has(kind)) return readCell(kind as 'amount', text, { ...conventions, decimal: '.' })
  if (kind !== 'list') return readCell(kind, text, conventions)
  const values: unknown[] = []
  for (const part of text.split(/[,;|\s]+/).filter((one) => one !== '')) {
    const read = readCell('code', part, conventions)
    if ('fault' in read) return read
    values.push(read.value)
  }
  return { value: values }
}

function malformed(
  field: Field,
  { fault, suggested }: { fault: string; suggested: string | null },
  { decimal }: Conventions,
): Fault {
  const message = faultMessages[fault] ?? `It is no ${nouns[field.kind]}`
  // Written as the file writes numbers, so that it can be put into the cell as it is.
  const isNumber = numbers.has(field.kind) && decimal === ','
  const suggestion = (isNumber ? suggested?.replace('.', ',') : suggested) ?? undefined
  return { field: field.name, kind: 'malformed', code: fault, message, suggestion }
}

const faultMessages: Readonly<Record<string, string>> = {
  decimal_sign_wrong: 'The number has another decimal sign than the others',
  decimal_ambiguous: 'The number may be read both ways: say which decimal sign the file has',
  date_order_wrong: 'The day is written in another order than the others',
  date_order_ambiguous: 'The day may be read both ways: say in which order the file has day and month',
  date_impossible: 'There is no such day',
  date_without_day: 'The day of the month is missing',
  date_is_serial: 'It is the number by which a spreadsheet counts days',
  year_of_two_digits: 'The year has two digits',
}

const nouns: Readonly<Record<Field['kind'], string>> = {
  text: 'text',
  code: 'code',
  amount: 'number',
  quantity: 'number',
  percentage: 'percentage',
  integer: 'whole number',
  date: 'day',
  moment: 'day or time',
  boolean: 'yes or no',
  list: 'list of codes',
}
