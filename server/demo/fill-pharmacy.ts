import { together } from '../platform/database.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import { callerOf, callsOf, freeCallsOf, type Maker, type Worker } from './calls.ts'
import { type Goods, goodsOf, idOf, known } from './goods.ts'
import { type ExampleFile, importExample } from './import-example.ts'
import { type Credentials, sellOffline } from './sell-offline.ts'
import { keepStock, priceForGroup, runOffice } from './stockroom.ts'
import { workShift } from './work-shift.ts'

export interface PharmacyToFill {
  readonly owner: Worker
  readonly cashier: Worker
  readonly entityId: string
  readonly branchId: string
  /** When the demo was planned: what it says of days is as of then. */
  readonly plannedAt: Date
  readonly credentials: Credentials
  /** How many of the medicines of the file come in. */
  readonly medicines: number
}

/** An id of each kind of thing that is in it. */
export type FilledPharmacy = Awaited<ReturnType<typeof fillPharmacy>>

/** The day on which the dates of the examples were made up. */
const writtenOn = '2026-11-22'
const folder = 'moroccan-pharmacy'
/** Medicines that tills without network sell. */
const mostSold = 30
const conventions = { decimal: ',', date_order: 'dmy' } as const
const columnsOfStock = {
  ...{ name: 'Désignation', sku: 'Code', branch: 'Point de vente', batch_number: 'Lot', expires_on: 'Péremption' },
  ...{ quantity: 'Quantité', unit_cost: "Prix d'achat" },
}
const columnsOfProducts = { ...columnsOfStock, barcodes: 'Code-barres' }

/**
 * Fills a new pharmacy with two branches through imports and the operations that everybody calls: goods in batches, customers and
 * suppliers, two weeks of sales out of the till before and today’s, stock that is low, expires, is on its way, counted and recalled, rules, reports and a
 * certificate of it all. What an earlier start did is not done again.
 */
export async function fillPharmacy(maker: Maker, shop: PharmacyToFill) {
  const { owner, cashier, branchId, plannedAt } = shop
  const call = callsOf(maker, callerOf(owner), 'pharmacy')
  const places = await makePlaces(maker, shop)
  await importAll(maker, shop)
  const medicines = await goodsOf(call, `${folder}/products.csv`, branchId)
  const care = await goodsOf(call, `${folder}/parapharmacy.csv`, branchId)
  const today = dayIn('Africa/Casablanca', plannedAt)
  const range = [...inPlenty(medicines).slice(0, 8), ...care]
  const { items: suppliers } = await call('parties.list-parties', { role: 'supplier', limit: 50 })
  const { items: customers } = await call('parties.list-parties', { role: 'customer', limit: 50 })
  const supplierId = known(suppliers, ({ name }) => name === 'Atlas Répartition', 'supplier').id
  const customerIds = customers.map(({ id }) => id).toSorted()
  const customerId = known(customers, ({ name }) => name === 'Nadia Alaoui', 'customer').id

  const sold = [...inPlenty(medicines).slice(0, mostSold), ...care]
  const plenty = inPlenty(await goodsOf(call, `${folder}/stock-hassan.csv`, places.secondBranchId))
  const soldAtHassan = sold.filter(({ sku }) => plenty.some((one) => one.sku === sku))
  // Prices begin on the day on which they came in, which a start at midnight makes another one.
  const { items: prices } = await call('pricing.list-prices', { variant_id: sold[0]?.variant_id, limit: 1 })
  const until = new Date(prices[0]?.created_at ?? plannedAt)
  const away = { maker, owner, cashier, until, customerIds, credentials: shop.credentials }
  await together([
    sellOffline({ ...away, counter: { ...places.agdal, receipts: 12, goods: sold, variance: '-5.50' } }),
    sellOffline({ ...away, counter: { ...places.hassan, receipts: 8, goods: soldAtHassan, variance: '2' } }),
  ])
  const shift = await workShift({
    ...{ owner: call, cashier: callsOf(maker, callerOf(cashier), 'pharmacy'), range, customerId },
    registerId: places.registerId,
  })
  const at = { branchId, secondBranchId: places.secondBranchId, supplierId, range, today }
  const stockroom = await keepStock(call, at)
  const group = await priceForGroup(call, at)
  await joinGroup(maker, owner, group.groupId)
  const office = await runOffice(call, { branchId, plannedAt })
  const ids = { registerId: places.registerId, secondBranchId: places.secondBranchId, supplierId, customerId }
  return { range, ...ids, ...shift, ...stockroom, ...group, ...office }
}

/** A second branch, registers in both, and money in their safes. */
async function makePlaces(maker: Maker, { owner, entityId, branchId }: PharmacyToFill) {
  const call = callsOf(maker, callerOf(owner), 'places')
  const second = await call('tenants.create-branch', {
    ...{ entity_id: entityId, code: 'HASSAN', name: 'Hassan', time_zone: 'Africa/Casablanca' },
  })
  const register = (branch_id: string, code: string, name: string) =>
    call('registers.create-register', { branch_id, code, name })
  const first = await register(branchId, 'A1', 'Comptoir 1')
  const agdal = await register(branchId, 'A2', 'Comptoir 2')
  await register(branchId, 'A3', 'Comptoir 3')
  const hassan = await register(second.id, 'H1', 'Comptoir')
  for (const branch_id of [branchId, second.id])
    await call('cash.move-safe', {
      ...{ branch_id, kind: 'put_in', amount: '8000', against: 'opening_balances', reason: 'Compté le premier jour' },
    })
  return {
    ...{ registerId: first.id, secondBranchId: second.id },
    agdal: { branchId, registerId: agdal.id, deviceName: 'Tablette Agdal' },
    hassan: { branchId: second.id, registerId: hassan.id, deviceName: 'Tablette Hassan' },
  }
}

async function importAll(maker: Maker, { owner, branchId, plannedAt, medicines: most }: PharmacyToFill): Promise<void> {
  const call = callsOf(maker, callerOf(owner), 'imports')
  const { items: classes } = await call('tax.list-classes', { limit: 200 })
  const list = { code: 'PPV', name: 'Prix public', currency: 'MAD', includes_tax: true }
  const { id: price_list_id } = await call('pricing.create-price-list', list)
  const today = dayIn('Africa/Casablanca', plannedAt)
  const rewrite = (text: string) => moveExpiries(firstOf(text, most), today)
  const of = (file: string, more: Omit<ExampleFile, 'path'>) => importExample(maker, owner, { path: file, ...more })
  const goods = { target: 'products', conventions, rewrite } as const
  const medicines = { price_list_id, tax_class_id: idOf(classes, 'exempt') }
  await together([
    of(`${folder}/suppliers.csv`, {
      ...{ target: 'suppliers', name: 'Fournisseurs', options: { country: 'MA' }, conventions: { decimal: ',' } },
      mapping: {
        ...{ code: 'Code fournisseur', name: 'Nom', email: 'Courriel', phone: 'Téléphone', city: 'Ville' },
        ...{ lead_time_days: 'Délai de livraison', minimum_order: 'Minimum de commande', currency: 'Devise' },
        payment_days: 'Délai de paiement',
      },
    }).then(() =>
      of(`${folder}/customers.csv`, {
        ...{ target: 'customers', name: 'Clients', options: { country: 'MA' } },
        mapping: {
          ...{ code: 'Code client', name: 'Nom', kind: 'Type de client', phone: 'Téléphone', email: 'Courriel' },
          ...{ city: 'Ville', payment_days: 'Jours de paiement', payment_terms: 'Conditions de paiement' },
        },
      }),
    ),
    of(`${folder}/products.csv`, {
      ...{ ...goods, name: 'Médicaments, stock Agdal', options: medicines },
      mapping: { ...columnsOfProducts, price: 'PPV', category: 'Classe thérapeutique', details: 'DCI' },
    })
      .then(() =>
        of(`${folder}/parapharmacy.csv`, {
          ...{ ...goods, name: 'Parapharmacie', options: { price_list_id, tax_class_id: idOf(classes, 'standard') } },
          mapping: { ...columnsOfProducts, price: 'Prix de vente', category: 'Rayon' },
        }),
      )
      .then(() =>
        of(`${folder}/stock-hassan.csv`, {
          ...{ ...goods, name: 'Stock Hassan', options: medicines, mapping: columnsOfStock },
        }),
      ),
  ])
  await of(`${folder}/sales.csv`, {
    ...{ target: 'sales', name: 'Ventes de l’ancienne caisse', conventions: { decimal: ',', date_order: 'dmy' } },
    options: { branch_id: branchId, source: 'Ancienne caisse', ledger: 'at_its_date' },
    rewrite: (text) => moveDays(firstOf(text, most), today),
    mapping: {
      ...{ number: 'Ticket', made_at: 'Date', sku: 'Code article', name: 'Désignation', quantity: 'Quantité' },
      ...{ unit_price: 'Prix unitaire', tax_rate: 'Taux TVA', unit_cost: 'Coût unitaire', customer: 'Client' },
      original: 'Avoir sur',
    },
  })
}

/** The text without lines of medicines beyond the first so many. */
function firstOf(text: string, most: number): string {
  const last = `${most}`.padStart(4, '0')
  const codeOf = (line: string) => /^(?:[TR]\d+;[^;]*;)?M(\d{4});/.exec(line)?.[1] ?? '0000'
  return text
    .split('\n')
    .filter((line) => codeOf(line) <= last)
    .join('\n')
}

const dates = /\b(\d\d)\/(\d\d)\/(\d{4})\b/g

/** The text with each expiry date, the last day of a month, as many months later as the examples are old. */
export function moveExpiries(text: string, today: string): string {
  const months = monthsOf(today) - monthsOf(writtenOn)
  return text.replaceAll(dates, (_, __, month: string, year: string) => {
    const next = monthsOf(`${year}-${month}`) + months + 1
    const first = `${Math.floor(next / 12)}-${`${(next % 12) + 1}`.padStart(2, '0')}-01`
    return daysAfter(first, -1).split('-').toReversed().join('/')
  })
}

/** The text with each day as many days later as the examples are old: the last one is yesterday. */
export function moveDays(text: string, today: string): string {
  const days = (Date.parse(today) - Date.parse(writtenOn)) / 86_400_000
  return text.replaceAll(dates, (_, day: string, month: string, year: string) =>
    daysAfter(`${year}-${month}-${day}`, days).split('-').toReversed().join('/'),
  )
}

/** Months since the year 0, of a text that begins with YYYY-MM. */
function monthsOf(day: string): number {
  const month = new Date(`${day.slice(0, 7)}-01`)
  return month.getUTCFullYear() * 12 + month.getUTCMonth()
}

/** Goods of which a week of sales leaves enough. */
function inPlenty(goods: readonly Goods[]): Goods[] {
  return goods.filter(({ opening }) => opening.greaterThanOrEqualTo(16))
}

/** The clinic buys at the prices of its group. */
async function joinGroup(maker: Maker, owner: Worker, group_id: string): Promise<void> {
  const call = freeCallsOf(maker, callerOf(owner))
  const { items } = await call('parties.list-parties', { search: 'Clinique', limit: 5 })
  const { id } = known(items, ({ name }) => name?.startsWith('Clinique') === true, 'clinic')
  const { roles } = await call('parties.get-party', { id })
  const role = known(roles, (one) => one.role === 'customer', 'customer')
  if (role.group_id !== group_id)
    await call('parties.set-role', { id, role: 'customer', version: role.version, group_id })
}
