import { randomUUID } from 'node:crypto'
import { write } from './amounts.ts'
import { shareBack } from './basket.ts'
import { accountOf, type Part, type Register, type Sale, type Shop } from './shop.ts'
import type { Steps } from './steps.ts'
import { bringIn, copyOf } from './stock.ts'
import { balanceOf, pick, post, stockLines, type Turn } from './turn.ts'
import { giveNumber, isAhead, keepSale, numberOf, receiptNumber } from './turn-sales.ts'

/** Takes something back, rightly or wrongly. */
export function* refund(shop: Shop, step: Steps['refund']): Generator<Turn> {
  const register = pick(shop.registers, step.register)
  const sale = pick(shop.sales, step.of)
  if (!register?.session || !sale) return
  const at = step.line % sale.lines.length
  const line = sale.lines[at]
  if (!line) return
  const left = line.quantity - line.back.quantity
  const quantity = step.wrong === 'more' ? left + 1 : Math.min(step.quantity, left)
  yield refundTurn(shop, { register, sale, at, quantity: quantity === 0 ? 1 : quantity, step })
}

interface Refunding {
  readonly register: Register
  readonly sale: Sale
  readonly at: number
  readonly quantity: number
  readonly step: Steps['refund']
}

function refundTurn(shop: Shop, { register, sale, at, quantity, step }: Refunding): Turn {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const line = sale.lines[at]
  if (!line) throw new Error('a receipt has no such line')
  const share = (field: 'total' | 'tax') =>
    shareBack(
      { quantity: line.quantity, amount: line[field] },
      { quantity: line.back.quantity, amount: line.back[field] },
      quantity,
    )
  const isBeyond = quantity > line.quantity - line.back.quantity
  const [total, tax] = isBeyond ? [line.total, line.tax] : [share('total'), share('tax')]
  const given = step.wrong === 'amount' ? total + 1n : total
  const isCash = step.pay === 'cash'
  const refused = refundFault(shop, { register, sale, step, isBeyond, total })
  const id = randomUUID()
  const restock = step.toShelf ? 'shelf' : 'none'
  const code = shop.goods[line.goods]?.code
  return {
    who: step.by,
    operation: 'sales.refund',
    input: {
      ...{ id, session_id: register.session?.id, original_id: sale.id, reason: 'As simulated' },
      ...numberOf(register),
      lines: [{ line: at + 1, quantity: String(quantity), restock }],
      payments: [{ tender_id: isCash ? shop.tenders.cash : shop.tenders.card, amount: text(given) }],
    },
    told: `takes back ${quantity} × ${code} of ${sale.number} for ${step.pay} ${text(given)} at ${register.code}${step.toShelf ? '' : ', not to the shelf'}`,
    shelves: [{ branch: register.branch, goods: line.goods }],
    expected:
      refused === undefined ? backAs(shop, { id, register, sale, at, quantity, step, total, tax }) : { code: refused },
  }
}

function refundFault(
  shop: Shop,
  { register, sale, step, isBeyond, total }: Omit<Refunding, 'at' | 'quantity'> & { isBeyond: boolean; total: bigint },
): string | undefined {
  if (step.by === 'cashier') return 'forbidden'
  if (register.session?.state !== 'open') return 'session_not_open'
  if (isAhead(register)) return 'sequence_gap'
  if (sale.kind === 'refund') return 'refund_of_refund'
  if (isBeyond) return 'refund_beyond_sold'
  if (step.wrong === 'amount') return 'refund_differs'
  if (step.pay === 'cash' && balanceOf(shop, 'cash', register.session.id) < total) return 'drawer_short'
  return undefined
}

function backAs(
  shop: Shop,
  { id, register, sale, at, quantity, step, total, tax }: Refunding & { id: string; total: bigint; tax: bigint },
): Turn['expected'] {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const number = receiptNumber(register, register.sequence + 1)
  const line = sale.lines[at]
  if (!line) throw new Error('a receipt has no such line')
  const back = step.toShelf ? partsBack(line.parts, quantity) : []
  const told = back.map(({ batch, quantity: some }) => ({ batch_id: batch, quantity: String(-some) }))
  return {
    answer: { id, kind: 'refund', number, total: text(-total), tax: text(-tax), lines: [{ allocations: told }] },
    apply() {
      const stock = copyOf(shop.stock)
      const shelf = { branch: register.branch, goods: line.goods }
      const weighed = back.map((one) => bringIn(stock, shelf, { ...one, decimals: shop.decimals }))
      shop.stock = stock
      for (const { of, quantity: some, value } of back) {
        of.backQuantity += some
        of.backValue += value
      }
      line.back = { quantity: line.back.quantity + quantity, total: line.back.total + total, tax: line.back.tax + tax }
      sale.left -= total
      post(shop, [
        [accountOf(step.pay === 'cash' ? 'cash' : 'card_clearing', register.session?.id ?? null), -total],
        [accountOf('sales_returns'), total - tax],
        [accountOf('vat_collected'), tax],
        ...stockLines(shop, register.branch, 'cost_of_sales', weighed),
      ])
      const parts = [
        { ...{ goods: line.goods, quantity, total, tax, parts: [] }, back: { quantity: 0, total: 0n, tax: 0n } },
      ]
      keepSale(shop, { id, number, kind: 'refund', lines: parts, left: 0n })
      giveNumber(register)
      return `receipt ${number}`
    },
  }
}

/** What comes back of what left: what left last first, each at the part of its value that is left. */
function partsBack(parts: readonly Part[], quantity: number) {
  let missing = quantity
  return parts.toReversed().flatMap((of) => {
    const rest = of.quantity - of.backQuantity
    const some = Math.min(rest, missing)
    if (some <= 0) return []
    missing -= some
    const left = of.value - of.backValue
    const value = some === rest ? left : shareBack({ quantity: rest, amount: left }, { quantity: 0, amount: 0n }, some)
    return [{ of, batch: of.batch, quantity: some, value }]
  })
}
