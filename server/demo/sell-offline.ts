import { totalBasket } from '../basket/index.ts'
import { derivedUuid } from '../platform/identifiers.ts'
import { type Money, money, roundTo, toMinorText } from '../platform/money.ts'
import { dayIn, later } from '../platform/time.ts'
import { firstHash, type SealedSlip, sealNote, sealSlip } from '../registers/index.ts'
import { type Call, callerOf, callsOf, type Maker, type Worker } from './calls.ts'
import { type Goods, idOf } from './goods.ts'

/** A register whose till was out of reach today. */
export interface Counter {
  readonly branchId: string
  readonly registerId: string
  readonly deviceName: string
  readonly receipts: number
  /** What lies on its shelves in plenty. */
  readonly goods: readonly Goods[]
  /** What was counted less what was expected. */
  readonly variance: string
}

/** Keeps the credential of a device, which is told once. */
export interface Credentials {
  read(deviceId: string): string | undefined
  keep(deviceId: string, credential: string): void
}

interface Day {
  readonly maker: Maker
  /** Who runs the shop, and who stands at the counter. */
  readonly owner: Worker
  readonly cashier: Worker
  readonly counter: Counter
  /** The moment after the last receipt; all of them are of its day. */
  readonly until: Date
  readonly customerIds: readonly string[]
  readonly credentials: Credentials
}

const zone = 'Africa/Casablanca'
const float = money('500')
const currency = 'MAD'
const minorUnit = 2

/**
 * A session of sales as a till seals them that has no network, which then sends everything; the session is closed and counted. All
 * that it seals is the same each time.
 */
export async function sellOffline(day: Day): Promise<void> {
  const { maker, owner, cashier, counter, credentials } = day
  const part = `offline ${counter.registerId}`
  const call = callsOf(maker, callerOf(owner), part)
  const device = await enrol(call, counter, credentials)
  const sealed = await sealDay(day, { ground: await groundOf(call, counter), deviceId: device.id })
  const { sessionId, slips, note } = sealed
  const ended = [{ session_id: sessionId, last_sequence: slips.length, head_hash: slips.at(-1)?.hash ?? firstHash }]
  const { id: device_id, credential } = device
  await call('sync.push', { device_id, credential, slips: slips.map((one) => ({ ...one })), notes: [note], ended })
  const count = callsOf(maker, callerOf(cashier), part)
  const closed = await count('cash.close-session', { id: sessionId, version: 1 })
  await count('cash.count-session', {
    ...{ id: sessionId, version: closed.version },
    tenders: [
      { tender_kind: 'cash', counted: text(sealed.cash.plus(counter.variance)) },
      { tender_kind: 'card', counted: text(sealed.card) },
    ],
  })
}

/** A device at the register. One whose credential nobody kept is taken back, and another one enrolled. */
async function enrol(call: Call, { branchId, registerId, deviceName: name }: Counter, credentials: Credentials) {
  for (;;) {
    const made = await call('registers.enroll-device', { branch_id: branchId, name })
    if (made.credential) credentials.keep(made.id, made.credential)
    const credential = made.credential ?? credentials.read(made.id)
    const { id, version } = made
    if (credential === undefined) await call('registers.revoke-device', { id, version, reason: 'Never used' })
    else return { ...(await call('registers.bind-device', { id, version, register_id: registerId })), credential }
  }
}

type Ground = Awaited<ReturnType<typeof groundOf>>

/** What the goods of the counter are taxed, and what is paid with. */
async function groundOf(call: Call, { branchId, goods }: Counter) {
  const classes = [...new Set(goods.map((one) => one.tax_class_id))]
  const taxed = await call('tax.calculate', {
    branch_id: branchId,
    lines: classes.map((class_id) => ({ class_id, quantity: '1', unit_price: '100' })),
  })
  const { items: tenders } = await call('payments.list-tenders', { limit: 50 })
  const { rounding, rounding_mode, rounding_of, prices_include_tax } = taxed
  return {
    ...{ prices_include_tax, rule: { rounding, rounding_mode, rounding_of } },
    components: new Map(
      taxed.lines.map((line) => [line.class_id, line.components.map(({ base: _, tax: __, ...one }) => one)]),
    ),
    cashId: idOf(tenders, 'cash'),
    cardId: idOf(tenders, 'card'),
  }
}

/** What a till seals: that a session began, and the receipts; and what its drawer then holds. */
async function sealDay(
  { counter, owner, cashier, customerIds, until }: Day,
  { ground, deviceId }: { ground: Ground; deviceId: string },
) {
  const roll = dice(counter.deviceName)
  const idFor = (what: string) => derivedUuid(cashier.tenantId, counter.registerId, deviceId, what)
  const sessionId = idFor('session')
  const place = { device_id: deviceId, register_id: counter.registerId, cashier_id: cashier.employeeId }
  const momentOf = momentsUntil(until, counter.receipts + 2)
  const opening = { kind: 'session', id: sessionId, float_amount: text(float), currency }
  const note = await sealNote({ format: 1, ...place, made_at: momentOf(0), ...opening })
  const named = { kind: 'session', id: sessionId, hash: note.hash }
  const slips: SealedSlip[] = []
  let [cash, card] = [float, money('0')]
  const seal = async (content: object) =>
    slips.push(
      await sealSlip(slips.at(-1)?.hash ?? firstHash, {
        ...{ format: 2, sequence: slips.length + 1, session_id: sessionId, ...place },
        ...{ made_at: momentOf(slips.length + 1), notes: slips.length === 0 ? [named] : [], ...content },
      }),
    )
  const sales: ReturnType<typeof saleOf>[] = []
  for (let receipt = 0; receipt < counter.receipts; receipt++) {
    const isCard = receipt > 0 && roll(4) === 0
    const bought = Array.from({ length: 1 + roll(3) }, () => counter.goods[roll(counter.goods.length)])
    const customer_id = roll(5) === 0 ? (customerIds[roll(customerIds.length)] ?? null) : null
    const lines = [...new Set(bought)].flatMap((goods) => (goods ? [{ goods, quantity: `${1 + (roll(5) >> 2)}` }] : []))
    const sale = saleOf(ground, { id: idFor(`sale ${receipt}`), customer_id, lines, isCard })
    if (isCard) card = card.plus(sale.due)
    else cash = cash.plus(sale.due)
    sales.push(sale)
    await seal({ sale })
  }
  const [first] = sales
  if (first) {
    const refund = refundOf(ground, first, idFor('refund'))
    cash = cash.minus(refund.due)
    // Cashiers take nothing back.
    await seal({ refund, cashier_id: owner.employeeId })
  }
  return { note, sessionId, slips, cash, card }
}

interface Sold {
  readonly id: string
  readonly customer_id: string | null
  readonly lines: readonly { readonly goods: Goods; readonly quantity: string }[]
  readonly isCard: boolean
}

function saleOf(ground: Ground, { id, customer_id, lines, isCard }: Sold) {
  const { lines: totals, ...all } = totalBasket({
    lines: lines.map(({ goods, quantity }) => ({
      ...{ quantity, list_price: goods.price, components: ground.components.get(goods.tax_class_id) ?? [] },
    })),
    ...{ prices_include_tax: ground.prices_include_tax, minor_unit: minorUnit, rule: ground.rule },
  })
  const due = money(all.total)
  const paid = isCard ? due : roundTo(due.dividedBy(10), 0, 'up').times(10)
  return {
    ...{ id, customer_id, channel_id: null, ticket_id: null, currency },
    prices_include_tax: ground.prices_include_tax,
    lines: totals.map((line, at) => {
      const { goods, quantity } = lines[at] as Sold['lines'][number]
      const { variant_id, name, sku, barcode, price } = goods
      return {
        ...{ variant_id, name, sku, barcode, unit_code: 'piece', batch_id: null, quantity },
        ...{ list_price: price, unit_price: line.unit_price, price_reason: null, discount_reason: null },
        ...{ prescription: null, ...amountsOf(line), components: line.components.map((one) => ({ ...one })) },
      }
    }),
    ...amountsOf(all),
    ...{ rounding: '0.00', due: text(due), paid: text(paid), change: text(paid.minus(due)) },
    tenders: [{ tender_id: isCard ? ground.cardId : ground.cashId, amount: text(paid), reference: null }],
  }
}

/** All of the first line of a sale comes back, and is paid back in cash. */
function refundOf({ cashId }: Ground, sale: ReturnType<typeof saleOf>, id: string) {
  const [line] = sale.lines
  const due = line?.total ?? '0'
  return {
    ...{ id, original_id: sale.id, currency, reason: 'Acheté en double' },
    lines: [{ line: 1, quantity: line?.quantity ?? '1', batch_id: null, restock: 'shelf' }],
    ...{ total: due, rounding: '0.00', due, tenders: [{ tender_id: cashId, amount: due, reference: null }] },
  }
}

type Amounts = Record<'gross' | 'line_discount' | 'basket_discount' | 'net_discount' | 'net' | 'tax' | 'total', string>

function amountsOf({ gross, line_discount, basket_discount, net_discount, net, tax, total }: Amounts): Amounts {
  return { gross, line_discount, basket_discount, net_discount, net, tax, total }
}

/** Moments of one day before the last one, twenty minutes apart where the day is old enough. */
function momentsUntil(until: Date, count: number): (at: number) => string {
  const midnight = new Date(`${dayIn(zone, until)}T00:00:00+01:00`)
  const step = Math.min(20 * 60_000, Math.max(0, until.getTime() - midnight.getTime()) / count)
  return (at) => later(until, Math.floor((at - count) * step)).toISOString()
}

/** Numbers that look thrown and are the same each time. */
function dice(seed: string): (sides: number) => number {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 2_147_483_648, 7)
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
}

function text(amount: Money): string {
  return toMinorText(amount, minorUnit)
}
