import { type Goods, readGoods, variantNotFound } from '../catalog/index.ts'
import { type CostBook, costKey, type Valued, valueMovements } from '../costing/index.ts'
import { holdBooksOpen, type PurposeJournal, postByPurpose } from '../ledger/index.ts'
import { money, toText } from '../platform/money.ts'
import type { BatchContext, CommandContext, ItemContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import { branchNotFound, type PlaceOfBusiness, placesOfBusiness } from '../tenants/index.ts'
import { dayNotYetCome, notStocked, type PostingKind, tooFewMovements } from './contract.ts'
import {
  type PlannedMove,
  planMovements,
  refusalOfLine,
  refusalOfPosting,
  type Shelves,
  type StockLine,
  shelvesOf,
} from './plan-movements.ts'
import { type HeldStock, holdStock, type NewPosting, recordPostings } from './stock-queries.ts'

/** Something that moves stock: goods that came, a sale, a count. It concerns branches of one legal entity. */
export interface StockDocument {
  /** Makes a repetition one: the id of the posting, and of its journal. */
  readonly id: string
  readonly kind: PostingKind
  readonly document_type: string
  readonly document_id: string
  readonly document_number: string | null
  /** Supplier or customer. */
  readonly party_id: string | null
  /** A word of a closed list. */
  readonly reason: string | null
  readonly note?: string | null
  /** The day it counts; null: today in the branch. In books that are closed it counts on the first open day. */
  readonly on: string | null
  readonly lines: readonly StockLine[]
}

/** A movement that was recorded. Its id is that of the posting with its place in it. */
export interface PostedMovement {
  /** Of the document, from 1. */
  readonly line: number
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  /** Above zero for what came. */
  readonly quantity: string
  /** By how much the value of the stock changed. */
  readonly value: string
  readonly unit_cost: string
  /** What lies there afterwards. */
  readonly running_quantity: string
}

export interface Posted {
  readonly movements: readonly PostedMovement[]
  /** The day it counts, in stock and in the books. */
  readonly effective_on: string
}

/** Who posts: the context of a command, or of an item of a batch. */
export type StockAuthor = Pick<ItemContext, 'caller' | 'changed' | 'newId'>

/** Holds, allocates, values, records and posts to the ledger; throws the refusal of the first thing wrong. */
export async function postStock(context: CommandContext, document: StockDocument): Promise<Posted> {
  const [posted] = await postStockDocuments(context, [{ document, by: context }])
  if (posted === undefined || posted instanceof Refusal) throw posted ?? new Error('nothing was posted')
  return posted
}

/**
 * The same for many documents in one recording call, each right or refused by itself, on what those before it left. What only
 * the database finds wrong is thrown, so that a batch is run again one by one.
 */
export async function postStockDocuments(
  context: BatchContext,
  documents: readonly { readonly document: StockDocument; readonly by: StockAuthor }[],
): Promise<readonly (Posted | Refusal)[]> {
  const world = await readWorld(
    context,
    documents.map(({ document }) => document),
  )
  const planned = documents.map(({ document, by }) => {
    try {
      return planStock(world, document, by)
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
  })
  const accepted = planned.filter((one): one is PlannedPosting => !(one instanceof Refusal))
  const recorded = await recordPostings(
    context,
    accepted.map(({ posting }) => posting),
  )
  for (const [at, { code, line, available }] of recorded.entries())
    if (code !== null) throw refusalOfPosting(accepted[at]?.moves ?? [], { code, line, available })
  await postByPurpose(
    context,
    accepted.flatMap(({ journal }) => journal ?? []),
  )
  for (const { posting, by } of accepted) announcePosting(by, posting)
  return planned.map((one) => (one instanceof Refusal ? one : one.posted))
}

/** What stock is planned on. Goods are known for their kind and for whether they may go below zero. */
export interface StockWorld {
  readonly now: Date
  readonly places: ReadonlyMap<string, PlaceOfBusiness>
  readonly goods: ReadonlyMap<string, Pick<Goods, 'kind' | 'allows_negative_stock'>>
  /** The day through which the books of each legal entity are closed. */
  readonly closedThrough: ReadonlyMap<string, string | null>
  /** Moved on by each document that is right. */
  shelves: Shelves
  readonly costs: CostBook
}

/** The world of a document that reads and holds by itself what it needs; `held` is what inventory.hold answered. */
export function stockWorld(
  ground: Pick<StockWorld, 'now' | 'places' | 'goods' | 'closedThrough'>,
  held: readonly HeldStock[],
): StockWorld {
  return { ...ground, shelves: shelvesOf(held), costs: new Map(held.map((one) => [costKey(one), one])) }
}

async function readWorld(context: BatchContext, documents: readonly StockDocument[]): Promise<StockWorld> {
  const lines = documents.flatMap((document) => document.lines)
  const [places, goods] = await Promise.all([
    placesOfBusiness(context, [...new Set(lines.map((line) => line.branch_id))]),
    readGoods(context, [...new Set(lines.map((line) => line.variant_id))]),
  ])
  const keys = new Map(lines.map((line) => [costKey(line), { branch_id: line.branch_id, variant_id: line.variant_id }]))
  // They travel together and run in this order: stock is locked before books.
  const [held, closedThrough] = await Promise.all([
    holdStock(context, [...keys.values()]),
    holdBooksOpen(context, [...new Set([...places.values()].map((place) => place.entity_id))]),
  ])
  return stockWorld({ now: context.now, places, goods, closedThrough }, held)
}

/** A document as inventory.record and the ledger take it. */
export interface PlannedPosting {
  readonly by: StockAuthor
  readonly moves: readonly PlannedMove[]
  readonly posting: NewPosting
  readonly journal: PurposeJournal | undefined
  readonly posted: Posted
}

/** What a document comes to on what those before it left. Refused, it leaves the world as it was. */
export function planStock(world: StockWorld, document: StockDocument, by: StockAuthor): PlannedPosting {
  const place = assertKnown(world, document)
  const days = daysOf(world, document, place)
  const { moves, shelves } = planMovements(world.shelves, document, {
    dayIn: (branchId) => dayIn((world.places.get(branchId) ?? place).time_zone, world.now),
    allowsBelowZero: (variantId) => world.goods.get(variantId)?.allows_negative_stock ?? false,
    leftOn: document.on,
  })
  const valued = valueMovements(moves, {
    stateOf: (move) => world.costs.get(costKey(move)) ?? { quantity: '0', value: '0', last_cost: '0' },
    minorUnitOf: () => place.minor_unit,
  })
  world.shelves = shelves
  for (const [key, cost] of valued.costs) world.costs.set(key, cost)
  const posting = postingOf(document, { by, days, moves, valued })
  return {
    by,
    moves,
    posting,
    journal: journalOf(world, posting, { by, days, place, valued }),
    posted: { movements: movementsOf(moves, valued), effective_on: days.effective_on },
  }
}

/** Notes how the stock of lines stands; what it answers goes back to that, where the document is refused for another reason. */
export function noteStock(
  world: StockWorld,
  lines: readonly Pick<StockLine, 'branch_id' | 'variant_id'>[],
): () => void {
  const { shelves } = world
  const costs = lines.map((line) => [costKey(line), world.costs.get(costKey(line))] as const)
  return () => {
    world.shelves = shelves
    for (const [key, cost] of costs) {
      if (cost) world.costs.set(key, cost)
      else world.costs.delete(key)
    }
  }
}

/** Refuses branches and goods that cannot have stock; answers with the branch of the first line. */
function assertKnown({ places, goods }: StockWorld, { lines }: StockDocument): PlaceOfBusiness {
  let first: PlaceOfBusiness | undefined
  for (const [at, { branch_id, variant_id }] of lines.entries()) {
    const line = { line: at + 1 }
    const place = places.get(branch_id)
    const one = goods.get(variant_id)
    if (!place) throw refusalOfLine(branchNotFound, line)
    if (!one) throw refusalOfLine(variantNotFound, line)
    if (one.kind !== 'stocked') throw refusalOfLine(notStocked, line)
    first ??= place
    if (place.entity_id !== first.entity_id) throw new Error('a document moves stock of one legal entity')
  }
  if (!first) throw new Refusal(tooFewMovements)
  return first
}

interface Days {
  readonly document_on: string
  readonly effective_on: string
}

function daysOf({ now, closedThrough }: StockWorld, { on }: StockDocument, place: PlaceOfBusiness): Days {
  const today = dayIn(place.time_zone, now)
  const document_on = on ?? today
  if (document_on > today) throw new Refusal(dayNotYetCome)
  return { document_on, effective_on: firstOpenDay({ closedThrough }, place.entity_id, document_on) }
}

/** The day that something of a day counts on: the first open one, where the books are closed. */
export function firstOpenDay(
  { closedThrough }: Pick<StockWorld, 'closedThrough'>,
  entityId: string,
  day: string,
): string {
  const closed = closedThrough.get(entityId) ?? null
  return closed !== null && day <= closed ? daysAfter(closed, 1) : day
}

interface Decided {
  readonly by: StockAuthor
  readonly days: Days
  readonly valued: Valued
}

function postingOf(
  document: StockDocument,
  { by, days, moves, valued }: Decided & { moves: readonly PlannedMove[] },
): NewPosting {
  const { lines, on, ...head } = document
  return {
    ...head,
    note: head.note ?? null,
    document_on: days.document_on,
    actor_id: by.caller.userId,
    movements: valued.movements.map((movement, at) => ({
      ...movement,
      may_go_below_zero: moves[at]?.may_go_below_zero ?? false,
      is_already_sold: moves[at]?.is_already_sold ?? false,
      effective_on: days.effective_on,
    })),
  }
}

/** The journal of a posting: each branch has an account of its own for its stock. None where nothing has a value. */
function journalOf(
  { places }: StockWorld,
  posting: NewPosting,
  { by, days, place, valued }: Decided & { place: PlaceOfBusiness },
): PurposeJournal | undefined {
  const sums = new Map<string, PurposeJournal['lines'][number]>()
  for (const { branch_id, purpose, amount } of valued.lines) {
    const holder = purpose === 'inventory' ? holderOf(places.get(branch_id) ?? place) : null
    const key = `${purpose} ${holder?.id}`
    sums.set(key, { purpose, holder, amount: toText(money(amount).plus(sums.get(key)?.amount ?? 0)) })
  }
  const lines = [...sums.values()].filter(({ amount }) => amount !== '0')
  if (lines.length === 0) return undefined
  const { id, document_type, document_id, document_number, actor_id } = posting
  const { entity_id, currency } = place
  const document = { id, document_type, document_id, document_number, actor_id, description: null, ...days }
  return { ...document, entity_id, currency, lines, by }
}

function holderOf({ id, code, name }: PlaceOfBusiness) {
  return { type: 'branch', id, code, name } as const
}

function movementsOf(moves: readonly PlannedMove[], { movements }: Valued): PostedMovement[] {
  return movements.map(({ last_cost, ...movement }, at) => ({
    line: moves[at]?.line ?? 0,
    ...movement,
    running_quantity: moves[at]?.running_quantity ?? '0',
  }))
}

/** Makes the audit entry of a posting: its movements are those of its id, counted from 1. */
export function announcePosting(by: StockAuthor, { movements, note, actor_id, ...posting }: NewPosting): void {
  by.changed({ resource: 'posting', id: posting.id, new: { ...posting, movements: movements.length } })
}
