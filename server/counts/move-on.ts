import type { z } from 'zod'
import { unfreezeStock } from '../inventory/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import type { Settings } from '../settings/index.ts'
import {
  approvedByCounter,
  countClosed,
  countLineNotFound,
  countNotOpen,
  countNotSubmitted,
  linesNotCounted,
  notFrozen,
  nothingCounted,
  nothingToRecount,
  recountRequired,
  type sendBackInput,
  type stepInput,
  type submitInput,
} from './contract.ts'
import { exceedsTolerance } from './exceeds-tolerance.ts'
import { type CountRow, findLines, totalsOf, varyingLines } from './queries.ts'
import { countInFullOf, readCount } from './read-counts.ts'
import { lockCount, type NewStep, recordStep } from './record-queries.ts'
import { tolerancePercentSetting, toleranceValueSetting } from './settings.ts'

const refusals = {
  count_not_open: countNotOpen,
  count_not_submitted: countNotSubmitted,
  count_closed: countClosed,
  recount_required: recountRequired,
  count_approved_by_counter: approvedByCounter,
}

/** Hands a count in for approval. Lines that are too far from the books and were counted once are marked to be counted again. */
export async function submitCount(
  context: CommandContext,
  settings: Settings,
  { id, version, leaves_out_uncounted }: z.output<typeof submitInput>,
) {
  const old = await holdCount(context, id, version)
  const { lines, counted } = await totalsOf(context, id)
  if (old.state !== 'open') refuse(countNotOpen)
  if (counted === 0) refuse(nothingCounted)
  if (counted < lines && !leaves_out_uncounted)
    refuse(linesNotCounted, `${lines - counted} of ${lines} lines are not counted`)
  return takeStep(context, old, { action: 'submit', recount: await linesBeyondTolerance(context, settings, old) })
}

/** Sends a submitted count back to those who count. */
export async function sendBack(
  context: CommandContext,
  { id, version, reason, line_ids }: z.output<typeof sendBackInput>,
) {
  const old = await holdCount(context, id, version)
  const chosen = await findLines(context, id, line_ids)
  if (chosen.length < new Set(line_ids).size) refuse(countLineNotFound)
  if (old.state === 'submitted' && chosen.length === 0 && (await totalsOf(context, id)).to_recount === 0)
    refuse(nothingToRecount)
  return takeStep(context, old, { action: 'send_back', reason, recount: line_ids })
}

/** Gives a count up: nothing of it is posted, and what it froze moves again. */
export async function cancelCount(context: CommandContext, { id, version, reason }: z.output<typeof stepInput>) {
  const old = await holdCount(context, id, version)
  await unfreezeStock(context, id)
  return takeStep(context, old, { action: 'cancel', reason })
}

/** Lets what a count froze move again; the count goes on. */
export async function liftFreeze(context: CommandContext, { id, version, reason }: z.output<typeof stepInput>) {
  const old = await holdCount(context, id, version)
  if (old.state !== 'open' && old.state !== 'submitted') refuse(countClosed)
  if (old.frozen_until === null) refuse(notFrozen)
  await unfreezeStock(context, id)
  return takeStep(context, old, { action: 'lift_freeze', reason })
}

/** Holds a count for a step. Refuses with `version_conflict` one that was moved on since it was read. */
export async function holdCount(context: CommandContext, id: string, version: number): Promise<CountRow> {
  await lockCount(context, id, 'alone')
  const found = await readCount(context, id)
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  return found
}

/** Moves a count on and answers with it. */
export async function takeStep(
  context: CommandContext,
  old: CountRow,
  step: Pick<NewStep, 'action'> & { reason?: string; recount?: readonly string[] },
) {
  const { caller, newId } = context
  const row = { id: newId(), count_id: old.id, actor_id: caller.employeeId, reason: null, recount: [], ...step }
  const code = await recordStep(context, row)
  if (code !== null) refuse(refusals[code as keyof typeof refusals])
  const changed = await countInFullOf(context, old.id)
  context.changed({ resource: 'count', id: old.id, old, new: changed })
  return changed
}

async function linesBeyondTolerance(context: CommandContext, settings: Settings, { id, branch_id }: CountRow) {
  const at = { branchId: branch_id }
  const [percent, value] = [
    await settings.read(context, tolerancePercentSetting, at),
    await settings.read(context, toleranceValueSetting, at),
  ]
  if (percent === null && value === null) return []
  return (await varyingLines(context, id))
    .filter(
      (line) => !line.is_recounted && exceedsTolerance({ ...line, counted: line.counted ?? '0' }, { percent, value }),
    )
    .map((line) => line.id)
}
