import { randomUUID } from 'node:crypto'
import { write } from './amounts.ts'
import { type RungUp, ringUp } from './basket.ts'
import { accountOf, dayAt, inForce, type Part, type Register, type Sale, type Shop, type Ticket } from './shop.ts'
import type { Steps } from './steps.ts'
import { chooseLots, copyOf, levelOf, type Shelf, type Stock, takeOut, type Weighed } from './stock.ts'
import { type Clock, pick, pickApt, post, stockLines, type Tried, type Turn } from './turn.ts'

interface Wanted {
  readonly goods: number
  readonly quantity: number
  /** The id of a batch; undefined: whatever expires first. */
  readonly batch: string | undefined
}

/** Sells what is asked for, rightly or wrongly. */
export function* sell(shop: Shop, step: Steps['sell'], clock: Clock): Generator<Turn> {
  const register = pick(shop.registers, step.register)
  if (!register?.session) return
  const wanted = step.lines.map((line) => ({
    goods: line.goods % shop.goods.length,
    quantity: line.quantity,
    batch: batchOf(shop, line.goods % shop.goods.length, line.batch),
  }))
  yield saleTurn(shop, { register, wanted, pay: step.pay, wrong: step.wrong, by: step.by }, clock)
}

interface Given {
  readonly register: Register
  readonly wanted: readonly Wanted[]
  readonly pay: Steps['sell']['pay']
  readonly wrong: Steps['sell']['wrong']
  readonly by: Steps['sell']['by']
  readonly ticket?: { readonly id: string; readonly state: string; sold(): void }
}

/** A checkout and what it should come to. */
function saleTurn(shop: Shop, given: Given, clock: Clock): Turn {
  const { register, wanted, wrong, ticket } = given
  const today = dayAt(shop, clock.now())
  const rung = ringUp(wanted.map((line) => ({ ...line, ...priceOf(shop, line.goods, today) })))
  const taken = takeAll(shop, register.branch, wanted, today)
  const paid = paymentsOf(shop, rung.total, given)
  const fault = faultOf(given, paid) ?? ('code' in taken ? taken.code : undefined)
  const id = randomUUID()
  const session = register.session
  const isElsewhere = wrong === 'register'
  const input = {
    id,
    session_id: session?.id,
    ...numberOf(register),
    ...(isElsewhere && { register_id: shop.registers.find((one) => one !== register)?.id }),
    ...(wrong === 'clock' && { made_at: new Date(clock.now() - 86_400_000).toISOString() }),
    ...(ticket && { ticket_id: ticket.id }),
    lines: wanted.map(({ goods, quantity, batch }) => ({
      variant_id: shop.goods[goods]?.variantId,
      quantity: String(quantity),
      ...(batch !== undefined && { batch_id: batch }),
    })),
    expected_total: write(wrong === 'total' ? rung.total + 1n : rung.total, shop.decimals),
    payments: paid.given,
  }
  const told = `sells ${toldLines(shop, wanted)} for ${paid.told} at ${register.code}${toldWrong(wrong)}`
  return {
    ...{ who: given.by, operation: 'sales.checkout', input },
    told: ticket ? `${told}, as it was parked` : told,
    shelves: wanted.map(({ goods }) => ({ branch: register.branch, goods })),
    expected:
      fault !== undefined || 'code' in taken
        ? { code: fault ?? '' }
        : soldAs(shop, { id, register, wanted, rung, paid, taken, ticket }),
  }
}

function soldAs(
  shop: Shop,
  {
    id,
    register,
    wanted,
    rung,
    paid,
    taken,
    ticket,
  }: {
    id: string
    register: Register
    wanted: readonly Wanted[]
    rung: RungUp
    paid: ReturnType<typeof paymentsOf>
    taken: { stock: Stock; value: Left[][] }
    ticket: Given['ticket']
  },
): Turn['expected'] {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const number = receiptNumber(register, register.sequence + 1)
  return {
    answer: {
      ...{ id, kind: 'sale', number, total: text(rung.total), tax: text(rung.tax), net: text(rung.total - rung.tax) },
      change: text(paid.change),
      lines: rung.lines.map((line, at) => ({
        ...{ total: text(line.total), tax: text(line.tax) },
        allocations: taken.value[at]?.map(({ batch, quantity }) => ({ batch_id: batch, quantity: String(quantity) })),
      })),
    },
    apply() {
      const lines = wanted.map(({ goods, quantity }, at) => ({
        ...{ goods, quantity, total: rung.lines[at]?.total ?? 0n, tax: rung.lines[at]?.tax ?? 0n },
        parts: (taken.value[at] ?? []).map(partOf),
        back: { quantity: 0, total: 0n, tax: 0n },
      }))
      shop.stock = taken.stock
      bookSale(shop, register, { rung, cash: paid.cash, card: paid.card, weighed: taken.value.flat() })
      keepSale(shop, { id, number, kind: 'sale', lines, left: rung.total })
      giveNumber(register)
      if (ticket) ticket.sold()
      return `receipt ${number}`
    },
  }
}

/** What left a shelf. */
export type Left = Weighed & { readonly batch: string | null; readonly quantity: number }

/** A part of a line that was sold, of which nothing is back. */
export function partOf({ batch, quantity, value }: Left): Part {
  return { batch, quantity, value: -value, backQuantity: 0, backValue: 0n }
}

/** Posts what a sale comes to. */
export function bookSale(
  shop: Shop,
  { branch, session }: Pick<Register, 'branch' | 'session'>,
  { rung, cash, card, weighed }: { rung: RungUp; cash: bigint; card: bigint; weighed: readonly Weighed[] },
): void {
  const holder = session?.id ?? null
  post(shop, [
    [accountOf('cash', holder), cash],
    [accountOf('card_clearing', holder), card],
    [accountOf('sales'), rung.tax - rung.total],
    [accountOf('vat_collected'), -rung.tax],
    ...stockLines(shop, branch, 'cost_of_sales', weighed),
  ])
}

const mostSales = 60

/** Remembers a receipt, and forgets the oldest. */
export function keepSale(shop: Shop, sale: Sale): void {
  shop.sales = [...shop.sales, sale].slice(-mostSales)
}

/** Number and device of the next receipt of a register. */
export function numberOf({ device }: Register) {
  return device ? { device: { id: device.id, sequence: device.sequence + 1 } } : {}
}

/** Gives the next number of a register away. */
export function giveNumber(register: Register): void {
  register.sequence += 1
  if (!register.device) return
  register.device.sequence = register.sequence
  register.device.ended = null
}

/** A device that has not brought all it sealed is ahead of the server. */
export function isAhead({ device }: Register): boolean {
  return (device?.queue.length ?? 0) > 0
}

/** The number that a receipt of a register has. */
export function receiptNumber({ code }: Register, sequence: number): string {
  return `${code}-${String(sequence).padStart(6, '0')}`
}

/** Price and rate of goods on a day. */
export function priceOf(shop: Shop, goods: number, day: string): { price: bigint; rate: bigint } {
  const found = shop.goods[goods]
  const price = inForce(found?.prices ?? [], day)?.price
  const rate = inForce(shop.taxClasses[found?.taxClass ?? 0]?.rates ?? [], day)?.rate
  if (price === undefined || rate === undefined) throw new Error(`${found?.code} has no price or rate on ${day}`)
  return { price, rate }
}

/** A batch of goods by a number; none for whatever expires first. */
function batchOf(shop: Shop, goods: number, number: number | null): string | undefined {
  if (number === null) return undefined
  return pick(
    shop.batches.filter((one) => one.goods === goods),
    number,
  )?.id
}

/** Takes what lines ask for, one after the other; those that name their batch are served before those that leave the choice. */
function takeAll(shop: Shop, branch: number, wanted: readonly Wanted[], today: string): Tried<Left[][]> {
  const stock = copyOf(shop.stock)
  const value: Left[][] = []
  // A batch of which nothing lies in the branch is judged when all else is right.
  const isHere = ({ goods, batch }: Wanted) =>
    batch === undefined || levelOf(shop.stock, { branch, goods }, batch) !== 0
  const elsewhere = wanted.find((line) => !isHere(line))
  for (const [at, line] of wanted.entries()) {
    if (!isHere(line)) continue
    const later = wanted.slice(at + 1).filter((one) => one.goods === line.goods && one.batch !== undefined)
    const left = takeLine(shop, { branch, goods: line.goods }, { stock, line, later, today })
    if ('code' in left) return left
    value.push(left.value)
  }
  if (!elsewhere) return { stock, value }
  const { expiresOn = '' } = shop.batches.find(({ id }) => id === elsewhere.batch) ?? {}
  return { code: expiresOn < today ? 'batch_expired' : 'insufficient_stock' }
}

function takeLine(
  shop: Shop,
  shelf: Shelf,
  { stock, line, later, today }: { stock: Stock; line: Wanted; later: readonly Wanted[]; today: string },
): { code: string } | { value: Left[] } {
  const { decimals } = shop
  const goesBelowZero = shop.goods[line.goods]?.goesBelowZero ?? false
  const take = (batch: string | null, quantity: number): Left => ({
    ...{ batch, quantity },
    ...takeOut(stock, shelf, { batch, quantity, decimals }),
  })
  if (line.batch !== undefined) {
    const known = shop.batches.find(({ id }) => id === line.batch)
    if (known && known.expiresOn < today) return { code: 'batch_expired' }
    if (levelOf(stock, shelf, line.batch) < line.quantity && !goesBelowZero) return { code: 'insufficient_stock' }
    return { value: [take(line.batch, line.quantity)] }
  }
  const spoken = copyOf(stock)
  for (const { batch, quantity } of later) takeOut(spoken, shelf, { batch: batch ?? null, quantity, decimals })
  const lots = shop.batches.filter(({ goods }) => goods === line.goods)
  const { taken, missing } = chooseLots(spoken, shelf, { lots, quantity: line.quantity, today })
  if (missing > 0 && !goesBelowZero) return { code: 'insufficient_stock' }
  const all = missing > 0 ? [...taken, { batch: null, quantity: missing }] : taken
  return { value: all.map(({ batch, quantity }) => take(batch, quantity)) }
}

/** Who pays how much with what, and what goes back. */
function paymentsOf(shop: Shop, total: bigint, { pay, wrong }: Pick<Given, 'pay' | 'wrong'>) {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const card = { card: total, both: total / 2n, cash: 0n, change: 0n }[pay]
  const due = total - card
  const note = 10n ** BigInt(shop.decimals) * 10n
  const full = pay === 'change' ? (due / note + 1n) * note : due
  const handed = wrong === 'short' ? full - note : full
  const cash = wrong === 'short' && handed < 0n ? 0n : handed
  const isShort = wrong === 'short' && pay !== 'card' && cash < due
  return {
    ...{ cash: due, card, isShort, change: cash > due ? cash - due : 0n },
    told: [...(card > 0n ? [`card ${text(card)}`] : []), ...(pay === 'card' ? [] : [`cash ${text(cash)}`])].join(
      ' and ',
    ),
    given: [
      ...(card > 0n ? [{ tender_id: shop.tenders.card, amount: text(card) }] : []),
      ...(pay === 'card' ? [] : [{ tender_id: shop.tenders.cash, amount: text(cash) }]),
    ],
  }
}

/** What refuses a sale before its stock is looked at. */
function faultOf({ register, wrong, ticket }: Given, { isShort }: { isShort: boolean }): string | undefined {
  if (wrong === 'register') return 'session_of_another_register'
  if (register.session?.state !== 'open') return 'session_not_open'
  if (isAhead(register)) return 'sequence_gap'
  if (wrong === 'clock') return 'clock_off'
  if (ticket?.state === 'sold') return 'ticket_sold'
  if (ticket?.state === 'discarded') return 'ticket_discarded'
  if (wrong === 'total') return 'total_differs'
  return isShort ? 'payment_short' : undefined
}

const words = {
  register: ' as if it were another till',
  clock: ' by the clock of yesterday',
  total: ' showing a unit more',
  short: '',
}

function toldWrong(wrong: Given['wrong']): string {
  return wrong === null ? '' : words[wrong]
}

/** Lines of a basket as people say them. */
export function toldLines(shop: Shop, wanted: readonly Wanted[]): string {
  return wanted
    .map(({ goods, quantity, batch }) => {
      const number = shop.batches.find(({ id }) => id === batch)?.number
      return `${quantity} × ${shop.goods[goods]?.code}${number === undefined ? '' : ` batch ${number}`}`
    })
    .join(' and ')
}

/** Sells what was parked. */
export function* sellParked(shop: Shop, step: Steps['sellParked'], clock: Clock): Generator<Turn> {
  const isOpen = ({ state }: Ticket) => state === 'open' || state === 'taken'
  const ticket = pickApt(shop.tickets, { number: step.ticket, isApt: step.isApt }, isOpen)
  const register = shop.registers.find(({ branch, session }) => branch === ticket?.branch && session)
  if (!register || !ticket) return
  const wanted = ticket.lines.map((line) => ({ ...line, batch: undefined }))
  const sold = () => {
    ticket.state = 'sold'
    ticket.version += 1
  }
  const { id, state } = ticket
  yield saleTurn(
    shop,
    { register, wanted, pay: step.pay, wrong: null, by: 'cashier', ticket: { id, state, sold } },
    clock,
  )
}
