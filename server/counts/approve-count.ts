import type { z } from 'zod'
import { readGoods } from '../catalog/index.ts'
import { holdStock, postStock, type StockLine, unfreezeStock } from '../inventory/index.ts'
import { money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { type approveInput, countOutdated, reservedStockMissing } from './contract.ts'
import { holdCount, takeStep } from './move-on.ts'
import { type CountRow, varyingLines } from './queries.ts'

type Varying = Awaited<ReturnType<typeof varyingLines>>[number]

/**
 * Approves a count: what it found and what it missed is posted, as one document, by how much each line differs from what the
 * books said when it was counted. What has moved since stays on top of what was counted. Nobody approves what they counted.
 */
export async function approveCount(context: CommandContext, { id, version }: z.output<typeof approveInput>) {
  const old = await holdCount(context, id, version)
  const approved = await takeStep(context, old, { action: 'approve' })
  await unfreezeStock(context, id)
  const lines = await heldLines(context, old)
  if (lines.length === 0) return approved
  await assertThere(context, lines)
  await postStock(context, {
    id,
    kind: 'count',
    document_type: 'stock_count',
    document_id: id,
    document_number: old.number,
    party_id: null,
    reason: null,
    on: null,
    lines: lines.map((line) => stockLineOf(line, old.branch_id)),
  })
  return approved
}

/** The lines that differ, with what is there while nobody moves it; without what was kept for somebody for too long. */
async function heldLines(context: CommandContext, { id, branch_id }: Pick<CountRow, 'id' | 'branch_id'>) {
  const keys = (await varyingLines(context, id)).map(({ variant_id }) => ({ branch_id, variant_id }))
  if (keys.length === 0) return []
  await holdStock(context, keys)
  return varyingLines(context, id)
}

/** Refuses what would leave less than is kept for somebody, or less than nothing, where the goods do not allow that. */
async function assertThere(context: CommandContext, lines: readonly Varying[]): Promise<void> {
  const lost = lines.filter((line) => varianceOf(line).isNegative())
  const goods = await readGoods(context, [...new Set(lost.map((line) => line.variant_id))])
  for (const line of lost) {
    const left = varianceOf(line).plus(line.on_hand)
    if (goods.get(line.variant_id)?.allows_negative_stock || left.greaterThanOrEqualTo(line.reserved)) continue
    if (money(line.reserved).isZero()) refuse(countOutdated, `${nameOf(line)}: ${toText(left)} would be left`)
    refuse(
      reservedStockMissing,
      `${nameOf(line)}: ${toText(left)} would be left, ${toText(money(line.reserved))} is kept`,
    )
  }
}

function stockLineOf(line: Varying, branch_id: string): StockLine {
  const variance = varianceOf(line)
  const quantity = toText(variance.abs())
  return {
    branch_id,
    variant_id: line.variant_id,
    batch_id: line.batch_id,
    change: variance.isNegative() ? { kind: 'issue', quantity, against: 'stock_loss' } : { kind: 'found', quantity },
  }
}

function varianceOf({ counted, expected }: Varying) {
  return money(counted ?? expected).minus(expected)
}

function nameOf({ name, batch_number }: Varying): string {
  return batch_number === null ? name : `${name}, batch ${batch_number}`
}
