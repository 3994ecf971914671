import { atLine, beyondSold, type LineAmounts, shareRefund } from '../basket/index.ts'
import { quantityOf, variantNotFound } from '../catalog/index.ts'
import { batchNotFound } from '../inventory/index.ts'
import { type Money, money, roundTo, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { batchNotReturnable, lineNotReturnable, type restocks } from './contract.ts'
import type { Allocation, OriginalHeld, OriginalLine } from './queries.ts'
import type { DraftLine } from './receipt.ts'
import type { SellableGoods, World } from './world.ts'

/** What somebody brings back of a line of the original. */
export interface ReturnedLine {
  readonly line: number
  readonly quantity?: string | undefined
  readonly batch_id?: string | undefined
  readonly restock: (typeof restocks)[number]
}

/**
 * The lines of a receipt for what comes back of another, all amounts below zero: in proportion to the quantity, so that all that
 * comes back of a line never comes to more than was sold. Goods go back to the batches they left from, what left last first,
 * at the cost they left with.
 */
export function returnLines(
  original: OriginalHeld,
  returned: readonly ReturnedLine[],
  { goods, minorUnit }: { goods: World['goods']; minorUnit: number },
): DraftLine[] {
  const back = new Map(original.lines.map((line) => [line.line, backOf(line)]))
  return returned.map((one, at) =>
    atLine(at, () => {
      const line = original.lines.find((sold) => sold.line === one.line && sold.of_line === null)
      const before = back.get(one.line)
      if (!line || !before) refuse(lineNotReturnable)
      const left = money(line.quantity).minus(before.amounts.quantity)
      if (left.isZero()) refuse(beyondSold, 'All of it is back already')
      const quantity = quantityBack(goods.get(line.variant_id), one.quantity, left)
      const share = shareRefund(amountsOf(line), before.amounts, { quantity, minor_unit: minorUnit })
      const taken = one.restock === 'none' ? [] : takeBack(line, before.allocations, { ...one, quantity, minorUnit })
      before.amounts = addTo(before.amounts, share)
      for (const { of, quantity: came, value } of taken) {
        const sum = before.allocations[of]
        if (sum) before.allocations[of] = { quantity: sum.quantity.plus(came), value: sum.value.plus(value) }
      }
      return draftOf(line, one.restock, share, taken)
    }),
  )
}

/** How much of each line of a receipt may still come back. */
export function leftOfLines({ lines }: OriginalHeld): Map<number, Money> {
  return new Map(
    lines
      .filter(({ of_line }) => of_line === null)
      .map((line) => [line.line, money(line.quantity).minus(backOf(line).amounts.quantity)]),
  )
}

/** So much of goods as can be counted, or all that is left, however it was counted when it was sold. */
function quantityBack(goods: SellableGoods | undefined, quantity: string | undefined, left: Money): string {
  if (quantity === undefined || left.equals(quantity)) return toText(left)
  return quantityOf(goods ?? refuse(variantNotFound), { quantity })
}

interface Back {
  amounts: LineAmounts
  /** By the place among the allocations of the original: what came back of it. */
  readonly allocations: { quantity: Money; value: Money }[]
}

interface Taken {
  readonly of: number
  readonly allocation: Allocation
  readonly before: { readonly quantity: Money; readonly value: Money }
  readonly quantity: Money
  readonly value: Money
}

function amountsOf(line: Pick<OriginalLine, 'quantity' | 'gross' | 'discount' | 'net_discount' | 'net' | 'taxes'>) {
  const { quantity, gross, discount, net_discount, net, taxes } = line
  return { quantity, gross, discount, net_discount, net, taxes: taxes.map(({ tax }) => tax) }
}

function backOf(line: OriginalLine): Back {
  const nothing = {
    quantity: '0',
    gross: '0',
    discount: '0',
    net_discount: '0',
    net: '0',
    taxes: line.taxes.map(() => '0'),
  }
  const rows = line.back ?? []
  const came = (of: number, field: 'quantity' | 'value') =>
    rows
      .flatMap(({ allocations }) => allocations)
      .filter((one) => one.of === of)
      .reduce((sum, one) => sum.minus(one[field]), money('0'))
  return {
    amounts: rows.reduce<LineAmounts>((sum, row) => addTo(sum, negativeOf(amountsOf(row))), nothing),
    allocations: line.allocations.map((_, of) => ({ quantity: came(of, 'quantity'), value: came(of, 'value') })),
  }
}

function addTo(sum: LineAmounts, one: LineAmounts): LineAmounts {
  const add = (field: Exclude<keyof LineAmounts, 'taxes'>) => toText(money(sum[field]).plus(one[field]))
  return {
    quantity: add('quantity'),
    gross: add('gross'),
    discount: add('discount'),
    net_discount: add('net_discount'),
    net: add('net'),
    taxes: sum.taxes.map((tax, at) => toText(money(tax).plus(one.taxes[at] ?? '0'))),
  }
}

function negativeOf({ taxes, ...amounts }: LineAmounts): LineAmounts {
  const negated = Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, negative(amount)]))
  return { ...amounts, ...negated, taxes: taxes.map(negative) }
}

function negative(amount: string): string {
  return toText(money(amount).negated())
}

/** Which of the allocations come back: of the batch that is named, or else what left last first. */
function takeBack(
  line: OriginalLine,
  before: Back['allocations'],
  { quantity, batch_id, minorUnit }: { quantity: string; batch_id?: string | undefined; minorUnit: number },
): Taken[] {
  const places = line.allocations.map((allocation, of) => ({ allocation, of })).toReversed()
  const isNamed = ({ allocation }: (typeof places)[number]) => allocation.batch_id === batch_id
  if (batch_id !== undefined && !places.some(isNamed)) refuse(batchNotFound)
  return [...Map.groupBy(places, ({ allocation }) => allocation.variant_id).values()].flatMap((same) => {
    const whole = same.reduce((sum, { allocation }) => sum.plus(allocation.quantity), money('0'))
    let missing = roundTo(whole.times(quantity).dividedBy(line.quantity), 6, 'half_up')
    // Of a kit, one part may be of the batch that is named.
    const isOfBatch = batch_id !== undefined && same.some(isNamed)
    const taken = same
      .filter((one) => !isOfBatch || isNamed(one))
      .flatMap(({ allocation, of }) => {
        const came = before[of] ?? { quantity: money('0'), value: money('0') }
        const rest = money(allocation.quantity).minus(came.quantity)
        const part = rest.lessThan(missing) ? rest : missing
        if (!part.greaterThan(0)) return []
        missing = missing.minus(part)
        const left = money(allocation.value).minus(came.value)
        const value = part.equals(rest) ? left : roundToMinorUnit(left.times(part).dividedBy(rest), minorUnit)
        return [{ of, allocation, before: came, quantity: part, value }]
      })
    if (isOfBatch && missing.greaterThan(0)) refuse(batchNotReturnable)
    return taken
  })
}

function draftOf(
  line: OriginalLine,
  restock: ReturnedLine['restock'],
  share: ReturnType<typeof shareRefund>,
  taken: readonly Taken[],
): DraftLine {
  const taxes = share.taxes.map(negative)
  return {
    of_line: line.line,
    variant_id: line.variant_id,
    name: line.name,
    sku: line.sku,
    barcode: line.barcode,
    hsn_code: line.hsn_code,
    unit_code: line.unit_code,
    quantity: negative(share.quantity),
    list_price: line.list_price,
    unit_price: line.unit_price,
    price_source: 'original',
    price_id: null,
    price_reason: null,
    discount_reason: null,
    gross: negative(share.gross),
    discount: negative(share.discount),
    net_discount: negative(share.net_discount),
    net: negative(share.net),
    tax: negative(share.tax),
    total: negative(share.total),
    taxes: line.taxes.map((component, at) => ({
      ...component,
      base: baseOf(negative(share.net), taxes.slice(0, at), component),
      tax: toMinorText(money(taxes[at] ?? '0'), decimalsOf(component.tax)),
    })),
    tax_class_id: line.tax_class_id,
    tax_class_code: line.tax_class_code,
    restock,
    prescription: null,
    stock: taken.map(({ of, allocation, before, quantity, value }) => ({
      variant_id: allocation.variant_id,
      batch_id: allocation.batch_id,
      change: {
        kind: 'return',
        quantity: toText(quantity),
        of: {
          quantity: allocation.quantity,
          value: allocation.value,
          returned_quantity: toText(before.quantity),
          returned_value: toText(before.value),
        },
      },
      of,
      value: toText(value),
    })),
  }
}

/** What a tax was raised on: the price without tax, and the taxes before it where it is compound. */
function baseOf(
  net: string,
  before: readonly string[],
  { compound, tax }: { readonly compound: boolean; readonly tax: string },
): string {
  const base = compound ? before.reduce((sum, one) => sum.plus(one), money(net)) : money(net)
  return toMinorText(base, decimalsOf(tax))
}

function decimalsOf(text: string): number {
  return text.split('.')[1]?.length ?? 0
}
