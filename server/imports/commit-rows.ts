import { setImmediate as giveWay } from 'node:timers/promises'
import { together } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { JobContext } from '../platform/jobs.ts'
import { Refusal } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { endOf, gatherRows, inParts, type RowGroup, refuseAlone } from './gather-rows.ts'
import { errorsOf, type JudgedRow, readWorld, refusedRow } from './judge-rows.ts'
import type { ImportRow } from './queries.ts'
import { insertErrors, recordProvenance } from './row-queries.ts'
import type { RowOutcome } from './target.ts'
import { updateTemplate } from './template-queries.ts'
import { batchSize, commandContext, endChange, holdImport, noteProgress, timeOfBatch, type Work } from './work.ts'

/** Counters of a run. */
export type Counts = Pick<
  ImportRow,
  'processed_rows' | 'failed_rows' | 'created_rows' | 'updated_rows' | 'skipped_rows'
>

/** A row of an import failed that is in whole or not at all. */
export class RowFailed extends Error {}

interface Run {
  readonly work: Work
  readonly run: number
  /** The last row of the last batch. */
  cursor: number
  counts: Counts
}

/**
 * Commits the rows of a file in batches. A batch commits its rows, what they became, its errors and the cursor in one
 * transaction, so that a run that is cut short goes on after the last batch. Throws `RowFailed` where all rows have to be
 * right and one is not.
 */
export async function commitRows(work: Work, { databases }: JobContext): Promise<void> {
  const began = performance.now()
  const world = await readWorld(work, databases.app)
  const current = await beginOrGoOn(work)
  const size = batchSize()
  let batch: RowGroup[] = []
  let rows = 0
  const commit = async () => {
    const started = performance.now()
    await inParts(batch, (groups) => commitTogether(current, groups))
    size.note(rows, timeOfBatch(work, started))
    batch = []
    rows = 0
    // Whoever waits goes first.
    await giveWay()
  }
  for await (const groups of gatherRows(work, world, databases.app)) {
    for (const group of groups) {
      if ((endOf(group) ?? 0) <= current.cursor) continue
      if (rows > 0 && rows + group.length > size.rows) await commit()
      batch.push(group)
      rows += group.length
    }
  }
  if (rows > 0) await commit()
  await work.transaction(async (tx) => {
    const held = await holdImport(work, tx, { status: 'committing', run: current.run, cursor: current.cursor })
    const { template_id, commit_ms } = held
    const succeeded = current.counts.failed_rows === 0 ? 1 : 0
    if (template_id !== null)
      await updateTemplate({ ...tx, tenantId: work.tenantId }, template_id, { used: 1, succeeded })
    await endChange(work, tx, 'imports.commit-import', {
      status: 'committed',
      total_rows: current.counts.processed_rows,
      commit_ms: (commit_ms ?? 0) + Math.trunc(performance.now() - began),
      committed_at: now(),
    })
  })
}

/** A run that was cut short keeps its number, its counts and its cursor. */
function beginOrGoOn(work: Work): Promise<Run> {
  return work.transaction(async (tx) => {
    const held = await holdImport(work, tx, { status: 'committing', run: work.import.run })
    const { run, cursor_row: cursor, processed_rows, failed_rows, created_rows, updated_rows, skipped_rows } = held
    const counts = { processed_rows, failed_rows, created_rows, updated_rows, skipped_rows }
    await noteProgress(work, tx, {})
    return { work, run, cursor, counts }
  })
}

async function commitTogether(run: Run, groups: readonly RowGroup[]): Promise<void> {
  const { work } = run
  const rows = groups.flat()
  const sound = rows.flatMap(({ row }) => row ?? [])
  const cursor = endOf(groups.at(-1)) ?? run.cursor
  const counts = await work.transaction(async (tx) => {
    const context = commandContext(work, tx)
    const [, opened] = await together([
      holdImport(work, tx, { status: 'committing', run: run.run, cursor: run.cursor }),
      sound.length === 0 ? undefined : openHere(work, context),
    ] as const)
    const outcomes = sound.length === 0 ? [] : await work.target.commit(context, opened, sound)
    refuseAlone(groups, outcomes)
    const settled = settle(rows, outcomes)
    if (work.import.mode === 'all_or_nothing' && settled.failed.length > 0)
      throw new RowFailed(failureOf(settled.failed[0]))
    const next = add(run.counts, rows.length, settled)
    const scope = { ...tx, tenantId: work.tenantId }
    context.changed({ resource: 'import', id: work.import.id, new: { cursor_row: cursor, ...next } })
    const errors = settled.failed.flatMap((row) => errorsOf(work.import, run.run, row))
    // They travel together: while one is under way the locks of the tenant are held.
    await together([
      insertErrors(scope, errors),
      recordProvenance(scope, work.import.id, settled.made),
      noteProgress(work, tx, { ...next, cursor_row: cursor }),
      work.seal(tx, 'imports.commit-import', context.done),
    ])
    return next
  })
  run.counts = counts
  run.cursor = cursor
}

/** What a batch judges by is read anew in its transaction: what others changed since counts. */
export function openHere(
  work: Work,
  context: Parameters<Work['target']['open']>[0],
  carried?: Set<string>,
): Promise<unknown> {
  return work.target.open(context, work.import.options, { id: work.import.id, fields: work.fields, carried })
}

/** Which rows failed, by themselves or with another module, and what the others became. */
export function settle(rows: readonly JudgedRow[], outcomes: readonly RowOutcome[]) {
  const failed: JudgedRow[] = []
  const whats: { what: 'created' | 'updated' | 'skipped'; made: Exclude<RowOutcome, Refusal>['made'] }[] = []
  const made = []
  let at = 0
  for (const row of rows) {
    const outcome = row.row ? outcomes[at++] : undefined
    if (outcome === undefined) failed.push(row)
    else if (outcome instanceof Refusal) failed.push(refusedRow(row, outcome))
    else {
      whats.push(outcome)
      for (const one of outcome.made) made.push({ ...one, provenanceId: uuidv7(), row_number: row.number })
    }
  }
  return { failed, whats, made }
}

/** Counts after some more rows. */
export function add(
  counts: Counts,
  rows: number,
  { failed, whats }: Pick<ReturnType<typeof settle>, 'failed' | 'whats'>,
): Counts {
  const many = (what: string) => whats.filter((one) => one.what === what).length
  return {
    processed_rows: counts.processed_rows + rows,
    failed_rows: counts.failed_rows + failed.length,
    created_rows: counts.created_rows + many('created'),
    updated_rows: counts.updated_rows + many('updated'),
    skipped_rows: counts.skipped_rows + many('skipped'),
  }
}

function failureOf(row: JudgedRow | undefined): string {
  return `Row ${row?.number}: ${row?.faults[0]?.message ?? 'it was refused'}`
}
