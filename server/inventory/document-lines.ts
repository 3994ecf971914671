import { type Goods, quantityOf, readGoods, variantNotFound } from '../catalog/index.ts'
import { money, roundTo, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { notStocked } from './contract.ts'
import { refusalOfLine } from './plan-movements.ts'

/** A line of a document as people write it: so many packs, or so much in a unit. */
interface WrittenLine {
  readonly variant_id: string
  readonly quantity: string
  readonly pack_id?: string | undefined
  readonly unit_id?: string | undefined
}

/** A line that was counted: `quantity` is in the unit of the product, `given.quantity` as it was written. */
export interface CountedLine<Line> {
  readonly line: number
  readonly given: Line
  readonly goods: Goods
  readonly quantity: string
}

/** Counts lines in the units of their products. Throws the refusal of the first that is of no stocked goods, or uncountable. */
export async function countLines<Line extends WrittenLine>(
  context: CommandContext,
  lines: readonly Line[],
): Promise<CountedLine<Line>[]> {
  const goods = await readGoods(context, [...new Set(lines.map(({ variant_id }) => variant_id))])
  return lines.map((given, at) => {
    const line = at + 1
    const found = goods.get(given.variant_id)
    if (!found) throw refusalOfLine(variantNotFound, { line })
    if (found.kind !== 'stocked') throw refusalOfLine(notStocked, { line })
    return { line, given, goods: found, quantity: counted(found, given, line) }
  })
}

/** What one of a counted line costs in the unit of the product, to six decimals, where one of what was written costs so much. */
export function unitCostOf({ given, quantity }: CountedLine<WrittenLine & { readonly unit_cost: string }>): string {
  return toText(roundTo(money(given.unit_cost).times(given.quantity).dividedBy(quantity), 6, 'half_up'))
}

function counted(goods: Goods, given: WrittenLine, line: number): string {
  try {
    return quantityOf(goods, given)
  } catch (error) {
    throw error instanceof Refusal ? refusalOfLine(error.kind, { line }, error.message) : error
  }
}
