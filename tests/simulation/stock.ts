import { divide } from './amounts.ts'

/** What a branch has of something, what that is worth, and the cost of one in millionths of the currency. */
export interface Cost {
  readonly quantity: number
  readonly value: bigint
  readonly lastCost: bigint
}

/** What lies where, and what it is worth; a copy is what would be after something that may still be refused. */
export interface Stock {
  readonly levels: Map<string, number>
  readonly costs: Map<string, Cost>
}

/** The shelf of some goods in a branch. */
export interface Shelf {
  readonly branch: number
  readonly goods: number
}

/** Names where stock lies: `batch` is the id of one, or null. */
export function placeOf({ branch, goods }: Shelf, batch: string | null): string {
  return `${branch} ${goods} ${batch ?? '-'}`
}

/** Names what is weighed together. */
function shelfKey({ branch, goods }: Shelf): string {
  return `${branch} ${goods}`
}

/** A copy that may be changed. */
export function copyOf({ levels, costs }: Stock): Stock {
  return { levels: new Map(levels), costs: new Map(costs) }
}

/** How much lies in a place. */
export function levelOf(stock: Stock, shelf: Shelf, batch: string | null): number {
  return stock.levels.get(placeOf(shelf, batch)) ?? 0
}

const nothing: Cost = { quantity: 0, value: 0n, lastCost: 0n }

/** What a shelf is worth. */
export function costOf(stock: Stock, shelf: Shelf): Cost {
  return stock.costs.get(shelfKey(shelf)) ?? nothing
}

/** A batch as FEFO sees it. */
export interface Lot {
  readonly id: string | null
  readonly expiresOn: string | null
}

/**
 * What is taken of which batch when nobody says which: what expires first goes first, what never does last, of equal ones the older.
 * Answers with what nothing was found for, too.
 */
export function chooseLots(
  stock: Stock,
  shelf: Shelf,
  { lots, quantity, today }: { lots: readonly Lot[]; quantity: number; today: string | null },
): { taken: { batch: string | null; quantity: number }[]; missing: number } {
  const order = [{ id: null, expiresOn: null }, ...lots]
    .filter(({ expiresOn }) => today === null || expiresOn === null || expiresOn >= today)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const taken: { batch: string | null; quantity: number }[] = []
  let missing = quantity
  for (const { id } of order) {
    const some = Math.min(missing, Math.max(0, levelOf(stock, shelf, id)))
    if (some > 0) taken.push({ batch: id, quantity: some })
    missing -= some
  }
  return { taken, missing }
}

function keyOf({ id, expiresOn }: Lot): string {
  return `${expiresOn ?? '9999-12-31'} ${id ?? ''}`
}

/** How a movement changed what stock is worth, and what of that is posted beside the stock. */
export interface Weighed {
  /** What the stock gained; below zero for what left. */
  readonly value: bigint
  /** What settles between an old cost and a new one, on the cost of sales. */
  readonly settled: bigint
}

/** Takes so much out of a place. Below zero it goes at the last cost. */
export function takeOut(
  stock: Stock,
  shelf: Shelf,
  { batch, quantity, decimals }: { batch: string | null; quantity: number; decimals: number },
): Weighed {
  const from = costOf(stock, shelf)
  const value = worthOf(from, quantity, decimals)
  const after = { quantity: from.quantity - quantity, value: from.value - value }
  const lastCost = after.quantity > 0 ? costOfOne(after, decimals) : from.lastCost
  put(stock, shelf, { batch, gained: -quantity, cost: { ...after, lastCost } })
  return { value: -value, settled: 0n }
}

function worthOf(from: Cost, leaving: number, decimals: number): bigint {
  if (leaving < from.quantity) return divide(from.value * BigInt(leaving), BigInt(from.quantity))
  const rest = from.quantity > 0 ? leaving - from.quantity : leaving
  return (from.quantity > 0 ? from.value : 0n) + atLastCost(from, rest, decimals)
}

/** What so many are worth at the last cost. */
export function atLastCost({ lastCost }: Cost, quantity: number, decimals: number): bigint {
  return divide(BigInt(quantity) * lastCost, 10n ** BigInt(6 - decimals))
}

/** Brings so much of a value into a place; what was sold below zero is covered first. */
export function bringIn(
  stock: Stock,
  shelf: Shelf,
  { batch, quantity, value, decimals }: { batch: string | null; quantity: number; value: bigint; decimals: number },
): Weighed {
  const from = costOf(stock, shelf)
  const after = from.quantity + quantity
  const worth = from.quantity < 0 ? covered(from, { quantity, value }) : from.value + value
  const of = after > 0 ? { quantity: after, value: worth } : { quantity, value }
  put(stock, shelf, {
    batch,
    gained: quantity,
    cost: { quantity: after, value: worth, lastCost: costOfOne(of, decimals) },
  })
  return { value: worth - from.value, settled: from.value + value - worth }
}

function covered(from: Cost, given: { quantity: number; value: bigint }): bigint {
  const after = from.quantity + given.quantity
  if (after === 0) return 0n
  return after < 0
    ? divide(from.value * BigInt(after), BigInt(from.quantity))
    : divide(given.value * BigInt(after), BigInt(given.quantity))
}

function costOfOne({ quantity, value }: { quantity: number; value: bigint }, decimals: number): bigint {
  return divide(value * 10n ** BigInt(6 - decimals), BigInt(quantity))
}

function put(
  stock: Stock,
  shelf: Shelf,
  { batch, gained, cost }: { batch: string | null; gained: number; cost: Cost },
): void {
  stock.levels.set(placeOf(shelf, batch), levelOf(stock, shelf, batch) + gained)
  stock.costs.set(shelfKey(shelf), cost)
}
