import { variantNotFound } from '../catalog/index.ts'
import type { CostChange, Move } from '../costing/index.ts'
import { purposeRefusals } from '../ledger/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import { type Judge, platformRefusals, Refusal, type RefusalKind, refuseAtOnce } from '../platform/refusal.ts'
import { branchNotFound } from '../tenants/index.ts'
import { allocateBatches, isExpired } from './allocate-batches.ts'
import {
  batchBlocked,
  batchExpired,
  batchNotFound,
  dayNotYetCome,
  insufficientStock,
  notStocked,
  type PostingKind,
  stockFrozen,
  stockOutOfRange,
  tooFewMovements,
  tooManyMovements,
} from './contract.ts'
import type { HeldStock } from './stock-queries.ts'

/** What is to happen with the stock of a variant in a branch. */
export interface StockLine {
  readonly branch_id: string
  readonly variant_id: string
  /** A batch; null for goods that have none; 'fefo': those that expire first, as many as it takes. */
  readonly batch_id: string | null | 'fefo'
  /** Quantities in the unit of the product. */
  readonly change: CostChange
  /** Beyond what the variant's own `allows_negative_stock` allows. */
  readonly may_go_below_zero?: boolean
  /** It left already, as in a sale paid offline: booked as it happened, below zero and of any batch, were it blocked or expired. */
  readonly is_already_sold?: boolean
}

/** A move, the line of the document it is of, from 1, and what lies in its place afterwards. */
export interface PlannedMove extends Move {
  readonly line: number
  readonly running_quantity: string
  readonly may_go_below_zero: boolean
  readonly is_already_sold: boolean
}

interface Level {
  readonly batch_id: string | null
  readonly on_hand: Money
  readonly available: Money
  readonly expires_on: string | null
  readonly is_blocked: boolean
}

const nothing: Level = {
  batch_id: null,
  on_hand: money('0'),
  available: money('0'),
  expires_on: null,
  is_blocked: false,
}

/** What lies where, by `placeKey`, as far as it is known. */
export type Shelves = ReadonlyMap<string, ReadonlyMap<string | null, Level>>

/** Names the stock of a variant in a branch. */
function placeKey({ branch_id, variant_id }: { branch_id: string; variant_id: string }): string {
  return `${branch_id} ${variant_id}`
}

/** The shelves that are held. */
export function shelvesOf(held: readonly HeldStock[]): Shelves {
  return new Map(
    held.map((one) => [
      placeKey(one),
      new Map(
        one.levels.map((level) => [
          level.batch_id,
          { ...level, on_hand: money(level.on_hand), available: money(level.available) },
        ]),
      ),
    ]),
  )
}

/** The same shelves with batches of a branch that nothing lies of: what is wrong with them counts where they are named. */
export function withBatches(
  shelves: Shelves,
  branchId: string,
  batches: readonly (Pick<Level, 'expires_on' | 'is_blocked'> & { readonly id: string; readonly variant_id: string })[],
): Shelves {
  const more = new Map(shelves)
  for (const { id, variant_id, expires_on, is_blocked } of batches) {
    const key = placeKey({ branch_id: branchId, variant_id })
    const shelf = more.get(key) ?? new Map<string | null, Level>()
    more.set(key, new Map([[id, { ...nothing, batch_id: id, expires_on, is_blocked }], ...shelf]))
  }
  return more
}

// Goods that nobody may sell are lost and counted like others.
const kindsOfAnyBatch: readonly PostingKind[] = ['write_off', 'adjustment', 'count']

/**
 * Chooses the batches of lines and judges them one after the other, each on what those before it left. Answers with the moves
 * and with the shelves as they are then; those given stay as they were. A line that names its batch, or none, is served before
 * those that leave the choice. What may go below zero and exceeds what there is goes without a batch: nobody knows which.
 * What left already is taken, when nothing else is there, of what may not be sold: then that was it.
 * Throws `insufficient_stock`, and for sales `batch_blocked` and `batch_expired`; of what left already the judge is told so. What
 * of a batch that is not on the shelf is judged by inventory.record, which knows whether there is such a batch.
 */
export function planMovements(
  shelves: Shelves,
  { kind, lines }: { kind: PostingKind; lines: readonly StockLine[] },
  rules: {
    dayIn(branchId: string): string
    allowsBelowZero(variantId: string): boolean
    /** The day on which left what left already. */
    readonly leftOn?: string | null
    readonly judge?: Judge
  },
): { moves: PlannedMove[]; shelves: Shelves } {
  const plan: Plan = { kind, shelves: new Map(shelves), spokenFor: spokenFor(lines), moves: [] }
  const { leftOn = null, judge = () => {} } = rules
  for (const [at, line] of lines.entries()) {
    const today = rules.dayIn(line.branch_id)
    const given: Given = {
      ...line,
      line: at + 1,
      today: line.is_already_sold ? (leftOn ?? today) : today,
      judge: line.is_already_sold ? judge : refuseAtOnce,
      may_go_below_zero: (line.may_go_below_zero ?? false) || rules.allowsBelowZero(line.variant_id),
      is_already_sold: line.is_already_sold ?? false,
    }
    if (line.batch_id === 'fefo') planAnyBatch(plan, given)
    else planOneBatch(plan, given, line.batch_id)
  }
  return { moves: plan.moves, shelves: plan.shelves }
}

interface Plan {
  readonly kind: PostingKind
  readonly shelves: Map<string, ReadonlyMap<string | null, Level>>
  /** What lines that name their batch still want, by place and batch. */
  readonly spokenFor: Map<string, Money>
  readonly moves: PlannedMove[]
}

interface Given extends Required<StockLine> {
  readonly line: number
  readonly today: string
  readonly judge: Judge
}

function spokenFor(lines: readonly StockLine[]): Map<string, Money> {
  const wanted = new Map<string, Money>()
  for (const line of lines) {
    if (line.batch_id === 'fefo' || !leaves(line.change)) continue
    const key = `${placeKey(line)} ${line.batch_id}`
    wanted.set(key, money(line.change.quantity).plus(wanted.get(key) ?? 0))
  }
  return wanted
}

/** True when a change takes stock away. */
function leaves(change: CostChange): boolean {
  return change.kind === 'issue' || change.kind === 'supplier_return'
}

function planOneBatch(plan: Plan, given: Given, batchId: string | null): void {
  const quantity = money(given.change.quantity)
  if (leaves(given.change)) takeFrom(plan, given, { batchId, quantity })
  move(plan, given, { batchId, quantity })
}

/** Refuses to take what is not there, or not for sale. */
function takeFrom(plan: Plan, given: Given, { batchId, quantity }: { batchId: string | null; quantity: Money }): void {
  const key = `${placeKey(given)} ${batchId}`
  plan.spokenFor.set(key, (plan.spokenFor.get(key) ?? quantity).minus(quantity))
  const level = plan.shelves.get(placeKey(given))?.get(batchId) ?? (batchId === null ? nothing : undefined)
  if (!level) return
  if (plan.kind === 'sale') judgeBatch(level, given)
  if (level.available.lessThan(quantity) && !given.may_go_below_zero) given.judge(insufficient(given, level.available))
}

function judgeBatch({ is_blocked, expires_on }: Level, given: Given): void {
  if (is_blocked) given.judge(refusalOfLine(batchBlocked, given))
  if (isExpired(expires_on, given.today)) given.judge(refusalOfLine(batchExpired, given))
}

function planAnyBatch(plan: Plan, given: Given): void {
  if (!leaves(given.change)) throw new Error('what comes in names its batch')
  const wanted = money(given.change.quantity)
  const missing = take(plan, given, { wanted, isAny: kindsOfAnyBatch.includes(plan.kind) })
  const lost = given.is_already_sold ? take(plan, given, { wanted: missing, isAny: true }) : missing
  if (lost.isZero()) return
  if (!given.may_go_below_zero) given.judge(insufficient(given, wanted.minus(lost)))
  move(plan, given, { batchId: null, quantity: lost })
}

/** Takes what is there of batches that may be sold, or of any; answers with what is not. */
function take(plan: Plan, given: Given, { wanted, isAny }: { wanted: Money; isAny: boolean }): Money {
  if (wanted.isZero()) return wanted
  const { variant_id, today } = given
  const shelf = plan.shelves.get(placeKey(given)) ?? new Map<string | null, Level>()
  const stock = [...shelf.values()].map((level) => ({
    ...level,
    variant_id,
    is_blocked: level.is_blocked && !isAny,
    available: toText(level.available.minus(plan.spokenFor.get(`${placeKey(given)} ${level.batch_id}`) ?? 0)),
  }))
  const asked = { variant_id, quantity: toText(wanted) }
  const [found] = allocateBatches([asked], { stock, today: isAny ? '' : today })
  if (!found) throw new Error('nothing was allocated')
  for (const { batch_id, quantity } of found.parts) {
    const level = shelf.get(batch_id)
    if (level && plan.kind === 'sale') judgeBatch(level, given)
    move(plan, given, { batchId: batch_id, quantity: money(quantity) })
  }
  return money(found.missing)
}

function move(plan: Plan, given: Given, { batchId, quantity }: { batchId: string | null; quantity: Money }): void {
  const key = placeKey(given)
  const shelf = plan.shelves.get(key) ?? new Map<string | null, Level>()
  const old = shelf.get(batchId) ?? { ...nothing, batch_id: batchId }
  const gained = leaves(given.change) ? quantity.negated() : quantity
  const on_hand = old.on_hand.plus(gained)
  plan.shelves.set(key, new Map(shelf).set(batchId, { ...old, on_hand, available: old.available.plus(gained) }))
  plan.moves.push({
    branch_id: given.branch_id,
    variant_id: given.variant_id,
    batch_id: batchId,
    change: { ...given.change, quantity: toText(quantity) },
    line: given.line,
    running_quantity: toText(on_hand),
    may_go_below_zero: given.may_go_below_zero,
    is_already_sold: given.is_already_sold,
  })
}

function insufficient(given: Given, left: Money): Refusal {
  const available = toText(left.isNegative() ? money('0') : left)
  return refusalOfLine(insufficientStock, given, `${available} left`)
}

/** A refusal that says which line of the document it is about. */
export function refusalOfLine(kind: RefusalKind, { line }: { line: number }, what = kind.title): Refusal {
  return new Refusal(kind, `line ${line}: ${what}`, [{ path: `lines.${line - 1}`, code: kind.code, message: what }])
}

/** What posting may refuse with, whatever the document. */
export const stockRefusals = [
  branchNotFound,
  variantNotFound,
  notStocked,
  batchNotFound,
  batchBlocked,
  batchExpired,
  insufficientStock,
  stockFrozen,
  dayNotYetCome,
  tooFewMovements,
  tooManyMovements,
  stockOutOfRange,
  platformRefusals.alreadyExists,
  ...purposeRefusals,
] as const

/** The refusal that inventory.record named by its code, with the line of the document. */
export function refusalOfPosting(
  moves: readonly PlannedMove[],
  { code, line, available }: { code: string; line: number | null; available: string | null },
): Refusal {
  const kind = stockRefusals.find((one) => one.code === code)
  if (!kind) throw new Error(`stock was not recorded: ${code}`)
  if (line === null) return new Refusal(kind)
  return refusalOfLine(kind, moves[line - 1] ?? { line }, available === null ? undefined : `${available} left`)
}
