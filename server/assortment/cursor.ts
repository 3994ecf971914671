import { z } from 'zod'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor } from '../platform/schema.ts'
import { cursorOutdated } from './contract.ts'

/** Entries of the chain that one answer goes through. */
const entriesAtOnce = 5_000
/** From so many on it is quicker to fetch everything. */
const mostBehind = 100_000

const seq = z.int().min(0)
const pageKey = z.tuple([z.literal('page'), z.string(), seq, z.uuid()])
const changesKey = z.tuple([z.literal('changes'), z.string(), seq])

/** Of what a cursor is: the list, and the branch where it has one. A cursor of another list is refused. */
export type List = `goods ${string}` | `stock ${string}` | 'customers'

/** Where a page begins: behind a row, and at which number of the chain the first page was read. */
export function readPageCursor(cursor: string | undefined, list: List): { after: string; seq: number } | undefined {
  const found = readCursor(cursor, pageKey)
  if (!found) return undefined
  const [, of, at, after] = found
  if (of !== list) refuse(platformRefusals.invalidCursor)
  return { after, seq: at }
}

/** A page of a list that was read with one row more, and where changes of it are told from. */
export function toKeptPage<Row>(
  rows: Row[],
  { list, limit, seq, idOf, now }: { list: List; limit: number; seq: number; idOf: (row: Row) => string; now: Date },
) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next_cursor = rows.length > limit && last ? cursorOf(['page', list, seq, idOf(last)]) : null
  return { items, next_cursor, changes_cursor: changesCursorOf(list, seq), as_of: now }
}

/** The cursor that changes after a number of the chain are told from. */
export function changesCursorOf(list: List, seq: number): string {
  return cursorOf(['changes', list, seq])
}

/**
 * The entries that the next answer goes through: after one number and up to another. Refuses with `cursor_outdated` where
 * there are too many, and where the chain is shorter than it was, as after a restored backup.
 */
export function windowOf(
  cursor: string,
  list: List,
  head: number,
): { after: number; through: number; has_more: boolean } {
  const [, of = '', after = 0] = readCursor(cursor, changesKey) ?? []
  if (of !== list) refuse(platformRefusals.invalidCursor)
  if (after > head || head - after > mostBehind) refuse(cursorOutdated)
  const through = Math.min(head, after + entriesAtOnce)
  return { after, through, has_more: through < head }
}

function cursorOf(key: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}
