import { z } from 'zod'
import { type Goods, readGoods, variantNotFound } from '../catalog/index.ts'
import { money, toText } from '../platform/money.ts'
import type { Batch, BatchContext, ItemContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { dayIn, later } from '../platform/time.ts'
import { defineSetting, type Settings } from '../settings/index.ts'
import { branchNotFound, type PlaceOfBusiness, placesOfBusiness } from '../tenants/index.ts'
import { type Allocation, allocateBatches } from './allocate-batches.ts'
import { batchBlocked, batchExpired, batchNotFound, insufficientStock, notStocked } from './contract.ts'
import { countWith } from './document-lines.ts'
import { refusalOfLine } from './plan-movements.ts'
import { expiryOutOfRange, type reservation, type reserveStockInput } from './reservation-contract.ts'
import {
  findReservations,
  type NewReservation,
  type NewReservationLine,
  recordReservations,
} from './reservation-queries.ts'
import { type HeldStock, holdStock } from './stock-queries.ts'

type Input = z.output<typeof reserveStockInput>
type Output = z.input<typeof reservation>
type Found = Awaited<ReturnType<typeof findReservations>>[number]

interface World {
  readonly places: ReadonlyMap<string, PlaceOfBusiness>
  readonly goods: ReadonlyMap<string, Goods>
  readonly days: number
}

interface Decided {
  readonly head: Omit<NewReservation, 'lines'>
  readonly wanted: readonly { readonly variant_id: string; readonly batch_id?: string; readonly quantity: string }[]
  /** The day it is at the branch. */
  readonly today: string
}

/** How long goods are kept for an order. */
export const reservationDaysSetting = defineSetting({
  name: 'inventory.reservation-days',
  type: z.int().min(1).max(366),
  default: 7,
  help: 'How many days goods are kept for an order at most, and where nothing else is said.',
  scopes: ['tenant'],
})

/** What keeping stock may refuse with. */
export const keepingRefusals = [
  branchNotFound,
  variantNotFound,
  notStocked,
  batchNotFound,
  batchBlocked,
  batchExpired,
  insufficientStock,
  platformRefusals.alreadyExists,
] as const

/**
 * Keeps stock for orders: those that ask at once are served in their order by one recording call, each whole or not at all,
 * the batches that expire first before the others.
 */
export function reserveStock(settings: Settings): Batch<Input, World, Decided, Output> {
  return {
    async read(context, inputs) {
      const [places, goods, days] = await Promise.all([
        placesOfBusiness(context, [...new Set(inputs.map((input) => input.branch_id))]),
        readGoods(context, [...new Set(inputs.flatMap((input) => input.lines.map((line) => line.variant_id)))]),
        settings.read(context, reservationDaysSetting),
      ])
      return { places, goods, days }
    },
    decide,
    record,
  }
}

function decide(world: World, input: Input, context: ItemContext): Decided {
  assertInScope(context, { branchId: input.branch_id }, branchNotFound)
  const place = world.places.get(input.branch_id) ?? refuse(branchNotFound)
  const head = {
    id: input.id ?? context.newId(),
    branch_id: input.branch_id,
    kind: 'order',
    document_type: input.document_type,
    document_id: input.document_id,
    reason: null,
    note: null,
    expires_at: expiryOf(input, { now: context.now, days: world.days }),
    actor_id: context.caller.userId,
  } as const
  const wanted = countWith(world.goods, input.lines).map(({ given: { variant_id, batch_id }, quantity }) => ({
    ...{ variant_id, quantity },
    ...(batch_id && { batch_id }),
  }))
  const { id, branch_id, document_type, document_id, expires_at } = head
  context.changed({
    resource: 'reservation',
    id,
    new: { branch_id, document_type, document_id, expires_at, lines: wanted },
  })
  return { head, wanted, today: dayIn(place.time_zone, context.now) }
}

/** Until when goods are kept: as asked, within the days that they are kept at most. Refuses with `expiry_out_of_range`. */
export function expiryOf(
  { expires_at }: { readonly expires_at?: string | undefined },
  { now, days }: { now: Date; days: number },
): string {
  const last = later(now, days * 86_400_000).toISOString()
  if (expires_at === undefined) return last
  const asked = later(new Date(expires_at), 0).toISOString()
  if (asked <= now.toISOString() || asked > last) refuse(expiryOutOfRange, `at most until ${last}`)
  return asked
}

async function record(context: BatchContext, decided: readonly Decided[]): Promise<(Output | Refusal)[]> {
  const keys = decided.flatMap(({ head, wanted }) =>
    wanted.map(({ variant_id }) => ({ branch_id: head.branch_id, variant_id })),
  )
  const shelves = shelvesOf(await holdStock(context, keys))
  const chosen = decided.map((one) => chooseBatches(shelves, one))
  const accepted = chosen.filter((one): one is NewReservation => !(one instanceof Refusal))
  const refusals = refusalsOf(accepted, await recordReservations(context, accepted))
  const made = accepted.filter(({ id }) => !refusals.has(id)).map(({ id }) => id)
  const found = new Map((await findReservations(context, made)).map((one) => [one.id, one]))
  return chosen.map((one) => {
    if (one instanceof Refusal) return one
    const { id } = one
    return refusals.get(id) ?? asReservation(found.get(id))
  })
}

type Level = HeldStock['levels'][number] & { readonly variant_id: string }
/** What lies where, by `placeKey`. */
type Shelves = Map<string, readonly Level[]>

function placeKey({ branch_id, variant_id }: { branch_id: string; variant_id: string }): string {
  return `${branch_id} ${variant_id}`
}

function shelvesOf(held: readonly HeldStock[]): Shelves {
  return new Map(
    held.map((one) => [placeKey(one), one.levels.map((level) => ({ ...level, variant_id: one.variant_id }))]),
  )
}

/** Chooses the batches of all lines and takes them off the shelves, or answers why it cannot and leaves them as they were. */
function chooseBatches(shelves: Shelves, { head, wanted, today }: Decided): NewReservation | Refusal {
  const { branch_id } = head
  const variants = [...new Set(wanted.map(({ variant_id }) => variant_id))]
  const stock = variants.flatMap((variant_id) => shelves.get(placeKey({ branch_id, variant_id })) ?? [])
  const lines: NewReservationLine[] = []
  for (const [at, found] of allocateBatches(wanted, { stock, today }).entries()) {
    const want = wanted[at]
    if (!want) throw new Error('more was allocated than was asked for')
    const { variant_id, batch_id, quantity } = want
    const isOnShelf = batch_id === undefined || stock.some((level) => level.batch_id === batch_id)
    if (found.fault && isOnShelf) return refusalOfFault({ ...found, fault: found.fault }, { line: at + 1, quantity })
    // inventory.reserve knows whether there is such a batch at all.
    const parts = isOnShelf ? found.parts : [{ batch_id: batch_id ?? null, quantity }]
    lines.push(...parts.map((part) => ({ item: at + 1, variant_id, ...part })))
  }
  takeOff(shelves, branch_id, lines)
  return { ...head, lines }
}

const faults = { batch_blocked: batchBlocked, batch_expired: batchExpired, insufficient_stock: insufficientStock }

function refusalOfFault(
  { fault, missing }: Allocation & { fault: keyof typeof faults },
  { line, quantity }: { line: number; quantity: string },
): Refusal {
  if (fault !== 'insufficient_stock') return refusalOfLine(faults[fault], { line })
  return refusalOfLine(insufficientStock, { line }, `${toText(money(quantity).minus(missing))} left`)
}

function takeOff(shelves: Shelves, branch_id: string, lines: readonly NewReservationLine[]): void {
  for (const { variant_id, batch_id, quantity } of lines) {
    const key = placeKey({ branch_id, variant_id })
    const levels = (shelves.get(key) ?? []).map((level) =>
      level.batch_id === batch_id ? { ...level, available: toText(money(level.available).minus(quantity)) } : level,
    )
    shelves.set(key, levels)
  }
}

/** What the database refused, by the id of the reservation; a line is that which was asked for. */
export function refusalsOf(
  reservations: readonly NewReservation[],
  recorded: Awaited<ReturnType<typeof recordReservations>>,
): Map<string, Refusal> {
  const refused = recorded.flatMap(({ code, line, available }, at) => {
    const reservation = reservations[at]
    if (code === null || !reservation) return []
    const kind = keepingRefusals.find((one) => one.code === code)
    if (!kind) throw new Error(`stock was not reserved: ${code}`)
    if (line === null) return [[reservation.id, new Refusal(kind)] as const]
    const asked = { line: reservation.lines[line - 1]?.item ?? line }
    const what = available === null ? undefined : `${available} left`
    return [[reservation.id, refusalOfLine(kind, asked, what)] as const]
  })
  return new Map(refused)
}

/** A reservation for an order, as it is answered. */
export function asReservation(found: Found | undefined): Output {
  if (!found) throw new Error('a reservation is not there')
  const { kind, reason, note, lines, ...head } = found
  return {
    ...head,
    lines: lines.map(({ expires_at, ...line }) => {
      if (!expires_at) throw new Error('what is kept for an order ends')
      return { ...line, expires_at }
    }),
  }
}
