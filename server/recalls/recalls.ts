import type { z } from 'zod'
import {
  type BatchRow,
  batchRecalled,
  changeBlocks,
  findBatches,
  findBatchesOfLots,
  holdBatches,
} from '../inventory/index.ts'
import { findParties } from '../parties/index.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { nextNumber } from '../tenants/index.ts'
import * as contract from './contract.ts'
import {
  batchesOf,
  findRecall,
  heldByOthers,
  insertBatches,
  insertRecall,
  keepBlocked,
  type RecallRow,
  touchRecall,
  updateRecall,
} from './queries.ts'
import { nameBatches } from './trace.ts'

type Input<T extends z.ZodType> = z.output<T>

/** Opens a recall and blocks what is left of its batches in every branch. */
export async function openRecall(context: CommandContext, input: Input<typeof contract.openRecallInput>) {
  const { id = context.newId(), severity, reason, authority_reference = null, supplier_id = null } = input
  if (supplier_id !== null && (await findParties(context, [supplier_id])).length === 0) refuse(contract.supplierUnknown)
  const batches = await holdAbout(context, input, supplier_id)
  const given = { id, severity, reason, authority_reference, supplier_id, opened_by: context.caller.userId }
  const recall = await insertRecall(context, { ...given, number: await nextNumber(context, 'recalls.recall') })
  context.changed({ resource: 'recall', id, new: asRecall(recall), schema: contract.recall })
  await blockAll(context, recall, batches)
  return inFull(context, recall)
}

/** Adds batches to an open recall and blocks what is left of them. */
export async function addBatches(
  context: CommandContext,
  { id, version, ...about }: Input<typeof contract.addBatchesInput>,
) {
  const recall = await holdOpen(context, id, version)
  const batches = await holdAbout(context, about, recall.supplier_id)
  const known = new Set((await batchesOf(context, id)).map(({ batch_id }) => batch_id))
  if (batches.some((one) => known.has(one.id))) refuse(contract.batchInRecall)
  const changed = await touchRecall(context, id)
  context.changed({ resource: 'recall', id, old: asRecall(recall), new: asRecall(changed), schema: contract.recall })
  await blockAll(context, recall, batches)
  return inFull(context, changed)
}

/** Closes a recall. Released batches are sold again, but for those that were blocked before or that another recall holds. */
export async function closeRecall(
  context: CommandContext,
  { id, version, outcome, result }: Input<typeof contract.closeRecallInput>,
) {
  const old = await holdOpen(context, id, version)
  const changed = await updateRecall(context, id, { outcome, result, closed_by: context.caller.userId })
  context.changed({ resource: 'recall', id, old: asRecall(old), new: asRecall(changed), schema: contract.recall })
  await endHold(context, old, outcome)
  return inFull(context, changed)
}

/** A recall with its batches. */
export async function readRecall(context: QueryContext, id: string) {
  return inFull(context, (await findRecall(context, id)) ?? refuse(platformRefusals.notFound))
}

/** A recall as people read it, with its number. */
export function asRecall<R extends { number: string }>(recall: R): R {
  return { ...recall, number: `RC-${recall.number.padStart(6, '0')}` }
}

/** Refuses with `recall_batch_not_found` a batch that there is not. */
export async function assertBatch(context: QueryContext, id: string): Promise<void> {
  if ((await findBatches(context, [id])).length === 0) refuse(contract.batchUnknown)
}

/** Refuses with `batch_recalled` a batch that an open recall holds. */
export async function assertNotRecalled(context: CommandContext, batchId: string): Promise<void> {
  if ((await heldByOthers(context, [batchId], null)).length > 0) refuse(batchRecalled)
}

/**
 * Batches by id and by number, held: two recalls that are about the same batch wait for one another. A number that no batch
 * bears is refused, for a slip would leave the goods on sale.
 */
async function holdAbout(
  context: CommandContext,
  { batch_ids, lot_numbers }: { batch_ids: readonly string[]; lot_numbers: readonly string[] },
  supplierId: string | null,
): Promise<BatchRow[]> {
  if (batch_ids.length + lot_numbers.length === 0) refuse(contract.batchesMissing)
  const byId = await findBatches(context, batch_ids)
  const byNumber = await findBatchesOfLots(context, { numbers: lot_numbers, supplierId })
  if (byId.length < new Set(batch_ids).size) refuse(contract.batchUnknown)
  const known = new Set(byNumber.map(({ number }) => number.toUpperCase()))
  const missing = lot_numbers.filter((number) => !known.has(number.toUpperCase()))
  if (missing.length > 0) refuse(contract.batchUnknown, `There is no batch ${missing.join(', ')}`)
  const batches = [...new Map([...byId, ...byNumber].map((one) => [one.id, one])).values()]
  await holdBatches(
    context,
    batches.map(({ id }) => id),
  )
  return batches
}

/** Blocks what was not blocked, and keeps of each batch whether something other than a recall had blocked it. */
async function blockAll(context: CommandContext, recall: RecallRow, batches: readonly BatchRow[]): Promise<void> {
  const ids = batches.map(({ id }) => id)
  const faults = await changeBlocks(context, ids, { action: 'block', reason: reasonOf(recall) })
  const others = await heldByOthers(context, ids, recall.id)
  const byRecall = new Set(others.filter(({ was_blocked }) => !was_blocked).map(({ batch_id }) => batch_id))
  const wasBlocked = (id: string) => faults.get(id) === 'already_blocked' && !byRecall.has(id)
  await insertBatches(
    context,
    recall.id,
    ids.map((batch_id) => ({ batch_id, was_blocked: wasBlocked(batch_id) })),
  )
}

/** Releases what the recall held alone, or has whoever else holds it keep it blocked too. */
async function endHold(context: CommandContext, recall: RecallRow, outcome: contract.Outcome): Promise<void> {
  const all = (await batchesOf(context, recall.id)).map(({ batch_id }) => batch_id)
  await holdBatches(context, all)
  if (outcome === 'kept_blocked') return keepBlocked(context, all)
  // Read again: a recall that ended meanwhile may have said that they stay blocked.
  const held = (await batchesOf(context, recall.id)).filter(({ was_blocked }) => !was_blocked)
  const ids = held.map(({ batch_id }) => batch_id)
  const others = new Set((await heldByOthers(context, ids, recall.id)).map(({ batch_id }) => batch_id))
  const free = ids.filter((id) => !others.has(id))
  await changeBlocks(context, free, { action: 'release', reason: `${reasonOf(recall)} (closed)` })
}

async function holdOpen(context: CommandContext, id: string, version: number): Promise<RecallRow> {
  const found = (await findRecall(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (found.version !== version) refuse(platformRefusals.versionConflict)
  if (found.state === 'closed') refuse(contract.recallClosed)
  return found
}

async function inFull(context: QueryContext, recall: RecallRow) {
  const rows = await batchesOf(context, recall.id)
  const batches = await findBatches(
    context,
    rows.map(({ batch_id }) => batch_id),
  )
  const wasBlocked = new Map(rows.map(({ batch_id, was_blocked }) => [batch_id, was_blocked]))
  const named = await nameBatches(context, batches)
  return {
    ...asRecall(recall),
    batches: named.map((one) => ({ ...one, was_blocked: wasBlocked.get(one.batch_id) ?? false })),
  }
}

function reasonOf(recall: RecallRow): string {
  return `Recall ${asRecall(recall).number}: ${recall.reason}`
}
