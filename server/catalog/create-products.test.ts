import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshEan, makeProduct, taxClassOf, unitOf } from '../../tests/harness/catalog.ts'
import { freshId } from '../../tests/harness/hints.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
let sound: { kind: 'stocked'; unit_id: string; tax_class_id: string }
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  sound = { kind: 'stocked', unit_id: await unitOf(owner, 'piece'), tax_class_id: await taxClassOf(owner) }
})
afterAll(() => server.close())

const create = async (products: object[]) =>
  (await owner.client.call('catalog.create-products', { products: products as never })).items
const codes = (items: Awaited<ReturnType<typeof create>>) => items.map(({ refused }) => refused?.code ?? 'made')
const namesFound = async (text: string) =>
  (await owner.client.call('catalog.search', { text })).items.map(({ name }) => name)

test('each of a list is made or refused by itself, in order, and what is made is like any other product', async () => {
  const [taken, barcode, fresh] = [freshEan(), freshEan(), freshEan()]
  const { id: known } = await makeProduct(owner, { variants: [{ sku: 'OLD-1', barcodes: [taken] }] })
  const category = await owner.client.call('catalog.create-category', { name: 'Of lists' })
  const one = (name: string, more: object = {}) => ({ ...sound, name, ...more })
  const table: [product: object, answer: string][] = [
    [one('Sucre roux', { category_id: category.id, variants: [{ sku: 'SR-1', barcodes: [barcode] }] }), 'made'],
    [one('Same SKU', { variants: [{ sku: 'SR-1' }] }), 'sku_taken'],
    [one('SKU in small letters', { variants: [{ sku: 'sr-1' }] }), 'made'],
    [one('Old SKU', { variants: [{ sku: 'OLD-1' }] }), 'sku_taken'],
    [one('Same barcode', { variants: [{ barcodes: [barcode] }] }), 'barcode_taken'],
    [one('Old barcode', { variants: [{ sku: 'X-1', barcodes: [taken] }] }), 'barcode_taken'],
    [one('Twice a barcode', { variants: [{ barcodes: [fresh, fresh] }] }), 'barcode_taken'],
    // What the refused ones would have taken is free.
    [one('Miel', { variants: [{ sku: 'X-1', barcodes: [fresh] }] }), 'made'],
    [one('Wrong digit', { variants: [{ barcodes: ['4006381333930'] }] }), 'wrong_check_digit'],
    [one('No unit', { unit_id: freshId() }), 'unit_not_found'],
    [one('No class', { tax_class_id: freshId() }), 'tax_class_not_found'],
    [one('No category', { category_id: freshId() }), 'category_not_found'],
    [one('A service', { kind: 'service', is_expiry_tracked: true }), 'kind_has_no_expiry'],
    [one('Twins', { variants: [{ sku: 'A' }, { sku: 'B' }] }), 'variant_options_taken'],
    [one('Sizes', { variants: [{ batch_size_min: '9', batch_size_max: '1' }] }), 'batch_sizes_crossed'],
    [one('Known', { id: known }), 'already_exists'],
    [one('Plain'), 'made'],
  ]
  const items = await create(table.map(([product]) => product))
  expect(codes(items)).toEqual(table.map(([, answer]) => answer))
  const [first] = items
  const made = await owner.client.call('catalog.get-product', { id: first?.id ?? '' })
  expect(made).toMatchObject({ name: 'Sucre roux', category_id: category.id, version: 1, is_discontinued: false })
  expect(made.variants.map(({ id }) => id)).toEqual(first?.variant_ids)
  expect(await namesFound('sucre')).toEqual(['Sucre roux'])
  expect(await namesFound(barcode)).toEqual(['Sucre roux'])
  expect((await owner.client.call('catalog.scan', { text: fresh })).name).toBe('Miel')
  const history = await owner.client.call('audit.list-resource-history', {
    resource_type: 'product',
    resource_id: made.id,
  })
  expect(history.items.map(({ event }) => event)).toEqual(['catalog.create-products'])
})

test('SKUs that differ in case are two products; the exact one is found, and any where none is', async () => {
  const items = await create(
    ['15056BL', '15056bl'].map((sku) => ({ ...sound, name: `Parasol ${sku}`, variants: [{ sku }] })),
  )
  expect(codes(items)).toEqual(['made', 'made'])
  const names = await Promise.all(
    ['15056BL', '15056bl', '15056Bl'].map(async (text) => (await owner.client.call('catalog.scan', { text })).name),
  )
  expect(names).toEqual(['Parasol 15056BL', 'Parasol 15056bl', 'Parasol 15056BL'])
})

test('what does not fit the schema is named by its place, and nothing is made', async () => {
  const products = [
    { ...sound, name: 'Fits' },
    { ...sound, name: '' },
  ]
  await expect(create(products)).rejects.toMatchObject({
    problem: { code: 'invalid_input', errors: [{ path: 'products.1.name' }] },
  })
  expect(await namesFound('fits')).toEqual([])
})

test('of lists that want the same SKUs at once, each product is made once and nobody fails', async () => {
  const list = () =>
    Array.from({ length: 40 }, (_, at) => ({ ...sound, name: `Race ${at}`, variants: [{ sku: `RACE-${at}` }] }))
  const answers = (await Promise.all([create(list()), create(list().toReversed()), create(list())])).flatMap(codes)
  expect(answers.filter((code) => code === 'made')).toHaveLength(40)
  expect(new Set(answers)).toEqual(new Set(['made', 'sku_taken']))
})

test('a thousand are made in one call, and a repetition makes none', async () => {
  const products = Array.from({ length: 1_000 }, (_, at) => ({
    ...sound,
    name: `Bulk article ${at}`,
    variants: [{ sku: `BULK-${at}`, barcodes: [freshEan()] }],
  }))
  const headers = { 'idempotency-key': freshId() }
  const call = () => owner.client.request('catalog.create-products', { products }, { headers })
  const first = await call()
  expect((first.body as { items: { id: string | null }[] }).items.filter(({ id }) => id !== null)).toHaveLength(1_000)
  expect((await call()).body).toEqual(first.body)
  expect((await namesFound('BULK-999'))[0]).toBe('Bulk article 999')
})
