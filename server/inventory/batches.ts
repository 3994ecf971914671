import type { z } from 'zod'
import { catalogPermissions, type Goods, readGoods, variantNotFound } from '../catalog/index.ts'
import { isSupplier } from '../parties/index.ts'
import { definedOf } from '../platform/defined.ts'
import { holds } from '../platform/execute.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { findTenant, readBranch } from '../tenants/index.ts'
import {
  batchAlreadyBlocked,
  batchNotBlocked,
  batch as batchSchema,
  branchUnknown,
  type changeBlockInput,
  type listBatchesInput,
  type updateBatchInput,
} from './batch-contract.ts'
import {
  type BatchNumber,
  type BatchRow,
  blocksOf,
  findBatches,
  findBatchesByNumber,
  holdBatches,
  insertBatches,
  levelsOfBatches,
  listBatches,
  lockBatch,
  updateBatch,
} from './batch-queries.ts'
import { batchDiffers, batchNotMade, expiryBeforeManufacture, expiryRequired, supplierNotFound } from './contract.ts'
import { refusalOfLine } from './plan-movements.ts'
import { type BlockFault, blockBatches } from './stock-queries.ts'

/** Asks whether a batch may be released; throws the refusal when something else holds it. */
export type AssertReleasable = (context: CommandContext, batchId: string) => Promise<void>

/** A page of batches with what lies where, one row more when there is a next page. */
export async function readBatches(
  context: QueryContext,
  { branch_id, cursor: _, ...filter }: z.output<typeof listBatchesInput>,
  after: readonly [string | null, string] | undefined,
) {
  const branch = branch_id === undefined ? undefined : await readBranch(context, branch_id, branchUnknown)
  await assertKnown(context, filter)
  const branchIds = branch ? [branch.id] : (context.caller.scope?.branchIds ?? null)
  const today = branch ? dayIn(branch.time_zone, context.now) : await todayOf(context)
  const rows = await listBatches(context, { ...filter, branchIds, today }, after).execute()
  return withLevels(context, rows, branchIds)
}

/** A batch with what lies where and its blocks. Refuses with `not_found` where none of it was in the caller's branches. */
export async function readBatch(context: QueryContext, id: string) {
  const [found = refuse(platformRefusals.notFound)] = await findBatches(context, [id])
  return inFull(context, found)
}

/** Corrects what is written on a batch. The reason goes into the audit entry, with what was there before. */
export async function correctBatch(
  context: CommandContext,
  { id, version, reason: _, ...given }: z.output<typeof updateBatchInput>,
) {
  const old = await holdBatch(context, id)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const values = definedOf(given)
  const { manufactured_on, expires_on } = { ...old, ...values }
  const fault = faultOfDays({ manufactured_on, expires_on }, await todayOf(context))
  if (fault) refuse(fault)
  if (expires_on === null && old.expires_on !== null) await assertNeverExpires(context, old.variant_id)
  const changed = await updateBatch(context, id, values)
  context.changed({ resource: 'batch', id, old, new: changed, schema: batchSchema })
  return inFull(context, changed)
}

/** Blocks a batch in every branch: from now on none of it is sold. */
export async function blockBatch(context: CommandContext, { id, reason }: z.output<typeof changeBlockInput>) {
  return changeBlock(context, { id, reason, action: 'block' })
}

/** Releases a blocked batch in every branch. */
export async function releaseBatch(
  context: CommandContext,
  assertReleasable: AssertReleasable,
  { id, reason }: z.output<typeof changeBlockInput>,
) {
  // Held before it is asked for, so that a recall which is being opened meanwhile is seen.
  await holdBatches(context, [id])
  await assertReleasable(context, id)
  return changeBlock(context, { id, reason, action: 'release' })
}

/**
 * Blocks or releases batches in every branch; who sells of them at this moment is waited for. Answers for each with what was
 * wrong, and names each that was changed.
 */
export async function changeBlocks(
  context: CommandContext,
  batchIds: readonly string[],
  { action, reason }: { action: 'block' | 'release'; reason: string },
): Promise<Map<string, BlockFault | null>> {
  const before = new Map((await findBatches(context, batchIds)).map((one) => [one.id, one]))
  const answers = await blockBatches(
    context,
    batchIds.map((batch_id) => ({ id: context.newId(), batch_id, action, reason, actor_id: context.caller.userId })),
  )
  const faults = new Map(batchIds.map((id, at) => [id, answers[at]?.code ?? null]))
  for (const batch of await findBatches(context, batchIds)) {
    const old = before.get(batch.id)
    if (old && faults.get(batch.id) === null)
      context.changed({ resource: 'batch', id: batch.id, old, new: batch, schema: batchSchema })
  }
  return faults
}

async function changeBlock(
  context: CommandContext,
  { id, ...change }: { id: string; reason: string; action: 'block' | 'release' },
) {
  const fault = (await changeBlocks(context, [id], change)).get(id)
  if (fault === 'batch_not_found') refuse(platformRefusals.notFound)
  if (fault === 'already_blocked') refuse(batchAlreadyBlocked)
  if (fault === 'not_blocked') refuse(batchNotBlocked)
  return readBatch(context, id)
}

/** What no batch can have: a last day before it was made, or to be made only tomorrow. */
export function faultOfDays({ manufactured_on, expires_on }: Days, today: string): RefusalKind | undefined {
  if (manufactured_on === null) return undefined
  if (expires_on !== null && expires_on < manufactured_on) return expiryBeforeManufacture
  return manufactured_on > today ? batchNotMade : undefined
}

async function assertNeverExpires(context: CommandContext, variantId: string): Promise<void> {
  const goods = (await readGoods(context, [variantId])).get(variantId)
  if (goods?.is_expiry_tracked) refuse(expiryRequired)
}

async function holdBatch(context: CommandContext, id: string): Promise<BatchRow> {
  return (await lockBatch(context, id)) ?? refuse(platformRefusals.notFound)
}

async function inFull(context: QueryContext, row: BatchRow) {
  const branchIds = context.caller.scope?.branchIds ?? null
  const [batch = refuse(platformRefusals.notFound)] = await withLevels(context, [row], branchIds)
  if (branchIds !== null && batch.levels.length === 0) refuse(platformRefusals.notFound)
  return { ...batch, blocks: await blocksOf(context, row.id) }
}

async function withLevels<B extends { id: string }>(
  context: QueryContext,
  batches: readonly B[],
  branchIds: readonly string[] | null,
) {
  const ids = batches.map(({ id }) => id)
  const seesCosts = holds(context.caller.permissions, catalogPermissions.viewCosts)
  const levels = Map.groupBy(await levelsOfBatches(context, ids, branchIds), ({ batch_id }) => batch_id)
  return batches.map((batch) => ({
    ...batch,
    levels: (levels.get(batch.id) ?? []).map(({ branch_id, on_hand, reserved, available, value }) => ({
      ...{ branch_id, on_hand: plain(on_hand), reserved: plain(reserved), available: plain(available) },
      value: seesCosts && value !== null ? plain(value) : null,
    })),
  }))
}

function plain(text: string): string {
  return toText(money(text))
}

/** A list of what there is none of would be empty: a slip is told. */
async function assertKnown(
  context: QueryContext,
  { variant_id, supplier_id }: { variant_id?: string | undefined; supplier_id?: string | undefined },
): Promise<void> {
  if (variant_id !== undefined && !(await readGoods(context, [variant_id])).has(variant_id)) refuse(variantNotFound)
  if (supplier_id !== undefined && !(await isSupplier(context, supplier_id))) refuse(supplierNotFound)
}

async function todayOf(context: QueryContext): Promise<string> {
  const tenant = (await findTenant(context)) ?? refuse(platformRefusals.notFound)
  return dayIn(tenant.time_zone, context.now)
}

/** A batch as it is printed on goods that were found; a day that is not said is null. */
export interface NamedBatch extends BatchNumber {
  /** Of what is refused, from 1. */
  readonly line: number
  readonly manufactured_on: string | null
  readonly expires_on: string | null
}

/** What naming batches may refuse with. */
export const batchNameRefusals = [
  variantNotFound,
  batchDiffers,
  expiryRequired,
  expiryBeforeManufacture,
  batchNotMade,
] as const

/**
 * The ids of batches by what is printed on them, in order; those that nobody knew are made. Refuses with `batch_differs` days
 * that are not those of the batch, with `expiry_required` new batches of goods that expire, and days that no batch can have.
 */
export async function nameBatches(
  context: CommandContext,
  named: readonly NamedBatch[],
  { goods, today }: { goods: ReadonlyMap<string, Goods>; today: string },
): Promise<string[]> {
  if (named.length === 0) return []
  const known = await find(context, named)
  const missing = new Map<string, NamedBatch>()
  for (const one of named) {
    assertSame(known.get(keyOf(one)) ?? missing.get(keyOf(one)), one)
    if (known.has(keyOf(one)) || missing.has(keyOf(one))) continue
    assertComplete(one, { goods: goods.get(one.variant_id), today })
    missing.set(keyOf(one), one)
  }
  const rows = [...missing.values()].map(({ line, ...one }) => ({
    ...one,
    id: context.newId(),
    supplier_id: null,
    unit_cost: null,
  }))
  const made = await insertBatches(context, rows)
  for (const batch of made) context.changed({ resource: 'batch', id: batch.id, new: batch })
  const all = missing.size === 0 ? known : await find(context, named)
  return named.map((one) => {
    const batch = all.get(keyOf(one))
    // Somebody else made one meanwhile, and may have given it other days.
    assertSame(batch, one)
    return batch?.id ?? missingBatch()
  })
}

async function find(context: CommandContext, named: readonly NamedBatch[]) {
  return new Map((await findBatchesByNumber(context, named)).map((batch) => [keyOf(batch), batch]))
}

type Days = Pick<NamedBatch, 'manufactured_on' | 'expires_on'>

function assertSame(batch: Days | undefined, named: NamedBatch): void {
  const { manufactured_on, expires_on } = named
  const differs =
    (manufactured_on !== null && manufactured_on !== batch?.manufactured_on) ||
    (expires_on !== null && expires_on !== batch?.expires_on)
  if (batch && differs) throw refusalOfLine(batchDiffers, named)
}

function assertComplete(named: NamedBatch, { goods, today }: { goods: Goods | undefined; today: string }): void {
  if (!goods) throw refusalOfLine(variantNotFound, named)
  if (goods.is_expiry_tracked && named.expires_on === null) throw refusalOfLine(expiryRequired, named)
  const fault = faultOfDays(named, today)
  if (fault) throw refusalOfLine(fault, named)
}

function keyOf({ variant_id, number }: BatchNumber): string {
  return `${variant_id} ${number}`
}

function missingBatch(): never {
  throw new Error('a batch was neither found nor made')
}
