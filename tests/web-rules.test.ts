import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WrittenBasket } from '../server/basket/price-basket.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { money } from '../server/platform/money.ts'
import { dayIn, now } from '../server/platform/time.ts'
import { assertPermitted, saleOf, settle } from '../web/sales/finish-sale.ts'
import type { Kept } from '../web/sales/kept.ts'
import { ringUp, takeFromShelves } from '../web/sales/rules.ts'
import { freshEan, makeProduct, printed } from './harness/catalog.ts'
import { type OfflineTill, openOfflineTill } from './harness/devices.ts'
import { fetchKept, keptOf } from './harness/kept.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { setHere } from './harness/settings.ts'
import { makeGoods, openTill, sell, type Till } from './harness/till.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

interface Shop {
  readonly owner: TestOwner
  readonly till: Till
  readonly device: OfflineTill
  readonly kept: Kept
  /** What a line may name: goods by their id, or a code. */
  readonly things: readonly { readonly variant_id?: string; readonly barcode?: string; readonly pack_id?: string }[]
  readonly open: string
  readonly customers: readonly string[]
  readonly channel: string
}

async function receive({ client, branchId }: TestOwner, variant_id: string) {
  const lines = [{ variant_id, quantity: '1000000', unit_cost: '0.5' }]
  await client.call('inventory.receive-stock', { branch_id: branchId, lines })
}

async function customerIn({ client }: TestOwner, group_id: string) {
  const party = await client.call('parties.create-party', { kind: 'person', first_name: 'Ali', last_name: 'Baba' })
  const { version } = party
  await client.call('parties.set-role', { id: party.id, version, role: 'customer', group_id })
  return party.id
}

type Price = (
  variant_id: string,
  unit_price: string,
  list?: 'all' | 'branch' | 'group' | 'channel',
  from?: string,
) => Promise<unknown>

/** Goods in packs, goods that are weighed, a service at an open price and a kit. */
async function makeThings(owner: TestOwner, price: Price) {
  const { client } = owner
  const ean = freshEan()
  const { variant: tea } = await makeProduct(owner, {
    name: 'Tea',
    variants: [{ sku: 'TEA', barcodes: [ean], options: [{ name: 'Size', value: 'L' }] }],
  })
  const pack = await client.call('catalog.add-pack', { variant_id: tea.id, name: 'Box', quantity: '24' })
  const box = freshEan()
  await client.call('catalog.add-barcode', { variant_id: tea.id, pack_id: pack.id, code: box })
  await price(tea.id, '12.345')
  await price(tea.id, '11.05', 'all', '5')
  await price(tea.id, '9.99', 'group')
  await price(tea.id, '10.01', 'channel')

  const { variant: ham } = await makeProduct(owner, { name: 'Ham', unit: 'kg' })
  for (const code of ['00012', '00042'])
    await client.call('catalog.add-barcode', { variant_id: ham.id, code, kind: 'in_store' })
  await price(ham.id, '7.333333', 'branch')

  const { variant: card } = await makeProduct(owner, { name: 'Engraving', kind: 'service' })
  const product = await client.call('catalog.get-product', { id: card.product_id })
  await client.call('catalog.update-product', { id: product.id, version: product.version, is_open_price: true })

  const { variant: kit } = await makeProduct(owner, { name: 'Breakfast', kind: 'kit' })
  await client.call('catalog.set-kit-lines', {
    id: kit.id,
    version: kit.version,
    lines: [
      { variant_id: tea.id, quantity: '2' },
      { variant_id: ham.id, quantity: '0.25' },
    ],
  })
  await price(kit.id, '99')
  await receive(owner, tea.id)
  await receive(owner, ham.id)
  const things = [
    ...[{ variant_id: tea.id }, { barcode: ean }, { barcode: 'tea' }, { barcode: box }],
    ...[{ variant_id: tea.id, pack_id: pack.id }, { variant_id: ham.id }, { variant_id: kit.id }],
    ...[{ barcode: printed('210001201250') }, { barcode: printed('220004201995') }],
    { variant_id: card.id },
  ]
  return { things, open: card.id }
}

/** A shop with goods of every kind, priced by quantity, group, channel and branch. */
async function openShop(place: { country: string; currency: string; includes_tax: boolean }): Promise<Shop> {
  const { includes_tax, ...where } = place
  const owner = await signUpOwner(server, { ...where, time_zone: 'Africa/Casablanca' })
  const { client, branchId } = owner
  await setHere(client, 'tax.prices-include-tax', includes_tax)
  await setHere(client, 'catalog.in-store-codes', ['21IIIIIWW.WWWC', '22IIIIIPPP.PPC'])
  const group = await client.call('parties.create-group', { code: 'G', name: 'Regulars' })
  const channel = await client.call('channels.create-channel', { name: 'Telephone', type: 'direct' })
  const valid_from = dayIn('Africa/Casablanca', now())
  const listFor = async (code: string, more: object, withTax = includes_tax) =>
    (
      await client.call('pricing.create-price-list', {
        ...{ code, name: code, currency: place.currency, includes_tax: withTax },
        ...more,
      })
    ).id
  const lists = {
    all: await listFor('ALL', {}),
    branch: await listFor('BRANCH', { branch_id: branchId }, !includes_tax),
    group: await listFor('GROUP', { customer_group_id: group.id }),
    channel: await listFor('CHANNEL', { channel_id: channel.id }),
  }
  const price = (variant_id: string, unit_price: string, list: keyof typeof lists = 'all', min_quantity = '0') =>
    client.call('pricing.create-price', {
      price_list_id: lists[list],
      variant_id,
      unit_price,
      min_quantity,
      valid_from,
    })

  const { things, open } = await makeThings(owner, price)
  const customers = [await customerIn(owner, group.id)]
  const [till, device] = [await openTill(owner), await openOfflineTill(owner)]
  const kept = keptOf(await fetchKept(client, branchId, 2))
  return { owner, till, device, kept, things, open, customers, channel: channel.id }
}

const reduction = fc.option(
  fc.oneof(
    fc.integer({ min: 1, max: 9_999 }).map((percent) => ({ percent: String(percent / 100) })),
    fc.integer({ min: 1, max: 3 }).map((amount) => ({ amount: String(amount) })),
  ),
)
const line = fc.record({
  thing: fc.nat(9),
  quantity: fc.option(fc.integer({ min: 1, max: 12 })),
  discount: reduction,
  changed: fc.option(fc.integer({ min: 400, max: 90_000 })),
})
const baskets = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 5 }),
  discount: reduction,
  isCustomer: fc.boolean(),
  isByChannel: fc.boolean(),
  byCard: fc.nat(3),
})

function written(
  shop: Shop,
  { lines, discount, isCustomer, isByChannel }: typeof baskets extends fc.Arbitrary<infer T> ? T : never,
) {
  return {
    lines: lines.map(({ thing, quantity, discount: off, changed }) => {
      const named = shop.things[thing] ?? {}
      const isOpen = named.variant_id === shop.open
      const price = changed === null ? undefined : String(changed / 1_000)
      return {
        ...named,
        ...(quantity === null ? {} : { quantity: String(quantity) }),
        ...(off === null ? {} : { discount: off }),
        ...(price === undefined && !isOpen ? {} : { unit_price: price ?? '5' }),
        ...(price === undefined || isOpen ? {} : { price_reason: 'Dented' }),
      }
    }),
    ...(discount === null ? {} : { discount, discount_reason: 'Friend' }),
    ...(isCustomer ? { customer_id: shop.customers[0] ?? '' } : {}),
    ...(isByChannel ? { channel_id: shop.channel } : {}),
  }
}

/** What work comes to, or the code of what it was refused with. */
const told = <T>(work: () => T): T | string => {
  try {
    return work()
  } catch (error) {
    return (error as { kind?: { code: string } }).kind?.code ?? String(error)
  }
}

async function sold({ owner, till }: Shop, basket: WrittenBasket, payments: { tender_id: string; amount: string }[]) {
  try {
    return await owner.client.call('sales.checkout', {
      ...(basket as object),
      id: uuidv7(),
      session_id: till.session_id,
      payments,
    } as never)
  } catch (error) {
    return (error as { problem?: { code: string } }).problem?.code ?? String(error)
  }
}

const componentsOf = (all: readonly { name: string; base: string; tax: string; rate: string }[]) =>
  all.map(({ name, base, tax, rate }) => ({ name, base: money(base).toFixed(), tax: money(tax).toFixed(), rate }))

function expectSame(
  receipt: Exclude<Awaited<ReturnType<typeof sold>>, string>,
  rung: ReturnType<typeof ringUp>,
  settled: ReturnType<typeof settle>,
) {
  const { totals, lines } = rung
  const amounts = (of: { gross: string; net: string; tax: string; total: string }) =>
    [of.gross, of.net, of.tax, of.total].map((text) => money(text).toFixed())
  expect(amounts(receipt)).toEqual(amounts(totals))
  expect(componentsOf(receipt.taxes)).toEqual(componentsOf(totals.components))
  expect([receipt.rounding, receipt.paid, receipt.change].map((text) => money(text).toFixed())).toEqual(
    [settled.rounding, settled.paid, settled.change].map((text) => money(text).toFixed()),
  )
  for (const [at, one] of receipt.lines.entries()) {
    const due = totals.lines[at]
    if (!due) throw new Error('a line is missing')
    expect(amounts(one)).toEqual(amounts(due))
    expect(componentsOf(one.taxes)).toEqual(componentsOf(due.components))
    expect([one.quantity, one.unit_price, one.price_source]).toEqual([
      lines[at]?.quantity,
      due.unit_price,
      lines[at]?.price_source,
    ])
  }
}

test.each([
  { country: 'MA', currency: 'MAD', includes_tax: true },
  { country: 'FR', currency: 'EUR', includes_tax: false },
  { country: 'JP', currency: 'JPY', includes_tax: false },
  { country: 'TN', currency: 'TND', includes_tax: true },
])(
  'what a till rings up by itself is what the checkout charges, to the last component, and its slip is booked without a word: %o',
  async (place) => {
    const shop = await openShop(place)
    const { kept, till, device } = shop
    const slips: Awaited<ReturnType<OfflineTill['seal']>>[] = []
    const sales = { done: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(baskets, async (given) => {
        const basket = written(shop, given)
        const rung = told(() => ringUp(kept, basket, now()))
        const total = typeof rung === 'string' ? '0' : rung.totals.total
        const card =
          given.byCard === 0 && !money(total).isZero() ? [{ tender_id: till.tenders.card ?? '', amount: total }] : []
        const payments = card.length > 0 ? card : [{ tender_id: till.tenders.cash ?? '', amount: '100000000' }]
        const settled = typeof rung === 'string' ? rung : told(() => settle(kept, total, payments))
        const receipt = await sold(shop, basket, payments)
        if (typeof rung === 'string' || typeof settled === 'string' || typeof receipt === 'string') {
          sales.refused += 1
          expect(receipt).toBe(typeof rung === 'string' ? rung : settled)
          return
        }
        sales.done += 1
        expectSame(receipt, rung, settled)
        assertPermitted(kept, rung, new Set(['*']))
        const taken = takeFromShelves(kept, rung, now()).map(({ variant_id, quantity }) => [variant_id, quantity])
        const left = receipt.lines.flatMap(({ allocations }) => allocations)
        expect(taken).toEqual(left.map((one) => [one.variant_id, one.quantity]))
        const sale = saleOf(kept, { id: uuidv7(), ...basket }, rung, { given: payments, settled })
        slips.push(await device.seal(sale))
      }),
      { numRuns: 60 },
    )
    expect(sales.done).toBeGreaterThan(20)

    const { slips: booked } = await device.push(slips)
    expect(booked.filter(({ outcome }) => outcome !== 'booked')).toEqual([])
    const { items } = await shop.owner.client.call('sync.list-exceptions', { session_id: device.sessionId })
    expect(items.map(({ kind, detail }) => ({ kind, detail }))).toEqual([])
  },
  120_000,
)

test('a till takes of the batches that the checkout takes of, and lets nobody discount beyond their limit', async () => {
  const owner = await signUpOwner(server)
  const { client, branchId } = owner
  const variant_id = await makeGoods(owner, { stock: '0', is_expiry_tracked: true })
  const lot = { variant_id, quantity: '2', unit_cost: '1' }
  const lines = ['2197-03-01', '2197-01-01', '2197-02-01'].map((expires_on, at) => ({
    ...{ ...lot, expires_on, batch_number: `L${at}` },
  }))
  await client.call('inventory.receive-stock', { branch_id: branchId, lines })
  const kept = keptOf(await fetchKept(client, branchId))
  const basket = { lines: [{ variant_id, quantity: '3', discount: { percent: '11' } }] }
  const rung = ringUp(kept, basket, now())
  const receipt = await sell(owner, await openTill(owner), basket.lines)
  const [taken] = takeFromShelves(kept, rung, now())
  expect(taken).toMatchObject({ parts: [{ quantity: '2' }, { quantity: '1' }], missing: '0' })
  expect(taken?.parts).toEqual(receipt.lines[0]?.allocations.map(({ batch_id, quantity }) => ({ batch_id, quantity })))
  const asWhom = (...permissions: string[]) => told(() => assertPermitted(kept, rung, new Set(permissions)))
  expect(asWhom('sales.sell', 'sales.discount')).toBe('discount_beyond_permission')
  expect(asWhom('sales.sell', 'sales.discount-any')).toBeUndefined()
})
