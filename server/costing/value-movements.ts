import { money, toText } from '../platform/money.ts'
import { type CostChange, type CostState, type Weighed, weighCost } from './weigh-cost.ts'

/** Something that comes to a branch or leaves it. */
export interface Move {
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly change: CostChange
}

/** A move as inventory.record takes it: quantity above zero for what comes, and what the stock gains in value. */
export interface ValuedMovement {
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
  readonly value: string
  readonly unit_cost: string
  readonly last_cost: string
}

export interface Valued {
  readonly movements: readonly ValuedMovement[]
  /** What is posted in the books of each branch's legal entity, joined by purpose; each branch's adds up to zero. */
  readonly lines: readonly { readonly branch_id: string; readonly purpose: string; readonly amount: string }[]
}

/** The stock of a branch that costs are weighed on. `weigh` moves it on; a posting that is refused must not be weighed. */
export interface Ledgers {
  stateOf(move: Pick<Move, 'branch_id' | 'variant_id'>): CostState
  minorUnitOf(branchId: string): number
}

/** Values moves one after the other, each on what the ones before it left. Answers with what the costs are then, too. */
export function valueMovements(
  moves: readonly Move[],
  { stateOf, minorUnitOf }: Ledgers,
): Valued & { costs: CostBook } {
  const costs: CostBook = new Map()
  const sums = new Map<string, { branch_id: string; purpose: string; amount: string }>()
  const movements = moves.map((move) => {
    const key = costKey(move)
    const weighed = weighCost(costs.get(key) ?? stateOf(move), move.change, minorUnitOf(move.branch_id))
    costs.set(key, weighed.state)
    addLines(sums, move.branch_id, weighed)
    return movementOf(move, weighed)
  })
  return { movements, lines: [...sums.values()].filter(({ amount }) => amount !== '0'), costs }
}

/** What is known of costs, by branch and variant. */
export type CostBook = Map<string, CostState>

/** Names the stock of a variant in a branch. */
export function costKey({ branch_id, variant_id }: Pick<Move, 'branch_id' | 'variant_id'>): string {
  return `${branch_id} ${variant_id}`
}

function addLines(
  sums: Map<string, { branch_id: string; purpose: string; amount: string }>,
  branch_id: string,
  { lines }: Weighed,
): void {
  for (const { purpose, amount } of lines) {
    const key = `${branch_id} ${purpose}`
    const sum = money(sums.get(key)?.amount ?? '0').plus(amount)
    sums.set(key, { branch_id, purpose, amount: toText(sum) })
  }
}

function movementOf({ branch_id, variant_id, batch_id, change }: Move, { value, unit_cost, state }: Weighed) {
  const leaves = change.kind === 'issue' || change.kind === 'supplier_return'
  const quantity = leaves ? money(change.quantity).negated() : money(change.quantity)
  return { branch_id, variant_id, batch_id, quantity: toText(quantity), value, unit_cost, last_cost: state.last_cost }
}
