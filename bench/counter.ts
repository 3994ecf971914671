import { uuidv7 } from '../server/platform/identifiers.ts'

/** A tenant with tills, goods that have a price, and the tender of its cash. */
export interface Counter {
  readonly tenantId: string
  /** Of the session of whoever owns it. */
  readonly cookie: string
  readonly sessionIds: readonly string[]
  readonly variantIds: readonly string[]
  readonly cashId: string
}

export const linesOfSale = 3

/** A new basket of goods that are different ones, paid for with a note that is more than they cost. */
export function basketOf(counter: Counter, till: number, lines = linesOfSale) {
  const { sessionIds, variantIds, cashId } = counter
  const goods = new Set<string>()
  while (goods.size < Math.min(lines, variantIds.length)) goods.add(goodsOf(counter))
  return {
    id: uuidv7(),
    session_id: sessionIds[till % sessionIds.length]!,
    lines: [...goods].map((variant_id) => ({ variant_id })),
    payments: [{ tender_id: cashId, amount: '200' }],
  }
}

/** Goods that a customer asks for. As in an ordinary shop few sell fast: a tenth of all are on nearly half of the lines. */
export function goodsOf({ variantIds }: Pick<Counter, 'variantIds'>): string {
  return variantIds[Math.floor(Math.random() ** 3 * variantIds.length)]!
}
