import type { WrittenLine } from '../../server/basket/read-lines.ts'
import type { Reduction } from '../../server/basket/total-basket.ts'
import { money, toText } from '../../server/platform/money.ts'

/** A line of the basket at the till. */
export interface BasketLine extends WrittenLine {
  readonly key: string
  readonly quantity: string
  /** Of a line that was scanned and says no more than its code: whose code it is. */
  readonly scanned_id?: string | undefined
}

/** What is being sold: kept on the device, so that a reload finds it as it was. */
export interface Basket {
  /** Of the sale that it becomes: however often it is sent, it is sold once. */
  readonly id: string
  readonly lines: readonly BasketLine[]
  readonly discount?: Reduction | undefined
  readonly discount_reason?: string | undefined
  readonly customer_id?: string | undefined
  readonly ticket_id?: string | undefined
  readonly label?: string | undefined
}

export type Change =
  | { readonly do: 'add'; readonly line: Omit<BasketLine, 'key' | 'quantity'> & { readonly quantity?: string } }
  | { readonly do: 'count'; readonly key: string; readonly by: string }
  | { readonly do: 'edit'; readonly key: string; readonly line: Partial<BasketLine> }
  | { readonly do: 'remove'; readonly key: string }
  | { readonly do: 'discount'; readonly discount: Reduction | undefined; readonly reason: string | undefined }
  | { readonly do: 'customer'; readonly customerId: string | undefined }
  | { readonly do: 'take'; readonly basket: Basket }
  | { readonly do: 'begin' }
  | { readonly do: 'sold'; readonly id: string }

export function newBasket(): Basket {
  return { id: crypto.randomUUID(), lines: [] }
}

/** The basket after a change. Goods that are in it alike already are counted up instead of standing twice. */
export function changeBasket(basket: Basket, change: Change): Basket {
  const { lines } = basket
  const edit = (key: string, to: (line: BasketLine) => BasketLine) => ({
    ...basket,
    lines: lines.map((line) => (line.key === key ? to(line) : line)),
  })
  switch (change.do) {
    case 'add': {
      const added = { quantity: '1', ...change.line, key: crypto.randomUUID() }
      const same = lines.find((line) => isAlike(line, added))
      if (same) return edit(same.key, (line) => ({ ...line, quantity: add(line.quantity, added.quantity) }))
      return { ...basket, lines: [...lines, added] }
    }
    case 'count': {
      const line = lines.find(({ key }) => key === change.key)
      const quantity = add(line?.quantity ?? '0', change.by)
      return money(quantity).greaterThan(0) ? edit(change.key, (one) => ({ ...one, quantity })) : basket
    }
    case 'edit':
      return edit(change.key, (line) => ({ ...line, ...change.line }))
    case 'remove':
      return { ...basket, lines: lines.filter(({ key }) => key !== change.key) }
    case 'discount':
      return { ...basket, discount: change.discount, discount_reason: change.reason }
    case 'customer':
      return { ...basket, customer_id: change.customerId }
    case 'take':
      return change.basket
    case 'begin':
      return newBasket()
    case 'sold':
      return basket.id === change.id ? newBasket() : basket
  }
}

/** What a label says of weight or price is of one pack: such lines stay apart. */
function isAlike(one: BasketLine, other: BasketLine): boolean {
  const rest = (line: BasketLine) =>
    JSON.stringify({ ...line, key: undefined, quantity: undefined }, Object.keys(line).toSorted())
  return one.barcode === undefined && rest(one) === rest(other)
}

function add(one: string, other: string): string {
  return toText(money(one).plus(money(other)))
}

/** What the lines say, without what is only of this screen. */
export function writtenLines(lines: readonly BasketLine[]): WrittenLine[] {
  return lines.map(({ key: _, scanned_id: __, ...line }) => line)
}

/** Whose goods a line is of. */
export function goodsIdOf({ variant_id, scanned_id }: BasketLine): string {
  return variant_id ?? scanned_id ?? ''
}
