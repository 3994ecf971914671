import { type Goods, quantityOf, readGoods, variantNotFound } from '../catalog/index.ts'
import { type PostedMovement, type PostingKind, postStock, type StockLine } from '../inventory/index.ts'
import { money } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { findCurrency } from '../reference/index.ts'
import { partNotFound } from './contract.ts'
import type { TransferRow } from './queries.ts'
import { numberOf, readTransfer } from './read-transfers.ts'
import type { Given, Outcome, Settled } from './settle-parts.ts'
import { type NewStep, type PartRow, recordSteps } from './step-queries.ts'

/** The purpose of the account that holds what is on its way. */
export const onTheWay = 'transfers_in_transit'

/** What is said of a part, in a pack or unit. */
interface Said {
  readonly part_id: string
  readonly quantity: string
  readonly damaged_quantity?: string
  readonly pack_id?: string | undefined
  readonly unit_id?: string | undefined
}

/** What is said of parts, in the units of their products. Refuses with `transfer_part_not_found` and as `quantityOf`. */
export async function readGiven(
  context: CommandContext,
  parts: readonly PartRow[],
  said: readonly Said[],
): Promise<Given[]> {
  const byId = new Map(parts.map((part) => [part.id, part]))
  const goods = await readGoods(context, [...new Set(parts.map((part) => part.variant_id))])
  return said.map(({ part_id, quantity, damaged_quantity = '0', ...counted }) => {
    const part = byId.get(part_id) ?? refuse(partNotFound)
    const one = goods.get(part.variant_id) ?? refuse(variantNotFound)
    return {
      part_id,
      quantity: baseOf(one, { ...counted, quantity }),
      damaged_quantity: baseOf(one, { ...counted, quantity: damaged_quantity }),
    }
  })
}

function baseOf(goods: Goods, given: Omit<Said, 'part_id'>): string {
  return money(given.quantity).isZero() ? '0' : quantityOf(goods, given)
}

/** Posts the stock that a step of a transfer moves, all in one call. */
export async function postGoods(
  context: CommandContext,
  transfer: TransferRow,
  { id, kind, lines }: { id: string; kind: PostingKind; lines: readonly StockLine[] },
): Promise<readonly PostedMovement[]> {
  const document = { document_type: 'transfer', document_id: transfer.id, document_number: numberOf(transfer.number) }
  const posted = await postStock(context, { ...document, id, kind, lines, party_id: null, reason: null, on: null })
  return posted.movements
}

/** Puts what left the way into the stock of a branch, each batch with the value it carries. */
export async function postArrivals(
  context: CommandContext,
  transfer: TransferRow,
  arrival: { id: string; branchId: string; parts: readonly PartRow[]; outcomes: readonly Outcome[] },
): Promise<void> {
  const byId = new Map(arrival.parts.map((part) => [part.id, part]))
  const lines = arrival.outcomes
    .filter((outcome) => outcome.kind !== 'damaged')
    .map(({ part_id, quantity, value }): StockLine => {
      const { variant_id, batch_id } = byId.get(part_id) ?? refuse(partNotFound)
      const change = { kind: 'arrival', quantity, value, against: onTheWay } as const
      return { branch_id: arrival.branchId, variant_id, batch_id, change }
    })
  if (lines.length > 0) await postGoods(context, transfer, { id: arrival.id, kind: 'arrival', lines })
}

/** Records a step of a transfer that is held, and answers with the transfer after it. */
export async function recordStep(
  context: CommandContext,
  transfer: TransferRow,
  { settled, ...step }: Omit<NewStep, 'transfer_id' | 'version' | 'actor_id' | 'outcomes'> & { settled?: Settled },
) {
  const { id, version, state } = transfer
  const outcomes = settled?.outcomes.map((outcome) => ({ ...outcome, id: context.newId() })) ?? []
  const actor_id = context.caller.userId
  const [recorded] = await recordSteps(context, [{ ...step, transfer_id: id, version, actor_id, outcomes }])
  if (recorded?.code === 'already_exists') refuse(platformRefusals.alreadyExists)
  if (recorded?.code !== null) throw new Error(`a step of a transfer was not recorded: ${recorded?.code}`)
  const after = await readTransfer(context, id)
  const taken = { state: after.state, version: after.version, steps: after.steps.slice(-1), lines: after.lines }
  context.changed({ resource: 'transfer', id, old: { state, version }, new: taken })
  return after
}

/** The decimals of the currency that the goods of a transfer are valued in. */
export async function minorUnitOf(context: CommandContext, { currency }: Pick<TransferRow, 'currency'>) {
  const found = await findCurrency(context, currency)
  if (!found) throw new Error(`${currency} is no currency`)
  return found.minor_unit
}
