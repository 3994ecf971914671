import type { z } from 'zod'
import { holds } from '../platform/execute.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { noCounts } from './check-file.ts'
import {
  type byVersion,
  conventionMissing,
  fieldMissing,
  importExpired,
  importIdle,
  importNotChecked,
  importNotClean,
  importOver,
  importStopped,
} from './contract.ts'
import { announce, assertMode, lockImport, questionsOf, readImport } from './imports.ts'
import { findFirstImport, findImport, type ImportRow, type ImportValues, updateImport } from './queries.ts'
import type { Planned } from './target.ts'
import { assertUndoable } from './undo-rows.ts'
import { type ImportDependencies, targetOf } from './work.ts'

/** The job that works on imports. */
export const workJob = { name: 'imports.work' }

const unfaulted = { fault: null, fault_code: null }

type Versioned = z.output<typeof byVersion>

/** Has every row of the file judged, in the background. Refuses what is not mapped, or may be read both ways. */
export async function checkImport(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id, version }: Versioned,
) {
  const old = await lockImport(context, id, version)
  if (!['mapping', 'checked', 'tried', 'failed'].includes(old.status)) refuse(importOver)
  const target = targetOf(dependencies.targets, old.target)
  const missing = target.fields.find((field) => field.is_required && old.mapping[field.name] === undefined)
  if (missing) refuse(fieldMissing, `Say which column is the field ${missing.name}`)
  const [question] = questionsOf(target, old)
  if (question)
    refuse(
      conventionMissing,
      `${question.column}: say the ${question.ask === 'decimal' ? 'decimal sign' : 'order of day and month'}`,
    )
  return begin(context, dependencies, old, { status: 'checking', ...noCounts })
}

/** Has every row committed and rolled back, in the background, to see what would come of it. */
export async function tryImport(context: CommandContext, dependencies: ImportDependencies, { id, version }: Versioned) {
  const old = await lockImport(context, id, version)
  if (!['checked', 'tried'].includes(old.status)) refuse(importNotChecked)
  assertAllowed(context, dependencies, old, 'commit')
  return begin(context, dependencies, old, { status: 'trying', ...noCounts, preview: null })
}

/**
 * Has the rows committed in the background. All or nothing needs a dry run without errors first. A run that was stopped goes on
 * where it was, unless rows of it were taken back since: then only the undo does. Of a file that came in meanwhile by another import it is only noted where.
 */
export async function commitImport(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id, version }: Versioned,
) {
  const old = await lockImport(context, id, version)
  const goesOn = old.status === 'stopped'
  if (goesOn && old.undone_at !== null) refuse(importOver)
  if (!goesOn && !['checked', 'tried'].includes(old.status)) refuse(importNotChecked)
  const isClean = old.status === 'tried' && old.failed_rows === 0
  if (old.mode === 'all_or_nothing' && !isClean && !goesOn) refuse(importNotClean)
  assertMode(targetOf(dependencies.targets, old.target), old.mode)
  assertAllowed(context, dependencies, old, 'commit')
  const first = await findFirstImport(context, old)
  if (first !== undefined && first !== id) {
    await updateImport(context, id, { status: 'repeated', first_import_id: first })
    const repeated = await readImport(context, dependencies, id)
    announce(context, repeated)
    return repeated
  }
  if (goesOn) return goOn(context, dependencies, old, { status: 'committing', ...unfaulted })
  const fresh = { ...noCounts, run: old.run + 1, commit_ms: null, undone_at: null }
  return begin(context, dependencies, old, { status: 'committing', ...fresh })
}

/** Stops what is under way. Rows that are in stay, and can be undone; all or nothing takes them back at once. */
export async function stopImport(context: CommandContext, dependencies: ImportDependencies, { id }: { id: string }) {
  const old = (await findImport(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.status === 'checking') await updateImport(context, id, { status: 'mapping' })
  else if (old.status === 'trying') await updateImport(context, id, { status: 'checked' })
  else if (old.status !== 'committing') refuse(importIdle)
  else if (old.mode === 'good_rows') await updateImport(context, id, { status: 'stopped' })
  else
    return begin(context, dependencies, old, {
      status: 'undoing',
      fault: importStopped.title,
      fault_code: importStopped.code,
    })
  const stopped = await readImport(context, dependencies, id)
  announce(context, stopped)
  return stopped
}

/** Takes back all that an import brought, in the background. Refuses with what depends on it before anything is changed. */
export async function undoImport(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id, version }: Versioned,
) {
  const old = await lockImport(context, id, version)
  if (!['committed', 'stopped'].includes(old.status)) refuse(importOver)
  if (old.expires_at <= context.now) refuse(importExpired)
  const target = targetOf(dependencies.targets, old.target)
  assertAllowed(context, dependencies, old, 'undo')
  await assertUndoable(context, target, id)
  const goesOn = old.status === 'stopped' && old.undone_at !== null
  if (goesOn) return goOn(context, dependencies, old, { status: 'undoing', ...unfaulted })
  return begin(context, dependencies, old, { status: 'undoing', ...unfaulted, longest_hold_ms: null })
}

/** What an import does somebody may do who may do it by hand. */
function assertAllowed(
  { caller }: CommandContext,
  dependencies: ImportDependencies,
  { target, mapping, options }: ImportRow,
  act: Planned['act'],
): void {
  const needed = targetOf(dependencies.targets, target).permissions({
    act,
    fields: new Set(Object.keys(mapping)),
    options,
  })
  const lacking = needed.find((permission) => !holds(caller.permissions, permission))
  if (lacking !== undefined) refuse(platformRefusals.forbidden, `This needs the permission ${lacking}`)
}

/** Goes on with a run that was stopped. It began as long ago as was worked on it, so that its pace is that of all its rows. */
function goOn(context: CommandContext, dependencies: ImportDependencies, old: ImportRow, values: ImportValues) {
  const workedMs = old.began_at && old.worked_at ? old.worked_at.getTime() - old.began_at.getTime() : 0
  return begin(context, dependencies, old, { ...values, began_at: later(context.now, -workedMs) })
}

async function begin(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id }: ImportRow,
  values: ImportValues,
) {
  const { employeeId: employee_id, userId: user_id, tenantId: tenant_id } = context.caller
  await updateImport(context, id, { began_at: context.now, ...values, worked_at: context.now, employee_id, user_id })
  context.enqueue(workJob, { tenant_id, import_id: id })
  const begun = await readImport(context, dependencies, id)
  announce(context, begun)
  return begun
}
