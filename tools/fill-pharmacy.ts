import { Decimal } from 'decimal.js'
import { checkDigitOf } from '../server/codes/index.ts'
import type { createClient } from '../server/platform/client.ts'
import { dayIn, later, now } from '../server/platform/time.ts'
import type { Operations } from '../server/registry.ts'

type Client = ReturnType<typeof createClient<Operations>>
type Call = Client['call']

/** An empty pharmacy in Morocco: its owner, somebody at its counter, and where they work. */
export interface EmptyPharmacy {
  readonly owner: Pick<Client, 'call'>
  readonly cashier: Pick<Client, 'call'>
  readonly branchId: string
  readonly entityId: string
}

/** What is in it afterwards: an id of each kind. */
export type FilledPharmacy = Awaited<ReturnType<typeof fillPharmacy>>

interface Product {
  readonly name: string
  /** The last digits of its barcode, but for the one that checks it. */
  readonly code: string
  readonly price: string
  readonly cost: string
  /** Pieces by the days until they expire; those of `never` keep. */
  readonly stock: Readonly<Record<string, string>>
  readonly isOnPrescription?: boolean
}

const shelves: Readonly<Record<string, readonly Product[]>> = {
  Medicines: [
    { name: 'Paracetamol 1 g, 8 tablets', code: '101', price: '14.00', cost: '9.10', stock: { 21: '24', 190: '96' } },
    {
      name: 'Ibuprofen 400 mg, 20 tablets',
      code: '102',
      price: '28.50',
      cost: '18.40',
      stock: { 64: '40', 410: '60' },
    },
    {
      name: 'Amoxicillin 500 mg, 12 capsules',
      code: '103',
      price: '42.70',
      cost: '29.00',
      stock: { '-6': '4', 250: '36' },
      isOnPrescription: true,
    },
    {
      name: 'Omeprazole 20 mg, 28 capsules',
      code: '104',
      price: '61.20',
      cost: '41.50',
      stock: { 12: '9', 330: '48' },
      isOnPrescription: true,
    },
    { name: 'Cough syrup 150 ml', code: '105', price: '36.00', cost: '22.75', stock: { 27: '18', 150: '30' } },
    { name: 'Saline nasal spray 100 ml', code: '106', price: '49.00', cost: '30.20', stock: { 78: '26' } },
    { name: 'Eye drops 10 ml', code: '107', price: '33.40', cost: '20.10', stock: { 9: '6', 84: '20' } },
    {
      name: 'Vitamin C 1 g, 20 tablets',
      code: '108',
      price: '39.90',
      cost: '21.60',
      stock: { 55: '32', 520: '80' },
    },
    { name: 'Antiseptic solution 125 ml', code: '109', price: '24.80', cost: '14.90', stock: { 300: '44' } },
    {
      name: 'Oral rehydration salts, 10 sachets',
      code: '110',
      price: '18.60',
      cost: '10.70',
      stock: { 36: '50', 600: '70' },
    },
  ],
  Care: [
    { name: 'Sun cream SPF 50, 50 ml', code: '201', price: '145.00', cost: '92.00', stock: { 240: '22' } },
    { name: 'Olive soap, 2 bars', code: '202', price: '17.50', cost: '8.20', stock: { never: '65' } },
    { name: 'Hand cleansing gel', code: '203', price: '29.00', cost: '15.30', stock: { 700: '54' } },
    { name: 'Soft toothbrush', code: '204', price: '22.00', cost: '11.40', stock: { never: '48' } },
    { name: 'Baby bottle 250 ml', code: '205', price: '58.00', cost: '34.00', stock: { never: '14' } },
  ],
  Devices: [
    { name: 'Plasters, 20', code: '301', price: '12.50', cost: '6.10', stock: { never: '90' } },
    { name: 'Sterile gauze 10 × 10 cm', code: '302', price: '16.00', cost: '8.80', stock: { 900: '75' } },
    { name: 'Digital thermometer', code: '303', price: '89.00', cost: '52.00', stock: { never: '11' } },
    { name: 'Surgical masks, 50', code: '304', price: '45.00', cost: '23.50', stock: { never: '33' } },
    { name: 'Glucose test strips, 50', code: '305', price: '189.00', cost: '141.00', stock: { 18: '5', 200: '25' } },
  ],
}

/** Goods of the pharmacy with what is needed to sell them. */
interface Goods extends Product {
  readonly product_id: string
  readonly variant_id: string
  readonly barcode: string
}

/**
 * Fills a pharmacy with what is in one on a working day, by the operations that everybody calls: goods in batches, sales, a
 * session that is counted short and one that is open, a transfer, a count, a recall, alerts, and a certificate of it all.
 */
export async function fillPharmacy({ owner, cashier, branchId, entityId }: EmptyPharmacy) {
  const { call } = owner
  const people = await know(call)
  const goods = await stock(call, { branch_id: branchId, supplier_id: people.supplierId })
  const shift = await workShift(owner, cashier, { branchId, goods, customerId: people.customerId })
  const stockroom = await keepStock(call, { branchId, entityId, goods, supplierId: people.supplierId })
  const office = await makeRules(call, branchId)
  const certificate = await call('integrity.create-certificate', {})
  return { ...goods, ...people, ...shift, ...stockroom, ...office, certificateId: certificate.id }
}

/** The range with prices, received in batches. */
async function stock(call: Call, from: { branch_id: string; supplier_id: string }) {
  const units = await call('catalog.list-units', { limit: 200 })
  const classes = await call('tax.list-classes', { limit: 200 })
  const unit_id = idOf(units.items, 'piece')
  const tax_class_id = idOf(classes.items, 'standard')
  const list = await call('pricing.create-price-list', {
    ...{ code: 'SHOP', name: 'Counter prices', currency: 'MAD', includes_tax: true },
  })
  const range: Goods[] = []
  let categoryId = ''
  for (const [shelf, products] of Object.entries(shelves)) {
    categoryId = (await call('catalog.create-category', { name: shelf })).id
    for (const one of products) {
      const digits = `611800100${one.code}`
      const barcode = digits + checkDigitOf(digits)
      const made = await call('catalog.create-product', {
        ...{ name: one.name, kind: 'stocked', unit_id, tax_class_id, category_id: categoryId },
        ...{ is_expiry_tracked: !('never' in one.stock), is_prescription_only: one.isOnPrescription ?? false },
        variants: [{ sku: `P-${one.code}`, barcodes: [barcode] }],
      })
      const variant_id = made.variants[0]?.id ?? ''
      const price = { variant_id, unit_price: one.price, valid_from: day(0) }
      await call('pricing.create-price', { price_list_id: list.id, ...price })
      const lines = linesOf(one, variant_id)
      await call('inventory.receive-stock', { ...from, accepts_expired: true, note: 'Opening stock', lines })
      range.push({ ...one, product_id: made.id, variant_id, barcode })
    }
  }
  return { range, priceListId: list.id, categoryId }
}

function linesOf(one: Product, variant_id: string) {
  return Object.entries(one.stock).map(([days, quantity], at) => ({
    ...{ variant_id, quantity, unit_cost: one.cost },
    ...(days === 'never' ? {} : { batch_number: `${one.code}${'AB'[at]}${26 + at}`, expires_on: day(Number(days)) }),
  }))
}

/** Somebody who buys here, and somebody it is bought from. */
async function know(call: Call) {
  const group = await call('parties.create-group', { code: 'STAFF', name: 'Staff' })
  const customer = await call('parties.create-party', {
    ...{ kind: 'person', first_name: 'Nadia', last_name: 'Alaoui', phone: '+212 661 23 45 67' },
  })
  const supplier = await call('parties.create-party', {
    ...{ kind: 'organisation', name: 'Atlas Medical Supply', email: 'orders@example.com', roles: ['supplier'] },
  })
  return { groupId: group.id, customerId: customer.id, supplierId: supplier.id }
}

/** A morning: one shift that ends short of cash and waits for somebody, one that balanced, and one that goes on. */
async function workShift(
  { call }: Pick<Client, 'call'>,
  cashier: Pick<Client, 'call'>,
  at: { branchId: string; goods: { range: readonly Goods[] }; customerId: string },
) {
  const { items: tenders } = await call('payments.list-tenders', { limit: 50 })
  const [cash, card] = [idOf(tenders, 'cash'), idOf(tenders, 'card')]
  const branch_id = at.branchId
  const register = await call('registers.create-register', { branch_id, code: 'R1', name: 'Front counter' })
  await call('registers.create-register', { branch_id, code: 'R2', name: 'Second counter' })
  const safe = { branch_id, kind: 'put_in', amount: '5000', against: 'opening_balances' } as const
  await call('cash.move-safe', { ...safe, reason: 'Counted on the first day' })
  const open = (who: Call) => who('cash.open-session', { register_id: register.id, float_amount: '500' })
  const sell = (who: Call, session_id: string, sold: readonly number[], more: { tender_id?: string } = {}) => {
    const lines = sold.map((index) => at.goods.range[index]).filter((one) => one !== undefined)
    const { tender_id = cash } = more
    const amount = lines.reduce((sum, { price }) => sum.plus(price), new Decimal(0)).toFixed(2)
    return who('sales.checkout', {
      ...{ session_id, customer_id: lines.length > 2 ? at.customerId : undefined },
      lines: lines.map(({ variant_id, isOnPrescription }) => ({
        ...{ variant_id, quantity: '1', ...(isOnPrescription ? { prescription: 'RX-20418' } : {}) },
      })),
      payments: [{ tender_id, amount }],
    })
  }

  const first = await open(call)
  await sell(call, first.id, [0, 15])
  await sell(call, first.id, [10, 13], { tender_id: card })
  await count(call, first, '526.50', '167.00')

  const short = await open(cashier.call)
  const sale = await sell(cashier.call, short.id, [0, 4, 11])
  for (const sold of [[10], [1, 15], [16, 17], [0, 12], [3], [7, 9], [19, 6]]) await sell(cashier.call, short.id, sold)
  for (const sold of [
    [2, 5],
    [18, 14],
  ])
    await sell(cashier.call, short.id, sold, { tender_id: card })
  await call('sales.refund', {
    ...{ session_id: short.id, original_id: sale.id, reason: 'Bought twice' },
    ...{ lines: [{ line: 3, quantity: '1' }], payments: [{ tender_id: cash, amount: '17.50' }] },
  })
  await cashier.call('cash.pay-out', { id: short.id, amount: '35', to: 'delivery_costs', reason: 'Courier' })
  const counted = await count(cashier.call, short, '1080.50', '194.70')
  const reason = 'Change for the courier, paid and not entered'
  const explained = {
    id: short.id,
    version: counted.version,
    amount: '-60',
    against: 'delivery_costs',
    reason,
  } as const
  await call('cash.adjust-session', explained)

  const running = await open(cashier.call)
  for (const sold of [[6, 15], [0], [10, 11]]) await sell(cashier.call, running.id, sold)
  const sessions = { escalatedId: short.id, closedId: first.id, openId: running.id }
  return { registerId: register.id, saleId: sale.id, cashTenderId: cash, sessions }
}

/** Ends a session and counts it. */
async function count(call: Call, { id, version }: { id: string; version: number }, cash: string, card: string) {
  const closed = await call('cash.close-session', { id, version })
  const tenders = [
    { tender_kind: 'cash' as const, counted: cash },
    { tender_kind: 'card' as const, counted: card },
  ]
  return call('cash.count-session', { id, version: closed.version, tenders })
}

/** What else is done with stock: to another branch, counted, recalled, and ordered in time. */
async function keepStock(
  call: Call,
  at: { branchId: string; entityId: string; goods: { range: readonly Goods[] }; supplierId: string },
) {
  const variant = (index: number) => at.goods.range[index]?.variant_id ?? ''
  const branch_id = at.branchId
  const second = await call('tenants.create-branch', {
    ...{ entity_id: at.entityId, code: 'GARE', name: 'Station', time_zone: 'Africa/Casablanca' },
  })
  const lines = [{ variant_id: variant(12), quantity: '12' }]
  const planned = await call('transfers.create-transfer', { from_branch_id: branch_id, to_branch_id: second.id, lines })
  const sent = await call('transfers.dispatch-transfer', { id: planned.id, version: planned.version })
  const stocktake = await call('counts.create-count', { branch_id, variant_ids: [variant(15), variant(16)] })
  await call('counts.enter-lines', { id: stocktake.id, lines: [{ variant_id: variant(15), quantity: '87' }] })
  const recall = await call('recalls.open-recall', {
    ...{ severity: 'class_2', reason: 'Cracked dropper', supplier_id: at.supplierId, lot_numbers: ['107B27'] },
  })
  const { items: batches } = await call('inventory.list-batches', { variant_id: variant(3) })
  const batch = batches.toSorted((one, other) => (one.number < other.number ? -1 : 1))[0]
  const set_aside = { variant_id: variant(3), batch_id: batch?.id ?? '', quantity: '2' }
  await call('inventory.quarantine-stock', { branch_id, reason: 'inspection', lines: [set_aside] })
  for (const index of [13, 17])
    await call('replenishment.create-policy', {
      ...{ branch_id, variant_id: variant(index), valid_from: day(0), reorder_point: '60', reorder_quantity: '40' },
      supplier_id: at.supplierId,
    })
  await call('replenishment.refresh-alerts', { branch_id })
  return {
    ...{ secondBranchId: second.id, transferId: sent.id, countId: stocktake.id, recallId: recall.id },
    batchId: batch?.id ?? '',
  }
}

/** Who may do what here beside those who are there already. */
async function makeRules(call: Call, branch_id: string) {
  const role = await call('tenants.create-role', { name: 'Counter', permissions: ['sales.sell', 'sales.view-sales'] })
  await call('tenants.create-api-key', {
    ...{ name: 'Web shop', permissions: ['catalog.view-products'], expires_at: later(now(), yearMs).toISOString() },
  })
  const device = await call('registers.enroll-device', { branch_id, name: 'Tablet of the second counter' })
  return { roleId: role.id, deviceId: device.id }
}

const dayMs = 86_400_000
const yearMs = 365 * dayMs

/** A day before or after today, as the pharmacy has it. */
function day(days: number): string {
  return dayIn('Africa/Casablanca', later(now(), days * dayMs))
}

function idOf(items: readonly { code: string; id: string }[], code: string): string {
  const found = items.find((one) => one.code === code)
  if (!found) throw new Error(`there is no ${code}`)
  return found.id
}
