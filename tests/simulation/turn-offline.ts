import { createHash, randomUUID } from 'node:crypto'
import { write } from './amounts.ts'
import { ringUp, sum } from './basket.ts'
import { percent } from './open-shops.ts'
import { type Device, dayAt, type Register, type Shop, type Slip } from './shop.ts'
import type { Steps } from './steps.ts'
import { chooseLots, copyOf, type Stock, takeOut } from './stock.ts'
import type { Clock, Turn } from './turn.ts'
import { bookSale, keepSale, type Left, partOf, priceOf, receiptNumber, toldLines } from './turn-sales.ts'

/** The register that has a device, and its device. */
function offlineTill(shop: Shop): { register: Register; device: Device } | undefined {
  const register = shop.registers.find(({ device }) => device !== null)
  return register?.device ? { register, device: register.device } : undefined
}

/** Sells while the server is out of reach: the device seals the sale, and nobody else hears of it. */
export function* seal(shop: Shop, step: Steps['seal'], clock: Clock): Generator<string> {
  const { register, device } = offlineTill(shop) ?? {}
  // Once it has said that it seals nothing more in a session, it does not.
  if (!device || register?.session?.state !== 'open' || device.ended === register.session.id) return
  const madeOn = dayAt(shop, clock.now())
  const lines = step.lines.map(({ goods, quantity }) => ({ goods: goods % shop.goods.length, quantity }))
  const rung = ringUp(lines.map((line) => ({ ...line, ...priceOf(shop, line.goods, madeOn) })))
  const saleId = randomUUID()
  const sequence = device.sequence + 1
  const body = canonical({
    ...{ format: 1, sequence, device_id: device.id, register_id: register.id, session_id: register.session.id },
    ...{ cashier_id: shop.people.cashier.employeeId, made_at: new Date(clock.now()).toISOString() },
    sale: saleOf(shop, { saleId, lines, rung, madeOn }),
  })
  const hash = createHash('sha256').update(Buffer.from(device.hash, 'hex')).update(body).digest('hex')
  device.queue.push({
    sealed: { sequence, previous_hash: device.hash, body, hash },
    ...{ saleId, madeOn, openedOn: register.session.openedOn, rung, lines },
  })
  device.sequence = sequence
  device.hash = hash
  const wanted = lines.map((line) => ({ ...line, batch: undefined }))
  yield `sells ${toldLines(shop, wanted)} for cash ${write(rung.total, shop.decimals)} at ${register.code}, offline → ${receiptNumber(register, sequence)}`
}

/** JSON without blanks, with members in the order of their names. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

function saleOf(
  shop: Shop,
  { saleId, lines, rung, madeOn }: Pick<Slip, 'saleId' | 'lines' | 'rung' | 'madeOn'>,
): Record<string, unknown> {
  const text = (amount: bigint) => write(amount, shop.decimals)
  const nothing = text(0n)
  const amountsOf = ({ total, tax }: { total: bigint; tax: bigint }) => ({
    ...{ gross: text(total), line_discount: nothing, basket_discount: nothing, net_discount: nothing },
    ...{ net: text(total - tax), tax: text(tax), total: text(total) },
  })
  const taxed = lines.map((line, at) => ({
    ...line,
    ...(rung.lines[at] ?? { total: 0n, tax: 0n }),
    ...priceOf(shop, line.goods, madeOn),
  }))
  const componentOf = (some: typeof taxed) => ({
    ...{ jurisdiction_code: shop.country, name: 'VAT', rate: percent(some[0]?.rate ?? 0n), compound: false },
    ...{ base: text(sum(some.map(({ total, tax }) => total - tax))), tax: text(sum(some.map(({ tax }) => tax))) },
  })
  return {
    ...{ id: saleId, customer_id: null, channel_id: null, currency: shop.currency, prices_include_tax: true },
    lines: taxed.map((line) => ({
      ...{
        variant_id: shop.goods[line.goods]?.variantId,
        name: shop.goods[line.goods]?.code,
        sku: null,
        barcode: null,
      },
      ...{ unit_code: 'piece', batch_id: null, quantity: String(line.quantity), list_price: text(line.price) },
      ...{ unit_price: text(line.price), price_reason: null, discount_reason: null, prescription: null },
      ...amountsOf(line),
      components: [componentOf([line])],
    })),
    ...amountsOf(rung),
    ...{ rounding: nothing, due: text(rung.total), paid: text(rung.total), change: nothing },
    tenders: [{ tender_id: shop.tenders.cash, amount: text(rung.total), reference: null }],
  }
}

/** Sends what the device has sealed, some of it again; it is booked as it happened, once. */
export function* push(shop: Shop, step: Steps['push'], clock: Clock): Generator<Turn> {
  const today = dayAt(shop, clock.now())
  const { register, device } = offlineTill(shop) ?? {}
  if (!register?.session || !device) return
  const again = step.isAgain ? device.sent.slice(-2) : []
  const isGap = step.isGap && device.queue.length > 1
  const fresh = isGap ? device.queue.slice(1) : device.queue
  const slips = isGap ? fresh : [...again, ...fresh]
  const ends = step.ends && register.session.state === 'open' && !isGap
  if (slips.length === 0 && !ends) return
  const sold = fresh.map(({ lines }) =>
    toldLines(
      shop,
      lines.map((line) => ({ ...line, batch: undefined })),
    ),
  )
  const ended = { session_id: register.session.id, last_sequence: device.sequence, head_hash: device.hash }
  yield {
    ...{ who: 'cashier', operation: 'sync.push' },
    input: {
      ...{ device_id: device.id, credential: device.credential },
      ...{ slips: slips.map(({ sealed }) => sealed), ...(ends && { ended: [ended] }) },
    },
    told: `brings what was sold offline at ${register.code}: ${sold.join('; ') || 'nothing'}${again.length > 0 ? `, and ${again.length} slips again` : ''}${isGap ? ', without the first' : ''}${ends ? ', and says that it is all' : ''}`,
    shelves: fresh.flatMap(({ lines }) => lines.map(({ goods }) => ({ branch: register.branch, goods }))),
    expected: isGap
      ? { code: 'sequence_gap' }
      : {
          answer: {
            slips: slips.map((slip) => ({
              ...{ sequence: slip.sealed.sequence, sale_id: slip.saleId },
              outcome: again.includes(slip) ? 'already_booked' : 'booked',
            })),
            missing: [],
          },
          apply() {
            for (const slip of fresh) book(shop, register, { ...slip, madeOn: takenAsMadeOn(slip, today) })
            device.sent = [...device.sent, ...fresh].slice(-4)
            device.queue = []
            if (ends) device.ended = register.session?.id ?? null
            return fresh.map(({ sealed }) => receiptNumber(register, sealed.sequence)).join(', ') || undefined
          },
        },
  }
}

/** A device whose clock is slow sold not before its session began, and no device later than now. */
function takenAsMadeOn({ madeOn, openedOn }: Slip, today: string): string {
  const madeInSession = madeOn < openedOn ? openedOn : madeOn
  return madeInSession > today ? today : madeInSession
}

/** Books a slip: of whatever lay there, what may be sold first, and below zero what did not. */
function book(shop: Shop, register: Register, { saleId, lines, rung, sealed, madeOn }: Slip): void {
  const stock = copyOf(shop.stock)
  const parts = lines.map(({ goods, quantity }) =>
    leftOf(shop, { branch: register.branch, stock }, { goods, quantity, madeOn }),
  )
  shop.stock = stock
  bookSale(shop, register, { rung, cash: rung.total, card: 0n, weighed: parts.flat() })
  register.sequence = sealed.sequence
  keepSale(shop, {
    ...{ id: saleId, number: receiptNumber(register, sealed.sequence), kind: 'sale', left: rung.total },
    lines: lines.map((line, at) => ({
      ...{ ...line, total: rung.lines[at]?.total ?? 0n, tax: rung.lines[at]?.tax ?? 0n },
      ...{ parts: parts[at]?.map(partOf) ?? [], back: { quantity: 0, total: 0n, tax: 0n } },
    })),
  })
}

function leftOf(
  shop: Shop,
  { branch, stock }: { branch: number; stock: Stock },
  { goods, quantity, madeOn }: { goods: number; quantity: number; madeOn: string },
): Left[] {
  const shelf = { branch, goods }
  const lots = shop.batches.filter((one) => one.goods === goods)
  const out = (taken: readonly { batch: string | null; quantity: number }[]) =>
    taken.map((one) => ({ ...one, ...takeOut(stock, shelf, { ...one, decimals: shop.decimals }) }))
  const sellable = chooseLots(stock, shelf, { lots, quantity, today: madeOn })
  const first = out(sellable.taken)
  const any = chooseLots(stock, shelf, { lots, quantity: sellable.missing, today: null })
  const second = out(any.taken)
  return [...first, ...second, ...(any.missing > 0 ? out([{ batch: null, quantity: any.missing }]) : [])]
}
