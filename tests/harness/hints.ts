import { purposes } from '../../server/ledger/chart.ts'
import { dayIn, now } from '../../server/platform/time.ts'
import { assortmentHints } from './assortment-hints.ts'
import { batchHints } from './batches.ts'
import { freshEan, makeProduct, unitOf } from './catalog.ts'
import { historyHints } from './history.ts'
import { labelHints } from './labels.ts'
import { paymentHints } from './payment-hints.ts'
import { pngOf } from './pictures.ts'
import { withClient } from './postgres.ts'
import { qualityHints } from './quality.ts'
import { replenishmentHints } from './replenishment-hints.ts'
import { reportHints } from './report-hints.ts'
import { reservationHints } from './reservation-hints.ts'
import { saleHints } from './sale-hints.ts'
import { invitationTo, signUpOwner, type TestOwner, type TestServer } from './server.ts'
import { stockHints } from './stock-hints.ts'
import { transferHints } from './transfers.ts'

/** Makes a value, by the name of a field or by operation and field. */
export type Hints = Readonly<Record<string, () => unknown>>

/** Values of fields that no schema can describe, by the field's name, or by operation and field. */
export function createHints(server: TestServer, owner: TestOwner): Hints {
  return {
    ...peopleHints(server, owner),
    ...placeHints(owner),
    ...settingHints(),
    ...booksHints(server, owner),
    ...rateHints,
    ...taxHints(owner),
    ...catalogHints(owner),
    ...priceHints(owner),
    ...imageHints(owner),
    ...partyHints(owner),
    ...stockHints(owner),
    ...reservationHints(owner),
    ...transferHints(server, owner),
    ...replenishmentHints(owner),
    ...batchHints(owner),
    ...labelHints(owner),
    ...saleHints(owner),
    ...paymentHints(owner),
    ...assortmentHints(owner),
    ...historyHints(owner),
    ...qualityHints(owner),
    ...auditHints,
    ...reportHints,
  }
}

function peopleHints(server: TestServer, owner: TestOwner): Hints {
  return {
    token: () => tokenOfHost(server, owner),
    invitation: () => 'no invitation',
    email: () => owner.email,
    password: () => owner.password,
    employee_id: () => owner.employeeId,
    'tenants.look-up-employees ids': () => owner.userId,
    default_entity_id: () => owner.entityId,
    preferred_currency: () => 'MAD',
    preferred_locale: () => 'fr-MA',
    pin: () => '8317',
    'tenants.check-till-pin pin': async () => {
      await owner.client.call('tenants.set-till-pin', { pin: '8317' })
      return '8317'
    },
    // Who is invited is neither suspended nor active.
    'tenants.update-employee status': () => undefined,
    'tenants.add-employee email': () => `sample-${freshId()}@example.org`,
    role_ids: async () => [(await owner.client.call('tenants.list-roles', {})).items[0]?.id],
    permissions: () => ['tenants.view-tenant'],
    scope: () => null,
    expires_at: () => '2036-01-01T00:00:00Z',
  }
}

function placeHints(owner: TestOwner): Hints {
  let made = 0
  return {
    ids: () => [owner.branchId, owner.entityId].join(','),
    // What all may see is of no branch.
    'catalog.look-up-variants ids': freshId,
    'parties.look-up-parties ids': freshId,
    'images.look-up-pictures ids': freshId,
    tenant_id: () => owner.tenantId,
    entity_id: () => owner.entityId,
    branch_id: () => owner.branchId,
    region_id: async () => {
      const region = { code: `R${++made}`, name: 'Of the branch' }
      return (await owner.client.call('tenants.create-region', region)).id
    },
    code: () => `C${++made}`,
    features: () => ['ledger', 'tax'],
    domain: () => `shop-${freshId()}.example.org`,
    // Another than that of the tenants, where it is the same day all the same.
    time_zone: () => 'Europe/Madrid',
    locale: () => 'fr-MA',
    country: () => 'MA',
    currency: () => 'MAD',
    cash_variance_threshold: () => '12.5000',
  }
}

function settingHints(): Hints {
  let made = 0
  return {
    environment: () => undefined,
    value: () => `shop-${++made}@example.org`,
    // Each is later than the ones before it.
    'settings.set-setting valid_from': () => `${2090 + ++made}-01-01T00:00:00Z`,
    'settings.unset-setting valid_from': () => `${2090 + ++made}-01-01T00:00:00Z`,
    valid_until: () => undefined,
  }
}

function booksHints(server: TestServer, owner: TestOwner): Hints {
  let accounts = 0
  let lines: Promise<unknown> | undefined
  return {
    document_type: () => 'sample_document',
    document_on: () => '2026-02-03',
    effective_on: () => '2026-02-04',
    from: () => '2026-01-01',
    until: () => '2026-12-31',
    through: () => '2026-12-31',
    on: () => '2026-06-30',
    month: () => '2020-12',
    floor: () => '-1000.5000',
    ceiling: () => '1000000',
    lines: () => {
      lines ??= twoLines(owner)
      return lines
    },
    'ledger.open-books entity_id': () => entityWithoutBooks(server, owner),
    // A purpose is served once in a currency.
    'ledger.create-account purpose': () => purposes[accounts % purposes.length],
    'ledger.create-account currency': () => ['MAD', 'MXN', 'COP', 'ARS'][Math.floor(accounts++ / purposes.length)],
  }
}

const rateHints: Hints = {
  base: () => 'EUR',
  quote: () => 'MAD',
  amount: () => '12.5',
  rates: () => [{ base: 'EUR', quote: 'MAD', quoted_on: '2026-06-29', rate: '10.8' }],
  'fx.get-rate from': () => 'MAD',
  'fx.get-rate to': () => 'MAD',
  'fx.convert-amount from': () => 'MAD',
  'fx.convert-amount to': () => 'MAD',
}

function taxHints(owner: TestOwner): Hints {
  let made = 0
  let rates = 0
  return {
    jurisdiction_code: () => 'GB',
    parent_code: () => 'GB',
    codes: () => ['FR'],
    class_id: () => taxClassOf(owner),
    rate: () => '12.5',
    rate_name: () => 'standard',
    at: () => '2026-06-30T12:00:00Z',
    'tax.create-jurisdiction code': () => `GB-SAMPLE${++made}`,
    'tax.create-class code': () => `class_${++made}`,
    // A rate that has not begun; none shares a day with another.
    valid_from: () => `${2100 + (++rates % 100)}-01-01`,
    expires_from: () => '2026-01-01',
    valid_through: () => `${2100 + (rates % 100)}-12-31`,
    'tax.end-rate valid_through': () => `${2100 + (rates % 100)}-06-30`,
    'pricing.end-price valid_through': () => `${2100 + (rates % 100)}-06-30`,
    'tax.calculate lines': async () => [
      { quantity: '2', unit_price: '12.345678', discount: '0.50', class_id: await taxClassOf(owner) },
    ],
  }
}

function catalogHints(owner: TestOwner): Hints {
  let variantId = ''
  const variant = async () => (await makeProduct(owner)).variant.id
  return {
    unit_id: () => unitOf(owner, 'piece'),
    tax_class_id: () => taxClassOf(owner),
    category_id: () => categoryOf(owner),
    parent_id: () => categoryOf(owner),
    product_id: async () => (await makeProduct(owner)).id,
    variant_id: async () => {
      variantId = await variant()
      return variantId
    },
    pack_id: async () => {
      const pack = { variant_id: variantId, name: `Of ${freshId()}`, quantity: '6' }
      return (await owner.client.call('catalog.add-pack', pack)).id
    },
    products: async () => [
      {
        name: 'Of a list',
        kind: 'stocked',
        unit_id: await unitOf(owner, 'piece'),
        tax_class_id: await taxClassOf(owner),
        variants: [{ sku: freshId(), barcodes: [freshEan()] }],
      },
    ],
    labels: () => [{ locale: 'fr-MA', name: 'Exemple' }],
    sku: () => freshId(),
    options: () => [{ name: 'Size', value: freshId() }],
    variants: () => [{ sku: freshId(), options: [], barcodes: [freshEan()], weight_kg: '0.5' }],
    hsn_code: () => '300490',
    quantity: () => '12',
    size: () => '1',
    ...Object.fromEntries(
      ['weight_kg', 'length_cm', 'width_cm', 'height_cm', 'production_hours', 'cost'].map((field) => [
        field,
        () => '1.25',
      ]),
    ),
    batch_size_min: () => '1',
    batch_size_max: () => '10',
    'catalog.create-unit code': () => `u${freshId().replaceAll('-', '').slice(0, 16)}`,
    'catalog.add-barcode code': () => freshEan(),
    'catalog.add-barcode kind': () => undefined,
    'catalog.scan text': async () => {
      const barcode = freshEan()
      await makeProduct(owner, { variants: [{ barcodes: [barcode] }] })
      return barcode
    },
    'catalog.set-kit-lines lines': async () => [{ variant_id: await variant(), quantity: '2' }],
  }
}

function partyHints({ client }: TestOwner): Hints {
  let made = 0
  let parties = 0
  const number = () => `${7_000_000 + ++made}`
  const party = async () =>
    (await client.call('parties.create-party', { kind: 'person', name: `Of ${++parties} things` })).id
  return {
    party_id: party,
    phone: () => `+21261${number()}`,
    'parties.create-party email': () => `party-${freshId()}@example.org`,
    'parties.update-party email': () => `party-${freshId()}@example.org`,
    roles: () => ['customer', 'vendor'],
    role: () => 'vendor',
    postal_code: () => '20250',
    group_id: async () =>
      (await client.call('parties.create-group', { code: `G${freshId().slice(0, 8)}`, name: 'Of the hint' })).id,
    // Retailers, who are in groups, do not sell.
    lead_time_days: () => null,
    minimum_order: () => null,
    decision: () => 'suspended',
    'parties.add-tax-number scheme': () => 'CNSS',
    'parties.add-tax-number number': () => `MA${number()}`,
  }
}

function priceHints(owner: TestOwner): Hints {
  const { client, branchId: branch_id } = owner
  let pricedChannelId = ''
  const market = () => client.call('channels.create-market', { code: freshCode(), name: 'Market', currency: 'MAD' })
  const channel = async () => (await client.call('channels.create-channel', { name: freshId(), type: 'direct' })).id
  const list = async (channel_id: string) => {
    const values = { code: freshCode(), name: 'List', currency: 'MAD', includes_tax: true, branch_id, channel_id }
    return (await client.call('pricing.create-price-list', values)).id
  }
  return {
    'channels.create-market code': freshCode,
    'channels.create-channel name': freshId,
    'channels.update-channel name': freshId,
    market_id: async () => (await market()).id,
    shipping_days: () => '3.5',
    requirements: () => [{ topic: 'Label', text: 'In the language of the country' }],
    commission_rate: () => '12.5',
    endpoint_url: () => 'https://example.org/api',
    channel_id: channel,
    customer_group_id: async () => (await client.call('parties.create-group', { code: freshCode(), name: 'Group' })).id,
    price_list_id: async () => list(await channel()),
    'pricing.create-price-list code': freshCode,
    unit_price: () => '12.345678',
    min_quantity: () => '6',
    'pricing.get-price variant_id': async () => {
      pricedChannelId = await channel()
      const { variant } = await makeProduct(owner)
      const price = { variant_id: variant.id, unit_price: '12.5', valid_from: dayIn('Europe/Paris', now()) }
      await client.call('pricing.create-price', { ...price, price_list_id: await list(pricedChannelId) })
      return variant.id
    },
    'pricing.get-price channel_id': () => pricedChannelId,
    'pricing.get-price on': () => dayIn('Europe/Paris', now()),
  }
}

function imageHints(owner: TestOwner): Hints {
  let variantId = ''
  return {
    'images.add-image product_id': async () => {
      const { id, variant } = await makeProduct(owner)
      variantId = variant.id
      return id
    },
    'images.add-image variant_id': () => variantId,
    'images.add-image content': () => pngOf().toString('base64'),
    alt_texts: () => [{ locale: 'fr-MA', text: 'Une boîte bleue' }],
    position: () => 3,
  }
}

const auditHints: Hints = {
  'audit.list-entries from': () => '2026-01-01T00:00:00Z',
  'audit.list-entries until': () => '2036-01-01T00:00:00Z',
  'audit.read-chain from': () => '2026-01-01T00:00:00Z',
  'audit.read-chain until': () => '2036-01-01T00:00:00Z',
}

/** A category at the top of the tree. */
async function categoryOf({ client }: TestOwner): Promise<string> {
  return (await client.call('catalog.create-category', { name: `Category ${freshId()}` })).id
}

/** The token of an invitation to somebody else's tenant. */
async function tokenOfHost(server: TestServer, { email }: TestOwner): Promise<string> {
  const host = await signUpOwner(server)
  await host.client.call('tenants.add-employee', { email, display_name: 'Guest' })
  return invitationTo(server, email)
}

/** A legal entity as it was before there was a ledger. */
export async function entityWithoutBooks(server: TestServer, owner: TestOwner): Promise<string> {
  const id = freshId()
  await withClient(server.database.superuserUrl, (client) =>
    client.query(
      `INSERT INTO tenants.entity (tenant_id, id, legal_name, country, currency) VALUES ($1, $2, 'Without books', 'MA', 'MAD')`,
      [owner.tenantId, id],
    ),
  )
  return id
}

/** A class at the standard rate, made afresh so that no two rates of one share a day. */
async function taxClassOf({ client }: TestOwner): Promise<string> {
  const code = `s${freshId().replaceAll('-', '')}`
  return (
    await client.call('tax.create-class', { code, name: 'Of the rates', treatment: 'taxed', rate_name: 'standard' })
  ).id
}

/** The lines of a balanced journal on two accounts that take anything. */
async function twoLines({ client, entityId: entity_id }: TestOwner) {
  const account = { entity_id, name: 'Of the lines', type: 'asset', currency: 'MAD' } as const
  const debit = await client.call('ledger.create-account', { ...account, code: 'L1' })
  const credit = await client.call('ledger.create-account', { ...account, code: 'L2' })
  return [
    { account_id: debit.id, amount: '12.5' },
    { account_id: credit.id, amount: '-12.50' },
  ]
}

/** A code that nothing else has. */
function freshCode(): string {
  return `F${freshId().replaceAll('-', '').slice(0, 12).toUpperCase()}`
}

/** A client-made identifier. */
export function freshId(): string {
  return crypto.randomUUID()
}
