import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { QueryContext } from '../platform/operation.ts'
import type { Refusal } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import type { ImportRow } from './queries.ts'
import { type ReadRow, readTargetRows } from './read-rows.ts'
import type { NewError } from './row-queries.ts'
import type { Fault, Target, TargetRow } from './target.ts'
import type { Work } from './work.ts'

/** A row that was judged: sound, or with what is wrong with it. */
export interface JudgedRow {
  readonly number: number
  readonly row: TargetRow | undefined
  readonly faults: readonly Fault[]
  readonly texts: Readonly<Record<string, string>>
}

/** The rows of a file that were seen so far, by what they are of. */
export type Seen = Map<number, number>

/** The rows of a file in chunks, judged by schema, world and one another. */
export async function* judgeFile(work: Work, world: unknown, pool: pg.Pool): AsyncIterable<readonly JudgedRow[]> {
  const { target } = work
  const seen: Seen = new Map()
  const isLookedUp = target.lookUp !== undefined && (target.isLookedUp?.(world) ?? true)
  for await (const chunk of readTargetRows(work.reading)) {
    const rows = isLookedUp ? chunk.flatMap(({ row }) => row ?? []) : []
    if (rows.length > 0)
      await inTenantOf(work, pool, (context) => target.lookUp?.(context, world, rows) ?? Promise.resolve())
    yield chunk.map((read) => judgeRow(target, world, read, seen))
  }
}

/** What is wrong with a row that was read. Without the rows seen before nobody knows whether it is a duplicate. */
export function judgeRow(target: Target, world: unknown, read: ReadRow, seen?: Seen): JudgedRow {
  if (!read.row) return read
  const faults = [...target.judge(world, read.row.values)]
  const key = seen && target.keyOf(read.row.values)
  if (seen && key !== undefined) {
    const mark = hashOf(key)
    const first = seen.get(mark)
    if (first !== undefined && first !== read.number) faults.push(duplicateOf(first))
    else seen.set(mark, read.number)
  }
  return faults.length === 0 ? read : { ...read, row: undefined, faults }
}

/** What rows are judged by, read once. Throws the refusal of an option that does not fit. */
export function readWorld(work: Work, pool: pg.Pool): Promise<unknown> {
  const { target, fields } = work
  return inTenantOf(work, pool, (context) => target.open(context, work.import.options, { id: work.import.id, fields }))
}

function inTenantOf<T>(
  { tenantId, caller }: Work,
  pool: pg.Pool,
  read: (context: QueryContext) => Promise<T>,
): Promise<T> {
  return inReadTransaction(pool, tenantId, (tx) => read({ ...tx, tenantId, caller, now: now() }))
}

/** The errors of rows, as they are kept. */
export function errorsOf(found: Pick<ImportRow, 'id' | 'mapping'>, run: number, row: JudgedRow): NewError[] {
  return row.faults.map(({ field, kind, code, message, suggestion }) => ({
    id: uuidv7(),
    import_id: found.id,
    run,
    row_number: row.number,
    column_name: field === null ? null : (found.mapping[field] ?? null),
    field,
    kind,
    code,
    message: kept(message) ?? code,
    original_value: field === null ? null : kept(row.texts[field]),
    suggested_value: kept(suggestion),
  }))
}

/** The row as one that another module refused. */
export function refusedRow({ number, texts }: JudgedRow, refusal: Refusal): JudgedRow {
  const { code } = refusal.kind
  return { number, texts, row: undefined, faults: [{ field: null, kind: 'refused', code, message: refusal.message }] }
}

function duplicateOf(first: number): Fault {
  return { field: null, kind: 'duplicate', code: 'duplicate_row', message: `Row ${first} is of the same thing` }
}

const mostKept = 500

/** What PostgreSQL keeps of a text that may be anything. */
function kept(text: string | undefined): string | null {
  if (text === undefined) return null
  return text.slice(0, mostKept).toWellFormed().replaceAll('\u0000', '\ufffd')
}

/**
 * 53 bits that tell keys apart, so that a million rows take some ten megabytes: two of a million are taken for one in one of
 * twenty thousand files, and the row is then named as a duplicate.
 */
export function hashOf(text: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2_654_435_761)
    low = Math.imul(low ^ code, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0)
}
