import { money, roundToMinorUnit, toText } from '../../server/platform/money.ts'
import type { Random } from './random.ts'

/** A file of sales, and what has to come of it. */
export interface Sheet {
  readonly text: string
  readonly rows: number
  readonly goodRows: number
  readonly documents: number
  /** Σ quantity × price of what goes in, and of its lines as they are rounded. */
  readonly exact: string
  readonly rounded: string
  readonly customers: number
  /** How many of each of the goods left. */
  readonly sold: ReadonlyMap<string, number>
}

/** Invoices of one to four lines until there are so many rows; one in fifteen has a row that is wrong, and stays out whole. */
export function makeSheet(random: Random, least: number): Sheet {
  const lines = ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID']
  const customers = new Set<string>()
  const sold = new Map<string, number>()
  let [documents, goodRows] = [0, 0]
  let [exact, rounded] = [money('0'), money('0')]
  for (let number = 1; lines.length <= least; number++) {
    const customer = random.upTo(4) === 0 ? '' : `C${random.upTo(15)}`
    const isWrong = random.upTo(15) === 0
    const rows = Array.from({ length: 1 + random.upTo(4) }, () => ({
      sku: `SKU-${random.upTo(30)}`,
      quantity: 1 + random.upTo(9),
      price: `${random.upTo(20)}.${String(random.upTo(1_000)).padStart(3, '0')}`,
    }))
    const day = `2026-01-${String(1 + random.upTo(28)).padStart(2, '0')} 10:00:00`
    for (const [at, { sku, quantity, price }] of rows.entries())
      lines.push(`${number},${sku},Goods ${sku},${isWrong && at === 0 ? 'some' : quantity},${day},${price},${customer}`)
    if (isWrong) continue
    documents += 1
    goodRows += rows.length
    if (customer !== '') customers.add(customer)
    for (const { sku, quantity, price } of rows) {
      const amount = money(price).times(quantity)
      exact = exact.plus(amount)
      rounded = rounded.plus(roundToMinorUnit(amount, 2))
      sold.set(sku, (sold.get(sku) ?? 0) + quantity)
    }
  }
  const totals = { exact: toText(exact), rounded: toText(rounded) }
  return {
    text: lines.join('\n'),
    rows: lines.length - 1,
    goodRows,
    documents,
    ...totals,
    customers: customers.size,
    sold,
  }
}
