import { setImmediate as giveWay } from 'node:timers/promises'
import { uuidv7 } from '../platform/identifiers.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { undoBlocked, undoImpossible } from './contract.ts'
import { type Restored, rowsOfRestored, thingsBefore } from './queries.ts'
import { recordProvenance } from './row-queries.ts'
import type { Dependent, Target } from './target.ts'
import { batchSize, commandContext, endChange, holdImport, noteProgress, timeOfBatch, type Work } from './work.ts'

const mostNamed = 20

/** Refuses with `import_undo_blocked`, which names what depends on an import, and with `import_undo_impossible`. */
export async function assertUndoable(context: QueryContext, target: Target, importId: string): Promise<void> {
  if (!target.undo || !target.dependents) refuse(undoImpossible)
  const dependents = await target.dependents(context, importId, mostNamed + 1)
  if (dependents.length === 0) return
  const named = dependents.slice(0, mostNamed).map(({ name, reason }) => `${name} (${reasonWords[reason]})`)
  const more = dependents.length > mostNamed ? ' and others' : ''
  const fields = dependents
    .slice(0, mostNamed)
    .map(({ name, reason }) => ({ path: name, code: reason, message: reasonWords[reason] }))
  throw new Refusal(undoBlocked, `${undoBlocked.title}: ${named.join(', ')}${more}`, fields)
}

/** Why something keeps an import from being taken back, by its code. */
export const reasonWords = {
  stock_moved: 'its stock moved since',
  reserved: 'it is kept for an order',
  sold: 'it was sold',
  changed: 'it was changed since',
  in_use: 'it is in use',
  refunded: 'it takes back some of it',
  period_closed: 'the books of its day are closed',
} as const satisfies Record<Dependent['reason'], string>

/**
 * Takes back what the rows of an import became, the last first, in batches; the cursor goes back with them. Where something
 * came to depend on a row meanwhile it ends there: what is before it is in, and can be undone later.
 */
export async function undoRows(work: Work): Promise<void> {
  const size = batchSize()
  const { run } = work.import
  let before = work.import.cursor_row + 1
  for (let isLeft = true; isLeft; ) {
    const started = performance.now()
    const done = await undoBatch(work, { before, most: size.rows })
    if (done) size.note(done.things, timeOfBatch(work, started))
    isLeft = done !== undefined
    before = done?.first ?? before
    // Whoever waits goes first.
    await giveWay()
  }
  await work.transaction(async (tx) => {
    const { fault } = await holdImport(work, tx, { status: 'undoing', run })
    // What all had to be right for, and was not, has failed; it was not undone by anybody.
    const status = fault === null ? 'undone' : 'failed'
    await endChange(work, tx, 'imports.undo-import', { status, undone_at: now(), cursor_row: 0 })
  })
}

/** Answers with the first of the rows that were taken back, and of how many things; undefined when none was left. */
function undoBatch(
  work: Work,
  { before, most }: { readonly before: number; readonly most: number },
): Promise<{ first: number; things: number } | undefined> {
  const { id, run } = work.import
  return work.transaction(async (tx) => {
    await holdImport(work, tx, { status: 'undoing', run, cursor: before - 1 })
    const things = await thingsBefore({ ...tx, tenantId: work.tenantId }, { id, before, most })
    const first = things.at(-1)?.row_number
    if (first === undefined) return undefined
    const context = commandContext(work, tx)
    await work.target.undo?.(context, things)
    await noteProgress(work, tx, { cursor_row: first - 1, undone_at: now() })
    context.changed({ resource: 'import', id, new: { cursor_row: first - 1 } })
    await work.seal(tx, 'imports.undo-import', context.done)
    return { first, things: things.length }
  })
}

/**
 * Notes of things that say again what an earlier import said that they are what its rows became: it can be undone, too. Of those
 * that somebody changed in between nothing is noted.
 */
export async function handBack(context: CommandContext, restored: readonly Restored[]): Promise<void> {
  if (restored.length === 0) return
  const rows = await rowsOfRestored(context, restored)
  for (const [importId, own] of Map.groupBy(rows, (one) => one.import_id)) {
    const made = own.map(({ row_number, resource, what, old, id, version }) => ({
      ...{ provenanceId: uuidv7(), row_number, resource, id, what, version_after: version, name: resource },
      ...(old ? { old } : {}),
    }))
    await recordProvenance(context, importId, made)
  }
}
