import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshEan, makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport, importText, runImport, untilEnded } from '../../tests/harness/imports.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { dayIn } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let options: Record<string, string>
beforeAll(async () => {
  server = await startTestServer()
  jobs = await server.product.startJobs()
  owner = await signUpOwner(server)
  const list = { code: 'RETAIL', name: 'Retail', currency: 'EUR', includes_tax: true }
  await owner.client.call('pricing.create-price-list', list)
  options = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

const header = 'Référence;Désignation;Code-barres;Catégorie;Prix de vente;Stock;Coût unitaire;Lot;Péremption'
const rows = [
  'AA-1;Doliprane 500 mg;3400935955838;Médicaments > Douleur;2,18;40;1,20;L1;2030-01-31',
  'AA-1;Doliprane 500 mg;3400935955838;Médicaments > Douleur;2,18;10;1,30;L2;2030-02-28',
  'AA-2;Crème solaire;;Beauté;15,90;5;8,00;;',
  'aa-2;Crème solaire teintée;;Beauté;17,90;;;;',
]

/** What is found out about the file before anybody says anything. */
const detected = {
  status: 'mapping',
  mapping: {
    sku: 'Référence',
    name: 'Désignation',
    barcodes: 'Code-barres',
    category: 'Catégorie',
    price: 'Prix de vente',
    quantity: 'Stock',
    unit_cost: 'Coût unitaire',
    batch_number: 'Lot',
    expires_on: 'Péremption',
  },
  conventions: { decimal: ',' },
  questions: [],
}

const stockOf = async () => {
  const { items } = await owner.client.call('inventory.list-levels', { limit: 200, include_empty: false })
  return items.map(({ on_hand, batch_number }) => [batch_number, on_hand]).toSorted()
}
/** The accounts that hold something, with what they hold. */
const booksOf = async () => {
  const asked = { entity_id: owner.entityId, limit: 200 }
  const { items } = await owner.client.call('ledger.get-trial-balance', asked)
  return items.filter((one) => one.closing_balance !== '0.0000').map((one) => [one.code, one.closing_balance])
}

test('products come in with barcodes, categories, prices and stock, and go out again as if they had never been', async () => {
  const before = { stock: await stockOf(), books: await booksOf() }
  const begun = await beginImport(server, owner, { text: [header, ...rows].join('\n') })
  expect(begun).toMatchObject(detected)
  const { id } = begun
  await owner.client.call('imports.map-import', { id, version: begun.version, options })
  const checked = await runImport(owner, id, 'imports.check-import')
  expect(checked).toMatchObject({
    status: 'checked',
    total_rows: 4,
    failed_rows: 0,
    accuracy_score: '100.00',
    fault: null,
  })
  const tried = await runImport(owner, id, 'imports.try-import')
  expect(tried).toMatchObject({
    status: 'tried',
    fault: null,
    preview: { created_rows: 3, updated_rows: 1, failed_rows: 0, stock: [{ quantity: '55', value: '101' }] },
  })
  expect(await stockOf()).toEqual(before.stock)
  const committed = await runImport(owner, id, 'imports.commit-import')
  expect(committed).toMatchObject({
    status: 'committed',
    created_rows: 3,
    updated_rows: 1,
    failed_rows: 0,
    fault: null,
  })
  expect(await stockOf()).toEqual(
    [
      [null, '5'],
      ['L1', '40'],
      ['L2', '10'],
    ].toSorted(),
  )
  const scanned = await owner.client.call('catalog.scan', { text: '3400935955838' })
  expect(scanned).toMatchObject({ sku: 'AA-1', is_expiry_tracked: true })
  const price = await owner.client.call('pricing.get-price', {
    variant_id: scanned.variant_id,
    branch_id: owner.branchId,
  })
  expect(price.unit_price).toBe('2.18')
  const from = await owner.client.call('imports.trace-thing', { id: scanned.product_id })
  expect(from.items).toMatchObject([{ import_id: id, row_number: 2, what: 'created', sha256: begun.sha256 }])

  const undone = await runImport(owner, id, 'imports.undo-import')
  expect(undone).toMatchObject({ status: 'undone', fault: null })
  expect(await stockOf()).toEqual(before.stock)
  expect(await booksOf()).toEqual(before.books)
  await expect(owner.client.call('catalog.scan', { text: 'AA-1' })).rejects.toMatchObject({
    problem: { code: 'barcode_unknown' },
  })
  const { items } = await owner.client.call('catalog.list-categories', {})
  expect(items).toEqual([])
})

test('the same file again is noted, and names the import that brought it', async () => {
  const text = 'SKU,Name\nSAME-1,Same\n'
  const first = await importText(server, owner, { text, options })
  expect(first).toMatchObject({ status: 'committed', created_rows: 1 })
  const again = await beginImport(server, owner, { text })
  expect(again).toMatchObject({ status: 'repeated', first_import_id: first.id })
  const commit = owner.client.call('imports.commit-import', { id: again.id, version: again.version })
  await expect(commit).rejects.toMatchObject({ problem: { code: 'import_not_checked' } })
})

test('what depends on an import keeps it from being taken back, by name, and nothing is changed', async () => {
  const done = await importText(server, owner, {
    text: 'SKU,Name,Qty,Unit cost\nDEP-1,Used,5,1\nDEP-2,Free,5,1\n',
    options,
  })
  expect(done).toMatchObject({ status: 'committed', created_rows: 2, fault: null })
  const { variant_id } = await owner.client.call('catalog.scan', { text: 'DEP-1' })
  const lines = [{ variant_id, quantity: '1' }]
  await owner.client.call('inventory.write-off-stock', { branch_id: owner.branchId, reason: 'damaged', lines })
  const undo = owner.client.call('imports.undo-import', { id: done.id, version: done.version })
  await expect(undo).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked', errors: [{ path: 'DEP-1 Used', code: 'stock_moved' }] },
  })
  expect((await owner.client.call('catalog.scan', { text: 'DEP-2' })).name).toBe('Free')
})

test('rows that say nothing new are skipped, others change what is there, and an undo says again what was said before', async () => {
  const { id, variant } = await makeProduct(owner, { name: 'Old name', variants: [{ sku: 'UP-1' }] })
  await makeProduct(owner, { name: 'Same name', variants: [{ sku: 'UP-2' }] })
  const done = await importText(server, owner, {
    text: 'SKU,Name,Price\nUP-1,New name,3.50\nUP-2,Same name,\n',
    options,
  })
  expect(done).toMatchObject({ status: 'committed', created_rows: 0, updated_rows: 1, skipped_rows: 1 })
  expect(await owner.client.call('catalog.get-product', { id })).toMatchObject({ name: 'New name', version: 2 })
  await runImport(owner, done.id, 'imports.undo-import')
  expect(await owner.client.call('catalog.get-product', { id })).toMatchObject({ name: 'Old name' })
  const price = owner.client.call('pricing.get-price', { variant_id: variant.id, branch_id: owner.branchId })
  await expect(price).rejects.toMatchObject({ problem: { code: 'price_unknown' } })
})

test('a price that an import replaced comes back with its last day, whatever day that is', async () => {
  const { client } = owner
  const { items: lists } = await client.call('pricing.list-price-lists', { limit: 10 })
  const price_list_id = lists[0]?.id ?? ''
  const today = dayIn('Europe/Paris', new Date())
  const goods = [
    { sku: 'END-1', valid_through: '2099-12-31' },
    { sku: 'END-2', valid_through: undefined },
  ]
  const made = []
  for (const { sku, valid_through } of goods) {
    const { variant } = await makeProduct(owner, { name: sku, variants: [{ sku }] })
    const begins = { price_list_id, variant_id: variant.id, unit_price: '5', min_quantity: '0', valid_from: today }
    await client.call('pricing.create-price', {
      ...begins,
      ...(valid_through ? { valid_through } : {}),
      replaces: false,
    })
    made.push(variant.id)
  }
  const done = await importText(server, owner, { text: 'SKU,Name,Price\nEND-1,END-1,3\nEND-2,END-2,3\n', options })
  expect(done).toMatchObject({ status: 'committed', updated_rows: 2, failed_rows: 0 })
  expect(await runImport(owner, done.id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  const left = made.map(async (variant_id) => {
    const { items } = await client.call('pricing.list-prices', { variant_id, limit: 10 })
    return items
      .filter(({ withdrawn_at }) => withdrawn_at === null)
      .map(({ unit_price, valid_through }) => [unit_price, valid_through])
  })
  expect(await Promise.all(left)).toEqual([[['5', '2099-12-31']], [['5', null]]])
})

/** Goods with a price of 10 from today on; answers with what says which prices they have that count. */
const pricedGoods = async (sku: string) => {
  const { client } = owner
  const { items: lists } = await client.call('pricing.list-price-lists', { limit: 10 })
  const { id, variant } = await makeProduct(owner, { name: `${sku} first`, variants: [{ sku }] })
  const price = { price_list_id: lists[0]?.id ?? '', variant_id: variant.id, unit_price: '10', min_quantity: '0' }
  await client.call('pricing.create-price', {
    ...price,
    valid_from: dayIn('Europe/Paris', new Date()),
    replaces: false,
  })
  return async () => {
    const { items } = await client.call('pricing.list-prices', { variant_id: variant.id, limit: 50 })
    const { name } = await client.call('catalog.get-product', { id })
    return [name, ...items.filter((one) => one.withdrawn_at === null).map((one) => one.unit_price)]
  }
}
const undo = (id: string) => runImport(owner, id, 'imports.undo-import')

test('of imports that changed the same goods and price the later goes first, then the earlier, and what was before both is back', async () => {
  const said = await pricedGoods('TWICE-1')
  const texts = ['20', '30', '40'].map((price) => `SKU,Name,Price\nTWICE-1,TWICE-1 at ${price},${price}\n`)
  const [a, b] = [
    await importText(server, owner, { text: texts[0] ?? '', options }),
    await importText(server, owner, { text: texts[1] ?? '', options }),
  ]
  await expect(undo(a.id)).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked', errors: [{ code: 'changed' }] },
  })
  expect(await said()).toEqual(['TWICE-1 at 30', '30'])
  expect(await undo(b.id)).toMatchObject({ status: 'undone', fault: null })
  expect(await said()).toEqual(['TWICE-1 at 20', '20'])
  const c = await importText(server, owner, { text: texts[2] ?? '', options })
  expect(await undo(c.id)).toMatchObject({ status: 'undone', fault: null })
  expect(await undo(a.id)).toMatchObject({ status: 'undone', fault: null })
  expect(await said()).toEqual(['TWICE-1 first', '10'])
})

test('goods whose rows stand in two batches with two prices have the price of before after the undo', async () => {
  const said = await pricedGoods('LOTS-1')
  const fillers = Array.from({ length: 12 }, (_, at) => `LOTS-F-${at},Filler ${at},1,,,`).join('\n')
  const text = `SKU,Name,Price,Qty,Unit cost,Lot\nLOTS-1,One,20,1,1,L1\n${fillers}\nLOTS-1,One,30,1,1,L2\n`
  const done = await importText(server, owner, { text, options })
  expect(done).toMatchObject({ status: 'committed', failed_rows: 0 })
  expect(await said()).toEqual(['One', '30'])
  expect(await undo(done.id)).toMatchObject({ status: 'undone', fault: null })
  expect(await said()).toEqual(['LOTS-1 first', '10'])
})

const sinceThen: Record<string, [string, (id: string, variant_id: string) => Promise<unknown>]> = {
  'a variant': [
    'changed',
    (product_id) =>
      owner.client.call('catalog.add-variant', {
        product_id,
        sku: 'SINCE-XL',
        options: [{ name: 'Size', value: 'XL' }],
      }),
  ],
  'a barcode': [
    'changed',
    (_, variant_id) => owner.client.call('catalog.add-barcode', { variant_id, code: freshEan() }),
  ],
  'a price': [
    'changed',
    async (_, variant_id) => {
      const { items } = await owner.client.call('pricing.list-price-lists', { limit: 10 })
      const price = { price_list_id: items[0]?.id ?? '', variant_id, unit_price: '7', min_quantity: '0' }
      const valid_from = dayIn('Europe/Paris', new Date())
      return owner.client.call('pricing.create-price', { ...price, valid_from, replaces: false })
    },
  ],
  'a policy': [
    'in_use',
    (_, variant_id) => {
      const policy = { variant_id, branch_id: owner.branchId, reorder_point: '5', valid_from: '2026-01-01' }
      return owner.client.call('replenishment.create-policy', policy)
    },
  ],
}

test.each(Object.entries(sinceThen))('goods that got %s since are not taken back', async (what, [code, give]) => {
  const sku = `SINCE ${what}`
  const done = await importText(server, owner, { text: `SKU,Name\n${sku},One\n`, options })
  const { variant_id, product_id } = await owner.client.call('catalog.scan', { text: sku })
  await give(product_id, variant_id)
  const codes = expect.arrayContaining([expect.objectContaining({ code })])
  await expect(undo(done.id)).rejects.toMatchObject({ problem: { code: 'import_undo_blocked', errors: codes } })
})

test('rows under the barcode of a pack alone are refused, and bring in nothing counted in packs', async () => {
  const { client } = owner
  const [single, box] = [freshEan(), freshEan()]
  const { variant } = await makeProduct(owner, { name: 'Tea', variants: [{ sku: 'PACK-1', barcodes: [single] }] })
  const pack = await client.call('catalog.add-pack', { variant_id: variant.id, name: 'Box', quantity: '12' })
  await client.call('catalog.add-barcode', { variant_id: variant.id, pack_id: pack.id, code: box })
  const head = 'Name,Barcode,Qty,Unit cost'
  const refused = await importText(server, owner, { text: `${head}\nTea by twelves,${box},10,24\n`, options })
  expect(refused).toMatchObject({ created_rows: 0, updated_rows: 0, failed_rows: 1 })
  const { items } = await client.call('imports.list-errors', { id: refused.id })
  expect(items.map(({ code }) => code)).toEqual(['pack_barcode'])
  expect(await client.call('catalog.scan', { text: box })).toMatchObject({ name: 'Tea', quantity: '12' })
  const taken = await importText(server, owner, { text: `${head}\nTea,${single} ${box},10,2\n`, options })
  expect(taken).toMatchObject({ updated_rows: 1, failed_rows: 0 })
  const levels = await client.call('inventory.list-levels', { limit: 200, include_empty: false })
  const own = levels.items.filter(({ variant_id }) => variant_id === variant.id)
  expect(own.map(({ on_hand }) => on_hand)).toEqual(['10'])
})

test('errors are counted by what is wrong, and cells that are wrong alike are put right at once and judged anew', async () => {
  const { client } = owner
  const rows = [
    'AL-1,One,standart',
    'AL-2,Two,standart',
    'AL-3,Three,zero rated goods',
    'AL-4,Four,reducd',
    'AL-5,,standart',
  ]
  const begun = await beginImport(server, owner, { text: ['SKU,Name,Tax', ...rows].join('\n') })
  const { id } = begun
  await client.call('imports.map-import', { id, version: begun.version, options })
  const checked = await runImport(owner, id, 'imports.check-import')
  const counts = async () => (await client.call('imports.count-errors', { id })).items
  const wrong = { column: 'Tax', field: 'tax_class', kind: 'reference', code: 'tax_class_unknown' }
  const nameless = { column: 'Name', field: 'name', kind: 'missing', code: 'missing', rows: 1, suggestions: 0 }
  expect(await counts()).toEqual([{ ...wrong, rows: 4, suggestions: 3 }, nameless])
  const alike = { id, version: checked.version, column: 'Tax', code: 'tax_class_unknown' }
  const fix = async (more: { original_value?: string; value?: string | null }) => {
    await client.call('imports.fix-alike', {
      ...alike,
      version: (await client.call('imports.get-import', { id })).version,
      ...more,
    })
    return untilEnded(owner, id)
  }
  expect(await fix({ original_value: 'zero rated goods', value: 'standard' })).toMatchObject({
    status: 'checked',
    failed_rows: 4,
  })
  expect(await counts()).toEqual([{ ...wrong, rows: 3, suggestions: 3 }, nameless])
  expect(await fix({})).toMatchObject({ status: 'checked', failed_rows: 1 })
  await expect(fix({})).rejects.toMatchObject({ problem: { code: 'import_row_not_found' } })
  const { version } = await client.call('imports.get-import', { id })
  const renamed = await client.call('imports.map-import', { id, version, mode: 'all_or_nothing' })
  expect(renamed).toMatchObject({ status: 'checked', mode: 'all_or_nothing' })
})
