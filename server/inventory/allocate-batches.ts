import { type Money, money, toText } from '../platform/money.ts'
import { refusal } from '../platform/refusal.ts'

export const batchNotFound = refusal('batch_not_found', 422, 'There is no such batch of this variant')

/** What lies in a branch of one variant in one batch; without a batch for what is not kept in batches. */
export interface BatchStock {
  readonly variant_id: string
  readonly batch_id: string | null
  /** On hand less reserved; nothing is taken of what is zero or below. */
  readonly available: string
  /** The last day on which it may be sold. */
  readonly expires_on: string | null
  readonly is_blocked: boolean
}

/** What is asked for: of any batch that may be sold, or of the one that is named. */
export interface Wanted {
  readonly variant_id: string
  readonly quantity: string
  readonly batch_id?: string | null
}

export interface Allocation {
  /** What is taken of which batch, the first to expire first. */
  readonly parts: readonly { readonly batch_id: string | null; readonly quantity: string }[]
  /** What nothing was found for; `0` when all was. */
  readonly missing: string
  /** Why something is missing: a named batch that may not be sold, else too little that may. */
  readonly fault: 'batch_expired' | 'batch_blocked' | 'insufficient_stock' | null
}

/**
 * First expired, first out. Takes what is asked for out of the batches of a branch, in the order of their expiry, what never
 * expires last, and of equal ones that with the lower id, which is older. Nothing is taken of a batch that is blocked or
 * expired: one expires when the day after `expires_on` begins in the branch, whose day `today` is. Whoever names a batch is
 * served before those who do not mind, so that nobody takes it from them; otherwise first come, first served. Answers in
 * the order of what was asked for.
 */
export function allocateBatches(
  wanted: readonly Wanted[],
  { stock, today }: { stock: readonly BatchStock[]; today: string },
): Allocation[] {
  const shelves = new Map<string, Shelf>()
  for (const row of stock.toSorted(byExpiry)) {
    const shelf: Shelf = shelves.get(row.variant_id) ?? { batches: [], byId: new Map(), first: 0 }
    const batch: Batch = { ...row, left: money(row.available), fault: faultOf(row, today) }
    shelf.batches.push(batch)
    shelf.byId.set(row.batch_id, batch)
    shelves.set(row.variant_id, shelf)
  }
  const allocations = new Map<number, Allocation>()
  for (const [at, want] of wanted.entries())
    if (want.batch_id) allocations.set(at, takeNamed(shelves.get(want.variant_id), want))
  for (const [at, want] of wanted.entries())
    if (!want.batch_id) allocations.set(at, takeFirst(shelves.get(want.variant_id), money(want.quantity)))
  return wanted.map((_, at) => allocations.get(at) ?? short([], money('0')))
}

/** True when a batch may not be sold any more on a day. */
export function isExpired(expiresOn: string | null, today: string): boolean {
  return expiresOn !== null && expiresOn < today
}

interface Batch extends BatchStock {
  left: Money
  readonly fault: 'batch_expired' | 'batch_blocked' | null
}

interface Shelf {
  readonly batches: Batch[]
  readonly byId: Map<string | null, Batch>
  /** Those before it are empty or may not be sold. */
  first: number
}

function byExpiry(one: BatchStock, other: BatchStock): number {
  return (
    compare(one.expires_on ?? '9999-12-31', other.expires_on ?? '9999-12-31') ||
    compare(one.batch_id ?? '', other.batch_id ?? '')
  )
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function faultOf({ expires_on, is_blocked }: BatchStock, today: string) {
  if (is_blocked) return 'batch_blocked'
  return isExpired(expires_on, today) ? 'batch_expired' : null
}

function takeNamed(shelf: Shelf | undefined, { batch_id, quantity }: Wanted): Allocation {
  const batch = shelf?.byId.get(batch_id ?? null)
  if (!batch) return short([], money(quantity))
  if (batch.fault) return { parts: [], missing: toText(money(quantity)), fault: batch.fault }
  const part = take(batch, money(quantity))
  return short(part.isZero() ? [] : [{ batch_id: batch.batch_id, quantity: toText(part) }], money(quantity).minus(part))
}

function takeFirst(shelf: Shelf | undefined, quantity: Money): Allocation {
  const parts: Allocation['parts'][number][] = []
  let missing = quantity
  while (shelf && missing.isPositive() && !missing.isZero()) {
    const batch = shelf.batches[shelf.first]
    if (!batch) break
    const part = batch.fault ? money('0') : take(batch, missing)
    if (!part.isZero()) parts.push({ batch_id: batch.batch_id, quantity: toText(part) })
    missing = missing.minus(part)
    if (!missing.isZero()) shelf.first += 1
  }
  return short(parts, missing)
}

function take(batch: Batch, quantity: Money): Money {
  if (batch.left.isNegative() || batch.left.isZero()) return money('0')
  const part = batch.left.lessThan(quantity) ? batch.left : quantity
  batch.left = batch.left.minus(part)
  return part
}

function short(parts: Allocation['parts'], missing: Money): Allocation {
  return { parts, missing: toText(missing), fault: missing.isZero() ? null : 'insufficient_stock' }
}
