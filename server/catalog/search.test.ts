import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshEan, makeProduct, taxClassOf, unitOf } from '../../tests/harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

const barcode = freshEan()
const goods = [
  { name: 'Doliprane 1000 mg comprimés', labels: [{ locale: 'ar-MA', name: 'دوليبران' }] },
  { name: 'Doliprane 500 mg gélules' },
  { name: 'Crème brûlée', labels: [{ locale: 'en', name: 'Burnt cream' }] },
  {
    name: 'Café moulu',
    variants: [{ sku: 'CAF-250', options: [{ name: 'Weight', value: '250 g' }], barcodes: [barcode] }],
  },
  { name: 'Coca-Cola Zero 33 cl' },
  { name: 'Coca-Cola 33 cl' },
  { name: 'Thé vert' },
  { name: 'Lait entier frais', labels: [{ locale: 'ar-MA', name: 'حليب كامل الدسم' }] },
  { name: 'Stylo', variants: [{ barcodes: ['012345678905'] }] },
]

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  for (const one of goods) await makeProduct(owner, one)
})
afterAll(() => server.close())

const found = async (text: string, more = {}) =>
  (await owner.client.call('catalog.search', { text, ...more })).items.map(({ name }) => name)

// What somebody types, and what comes first.
const table: [text: string, first: string | undefined][] = [
  ['Doliprane 500', 'Doliprane 500 mg gélules'],
  ['doliprane 1000', 'Doliprane 1000 mg comprimés'],
  ['DOLIPRANE GELULES', 'Doliprane 500 mg gélules'],
  ['dolipran 500', 'Doliprane 500 mg gélules'],
  ['dolyprane gelule', 'Doliprane 500 mg gélules'],
  ['500 dolip', 'Doliprane 500 mg gélules'],
  ['دوليبران', 'Doliprane 1000 mg comprimés'],
  ['creme brulee', 'Crème brûlée'],
  ['crème brulé', 'Crème brûlée'],
  ['burnt', 'Crème brûlée'],
  ['cafe', 'Café moulu'],
  ['250 g', 'Café moulu'],
  ['caf-250', 'Café moulu'],
  [barcode, 'Café moulu'],
  ['coca zero', 'Coca-Cola Zero 33 cl'],
  ['coca cola', 'Coca-Cola 33 cl'],
  ['cocacola', 'Coca-Cola 33 cl'],
  ['the', 'Thé vert'],
  ['lqit', 'Lait entier frais'],
  ['lati', 'Lait entier frais'],
  ['lit', 'Lait entier frais'],
  ['frias', 'Lait entier frais'],
  ['حلبب', 'Lait entier frais'],
  ['0012345678905', 'Stylo'],
  ['12345678905', undefined],
  ['%', undefined],
  ["' OR 1=1 --", undefined],
  ['xylophone', undefined],
]

test.each(table)('%s finds %s first', async (text, first) => {
  expect((await found(text))[0]).toBe(first)
})

test('what is found says what it is called in other languages', async () => {
  const { items } = await owner.client.call('catalog.search', { text: 'حليب' })
  expect(items[0]?.labels).toEqual([{ locale: 'ar-MA', name: 'حليب كامل الدسم' }])
  const scanned = await owner.client.call('catalog.scan', { text: barcode })
  expect(scanned.labels).toEqual([])
})

test('what changes its name is found by the new one in the same moment, and by the old one no more', async () => {
  const { id } = await makeProduct(owner, { name: 'Savonnette lavande' })
  expect(await found('lavande')).toEqual(['Savonnette lavande'])
  await owner.client.call('catalog.update-product', { id, version: 1, name: 'Savonnette jasmin' })
  expect(await found('jasmin')).toEqual(['Savonnette jasmin'])
  expect(await found('lavande')).toEqual([])
  await owner.client.call('catalog.delete-product', { id, version: 2 })
  expect(await found('jasmin')).toEqual([])
})

test('a barcode finds what bears it until it is taken off', async () => {
  const { variant } = await makeProduct(owner, { name: 'Bougie' })
  const code = freshEan()
  const added = await owner.client.call('catalog.add-barcode', { variant_id: variant.id, code })
  expect(await found(code)).toEqual(['Bougie'])
  await owner.client.call('catalog.remove-barcode', { id: added.id, version: 1 })
  expect(await found(code)).toEqual([])
})

const many = 300

/** So many products of a name and a number, in lists. */
async function makeMany(name: string, more: object = {}) {
  const [unit_id, tax_class_id] = [await unitOf(owner, 'piece'), await taxClassOf(owner)]
  const products = Array.from({ length: many }, (_, at) => ({
    name: `${name} ${String(at).padStart(3, '0')}`,
    kind: 'stocked' as const,
    unit_id,
    tax_class_id,
    ...more,
  }))
  await owner.client.call('catalog.create-products', { products })
}

test('page by page the best come, each once, what is called just so first', async () => {
  await makeMany('Chocolat noir')
  await makeProduct(owner, { name: 'Chocolat noir' })
  const items = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await owner.client.call('catalog.search', {
      text: 'chocolat noir',
      limit: 100,
      ...(cursor && { cursor }),
    })
    items.push(...page.items)
    cursor = page.next_cursor
  }
  const names = items.map(({ name }) => name)
  expect(names).toHaveLength(250)
  expect(names).toEqual(['Chocolat noir', ...names.slice(1).toSorted()])
  expect(new Set(names).size).toBe(250)
  expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).toSorted((a, b) => b - a))
})

test('a search keeps to what is sellable, and to a category with those below it, whatever fits as well beside it', async () => {
  const { client } = owner
  const top = await client.call('catalog.create-category', { name: 'Toys' })
  const below = await client.call('catalog.create-category', { name: 'Cars', parent_id: top.id })
  await makeMany('Voiture', { is_sellable: false })
  const car = await makeProduct(owner, { name: 'Voiture rouge de collection', category_id: below.id })
  await makeProduct(owner, { name: 'Voiture bleue de collection' })
  expect(await found('voiture', { category_id: top.id })).toEqual(['Voiture rouge de collection'])
  expect(await found('voiture', { is_sellable: true })).toHaveLength(2)
  await client.call('catalog.update-product', { id: car.id, version: 1, is_sellable: false })
  expect(await found('voiture', { is_sellable: true })).toEqual(['Voiture bleue de collection'])
  expect(await found('voiture', { is_sellable: true, category_id: top.id })).toEqual([])
  expect(await found('voiture', { is_sellable: false, category_id: top.id })).toEqual(['Voiture rouge de collection'])
})

test('nothing of another tenant is found', async () => {
  const other = await signUpOwner(server)
  expect((await other.client.call('catalog.search', { text: 'doliprane' })).items).toEqual([])
})
