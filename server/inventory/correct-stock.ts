import type { z } from 'zod'
import type { CostChange } from '../costing/index.ts'
import { isSupplier } from '../parties/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { branchNotFound } from '../tenants/index.ts'
import {
  type adjustStockInput,
  batchRequired,
  type returnStockInput,
  supplierNotFound,
  type writeOffReasons,
  type writeOffStockInput,
} from './contract.ts'
import { type CountedLine, countLines, unitCostOf } from './document-lines.ts'
import { refusalOfLine } from './plan-movements.ts'
import { postStock, type StockDocument } from './post-stock.ts'
import { readPosting } from './read-stock.ts'

type AdjustInput = z.output<typeof adjustStockInput>

/** Puts right what stock is said to be: what is found comes in at the last known cost, what is lost leaves at the average. */
export function adjustStock(context: CommandContext, input: AdjustInput) {
  const head = { kind: 'adjustment', document_type: 'stock_adjustment', reason: input.reason, party_id: null } as const
  return correct(context, input, head, (line) => {
    const { direction } = line.given
    if (direction === 'lost') return { kind: 'issue', quantity: line.quantity, against: 'stock_loss' }
    if (line.goods.is_expiry_tracked && !line.given.batch_id) throw refusalOfLine(batchRequired, line)
    return { kind: 'found', quantity: line.quantity }
  })
}

/** Takes out of stock what cannot be sold any more, or was not: at its cost, of any batch. */
export function writeOffStock(context: CommandContext, input: z.output<typeof writeOffStockInput>) {
  const against = lossAccountOf(input.reason)
  const head = { kind: 'write_off', document_type: 'stock_write_off', reason: input.reason, party_id: null } as const
  return correct(context, input, head, ({ quantity }) => ({ kind: 'issue', quantity, against }))
}

/** The purpose of the account that takes the cost of what is written off for a reason. */
export function lossAccountOf(reason: (typeof writeOffReasons)[number]): string {
  return reason === 'expired' ? 'stock_expired' : 'stock_loss'
}

/**
 * Sends goods back to their supplier: they leave at the average, and the difference to what the supplier gives back for them
 * is a variance of the purchase price. Until a credit note comes they are goods that were received and are not invoiced.
 */
export async function returnStock(context: CommandContext, input: z.output<typeof returnStockInput>) {
  assertInScope(context, { branchId: input.branch_id }, branchNotFound)
  if (!(await isSupplier(context, input.supplier_id))) refuse(supplierNotFound)
  const head = { kind: 'supplier_return', document_type: 'supplier_return', reason: null } as const
  return correct(context, input, { ...head, party_id: input.supplier_id }, (line) => ({
    kind: 'supplier_return',
    quantity: line.quantity,
    unit_cost: unitCostOf(line),
    against: 'goods_received_not_invoiced',
  }))
}

interface Correction<Line> {
  readonly id?: string | undefined
  readonly branch_id: string
  readonly document_number?: string | undefined
  readonly document_on?: string | undefined
  readonly note?: string | undefined
  readonly lines: readonly Line[]
}

type WrittenLine = Parameters<typeof countLines>[1][number] & {
  readonly batch_id?: string | undefined
  readonly without_batch?: boolean | undefined
}

async function correct<Line extends WrittenLine>(
  context: CommandContext,
  input: Correction<Line>,
  head: Pick<StockDocument, 'kind' | 'document_type' | 'reason' | 'party_id'>,
  changeOf: (line: CountedLine<Line>) => CostChange,
) {
  const { id = context.newId(), branch_id } = input
  assertInScope(context, { branchId: branch_id }, branchNotFound)
  const lines = await countLines(context, input.lines)
  await postStock(context, {
    ...head,
    id,
    document_id: id,
    document_number: input.document_number ?? null,
    note: input.note ?? null,
    on: input.document_on ?? null,
    lines: lines.map((line) => {
      const change = changeOf(line)
      const { variant_id, batch_id, without_batch = change.kind === 'found' } = line.given
      return { branch_id, variant_id, batch_id: batch_id ?? (without_batch ? null : 'fefo'), change }
    }),
  })
  return readPosting(context, id)
}
