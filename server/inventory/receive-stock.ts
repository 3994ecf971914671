import type { z } from 'zod'
import { variantNotFound } from '../catalog/index.ts'
import { isSupplier } from '../parties/index.ts'
import { money, roundToMinorUnit, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { dayIn } from '../platform/time.ts'
import { branchNotFound, type PlaceOfBusiness, placesOfBusiness } from '../tenants/index.ts'
import { isExpired } from './allocate-batches.ts'
import { findBatchesByNumber, insertBatches, type NewBatch } from './batch-queries.ts'
import { faultOfDays } from './batches.ts'
import {
  batchDiffers,
  batchExpired,
  batchRequired,
  expiryRequired,
  type receiveStockInput,
  supplierNotFound,
} from './contract.ts'
import { type CountedLine, countLines, unitCostOf } from './document-lines.ts'
import { refusalOfLine, type StockLine } from './plan-movements.ts'
import { postStock } from './post-stock.ts'
import { readPosting } from './read-stock.ts'

type Input = z.output<typeof receiveStockInput>
type Line = CountedLine<Input['lines'][number]>

/**
 * Takes goods in: into batches, those with a known number or new ones, at what they cost. What was there before the books
 * were opened is against the opening balances, all else against what was received and is not invoiced yet.
 */
export async function receiveStock(context: CommandContext, input: Input) {
  const { id = context.newId(), branch_id, supplier_id = null } = input
  assertInScope(context, { branchId: branch_id }, branchNotFound)
  const place = (await placesOfBusiness(context, [branch_id])).get(branch_id) ?? refuse(branchNotFound)
  if (supplier_id !== null && !(await isSupplier(context, supplier_id))) refuse(supplierNotFound)
  const lines = await countLines(context, input.lines)
  const today = dayIn(place.time_zone, context.now)
  for (const line of lines) assertComplete(line, today)
  const batches = await batchesOf(context, lines, { supplier_id, today, accepts_expired: input.accepts_expired })
  await postStock(context, {
    id,
    kind: 'receipt',
    document_type: input.is_opening ? 'opening_stock' : 'stock_receipt',
    document_id: id,
    document_number: input.document_number ?? null,
    party_id: supplier_id,
    reason: null,
    note: input.note ?? null,
    on: input.document_on ?? null,
    lines: lines.map((line) => stockLineOf(line, { input, place, batches })),
  })
  return readPosting(context, id)
}

/** What can be seen of a line itself. */
function assertComplete({ line, given, goods }: Line, today: string): void {
  const { batch_number, manufactured_on = null, expires_on = null } = given
  if (goods.is_deleted) throw refusalOfLine(variantNotFound, { line })
  const isOfBatch = goods.is_expiry_tracked || manufactured_on !== null || expires_on !== null
  if (batch_number === undefined && isOfBatch) throw refusalOfLine(batchRequired, { line })
  const fault = faultOfDays({ manufactured_on, expires_on }, today)
  if (fault) throw refusalOfLine(fault, { line })
}

interface Batches {
  readonly supplier_id: string | null
  readonly today: string
  readonly accepts_expired: boolean
}

/** The ids of the batches of lines, by variant and number, made where there were none. */
async function batchesOf(
  context: CommandContext,
  lines: readonly Line[],
  { supplier_id, today, accepts_expired }: Batches,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map<string, NewBatch>()
  for (const line of lines) {
    const number = line.given.batch_number
    if (number === undefined) continue
    const { variant_id, manufactured_on, expires_on } = line.given
    const known = wanted.get(batchKey(line.given))
    wanted.set(batchKey(line.given), {
      id: known?.id ?? context.newId(),
      variant_id,
      number,
      supplier_id,
      manufactured_on: known?.manufactured_on ?? manufactured_on ?? null,
      expires_on: known?.expires_on ?? expires_on ?? null,
      unit_cost: known?.unit_cost ?? unitCostOf(line),
    })
  }
  if (wanted.size === 0) return new Map()
  const judge = async () => {
    const found = await findBatchesByNumber(context, [...wanted.values()])
    const known = new Map(found.map((one) => [batchKey({ ...one, batch_number: one.number }), one]))
    for (const line of lines) {
      const batch = known.get(batchKey(line.given)) ?? wanted.get(batchKey(line.given))
      if (batch) assertFit(batch, line, { today, accepts_expired })
    }
    return known
  }
  const known = await judge()
  const missing = [...wanted].filter(([key]) => !known.has(key)).map(([, batch]) => batch)
  const made = await insertBatches(context, missing)
  for (const batch of made) context.changed({ resource: 'batch', id: batch.id, new: batch })
  // Somebody else made one of them meanwhile, and may have given it other dates.
  const all = made.length < missing.length ? await judge() : known
  return new Map([...wanted].map(([key, batch]) => [key, all.get(key)?.id ?? batch.id]))
}

type Dates = Pick<NewBatch, 'manufactured_on' | 'expires_on'>

/** What can be seen of a line and its batch. A day that was not said is that of the batch. */
function assertFit(batch: Dates, line: Line, { today, accepts_expired }: Omit<Batches, 'supplier_id'>): void {
  const { manufactured_on = batch.manufactured_on, expires_on = batch.expires_on } = line.given
  if (manufactured_on !== batch.manufactured_on || expires_on !== batch.expires_on)
    throw refusalOfLine(batchDiffers, line)
  if (line.goods.is_expiry_tracked && batch.expires_on === null) throw refusalOfLine(expiryRequired, line)
  if (isExpired(batch.expires_on, today) && !accepts_expired) throw refusalOfLine(batchExpired, line)
}

function batchKey(given: { variant_id: string; batch_number?: string | undefined }): string {
  return `${given.variant_id} ${given.batch_number}`
}

function stockLineOf(
  { given, quantity }: Line,
  { input, place, batches }: { input: Input; place: PlaceOfBusiness; batches: ReadonlyMap<string, string> },
): StockLine {
  const value = toText(roundToMinorUnit(money(given.unit_cost).times(given.quantity), place.minor_unit))
  const against = input.is_opening ? 'opening_balances' : 'goods_received_not_invoiced'
  return {
    branch_id: input.branch_id,
    variant_id: given.variant_id,
    batch_id: batches.get(batchKey(given)) ?? null,
    change: { kind: 'arrival', quantity, value, against },
  }
}
