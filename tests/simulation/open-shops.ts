import type { Product } from '../../server/compose.ts'
import { parseConfig } from '../../server/platform/config.ts'
import { createEncryption, loadEncryptionKeys } from '../../server/platform/encryption.ts'
import type { TestDatabase } from '../harness/postgres.ts'
import { hire, signUpOwner, signUpPerson, type TestClient, type TestPerson } from '../harness/server.ts'
import { setHere } from '../harness/settings.ts'
import { type Servers, sharedSecrets } from './servers.ts'
import { dayAt, type Shop } from './shop.ts'
import { limits } from './turn-cash.ts'

const places = [
  { name: 'Rabat', country: 'MA', currency: 'MAD', time_zone: 'Africa/Casablanca', decimals: 2 },
  { name: 'Lyon', country: 'FR', currency: 'EUR', time_zone: 'Europe/Paris', decimals: 2 },
  { name: 'Tunis', country: 'TN', currency: 'TND', time_zone: 'Africa/Tunis', decimals: 3 },
] as const

/** What a shop sells: its price in hundredths, and how it is kept. */
const range = [
  { code: 'A0001', price: 99n, taxClass: 0 },
  { code: 'A0002', price: 1234n, taxClass: 1 },
  { code: 'A0003', price: 1200n, taxClass: 0, isTracked: true },
  { code: 'A0004', price: 333n, taxClass: 1, isTracked: true },
  { code: 'A0005', price: 4995n, taxClass: 0, goesBelowZero: true },
  { code: 'A0006', price: 700n, taxClass: 0 },
] as const

const rates = [200n, 55n] as const

interface World {
  readonly database: TestDatabase
  readonly servers: Servers
}

/** Opens shops, each a tenant of its own with two branches, four registers and somebody at the till, in books that are empty. */
export function openShops(world: World, count: number): Promise<Shop[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => openShop(world, at)))
}

/** Opens the shop that has this place among all, wherever the others are. */
export async function openShop({ database, servers }: World, at: number): Promise<Shop> {
  const { name, decimals, ...where } = places[at % places.length] ?? places[0]
  const server = { url: servers.all[0]?.url() ?? '' }
  const owner = await signUpOwner(server, where)
  const { client } = owner
  const cashier = await signUpPerson(server)
  const roles = (await client.call('tenants.list-roles', { limit: 200 })).items
  const product = { encryption: createEncryption(() => loadEncryptionKeys(parseConfig(sharedSecrets))) } as Product
  const role = roles.find((one) => one.name === 'cashier')?.id ?? ''
  const hired = await hire({ database, product }, owner, cashier, [role])
  const firstDay = dayAt({ zone: where.time_zone }, servers.clock.now())
  const branch = { entity_id: owner.entityId, code: 'B2', name: `${name} harbour`, time_zone: where.time_zone }
  const branches = [
    { id: owner.branchId, name: `${name} market` },
    { id: (await client.call('tenants.create-branch', branch)).id, name: branch.name },
  ]
  const list = { code: 'ALL', name: 'For all', currency: where.currency, includes_tax: true }
  const priceListId = (await client.call('pricing.create-price-list', list)).id
  await setHere(client, 'cash.variance-threshold', `${limits.threshold}`)
  await setHere(client, 'cash.pay-out-limit', `${limits.payOut}`)
  const taxClasses = await makeTaxClasses(client, { country: where.country, firstDay })
  const tenders = (await client.call('payments.list-tenders', { limit: 50 })).items
  const shop: Shop = {
    ...{ name: at < places.length ? name : `${name} ${at}`, zone: where.time_zone, currency: where.currency, decimals },
    ...{
      country: where.country,
      tenantId: owner.tenantId,
      entityId: owner.entityId,
      priceListId,
      branches,
      taxClasses,
    },
    tenders: { cash: idOf(tenders, 'cash'), card: idOf(tenders, 'card') },
    people: {
      manager: personOf(owner, owner.employeeId),
      cashier: personOf(cashier, hired.id),
    },
    goods: await makeGoods(client, { priceListId, taxClasses, firstDay, decimals }),
    registers: await makeRegisters(client, branches),
    ...{ batches: [], stock: { levels: new Map(), costs: new Map() }, books: new Map() },
    ...{ sales: [], tickets: [], transfers: [], counts: [], done: [], firstDay },
  }
  return shop
}

function idOf(tenders: readonly { code: string; id: string }[], wanted: string): string {
  const found = tenders.find(({ code }) => code === wanted)
  if (!found) throw new Error(`there is no tender ${wanted}`)
  return found.id
}

async function makeTaxClasses(client: TestClient, { country, firstDay }: { country: string; firstDay: string }) {
  return Promise.all(
    rates.map(async (rate, at) => {
      const code = `own_${at}`
      const { id } = await client.call('tax.create-class', { code, name: code, treatment: 'taxed' })
      const own = { jurisdiction_code: country, class_id: id, name: 'VAT', rate: percent(rate), valid_from: firstDay }
      const made = await client.call('tax.create-rate', own)
      return { id, code, rates: [{ id: made.id, version: made.version, rate, from: firstDay, through: null }] }
    }),
  )
}

/** Tenths of a percent as the product takes them. */
export function percent(rate: bigint): string {
  return rate % 10n === 0n ? String(rate / 10n) : `${rate / 10n}.${rate % 10n}`
}

async function makeGoods(
  client: TestClient,
  {
    priceListId,
    taxClasses,
    firstDay,
    decimals,
  }: { priceListId: string; taxClasses: Shop['taxClasses']; firstDay: string; decimals: number },
) {
  const units = (await client.call('catalog.list-units', { limit: 200 })).items
  const unit_id = units.find(({ code }) => code === 'piece')?.id ?? ''
  return Promise.all(
    range.map(async ({ code, price, taxClass, ...kept }) => {
      const [isTracked, goesBelowZero] = ['isTracked' in kept, 'goesBelowZero' in kept]
      const product = await client.call('catalog.create-product', {
        ...{ name: code, kind: 'stocked', unit_id, is_expiry_tracked: isTracked },
        tax_class_id: taxClasses[taxClass]?.id ?? '',
        variants: [{ sku: code, allows_negative_stock: goesBelowZero }],
      })
      const variantId = product.variants[0]?.id ?? ''
      await client.call('pricing.create-price', {
        ...{ price_list_id: priceListId, variant_id: variantId, valid_from: firstDay },
        unit_price: `${price / 100n}.${String(price % 100n).padStart(2, '0')}`,
      })
      const first = { from: firstDay, through: null, price: price * 10n ** BigInt(decimals - 2) }
      return { code, variantId, isTracked, goesBelowZero, taxClass, prices: [first] }
    }),
  )
}

async function makeRegisters(client: TestClient, branches: Shop['branches']): Promise<Shop['registers']> {
  const wanted = ['R1', 'R2', 'R3', 'R4'].map((code, at) => ({ code, branch: Number(at === 3) }))
  return Promise.all(
    wanted.map(async ({ code, branch }) => {
      const register = { branch_id: branches[branch]?.id ?? '', code, name: `Till ${code}` }
      const { id } = await client.call('registers.create-register', register)
      const device = code === 'R3' ? await bindDevice(client, { branch_id: register.branch_id, register_id: id }) : null
      return { id, code, branch, sequence: 0, session: null, device }
    }),
  )
}

/** A device whose chain begins with nothing. */
async function bindDevice(client: TestClient, { branch_id, register_id }: { branch_id: string; register_id: string }) {
  const { id, version, credential } = await client.call('registers.enroll-device', { branch_id, name: 'Tablet' })
  await client.call('registers.bind-device', { id, version, register_id })
  return { id, credential: credential ?? '', sequence: 0, hash: '00'.repeat(32), queue: [], sent: [], ended: null }
}

function personOf({ cookie, email, password }: Pick<TestPerson, 'cookie' | 'email' | 'password'>, employeeId: string) {
  return { cookie, email, password, employeeId }
}
