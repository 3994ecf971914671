import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport } from '../../tests/harness/imports.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { dayIn } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let options: Record<string, Record<string, string>>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const { id: price_list_id } = await owner.client.call('pricing.create-price-list', {
    ...{ code: 'RETAIL', name: 'Retail', currency: 'EUR', includes_tax: true },
  })
  for (const [at, cost] of ['0.333333', '2.5', '7'].entries()) {
    const { variant } = await makeProduct(owner, { name: `Known ${at}`, variants: [{ sku: `K-${at}` }] })
    const lines = [{ variant_id: variant.id, quantity: String(3 + at), unit_cost: cost }]
    await owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines })
    const price = { price_list_id, variant_id: variant.id, unit_price: String(5 + at), min_quantity: '0' }
    const valid_from = dayIn('Europe/Paris', new Date())
    await owner.client.call('pricing.create-price', { ...price, valid_from, replaces: false })
  }
  for (const code of ['C-0', 'C-1']) {
    const party = { kind: 'person', name: `Known ${code}`, roles: ['customer'] } as const
    const { id } = await owner.client.call('parties.create-party', { ...party, roles: ['customer'] })
    await owner.client.call('parties.set-role', { id, role: 'customer', version: 1, code })
  }
  const supplier = { kind: 'organisation', name: 'Known supplier', email: 'known@example.org' } as const
  await owner.client.call('parties.create-party', { ...supplier, roles: ['supplier'] })
  const goods = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
  const sales = { ...goods, unknown_products: 'make', unknown_customers: 'make', credit_prefix: 'C' }
  options = {
    products: goods,
    customers: {},
    sales: { ...sales, ledger: 'at_its_date', stock: 'move' },
  }
})
afterAll(() => server.close())

/** Every balance there is, byte for byte, by what it is of; a balance of nothing is no balance. */
function balances(): Promise<Record<string, string>> {
  return withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT 'account ' || id AS what, balance::text AS holds FROM ledger.account WHERE tenant_id = $1 AND balance <> 0
       UNION ALL SELECT 'day ' || account_id || ' ' || effective_on, (debit - credit)::text FROM ledger.daily_total
         WHERE tenant_id = $1 AND debit <> credit
       UNION ALL SELECT 'level ' || branch_id || ' ' || place, on_hand::text || ' ' || reserved || ' ' || available FROM inventory.level
         WHERE tenant_id = $1 AND (on_hand <> 0 OR reserved <> 0)
       UNION ALL SELECT 'worth ' || branch_id || ' ' || variant_id, quantity::text || ' ' || value FROM inventory.cost
         WHERE tenant_id = $1 AND (quantity <> 0 OR value <> 0)
       UNION ALL SELECT 'document ' || kind || ' ' || number, total::text FROM history.read_document WHERE tenant_id = $1
       UNION ALL SELECT 'product ' || id, name FROM catalog.product WHERE tenant_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT 'price ' || variant_id || ' ' || price_list_id, unit_price::text FROM pricing.price
         WHERE tenant_id = $1 AND withdrawn_at IS NULL AND upper(valid) IS NULL
       UNION ALL SELECT 'barcode ' || id, code FROM catalog.barcode WHERE tenant_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT 'category ' || id, name FROM catalog.category WHERE tenant_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT 'party ' || id, concat_ws(' ', name, email, phone) FROM parties.party WHERE tenant_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT 'role ' || party_id || ' ' || role, concat_ws(' ', code, payment_days) FROM parties.party_role
         WHERE tenant_id = $1 AND ended_at IS NULL AND is_of_open_party
       UNION ALL SELECT 'address ' || a.id, concat_ws(' ', a.street, a.city) FROM parties.address a
         JOIN parties.party p ON p.tenant_id = $1 AND p.id = a.party_id AND p.deleted_at IS NULL
         WHERE a.tenant_id = $1 AND a.deleted_at IS NULL
       ORDER BY 1`,
      [owner.tenantId],
    )
    return Object.fromEntries(rows.map(({ what, holds }) => [what, holds]))
  })
}

const one = <T extends string>(...choices: T[]) => fc.constantFrom(...choices)
const skus = one('K-0', 'K-1', 'K-2', 'N-0', 'N-1')
const products = {
  header: 'SKU,Name,Price,Qty,Unit cost,Category',
  row: fc
    .tuple(skus, one('Tea', 'Coffee'), one('', '1.1', '2.25'), one('', '0', '3', '7'), one('', '0.333', '12.345678'))
    .chain((cells) => one('', 'Food', 'Food > Drinks').map((category) => [...cells, category].join(','))),
}
const customers = {
  header: 'Customer code,Name,Email,Payment days,City,Country',
  row: fc
    .tuple(
      one('C-0', 'C-1', 'N-0', 'N-1', ''),
      one('Amina', 'Karim', ''),
      one('', 'a@example.org', 'known@example.org'),
      one('', '30', '45'),
      one(',', 'Rabat,MA', 'Fes,MA'),
    )
    .map((row) => row.join(',')),
}
const goods = fc.tuple(skus, one('1', '2', '9'), one('0.005', '3.1', '19.999'), one('', '1.25'))
const sales = {
  header: 'Invoice,SKU,Quantity,Date,Unit price,Unit cost,Customer',
  row: fc
    .tuple(one('1', '2', '3', 'C1', 'C2'), goods, fc.nat(5), one('', 'C-0', 'N-0'), one('2026-01-05', '2026-01-06'))
    .map(([number, [sku, quantity, price, cost], lost, customer, day]) => {
      // One row of six is of goods that were lost, or came back.
      const isBelow = number.startsWith('C') || lost === 0
      const free = lost === 0 && !number.startsWith('C') ? '0' : price
      return [number, sku, isBelow ? `-${quantity}` : quantity, day, free, cost, customer].join(',')
    }),
}
const tables = { products, customers, sales }
type Target = keyof typeof tables
const file = one<Target>('products', 'sales', 'sales', 'customers').chain((target) =>
  fc.array(tables[target].row, { minLength: 1, maxLength: 10 }).map((rows) => ({ target, rows })),
)

let made = 0
const lastRow: Record<Target, () => string> = {
  products: () => `LAST-${made},Last,,,,`,
  customers: () => `LAST-${made},Last,,,,`,
  sales: () => `LAST-${made},K-0,1,2026-01-07,1.5,,`,
}

async function work(id: string, command: 'imports.check-import' | 'imports.commit-import' | 'imports.undo-import') {
  const { version } = await owner.client.call('imports.get-import', { id })
  await owner.client.call(command, { id, version })
  const job = server.product.jobs.find(({ name }) => name === 'imports.work')
  if (job) await server.product.runJob(job, { tenant_id: owner.tenantId, import_id: id })
  return owner.client.call('imports.get-import', { id })
}

test('whatever a file brings in, after its undo every balance is what it was, byte for byte', {
  timeout: 300_000,
}, async () => {
  let created = 0
  const property = fc.asyncProperty(file, async ({ target, rows }) => {
    const before = await balances()
    made += 1
    const text = [tables[target].header, ...rows, lastRow[target]()].join('\n')
    const { id, version } = await beginImport(server, owner, { target, text })
    const conventions = { decimal: '.', date_order: 'ymd' } as const
    await owner.client.call('imports.map-import', { id, version, options: options[target] ?? {}, conventions })
    await work(id, 'imports.check-import')
    const done = await work(id, 'imports.commit-import')
    expect(done).toMatchObject({ status: 'committed', fault: null })
    created += done.created_rows
    expect(await balances()).not.toEqual(before)
    expect(await work(id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
    expect(await balances()).toEqual(before)
  })
  await fc.assert(property, { numRuns: 20 })
  expect(created).toBeGreaterThan(20)
})
