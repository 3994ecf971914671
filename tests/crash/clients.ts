import { uuidv7 } from '../../server/platform/identifiers.ts'
import { type OfflineTill, saleOf } from '../harness/devices.ts'
import type { Till } from '../harness/till.ts'
import type { Random } from './random.ts'
import type { Shop } from './shop.ts'

/** What a client wants done once. `mark` is written down with it, so that what was done twice, or by half, shows. */
export interface Task {
  readonly mark: string
  readonly operation: string
  readonly input: Record<string, unknown>
  /** Sent as Idempotency-Key. */
  readonly key?: string
  /** False for whoever sends a thing once and does not know what became of what was not answered. */
  readonly isRepeatable: boolean
  /** The sales that slips of devices become. */
  readonly saleIds?: readonly string[]
  /** Told what was answered. */
  readonly answered?: (answer: Record<string, unknown>) => void
}

/** Says what a client does next. */
export type Client = () => Promise<Task> | Task

const repeating = 27

/** 32 of them: sellers who also take back and pay in, those without keys, devices, and who posts journals. */
export function makeClients(shop: Shop, random: Random): Client[] {
  const sellers = Array.from({ length: repeating }, (_, at) => sellerAt(shop, at, random))
  const careless = [keyless(shop, random), keyless(shop, random)]
  const devices = shop.devices.map((device) => deviceAt(shop, device, random))
  return [...sellers, ...careless, ...devices, accountant(shop, random)]
}

let marks = 0
const newMark = (what: string) => `${what} ${++marks}`

/** Half of what is sent names itself by an id of the client's own, half by a key. */
function namedBy(field: string, random: Random) {
  const id = uuidv7()
  return random.upTo(2) === 0 ? { own: { [field]: id } } : { own: {}, key: id }
}

interface Sold {
  readonly id: string
  readonly price: number
}

function sellerAt(shop: Shop, at: number, random: Random): Client {
  const till = shop.tills[at % shop.tills.length]!
  const sold: Sold[] = []
  return () => {
    const chance = random.upTo(10)
    const original = sold.at(0)
    if (chance === 0 && original) {
      sold.shift()
      return refundOf(original, till, random)
    }
    if (chance === 1) return payIn(till, random)
    const { lines, price, total } = basketOf(shop, random)
    const { own, key } = namedBy('id', random)
    const inCash = random.upTo(2) === 0
    return {
      ...saleAt(till, { lines, mark: newMark('sale'), paid: inCash ? { cash: total + 50 } : { card: total } }, own),
      ...(key ? { key } : {}),
      isRepeatable: true,
      answered({ id }: Record<string, unknown>) {
        if (inCash) sold.push({ id: String(id), price })
      },
    }
  }
}

function basketOf({ goods }: Shop, random: Random) {
  const chosen = random.shuffled(goods).slice(0, 3)
  const quantities = chosen.map(() => 1 + random.upTo(3))
  return {
    lines: chosen.map(({ variant_id }, at) => ({ variant_id, quantity: String(quantities[at]) })),
    price: chosen[0]!.price,
    total: chosen.reduce((sum, { price }, at) => sum + price * quantities[at]!, 0),
  }
}

function saleAt(
  till: Till,
  { lines, mark, paid }: { lines: readonly object[]; mark: string; paid: Record<string, number> },
  own: object,
) {
  const payments = Object.entries(paid).map(([code, sum]) => ({ tender_id: till.tenders[code], amount: String(sum) }))
  const input = { ...own, session_id: till.session_id, note: mark, lines, payments }
  return { mark, operation: 'sales.checkout', input }
}

/** One of what the first line sold comes back. */
function refundOf({ id, price }: Sold, till: Till, random: Random): Task {
  const { own, key } = namedBy('id', random)
  const mark = newMark('refund')
  const payments = [{ tender_id: till.tenders.cash, amount: String(price) }]
  const back = { original_id: id, reason: mark, lines: [{ line: 1, quantity: '1' }], payments }
  return {
    ...{ mark, operation: 'sales.refund', isRepeatable: true, ...(key ? { key } : {}) },
    input: { ...own, session_id: till.session_id, ...back },
  }
}

function payIn(till: Till, random: Random): Task {
  const { own, key } = namedBy('pay_in_id', random)
  const mark = newMark('pay-in')
  const input = { ...own, id: till.session_id, amount: '5', from: 'other_income', reason: mark }
  return { mark, operation: 'cash.pay-in', input, isRepeatable: true, ...(key ? { key } : {}) }
}

/** Sells, and now and then makes a legal entity with its books; they may share a name, so that one made twice shows. */
function keyless(shop: Shop, random: Random): Client {
  return () => {
    if (random.upTo(8) === 0) {
      const mark = newMark('keyless entity')
      const input = { legal_name: mark, country: 'MA', currency: 'MAD' }
      return { mark, operation: 'tenants.create-entity', input, isRepeatable: false }
    }
    const { lines, total } = basketOf(shop, random)
    const sale = saleAt(random.of(shop.tills), { lines, mark: newMark('keyless sale'), paid: { cash: total } }, {})
    return { ...sale, isRepeatable: false }
  }
}

/** Seals one to three sales, and pushes them until it is told what became of them. */
function deviceAt(shop: Shop, device: OfflineTill, random: Random): Client {
  return async () => {
    const sales = Array.from({ length: 1 + random.upTo(3) }, () => slipOf(shop, random))
    const slips: unknown[] = []
    for (const sale of sales) slips.push(await device.seal(sale))
    return {
      ...{ mark: newMark('push'), operation: 'sync.push', isRepeatable: true, saleIds: sales.map(({ id }) => id) },
      input: { device_id: device.deviceId, credential: device.credential, slips },
      answered({ slips: pushed }: Record<string, unknown>) {
        const bad = (pushed as { outcome: string }[]).filter(({ outcome }) => !/^(already_)?booked$/.test(outcome))
        if (bad.length > 0) throw new Error(`a device was told ${JSON.stringify(bad)}`)
      },
    }
  }
}

function slipOf({ goods, tills }: Shop, random: Random) {
  const components = [{ jurisdiction_code: 'MA', name: 'TVA', rate: '20', compound: false }]
  const { variant_id, price } = random.of(goods)
  const line = { quantity: '1', list_price: String(price), components }
  return saleOf(
    { variant_id, tender_id: tills[0]!.tenders.cash ?? '', currency: 'MAD' },
    {
      lines: [line, line, line],
      prices_include_tax: true,
      minor_unit: 2,
      rule: { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'each' },
    },
  )
}

/** Posts journals one after the other, each with two lines. */
function accountant({ entityId, accounts }: Shop, random: Random): Client {
  return () => {
    const [debit, credit] = random.shuffled(accounts)
    const amount = `${1 + random.upTo(90)}.25`
    const mark = newMark('journal')
    const input = {
      ...{ entity_id: entityId, document_on: '2026-01-15', description: mark },
      lines: [
        { account_id: debit, amount },
        { account_id: credit, amount: `-${amount}` },
      ],
    }
    const { own, key } = namedBy('id', random)
    return {
      ...{ mark, operation: 'ledger.post-journal', input: { ...own, ...input }, isRepeatable: true },
      ...(key ? { key } : {}),
    }
  }
}
