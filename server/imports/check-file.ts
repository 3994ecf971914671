import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JobContext } from '../platform/jobs.ts'
import { money, toMinorText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { mostErrors, tooManyErrors } from './contract.ts'
import { watchDocuments } from './gather-rows.ts'
import { errorsOf, type JudgedRow, judgeFile, readWorld } from './judge-rows.ts'
import { insertErrors, type NewError } from './row-queries.ts'
import { endRun, holdImport, noteEveryMs, noteProgress, type Work } from './work.ts'

const errorsAtOnce = 500

/**
 * Judges every row of a file and keeps what is wrong. Completeness is the share of cells that say something, of the rows and the
 * columns that are mapped; accuracy the share of rows without an error; both in percent with two decimals, and quality is their
 * mean. Stops with `import_too_many_errors`.
 */
export async function checkFile(work: Work, { databases }: JobContext): Promise<void> {
  const began = performance.now()
  const world = await readWorld(work, databases.app)
  const { run } = await work.transaction(async (tx) => {
    const held = await holdImport(work, tx, { status: 'checking', run: work.import.run })
    const next = held.run + 1
    await noteProgress(work, tx, { run: next, ...noCounts, began_at: held.worked_at ?? held.updated_at })
    return { run: next }
  })
  const tally = newTally()
  const documents = watchDocuments(work.target.documentField)
  let errors: NewError[] = []
  let noted = performance.now()
  const note = () =>
    work.transaction(async (tx) => {
      await holdImport(work, tx, { status: 'checking', run })
      await insertErrors({ ...tx, tenantId: work.tenantId }, errors)
      await noteProgress(work, tx, { processed_rows: tally.rows, failed_rows: tally.failed })
      errors = []
      noted = performance.now()
    })
  for await (const chunk of judgeFile(work, world, databases.app)) {
    for (const row of chunk) {
      count(tally, row)
      documents.note(row)
      if (row.faults.length > 0) errors.push(...errorsOf(work.import, run, row))
      if (errors.length >= errorsAtOnce) await note()
      if (tally.errors > mostErrors) throw new Refusal(tooManyErrors)
    }
    if (performance.now() - noted > noteEveryMs) await note()
    // Who is at a till meanwhile is served between two chunks.
    await nextTurn()
  }
  await note()
  await work.transaction(async (tx) => {
    await holdImport(work, tx, { status: 'checking', run })
    const scores = scoresOf(tally, work.fields.size)
    const check_ms = Math.trunc(performance.now() - began)
    const scattered = documents.scattered()
    const values = { status: 'checked', total_rows: tally.rows, scattered, check_ms, ...scores } as const
    await endRun(work, tx, 'imports.check-import', values)
  })
}

/** Counters of a run that begins. */
export const noCounts = {
  processed_rows: 0,
  failed_rows: 0,
  created_rows: 0,
  updated_rows: 0,
  skipped_rows: 0,
  cursor_row: 0,
  fault: null,
  fault_code: null,
  longest_hold_ms: null,
} as const

interface Tally {
  rows: number
  failed: number
  filled: number
  errors: number
}

function newTally(): Tally {
  return { rows: 0, failed: 0, filled: 0, errors: 0 }
}

function count(tally: Tally, { texts, faults }: JudgedRow): void {
  tally.rows++
  if (faults.length > 0) tally.failed++
  tally.errors += faults.length
  for (const text of Object.values(texts)) if (text !== '') tally.filled++
}

function scoresOf({ rows, failed, filled }: Tally, fields: number) {
  const completeness_score = percentOf(filled, rows * fields)
  const accuracy_score = percentOf(rows - failed, rows)
  return { completeness_score, accuracy_score, data_quality_score: meanOf(completeness_score, accuracy_score) }
}

/** How much of a whole a part is, in percent with two decimals; nothing of nothing is 0. */
export function percentOf(part: number, whole: number): string {
  return whole === 0
    ? '0.00'
    : toMinorText(
        money(`${part}`)
          .times(100)
          .dividedBy(money(`${whole}`)),
        2,
      )
}

/** The mean of two scores in percent. */
export function meanOf(one: string, other: string): string {
  return toMinorText(money(one).plus(money(other)).dividedBy(2), 2)
}
