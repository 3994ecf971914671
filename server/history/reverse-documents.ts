import { announcePosting, type HeldStock, holdStock, type NewPosting } from '../inventory/index.ts'
import { holdBooksOpen, type NewJournal, periodClosed } from '../ledger/index.ts'
import { type Money, money, roundTo, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { daysAfter } from '../platform/time.ts'
import { alreadyTakenBack, documentRefunded, stockRevalued } from './contract.ts'
import { type Allocation, type Held, holdDocuments, insertReversals, type NewReversal } from './queries.ts'
import { reversal as reversalSchema } from './read-contract.ts'
import { throwFault } from './throw-fault.ts'

export interface ReversingOptions {
  readonly reason: string
  readonly if_closed: 'refuse' | 'post_in_open_period'
}

export interface ReversedDocument {
  readonly id: string
  readonly reversal_id: string
}

interface Decided {
  readonly reversal: NewReversal
  readonly held: Held
  readonly posting: NewPosting | undefined
  readonly journal: NewJournal | undefined
}

/**
 * Takes documents back inside the transaction of the caller, each by itself, the last recorded first: amounts, stock and its
 * value return to what they were, below zero where they have to. A sale whose refunds still count is refused, unless they are on the list, too. What only the
 * database finds wrong is thrown, and then nothing of the transaction may be committed.
 */
export async function reverseDocuments(
  context: CommandContext,
  ids: readonly string[],
  options: ReversingOptions,
): Promise<(ReversedDocument | Refusal)[]> {
  const documents = new Map(
    (await holdDocuments(context, [...new Set(ids)], { forChange: true })).map((one) => [one.id, one]),
  )
  const moved = [...documents.values()].filter((one) => one.allocations !== null)
  const stock = moved.length === 0 ? [] : await holdStock(context, keysOf(moved))
  const entityIds = [...new Set([...documents.values()].flatMap((one) => (isPosted(one) ? one.entity_id : [])))]
  const closedThrough =
    entityIds.length === 0 ? new Map<string, string | null>() : await holdBooksOpen(context, entityIds)
  const world: World = {
    documents,
    closedThrough,
    states: new Map(stock.map((one) => [stateKey(one), stateOf(one)])),
    outcomes: new Map(),
  }
  // The last goes first, so that each finds what it left, and a sale whether its refunds went.
  for (const id of documents.keys())
    world.outcomes.set(
      id,
      attempt(() => decide(world, id, { context, options })),
    )
  const decided = [...world.outcomes.values()].filter((one): one is Decided => !(one instanceof Refusal))
  await record(context, decided)
  const told = new Set<string>()
  return ids.map((id) => {
    const outcome = world.outcomes.get(id) ?? new Refusal(platformRefusals.notFound)
    if (outcome instanceof Refusal) return outcome
    if (told.has(id)) return new Refusal(alreadyTakenBack)
    told.add(id)
    return { id, reversal_id: outcome.reversal.id }
  })
}

interface State {
  readonly quantity: Money
  readonly value: Money
  readonly last_cost: string
}

interface World {
  readonly documents: ReadonlyMap<string, Held>
  readonly closedThrough: ReadonlyMap<string, string | null>
  /** The stock of branches, moved on by each document that is taken back. */
  readonly states: Map<string, State>
  readonly outcomes: Map<string, Decided | Refusal>
}

function isPosted({ journal_id, allocations }: Held): boolean {
  return journal_id !== null || allocations !== null
}

function decide(
  world: World,
  id: string,
  { context, options }: { context: CommandContext; options: ReversingOptions },
): Decided {
  const held = world.documents.get(id) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: held.branch_id })
  if (held.is_reversed) refuse(alreadyTakenBack)
  assertNotRefunded(world, held)
  const effective_on = dayOf(world, held, options)
  const reversal = {
    id: context.newId(),
    document_id: id,
    reason: options.reason,
    effective_on,
    actor_id: context.caller.userId,
  }
  return { reversal, held, posting: postingOf(world, held, reversal), journal: journalOf(held, reversal) }
}

function assertNotRefunded({ outcomes }: World, { refunds }: Held): void {
  const standing = (refunds ?? []).filter(({ id }) => {
    const outcome = outcomes.get(id)
    return outcome === undefined || outcome instanceof Refusal
  })
  if (standing.length > 0) refuse(documentRefunded, `by ${standing.map(({ number }) => number).join(', ')}`)
}

function dayOf({ closedThrough }: World, held: Held, { if_closed }: ReversingOptions): string {
  const day = held.counts_on ?? held.effective_on
  const closed = isPosted(held) ? (closedThrough.get(held.entity_id) ?? null) : null
  if (closed === null || day > closed) return day
  return if_closed === 'refuse' ? refuse(periodClosed, `the books are closed through ${closed}`) : daysAfter(closed, 1)
}

/** The movements of a document with their signs changed, at the values they had. */
function postingOf(
  { states }: World,
  { allocations, branch_id, customer_id, number, id, effective_on }: Held,
  reversal: NewReversal,
): NewPosting | undefined {
  if (allocations === null) return undefined
  const after = new Map<string, State>()
  const movements = allocations.map((one) => {
    const key = stateKey({ branch_id, variant_id: one.variant_id })
    const state = takenBack(after.get(key) ?? states.get(key), one)
    if (state.quantity.isZero() && !state.value.isZero()) refuse(stockRevalued)
    after.set(key, state)
    const unit_cost = toText(roundTo(money(one.value).dividedBy(one.quantity), 6, 'half_up'))
    const { variant_id, batch_id, quantity, value } = one
    return { branch_id, variant_id, batch_id, quantity, value, unit_cost, last_cost: state.last_cost }
  })
  for (const [key, state] of after) states.set(key, state)
  return {
    id: reversal.id,
    kind: 'adjustment',
    document_type: 'history_reversal',
    document_id: id,
    document_number: number,
    document_on: effective_on,
    party_id: customer_id,
    reason: 'wrong_entry',
    note: null,
    actor_id: reversal.actor_id,
    movements: movements.map((movement) => ({
      ...movement,
      may_go_below_zero: true,
      effective_on: reversal.effective_on,
    })),
  }
}

function takenBack(state: State | undefined, { quantity, value }: Allocation): State {
  const before = state ?? { quantity: money('0'), value: money('0'), last_cost: '0' }
  const after = { quantity: before.quantity.plus(quantity), value: before.value.plus(value) }
  const isThere = after.quantity.isPositive() && !after.quantity.isZero()
  const last_cost = isThere ? toText(roundTo(after.value.dividedBy(after.quantity), 6, 'half_up')) : before.last_cost
  return { ...after, last_cost }
}

function journalOf({ journal_id, id, number, effective_on }: Held, reversal: NewReversal): NewJournal | undefined {
  if (journal_id === null) return undefined
  return {
    id: reversal.id,
    reverses_id: journal_id,
    document_type: 'history_reversal',
    document_id: id,
    document_number: number,
    document_on: effective_on,
    effective_on: reversal.effective_on,
    if_closed: 'refuse',
    description: null,
    actor_id: reversal.actor_id,
    by_product: true,
  }
}

async function record(context: CommandContext, decided: readonly Decided[]): Promise<void> {
  if (decided.length === 0) return
  const postings = decided.flatMap(({ posting }) => posting ?? [])
  const [fault] = await insertReversals(context, {
    reversals: decided.map(({ reversal }) => reversal),
    postings,
    journals: decided.flatMap(({ journal }) => journal ?? []),
  })
  if (fault) throwFault(fault, [])
  for (const { reversal } of decided) {
    const { document_id, id, reason, effective_on } = reversal
    const values = { reversal_id: id, reason, effective_on }
    context.changed({ resource: 'history_document', id: document_id, new: values, schema: reversalSchema })
  }
  for (const posting of postings) announcePosting(context, posting)
}

function keysOf(documents: readonly Held[]) {
  const keys = documents.flatMap(({ branch_id, allocations }) =>
    (allocations ?? []).map(({ variant_id }) => ({ branch_id, variant_id })),
  )
  return [...new Map(keys.map((key) => [stateKey(key), key])).values()]
}

function stateKey({ branch_id, variant_id }: { branch_id: string; variant_id: string }): string {
  return `${branch_id} ${variant_id}`
}

function stateOf({ quantity, value, last_cost }: HeldStock): State {
  return { quantity: money(quantity), value: money(value), last_cost }
}

function attempt(work: () => Decided): Decided | Refusal {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
