import { type Basket, totalBasket } from '../../server/basket/index.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { money, toMinorText } from '../../server/platform/money.ts'
import { now } from '../../server/platform/time.ts'
import { firstHash, type SealedNote, type SealedSlip, sealNote, sealSlip } from '../../server/registers/index.ts'
import { makeRegister } from './cash.ts'
import type { TestClient, TestOwner } from './server.ts'
import { makeGoods } from './till.ts'

type Place = Pick<TestOwner, 'branchId' | 'employeeId'> & { client: TestClient }

/** A device at a register, in an open session, with its chain. */
export interface OfflineTill {
  readonly deviceId: string
  readonly credential: string
  readonly registerId: string
  readonly sessionId: string
  readonly cashierId: string
  /** Seals a sale after the last one; `over` replaces fields of the slip. */
  seal(sale: unknown, over?: Record<string, unknown>): Promise<SealedSlip>
  /** Seals, in the second format, a sale or a refund with what was noted before it. */
  sealWith(content: { sale?: unknown; refund?: unknown; notes?: readonly Noted[] }): Promise<SealedSlip>
  /** Notes something beside the receipts, as the cashier now. */
  note(content: Record<string, unknown> & { kind: string; id: string }): Promise<Noted>
  /** Sends slips, and notes. */
  push(slips: readonly SealedSlip[], more?: { ended?: Ended[]; notes?: SealedNote[] }): ReturnType<typeof sendPush>
  /** How the chain stands on the device. */
  head(): { sequence: number; hash: string }
  /** What it says at the end of its session. */
  ended(over?: Partial<Ended>): [Ended]
  /** Gives the next number away without sealing anything, as when it asks the server; the device that a sale names. */
  next(): { id: string; sequence: number }
}

/** A note as it is sent, and as the next slip names it. */
export interface Noted {
  readonly sealed: SealedNote
  readonly named: { readonly kind: string; readonly id: string; readonly hash: string }
}

interface Ended {
  session_id: string
  last_sequence: number
  head_hash: string
}

function sendPush(client: TestClient, input: Parameters<TestClient['call']>[1]) {
  return client.call('sync.push', input as never)
}

/** A device of the owner's branch, with its credential, bound to a register or to a new one. */
export async function enrollDevice({ client, branchId }: Omit<Place, 'employeeId'>, registerId?: string) {
  const made = await client.call('registers.enroll-device', { branch_id: branchId, name: 'Tablet' })
  const register_id = registerId ?? (await makeRegister({ client, branchId }))
  const bound = await client.call('registers.bind-device', { id: made.id, version: made.version, register_id })
  return { ...bound, register_id, credential: made.credential ?? '' }
}

/** Opens a session on a register with a device, and plays the device. */
export async function openOfflineTill(owner: Place, client = owner.client): Promise<OfflineTill> {
  const device = await enrollDevice(owner)
  const session = await client.call('cash.open-session', { register_id: device.register_id, float_amount: '0' })
  const at = { deviceId: device.id, credential: device.credential, registerId: device.register_id }
  return playDevice(client, { ...at, sessionId: session.id, cashierId: owner.employeeId })
}

/** Plays a device from where its register stands. */
export function playDevice(
  client: TestClient,
  at: Omit<OfflineTill, 'seal' | 'sealWith' | 'note' | 'push' | 'head' | 'ended' | 'next'>,
  from = { sequence: 0, hash: firstHash },
): OfflineTill {
  let head = from
  const seal = async (content: Record<string, unknown>) => {
    const sealed = await sealSlip(head.hash, {
      ...{ format: 1, sequence: head.sequence + 1, device_id: at.deviceId, register_id: at.registerId },
      ...{ session_id: at.sessionId, cashier_id: at.cashierId, made_at: now().toISOString() },
      ...content,
    })
    head = { sequence: sealed.sequence, hash: sealed.hash }
    return sealed
  }
  return {
    ...at,
    seal: (sale, over = {}) => seal({ sale, ...over }),
    sealWith: ({ notes = [], sale, ...content }) =>
      seal({
        ...{ format: 2, notes: notes.map(({ named }) => named) },
        ...(sale === undefined ? {} : { sale: { ticket_id: null, ...(sale as object) } }),
        ...content,
      }),
    async note(content) {
      const { kind, id } = content
      const sealed = await sealNote({
        ...{ format: 1, device_id: at.deviceId, register_id: at.registerId, cashier_id: at.cashierId },
        ...{ made_at: now().toISOString(), ...(kind === 'session' ? {} : { salt: uuidv7().replaceAll('-', '') }) },
        ...content,
      })
      return { sealed, named: { kind, id, hash: sealed.hash } }
    },
    push: (slips, more = {}) =>
      sendPush(client, { device_id: at.deviceId, credential: at.credential, slips: [...slips], ...more }),
    head: () => head,
    ended: (over = {}) => [{ session_id: at.sessionId, last_sequence: head.sequence, head_hash: head.hash, ...over }],
    next() {
      head = { ...head, sequence: head.sequence + 1 }
      return { id: at.deviceId, sequence: head.sequence }
    },
  }
}

interface Sold {
  readonly variant_id: string
  readonly tender_id: string
  readonly quantity?: string
  readonly unit_price?: string
  readonly batch_id?: string | null
  readonly rate?: string
  readonly currency?: string
}

/** A sale of one line, paid exactly with one tender, with tax in its price; it adds up. */
export function offlineSale({
  variant_id,
  tender_id,
  quantity = '1',
  unit_price = '12.00',
  batch_id = null,
  rate = '20',
  currency = 'EUR',
}: Sold) {
  const components = [{ jurisdiction_code: 'FR', name: 'TVA', rate, compound: false }]
  return saleOf(
    { variant_id, tender_id, batch_id, currency },
    {
      lines: [{ quantity, list_price: unit_price, components }],
      prices_include_tax: true,
      minor_unit: 2,
      rule: { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'each' },
    },
  )
}

/** What a till makes of a basket of the same goods in each line, paid exactly with one tender. */
export function saleOf({ variant_id, tender_id, batch_id = null, currency = 'EUR' }: Sold, basket: Basket) {
  const { lines, ...all } = totalBasket(basket)
  return {
    ...{ id: uuidv7(), customer_id: null, channel_id: null, currency, prices_include_tax: basket.prices_include_tax },
    lines: lines.map((line, at) => ({
      ...{ variant_id, batch_id, quantity: basket.lines[at]?.quantity ?? '', unit_price: line.unit_price },
      list_price: basket.lines[at]?.list_price ?? null,
      ...{ name: 'As it was printed', sku: null, barcode: null, unit_code: 'piece' },
      ...{ price_reason: null as string | null, discount_reason: null, prescription: null },
      ...amountsOf(line),
      components: line.components.map((component) => ({ ...component })),
    })),
    ...amountsOf(all),
    ...{ rounding: toMinorText(money('0'), 2), due: all.total, paid: all.total, change: '0.00' },
    tenders: [{ tender_id, amount: all.total, reference: null }],
  }
}

function amountsOf(of: {
  gross: string
  line_discount: string
  basket_discount: string
  net_discount: string
  net: string
  tax: string
  total: string
}) {
  const { gross, line_discount, basket_discount, net_discount, net, tax, total } = of
  return { gross, line_discount, basket_discount, net_discount, net, tax, total }
}

/** A refund of one line of a sale at 12.00 each, paid back with one tender. */
export function offlineRefund({
  original_id,
  tender_id,
  quantity = '1',
  total = '12.00',
  restock = 'shelf',
  currency = 'EUR',
}: {
  original_id: string
  tender_id: string
  quantity?: string
  total?: string
  restock?: 'shelf' | 'quarantine' | 'none'
  currency?: string
}) {
  return {
    ...{ id: uuidv7(), original_id, currency, reason: 'Not wanted' },
    lines: [{ line: 1, quantity, batch_id: null, restock }],
    ...{ total, rounding: '0', due: total, tenders: [{ tender_id, amount: total, reference: null }] },
  }
}

/** Something to sell, at 12.00, and cash to pay with. */
export async function somethingToSell(owner: Pick<TestOwner, 'client' | 'branchId'>, stock = '1000') {
  const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
  const tender_id = items.find(({ code }) => code === 'cash')?.id ?? ''
  return { variant_id: await makeGoods(owner, { price: '12', stock }), tender_id }
}
