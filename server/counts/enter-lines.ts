import type { z } from 'zod'
import { type Goods, quantityOf } from '../catalog/index.ts'
import { batchesOfVariants, batchNotFound, batchRequired, nameBatches } from '../inventory/index.ts'
import { money } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { dayIn } from '../platform/time.ts'
import { readBranch } from '../tenants/index.ts'
import {
  countNotOpen,
  countTooLarge,
  type enterLinesInput,
  mostLines,
  placeTwice,
  variantNotInCount,
} from './contract.ts'
import { assertNotCounted, assertStocked, freeze } from './create-count.ts'
import { type CountRow, findLines, totalsOf, variantsIn } from './queries.ts'
import { asLine, readCount, seesBooks } from './read-counts.ts'
import { chooseVariants, enterEntries, lockCount, type NewEntry } from './record-queries.ts'

type Line = z.output<typeof enterLinesInput>['lines'][number]

/** Enters what the caller counted, all of it or nothing. A batch, or in a whole branch goods, that were not listed are added. */
export async function enterLines(context: CommandContext, { id, lines }: z.output<typeof enterLinesInput>) {
  await lockCount(context, id, 'shared')
  const count = await readCount(context, id)
  if (count.state !== 'open') refuse(countNotOpen)
  const variantIds = [...new Set(lines.map((line) => line.variant_id))]
  const goods = await assertStocked(context, variantIds)
  const { time_zone } = await readBranch(context, count.branch_id)
  // Made before stock is held by a freeze, as by those who receive: or the two would wait for one another.
  const batches = await batchesOf(context, lines, { goods, today: dayIn(time_zone, context.now) })
  await admit(context, count, variantIds)
  const entries = lines.map((line, at) =>
    inLine(at, () =>
      entryOf(line, { id: context.newId(), goods: goods.get(line.variant_id), batch: batches[at] ?? null }),
    ),
  )
  assertOnce(entries)
  const entered = await enterEntries(context, entries, { countId: id, actorId: context.caller.employeeId })
  const ids = entered.map(({ line_id }) => line_id ?? refuse(countNotOpen))
  if ((await totalsOf(context, id)).lines > mostLines) refuse(countTooLarge)
  const rows = new Map((await findLines(context, id, ids)).map((row) => [row.id, row]))
  context.changed({ resource: 'count', id })
  const isShown = seesBooks(context, count)
  return { lines: ids.flatMap((one) => rows.get(one) ?? []).map((row) => asLine(row, isShown)) }
}

/** Takes goods into the count that it has no line of; only one of a branch or a category is about more than its list. */
async function admit(context: CommandContext, count: CountRow, variantIds: readonly string[]): Promise<void> {
  const known = await variantsIn(context, count.id, variantIds)
  const found = variantIds.filter((one) => !known.has(one))
  if (found.length === 0) return
  const { id: countId, branch_id, category_id, subject, frozen_until } = count
  if (subject === 'variants' || subject === 'due') refuse(variantNotInCount)
  const choice = { branch_id, variant_ids: found, category_id, is_due: false, counted_before: null }
  if ((await chooseVariants(context, choice)).length < found.length) refuse(variantNotInCount)
  await assertNotCounted(context, found, { branchId: branch_id, besides: countId })
  if (frozen_until) await freeze(context, found, { countId, branchId: branch_id, until: frozen_until })
}

/** The batch of each line: the one it names by id, or by number, which is then made if need be. */
async function batchesOf(
  context: CommandContext,
  lines: readonly Line[],
  known: { goods: ReadonlyMap<string, Goods>; today: string },
): Promise<(string | null)[]> {
  const numbered = lines.flatMap(({ variant_id, batch_number, manufactured_on = null, expires_on = null }, line) =>
    batch_number === undefined ? [] : { line: line + 1, variant_id, number: batch_number, manufactured_on, expires_on },
  )
  const variantOf = await batchesOfVariants(
    context,
    lines.flatMap(({ batch_id }) => batch_id ?? []),
  )
  const named = await nameBatches(context, numbered, known)
  const byLine = new Map(numbered.map(({ line }, at) => [line - 1, named[at] ?? null]))
  return lines.map(({ batch_id, variant_id }, at) => {
    if (batch_id !== undefined && variantOf.get(batch_id) !== variant_id) inLine(at, () => refuse(batchNotFound))
    return batch_id ?? byLine.get(at) ?? null
  })
}

function entryOf(
  line: Line,
  { id, goods, batch }: { id: string; goods: Goods | undefined; batch: string | null },
): NewEntry {
  if (!goods) throw new Error('goods were read before')
  const isNothing = money(line.quantity).isZero()
  if (goods.is_expiry_tracked && batch === null && !isNothing) refuse(batchRequired)
  return {
    id,
    variant_id: line.variant_id,
    batch_id: batch,
    counted: isNothing ? '0' : quantityOf(goods, line),
  }
}

function assertOnce(entries: readonly NewEntry[]): void {
  const places = new Set<string>()
  for (const [at, { variant_id, batch_id }] of entries.entries()) {
    const place = `${variant_id} ${batch_id}`
    if (places.has(place)) inLine(at, () => refuse(placeTwice))
    places.add(place)
  }
}

/** Says of a refusal which line it is about. */
function inLine<T>(at: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Refusal ? refusalOfLine(error, at) : error
  }
}

function refusalOfLine({ kind, message }: Refusal, at: number): Refusal {
  return new Refusal(kind, `line ${at + 1}: ${message}`, [{ path: `lines.${at}`, code: kind.code, message }])
}
