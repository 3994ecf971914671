import type { Readable } from 'node:stream'
import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import { readRows, writeSheet } from '../sheets/index.ts'
import type { ImportRow } from './queries.ts'
import { readFixes, rejectedRows } from './row-queries.ts'

interface Parts {
  readonly pool: pg.Pool
  readonly tenantId: string
  readonly found: Pick<ImportRow, 'id' | 'run' | 'format'>
  readonly path: string
}

const rowsAtOnce = 1_000

/**
 * The rows that have an error by the last run, as they stand in the file and with the cells that were put right, under the same
 * header line: mended, they can be imported as a file of their own.
 */
export function rejectedFile(parts: Parts): { stream: Readable; type: string; extension: string } {
  const { format } = parts.found
  const columns = format.columns.map((name) => ({ name }))
  if (format.kind === 'xlsx') {
    const stream = writeSheet({ kind: 'xlsx', columns }, rejectedCells(parts))
    return { stream, type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', extension: 'xlsx' }
  }
  const head = format.header_row === null ? null : columns
  const { delimiter, quote, encoding } = format
  const stream = writeSheet(
    { kind: 'csv', columns: head, format: { delimiter, quote: quote ?? '"', encoding }, isVerbatim: true },
    rejectedCells(parts),
  )
  return { stream, type: 'text/csv', extension: 'csv' }
}

async function* rejectedCells({ pool, tenantId, found, path }: Parts) {
  const read = <T>(work: (scope: Parameters<typeof rejectedRows>[0]) => Promise<T>) =>
    inReadTransaction(pool, tenantId, (tx) => work({ ...tx, tenantId }))
  const fixes = await read((scope) => readFixes(scope, found.id))
  const { columns } = found.format
  let wanted: number[] = []
  let after = 0
  const more = async () => {
    const rows = await read((scope) => rejectedRows(scope, { id: found.id, run: found.run, after, most: rowsAtOnce }))
    wanted = rows.map(({ row_number }) => row_number)
    after = wanted.at(-1) ?? after
  }
  await more()
  for await (const chunk of readRows(path, found.format)) {
    const rejected: string[][] = []
    for (const { number, cells } of chunk) {
      while (wanted[0] !== undefined && wanted[0] < number) wanted.shift()
      if (wanted.length === 0) await more()
      if (wanted.length === 0) break
      if (wanted[0] !== number) continue
      wanted.shift()
      const fixed = fixes.get(number)
      rejected.push(fixed ? columns.map((name, at) => fixed.get(name) ?? cells[at] ?? '') : [...cells])
    }
    if (rejected.length > 0) yield rejected
    if (wanted.length === 0) {
      await more()
      if (wanted.length === 0) return
    }
  }
}
