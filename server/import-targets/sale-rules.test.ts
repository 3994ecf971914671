import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshEan, makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport, importText, runImport } from '../../tests/harness/imports.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { money } from '../platform/money.ts'

let server: TestServer
let jobs: { stop(): Promise<void> }
beforeAll(async () => {
  server = await startTestServer()
  jobs = await server.product.startJobs()
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID'
const file = (...rows: string[]) => [header, ...rows].join('\n')

async function openShop() {
  const owner = await signUpOwner(server)
  const place = { branch_id: owner.branchId, tax_class_id: await taxClassOf(owner), ledger: 'at_its_date' }
  const make = { unknown_products: 'make', unknown_customers: 'make' }
  const letters = { credit_prefix: 'C', adjustment_prefix: 'A', service_codes: 'POST,DOT,M,BANK CHARGES,AMAZONFEE' }
  return { owner, options: { ...place, ...make, ...letters } }
}

const documentsOf = async ({ client }: TestOwner) => {
  const { items } = await client.call('history.list-documents', { limit: 50 })
  return new Map(items.map((one) => [one.number, one]))
}
const linesOf = async ({ client }: TestOwner, id = '') =>
  (await client.call('history.list-lines', { id, limit: 50 })).items
const errorsOf = async ({ client }: TestOwner, id: string) =>
  (await client.call('imports.list-errors', { id })).items.map(({ row_number, code }) => [row_number, code])
const booksOf = async ({ client, entityId: entity_id }: TestOwner) => {
  const { items } = await client.call('ledger.get-trial-balance', { entity_id, limit: 200 })
  return items.flatMap((one) => (/[1-9]/.test(one.closing_balance) ? [[one.code, one.closing_balance]] : []))
}

test('rows below zero at price 0 on an ordinary invoice are lost stock, and a return is what comes on a credit', async () => {
  const { owner, options } = await openShop()
  const text = file(
    '1,A1,Soap,5,2026-02-03 10:00:00,2.25,7',
    '1,A1,damaged,-2,2026-02-03 10:00:00,0,7',
    '2,A1,lost,-3,2026-02-04 10:00:00,0.0,',
    'C3,A1,Soap,-1,2026-02-05 10:00:00,2.25,7',
    'C4,A1,free gift back,-1,2026-02-05 10:00:00,0,7',
  )
  expect(await importText(server, owner, { target: 'sales', text, options })).toMatchObject({
    created_rows: 5,
    failed_rows: 0,
  })
  const documents = await documentsOf(owner)
  const roles = async (number: string) =>
    (await linesOf(owner, documents.get(number)?.id)).map(({ role, quantity }) => [role, quantity])
  expect(await roles('1')).toEqual([
    ['sold', '5'],
    ['stock_adjustment', '-2'],
  ])
  expect(await roles('2')).toEqual([['stock_adjustment', '-3']])
  expect(await roles('C3')).toEqual([['returned', '-1']])
  expect(await roles('C4')).toEqual([['returned', '-1']])
  expect([...documents.values()].map(({ number, kind }) => [number, kind]).toSorted()).toEqual([
    ['1', 'sale'],
    ['2', 'sale'],
    ['C3', 'credit'],
    ['C4', 'credit'],
  ])
})

test('of an invoice with several times the first and the last are kept, in whatever order its rows stand', async () => {
  const { owner, options } = await openShop()
  const text = file(
    '1,A1,Soap,1,2026-02-03 10:31:00,1,',
    '1,B1,Tea,1,2026-02-03 10:29:00,1,',
    '1,C1,Cup,1,2026-02-03 10:30:00,1,',
    '2,A1,Soap,1,2026-02-03 11:00:00,1,',
  )
  expect(await importText(server, owner, { target: 'sales', text, options })).toMatchObject({ created_rows: 4 })
  const documents = await documentsOf(owner)
  const timesOf = async (number: string) => {
    const { made_at, last_made_at } = await owner.client.call('history.get-document', {
      id: documents.get(number)?.id ?? '',
    })
    return [made_at, last_made_at]
  }
  // Paris is an hour ahead then.
  expect(await timesOf('1')).toEqual(['2026-02-03T09:29:00.000Z', '2026-02-03T09:31:00.000Z'])
  expect(await timesOf('2')).toEqual(['2026-02-03T10:00:00.000Z', null])
})

const wide = `${header},Channel,Currency,Exchange rate,Fees,Shipping,Original invoice,Quality score,Validated,Validation notes,Notes`
/** A row of the wide file; cells of the whole document by column, nothing where they are not given. */
const wideRow = (number: string, quantity: string, said: Readonly<Record<string, string>>, customer = '7') =>
  [number, 'A1', 'Soap', quantity, '2026-02-03 10:00:00', '10', customer]
    .concat(
      wide
        .split(',')
        .slice(7)
        .map((column) => said[column] ?? ''),
    )
    .join(',')

test('what rows say of their document counts once, however many rows repeat it', async () => {
  const { owner, options } = await openShop()
  const shop = await owner.client.call('channels.create-channel', { name: 'Web', type: 'marketplace' })
  const said = {
    ...{ Channel: 'Web', Currency: 'GBP', 'Exchange rate': '1.165', Fees: '1.50', Shipping: '4.20' },
    ...{ 'Quality score': '87.5', Validated: 'yes', 'Validation notes': 'Seen', Notes: 'By post' },
  }
  const rows = [
    wideRow('1', '1', said),
    wideRow('1', '2', { ...said, Fees: '1.5', Shipping: '4.2' }),
    wideRow('1', '1', {}, ''),
    wideRow('2', '1', {}),
    wideRow('3', '-1', { Currency: 'GBP', 'Exchange rate': '1.165' }),
    wideRow('3', '-1', { Currency: 'GBP', 'Original invoice': '1' }),
  ]
  const done = await importText(server, owner, { target: 'sales', text: [wide, ...rows].join('\n'), options })
  expect(done).toMatchObject({ status: 'committed', created_rows: 6, failed_rows: 0 })
  const documents = await documentsOf(owner)
  const told = (number: string) => owner.client.call('history.get-document', { id: documents.get(number)?.id ?? '' })
  expect(await told('1')).toMatchObject({
    ...{ kind: 'sale', channel_id: shop.id, currency: 'GBP', fx_rate: '1.165', platform_fees: '1.50' },
    ...{ shipping_cost: '4.20', is_validated: true, validation_notes: 'Seen', note: 'By post' },
  })
  expect(money((await told('1')).data_quality_score ?? 'NaN').toNumber()).toBe(87.5)
  expect(await told('2')).toMatchObject({ channel_id: null, currency: 'EUR', is_validated: false, note: null })
  expect(await told('3')).toMatchObject({ kind: 'refund', original_id: documents.get('1')?.id })
})

test.each([
  ['Currency', 'EUR', 'GBP'],
  ['Channel', 'Web', 'Shop'],
  ['Fees', '1.50', '2.00'],
  ['Shipping', '4.20', '0'],
  ['Exchange rate', '1', '1.1'],
  ['Original invoice', '8', '9'],
  ['Validated', 'yes', 'no'],
])(
  'a document whose rows contradict each other in %s is refused whole, and nothing is made for it',
  async (column, one, other) => {
    const { owner, options } = await openShop()
    for (const name of ['Web', 'Shop'])
      await owner.client.call('channels.create-channel', { name, type: 'marketplace' })
    const rows = [wideRow('1', '1', { [column]: one }), wideRow('1', '1', { [column]: other })]
    const done = await importText(server, owner, { target: 'sales', text: [wide, ...rows].join('\n'), options })
    expect(done).toMatchObject({ created_rows: 0, failed_rows: 2 })
    expect(await errorsOf(owner, done.id)).toEqual([
      [2, 'document_contradicted'],
      [3, 'document_contradicted'],
    ])
    expect((await documentsOf(owner)).size).toBe(0)
    expect((await owner.client.call('catalog.list-products', { limit: 1 })).items).toEqual([])
  },
)

test('a document of two customers is refused, and the next one is taken', async () => {
  const { owner, options } = await openShop()
  const when = '2026-02-03 10:00:00'
  const text = file(`1,A1,Soap,1,${when},2,7`, `1,A1,Soap,1,${when},2,8`, `2,A1,Soap,1,${when},2,9`)
  const done = await importText(server, owner, { target: 'sales', text, options })
  expect(done).toMatchObject({ created_rows: 1, failed_rows: 2 })
  expect([...(await documentsOf(owner)).keys()]).toEqual(['2'])
})

test.each(['refuse', 'make'])(
  'lines under the barcode of a pack are refused, where unknown goods are to %s',
  async (unknown_products) => {
    const { owner, options } = await openShop()
    const { client } = owner
    const [single, box] = [freshEan(), freshEan()]
    const { variant } = await makeProduct(owner, { name: 'Tea', variants: [{ sku: 'TEA', barcodes: [single] }] })
    const pack = await client.call('catalog.add-pack', { variant_id: variant.id, name: 'Box', quantity: '12' })
    await client.call('catalog.add-barcode', { variant_id: variant.id, pack_id: pack.id, code: box })
    const text = file(`1,${box},Tea,1,2026-02-03 10:00:00,24,`, `2,${single},Tea,1,2026-02-03 10:00:00,2,`)
    const done = await importText(server, owner, { target: 'sales', text, options: { ...options, unknown_products } })
    expect(done).toMatchObject({ created_rows: 1, failed_rows: 1 })
    expect(await errorsOf(owner, done.id)).toEqual([[2, 'pack_barcode']])
    expect([...(await documentsOf(owner)).keys()]).toEqual(['2'])
    expect((await client.call('catalog.list-products', { limit: 10 })).items.length).toBe(1)
  },
)

test('codes that differ in case alone are of two goods, and codes of services have no stock, whatever moves', async () => {
  const { owner, options } = await openShop()
  const codes = ['15056bl', '15056BL', 'POST', 'DOT', 'M', 'BANK CHARGES', 'AMAZONFEE', 'm']
  const text = file(...codes.map((code, at) => `1,${code},Name ${at},2,2026-02-03 10:00:00,1,`))
  const moving = { ...options, stock: 'move' }
  expect(await importText(server, owner, { target: 'sales', text, options: moving })).toMatchObject({ created_rows: 8 })
  const { items } = await owner.client.call('catalog.list-products', { limit: 50 })
  const kinds = new Map(items.map(({ name, kind }) => [name, kind]))
  expect(codes.map((code, at) => [code, kinds.get(`Name ${at}`)])).toEqual([
    ['15056bl', 'stocked'],
    ['15056BL', 'stocked'],
    ...['POST', 'DOT', 'M', 'BANK CHARGES', 'AMAZONFEE'].map((code) => [code, 'service']),
    ['m', 'stocked'],
  ])
  const { items: levels } = await owner.client.call('inventory.list-levels', { limit: 50, include_empty: false })
  expect(levels.map(({ on_hand }) => on_hand)).toEqual(['-2', '-2', '-2'])
})

test('documents whose number begins with the letter of adjustments are bad debts: no goods, no revenue, no customer needed', async () => {
  const { owner, options } = await openShop()
  const text = file('A1,B,Adjust bad debt,1,2026-02-03 10:00:00,-11062.06,', '2,A1,Soap,1,2026-02-03 10:00:00,2,')
  expect(await importText(server, owner, { target: 'sales', text, options })).toMatchObject({ created_rows: 2 })
  const documents = await documentsOf(owner)
  expect(documents.get('A1')).toMatchObject({ kind: 'adjustment', total: '-11062.06', net_revenue: '0.00' })
  const { items } = await owner.client.call('catalog.list-products', { limit: 50 })
  expect(items.map(({ name }) => name)).toEqual(['Soap'])
})

test('closed months refuse what would be posted in them, row by row, and take what posts to no books', async () => {
  const { owner, options } = await openShop()
  await owner.client.call('ledger.close-period', { id: owner.entityId, month: '2026-01' })
  const rows = [
    '1,A1,Soap,1,2026-01-31 10:00:00,2,',
    '1,A1,Soap,1,2026-01-31 10:00:00,3,',
    '2,A1,Soap,1,2026-02-01 10:00:00,2,',
  ]
  const done = await importText(server, owner, { target: 'sales', text: file(...rows), options })
  expect(done).toMatchObject({ status: 'committed', created_rows: 1, failed_rows: 2, fault: null })
  expect(await errorsOf(owner, done.id)).toEqual([
    [2, 'period_closed'],
    [3, 'period_closed'],
  ])
  expect([...(await documentsOf(owner)).keys()]).toEqual(['2'])
  const text = file(...rows.slice(0, 2))
  const unposted = await importText(server, owner, { target: 'sales', text, options: { ...options, ledger: 'none' } })
  expect(unposted).toMatchObject({ created_rows: 2, failed_rows: 0 })
})

test('all or nothing: a month that is closed refuses the whole file before anything goes in', async () => {
  const { owner, options } = await openShop()
  await owner.client.call('ledger.close-period', { id: owner.entityId, month: '2026-01' })
  const text = file('1,A1,Soap,1,2026-02-01 10:00:00,2,', '2,A1,Soap,1,2026-01-31 10:00:00,2,')
  const { id, version } = await beginImport(server, owner, { target: 'sales', text, mode: 'all_or_nothing' })
  await owner.client.call('imports.map-import', { id, version, options })
  await runImport(owner, id, 'imports.check-import')
  const tried = await runImport(owner, id, 'imports.try-import')
  expect(tried).toMatchObject({ status: 'tried', failed_rows: 1 })
  const commit = owner.client.call('imports.commit-import', { id, version: tried.version })
  await expect(commit).rejects.toMatchObject({ problem: { code: 'import_not_clean' } })
  expect((await documentsOf(owner)).size).toBe(0)
})

test('an import whose month was closed since is not taken back, by number, and nothing is changed', async () => {
  const { owner, options } = await openShop()
  const text = file('1,A1,Soap,1,2026-01-31 10:00:00,2,', '2,A1,Soap,1,2026-02-01 10:00:00,2,')
  const done = await importText(server, owner, { target: 'sales', text, options })
  const before = await booksOf(owner)
  await owner.client.call('ledger.close-period', { id: owner.entityId, month: '2026-01' })
  const undo = owner.client.call('imports.undo-import', { id: done.id, version: done.version })
  await expect(undo).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked', errors: [{ path: '1', code: 'period_closed' }] },
  })
  expect(await booksOf(owner)).toEqual(before)
  expect([...(await documentsOf(owner)).keys()].toSorted()).toEqual(['1', '2'])
})

test('scores are the share of cells that say something, and of rows without an error', async () => {
  const { owner, options } = await openShop()
  const text =
    'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n1,A1,1,2026-02-03,2\n2,A1,two,2026-02-03,2\n3,,1,2026-02-03,2\n'
  const { id, version } = await beginImport(server, owner, { target: 'sales', text })
  await owner.client.call('imports.map-import', { id, version, options })
  // 14 of 15 cells; one of three rows.
  expect(await runImport(owner, id, 'imports.check-import')).toMatchObject({
    ...{ completeness_score: '93.33', accuracy_score: '33.33', data_quality_score: '63.33' },
  })
})

test('sales are brought in and taken back by who may do so by hand, with the goods and customers that they make', async () => {
  const { owner, options } = await openShop()
  const person = await signUpPerson(server)
  const importer = { ...person, tenantId: owner.tenantId, client: clientIn(server, person, owner.tenantId) }
  const needed = [
    'history.record-documents',
    'catalog.manage-products',
    'parties.manage-parties',
    'parties.manage-terms',
    'history.reverse-documents',
  ]
  const { id: roleId, ...role } = await owner.client.call('tenants.create-role', {
    name: 'Importer',
    permissions: ['imports.read', 'imports.run', 'imports.undo'],
  })
  let { version } = role
  // The invitation is read out of the queue, from which jobs would send it.
  await jobs.stop()
  await hire(server, owner, person, [roleId])
  jobs = await server.product.startJobs()
  const grant = async (granted: readonly string[]) => {
    const permissions = ['imports.read', 'imports.run', 'imports.undo', ...granted]
    version = (await owner.client.call('tenants.update-role', { id: roleId, version, permissions })).version
  }
  const text = file('1,A1,Soap,1,2026-01-31 10:00:00,2,7')
  const begun = await beginImport(server, importer, { target: 'sales', text })
  await importer.client.call('imports.map-import', { id: begun.id, version: begun.version, options })
  await runImport(importer, begun.id, 'imports.check-import')
  const lacks = (permission: string | undefined) => ({
    problem: { code: 'forbidden', detail: expect.stringContaining(`${permission}`) },
  })
  for (const [at, permission] of needed.slice(0, 4).entries()) {
    await grant(needed.slice(0, at))
    await expect(runImport(importer, begun.id, 'imports.try-import')).rejects.toMatchObject(lacks(permission))
    await expect(runImport(importer, begun.id, 'imports.commit-import')).rejects.toMatchObject(lacks(permission))
  }
  await grant(needed.slice(0, 4))
  const done = await runImport(importer, begun.id, 'imports.commit-import')
  expect(done).toMatchObject({ status: 'committed', created_rows: 1, failed_rows: 0 })
  await expect(runImport(importer, begun.id, 'imports.undo-import')).rejects.toMatchObject(lacks(needed[4]))
  expect((await documentsOf(owner)).size).toBe(1)
  await grant(needed)
  expect(await runImport(importer, begun.id, 'imports.undo-import')).toMatchObject({ status: 'undone' })
})
