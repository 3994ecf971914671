import type { CostState, ValuedMovement } from '../costing/index.ts'
import type { Transaction } from '../platform/database.ts'
import type { BatchStock } from './allocate-batches.ts'
import type { PostingKind } from './contract.ts'

interface Scope extends Pick<Transaction, 'client' | 'onHold'> {
  readonly tenantId: string
}

export interface StockKey {
  readonly branch_id: string
  readonly variant_id: string
}

/** The stock of a variant in a branch: what it is worth, and what lies in each batch. */
export interface HeldStock extends StockKey, CostState {
  readonly levels: readonly (Omit<BatchStock, 'variant_id'> & { readonly on_hand: string })[]
}

/** Holds stock until the end of the transaction and answers with it; what is not there yet is empty. */
export async function holdStock({ client, tenantId, onHold }: Scope, keys: readonly StockKey[]): Promise<HeldStock[]> {
  onHold?.()
  const { rows } = await client.query({
    name: 'inventory-hold',
    text: 'SELECT branch_id, variant_id, quantity, value, last_cost, levels FROM inventory.hold($1, $2)',
    values: [tenantId, JSON.stringify(keys)],
  })
  return rows
}

/** Whether anything lies anywhere of one of these variants, is reserved, or is missing where more left than was there. */
export async function holdsStock({ client, tenantId }: Scope, variantIds: readonly string[]): Promise<boolean> {
  const { rows } = await client.query({
    name: 'inventory-holds-stock',
    text: `SELECT EXISTS (
             SELECT FROM inventory.level
             WHERE tenant_id = $1 AND variant_id = ANY ($2::uuid[]) AND (on_hand <> 0 OR reserved <> 0)) AS held`,
    values: [tenantId, variantIds],
  })
  return rows[0]?.held === true
}

export interface NewMovement extends ValuedMovement {
  /** What policy allows. */
  readonly may_go_below_zero?: boolean
  /** It left already, as in a sale paid offline: booked as it happened, below zero and of any batch. */
  readonly is_already_sold?: boolean
  /** The day it counts; today in the branch unless given. */
  readonly effective_on?: string
}

/** Movements that are recorded together or not at all. `id` makes a repetition one. */
export interface NewPosting {
  readonly id: string
  readonly kind: PostingKind
  readonly document_type: string
  readonly document_id: string
  readonly document_number: string | null
  readonly document_on: string
  readonly party_id: string | null
  /** A word of a closed list. */
  readonly reason: string | null
  readonly note: string | null
  readonly actor_id: string | null
  readonly movements: readonly NewMovement[]
}

/** What was wrong with a posting: a code, the movement it is about, from 1, and what is left there. */
export interface RecordedPosting {
  readonly code: string | null
  readonly line: number | null
  readonly available: string | null
}

/** Records postings, each whole or not at all; answers for each, in order. */
export async function recordPostings(
  { client, tenantId }: Scope,
  postings: readonly NewPosting[],
): Promise<RecordedPosting[]> {
  const { rows } = await client.query({
    name: 'inventory-record',
    text: 'SELECT code, line, available FROM inventory.record($1, $2)',
    values: [tenantId, JSON.stringify(postings)],
  })
  return rows
}

export interface BatchChange {
  readonly id: string
  readonly batch_id: string
  readonly action: 'block' | 'release'
  readonly reason: string
  readonly actor_id: string | null
}

/** Why a batch was neither blocked nor released. */
export type BlockFault = 'batch_not_found' | 'already_blocked' | 'not_blocked'

/** What was kept of a batch for an order until it was blocked. */
export interface FreedByBlock {
  readonly reservation_id: string
  readonly branch_id: string
  readonly document_type: string
  readonly document_id: string
  readonly line: number
  readonly quantity: string
}

/** Blocks and releases batches; answers for each, in order, with what was wrong, or what is no longer kept of it for orders. */
export async function blockBatches(
  { client, tenantId }: Scope,
  changes: readonly BatchChange[],
): Promise<
  {
    number: number | null
    code: BlockFault | null
    freed: readonly FreedByBlock[] | null
  }[]
> {
  const { rows } = await client.query({
    name: 'inventory-block-batches',
    text: 'SELECT number, code, freed FROM inventory.block_batches($1, $2)',
    values: [tenantId, JSON.stringify(changes)],
  })
  return rows
}

/**
 * Freezes stock for a document until a time: nothing of it moves then but what that document posts, and what has left already.
 * Answers with what another document freezes; when there is any, nothing was frozen.
 */
export async function freezeStock(
  { client, tenantId }: Scope,
  keys: readonly StockKey[],
  { by, until }: { by: string; until: Date },
): Promise<StockKey[]> {
  const { rows } = await client.query({
    name: 'inventory-freeze',
    text: 'SELECT branch_id, variant_id FROM inventory.freeze($1, $2, $3, $4)',
    values: [tenantId, JSON.stringify(keys), by, until],
  })
  return rows
}

/** Lets what a document froze move again, and holds it until the end of the transaction. */
export async function unfreezeStock({ client, tenantId }: Scope, by: string): Promise<void> {
  await client.query({
    name: 'inventory-unfreeze',
    text: 'SELECT inventory.unfreeze($1, $2)',
    values: [tenantId, by],
  })
}
