import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freshEan, makeProduct, taxClassOf, unitOf } from '../../tests/harness/catalog.ts'
import { freshId } from '../../tests/harness/hints.ts'
import { createTestDatabase, withClient } from '../../tests/harness/postgres.ts'
import {
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const refused = (code: string) => ({ problem: { code } })
const categories = (name: string, parent_id?: string) =>
  owner.client.call('catalog.create-category', { name, ...(parent_id ? { parent_id } : {}) })

test('a product has its variants, labels and flags, and keeps what was not changed', async () => {
  const { client } = owner
  const made = await makeProduct(owner, {
    name: 'T-shirt',
    labels: [{ locale: 'fr-MA', name: 'Maillot' }],
    variants: [
      { sku: 'TS-S', options: [{ name: 'Size', value: 'S' }], barcodes: [freshEan()] },
      { sku: 'TS-M', options: [{ name: 'Size', value: 'M' }], barcodes: [freshEan(), freshEan()] },
    ],
  })
  expect(made).toMatchObject({ is_sellable: true, is_discontinued: false, version: 1 })
  const [small, medium] = made.variants
  expect((await client.call('catalog.get-variant', { id: medium?.id ?? '' })).barcodes).toHaveLength(2)

  const changed = await client.call('catalog.update-product', { id: made.id, version: 1, is_discontinued: true })
  expect(changed).toMatchObject({ name: 'T-shirt', labels: made.labels, is_discontinued: true, version: 2 })
  const stale = client.call('catalog.update-product', { id: made.id, version: 1, name: 'Late' })
  await expect(stale).rejects.toMatchObject(refused('version_conflict'))
  const twin = { product_id: made.id, options: [{ name: 'Size', value: 'S' }] }
  await expect(client.call('catalog.add-variant', twin)).rejects.toMatchObject(refused('variant_options_taken'))
  const again = { product_id: made.id, options: [{ name: 'size', value: 's' }] }
  await expect(client.call('catalog.add-variant', again)).rejects.toMatchObject(refused('variant_options_taken'))
  const other = { product_id: made.id, options: [{ name: 'Size', value: 'L' }], sku: 'TS-S' }
  await expect(client.call('catalog.add-variant', other)).rejects.toMatchObject(refused('sku_taken'))

  const history = await client.call('audit.list-resource-history', {
    resource_type: 'product',
    resource_id: made.id,
  })
  expect(history.items.map(({ event }) => event)).toEqual(['catalog.create-product', 'catalog.update-product'])
  expect(small?.version).toBe(1)
})

test('what is deleted is gone, its SKU and barcodes are free', async () => {
  const { client } = owner
  const barcode = freshEan()
  const variants = [{ sku: 'GONE-1', barcodes: [barcode] }]
  const { id, version, variant } = await makeProduct(owner, { variants })
  const last = client.call('catalog.delete-variant', { id: variant.id, version: 1 })
  await expect(last).rejects.toMatchObject(refused('last_variant'))
  await client.call('catalog.delete-product', { id, version })
  for (const [operation, gone] of [
    ['catalog.get-product', id],
    ['catalog.get-variant', variant.id],
    ['catalog.get-cost', variant.id],
  ] as const)
    await expect(client.call(operation, { id: gone })).rejects.toMatchObject(refused('not_found'))
  await expect(client.call('catalog.scan', { text: barcode })).rejects.toMatchObject(refused('barcode_unknown'))
  await makeProduct(owner, { variants })
})

const barcodes: [code: string, kind: string | undefined, answer: string][] = [
  ['4006381333931', undefined, 'ean_13'],
  ['96385074', undefined, 'ean_8'],
  ['036000291452', undefined, 'upc_a'],
  ['00012345600012', undefined, 'itf_14'],
  ['SHELF-7', undefined, 'internal'],
  ['123456', undefined, 'internal'],
  ['4006381333930', 'internal', 'internal'],
  ['00042', 'in_store', 'in_store'],
  ['4006381333930', undefined, 'wrong_check_digit'],
  ['4006381333930', 'ean_13', 'wrong_check_digit'],
  ['96385074', 'ean_13', 'barcode_malformed'],
  ['SHELF-7', 'ean_8', 'barcode_malformed'],
  ['7', 'in_store', 'barcode_malformed'],
  // The same article, printed otherwise.
  ['0036000291452', undefined, 'barcode_taken'],
  ['4006381333931', undefined, 'barcode_taken'],
  ['00042', 'in_store', 'barcode_taken'],
  ['é', undefined, 'invalid_input'],
  ['with blank', undefined, 'invalid_input'],
  ['1'.repeat(49), undefined, 'invalid_input'],
]

test('a barcode is what its digits say, with a check digit that fits, and no other has it', async () => {
  const { variant } = await makeProduct(owner)
  for (const [code, kind, answer] of barcodes) {
    const { body } = await owner.client
      .request('catalog.add-barcode', { variant_id: variant.id, code, ...(kind ? { kind } : {}) })
      .catch((error) => ({ body: { kind: error.problem.code } }))
    expect((body as { kind: string }).kind, `${code} as ${kind}`).toBe(answer)
  }
  const other = await signUpOwner(server)
  await makeProduct(other, { variants: [{ barcodes: ['4006381333931'] }] })
})

test('of many who add the same barcode at once, one does', async () => {
  const code = freshEan()
  const made = await Promise.all(Array.from({ length: 8 }, () => makeProduct(owner)))
  const tries = await Promise.allSettled(
    made.map(({ variant }) => owner.client.call('catalog.add-barcode', { variant_id: variant.id, code })),
  )
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const others = tries.flatMap((tried) => (tried.status === 'rejected' ? [tried.reason] : []))
  expect(others).toMatchObject(others.map(() => refused('barcode_taken')))
})

test('a batch has a size that its unit counts, and what stock is kept in stays even when a command forgets that', async () => {
  const { variant } = await makeProduct(owner)
  const size = { id: variant.id, version: 1, batch_size_max: '7.5' }
  await expect(owner.client.call('catalog.update-variant', size)).rejects.toMatchObject(refused('too_many_decimals'))
  const kept = await withClient(server.database.superuserUrl, (sql) =>
    sql.query(
      `SELECT t.name, t.field, has_column_privilege('comptoir_app', t.name, t.field, 'UPDATE') AS may FROM (VALUES
         ('catalog.product', 'kind'), ('catalog.product', 'unit_id'), ('catalog.unit', 'size'), ('catalog.unit', 'decimals'),
         ('catalog.variant', 'product_id'), ('catalog.barcode', 'code'), ('pricing.price_list', 'branch_id'),
         ('pricing.price_list', 'currency'), ('pricing.price', 'variant_id'), ('channels.channel', 'type'),
         ('images.image', 'sha256'), ('catalog.product', 'name')) AS t (name, field)`,
    ),
  )
  expect(kept.rows.filter(({ may }) => may)).toEqual([{ name: 'catalog.product', field: 'name', may: true }])
})

test('a pack holds what its unit can count, and its barcode goes with it', async () => {
  const { client } = owner
  const { variant } = await makeProduct(owner)
  const add = (name: string, quantity: string) =>
    client.call('catalog.add-pack', { variant_id: variant.id, name, quantity })
  const box = await add('Box of 12', '12.000')
  expect(box.quantity).toBe('12')
  await expect(add('Box of 12', '6')).rejects.toMatchObject(refused('pack_name_taken'))
  await expect(add('Half', '0.5')).rejects.toMatchObject(refused('too_many_decimals'))
  await expect(add('None', '0')).rejects.toMatchObject(refused('invalid_input'))
  const code = freshEan()
  await client.call('catalog.add-barcode', { variant_id: variant.id, pack_id: box.id, code })
  expect(await client.call('catalog.scan', { text: code })).toMatchObject({ pack_id: box.id, quantity: '12' })
  const foreign = { variant_id: (await makeProduct(owner)).variant.id, pack_id: box.id, code: freshEan() }
  await expect(client.call('catalog.add-barcode', foreign)).rejects.toMatchObject(refused('pack_not_found'))
  await client.call('catalog.remove-pack', { id: box.id, version: 1 })
  await expect(client.call('catalog.scan', { text: code })).rejects.toMatchObject(refused('barcode_unknown'))
  const kilo = await makeProduct(owner, { unit: 'kg' })
  const sack = { variant_id: kilo.variant.id, name: 'Sack', quantity: '2.5' }
  expect(await client.call('catalog.add-pack', sack)).toMatchObject({ quantity: '2.5' })
})

describe('a kit', () => {
  test('has components that are no kits, none twice, and keeps them from deletion', async () => {
    const { client } = owner
    const { variant: kit } = await makeProduct(owner, { kind: 'kit' })
    const { variant: other } = await makeProduct(owner, { kind: 'kit' })
    const tea = await makeProduct(owner)
    const rice = await makeProduct(owner, { unit: 'kg' })
    const set = (lines: { variant_id: string; quantity: string }[], id = kit.id, version = 1) =>
      client.call('catalog.set-kit-lines', { id, version, lines })
    const line = (variant_id: string, quantity = '1') => ({ variant_id, quantity })
    await expect(set([line(kit.id)])).rejects.toMatchObject(refused('kit_in_kit'))
    await expect(set([line(other.id)])).rejects.toMatchObject(refused('kit_in_kit'))
    await expect(set([line(freshId())])).rejects.toMatchObject(refused('variant_not_found'))
    await expect(set([line(tea.variant.id, '1.5')])).rejects.toMatchObject(refused('too_many_decimals'))
    await expect(set([line(tea.variant.id), line(tea.variant.id)])).rejects.toMatchObject(refused('invalid_input'))
    await expect(set([line(rice.variant.id)], tea.variant.id)).rejects.toMatchObject(refused('not_a_kit'))
    await set([line(tea.variant.id, '2'), line(rice.variant.id, '0.25')])
    const lines = [line(rice.variant.id, '0.5')]
    expect(await set([], kit.id, 2)).toMatchObject({ kit_lines: [], version: 3 })
    expect(await set(lines, kit.id, 3)).toMatchObject({ kit_lines: lines, version: 4 })
    const end = ({ id, version }: { id: string; version: number }) =>
      client.call('catalog.delete-product', { id, version })
    await expect(end(rice)).rejects.toMatchObject(refused('variant_in_kit'))
    await end(tea)
  })
})

test('the tree of categories has no circle, eight levels, and no name twice in a place', async () => {
  const { client } = owner
  const path = [await categories('Level 1')]
  for (let level = 2; level <= 8; level++) path.push(await categories(`Level ${level}`, path.at(-1)?.id))
  const [top, second] = path
  if (!top || !second) throw new Error('there is a path')
  await expect(categories('Level 9', path.at(-1)?.id)).rejects.toMatchObject(refused('category_too_deep'))
  await expect(categories('Level 2', top.id)).rejects.toMatchObject(refused('category_name_taken'))
  await expect(categories('LEVEL 1')).rejects.toMatchObject(refused('category_name_taken'))
  const move = (id: string, parent_id: string | null) =>
    client.call('catalog.update-category', { id, version: 1, parent_id })
  for (const { id } of path) await expect(move(top.id, id)).rejects.toMatchObject(refused('category_cycle'))
  const aside = await categories('Aside')
  await expect(move(top.id, aside.id)).rejects.toMatchObject(refused('category_too_deep'))
  expect(await move(second.id, aside.id)).toMatchObject({ parent_id: aside.id, version: 2 })
  await expect(client.call('catalog.delete-category', { id: aside.id, version: aside.version })).rejects.toMatchObject(
    refused('category_in_use'),
  )
  await client.call('catalog.delete-category', { id: top.id, version: 1 })
  await categories('Level 1')
})

test('two moves at once close no circle', async () => {
  for (let round = 0; round < 5; round++) {
    const [one, two] = [await categories(`One ${round}`), await categories(`Two ${round}`)]
    const move = (id: string, parent_id: string) =>
      owner.client.call('catalog.update-category', { id, version: 1, parent_id })
    const tries = await Promise.allSettled([move(one.id, two.id), move(two.id, one.id)])
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [other] = tries.flatMap((tried) => (tried.status === 'rejected' ? [tried.reason] : []))
    expect(other).toMatchObject(refused('category_cycle'))
  }
})

test('a category stands for those below it, page by page', async () => {
  const food = await categories('Food')
  const cheese = await categories('Cheese', food.id)
  const made = []
  for (const [name, category_id] of [
    ['Brie', cheese.id],
    ['Apple', food.id],
    ['Brie', cheese.id],
  ] as const)
    made.push((await makeProduct(owner, { name, category_id })).id)
  const [brie, apple, secondBrie] = made
  const found: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await owner.client.call('catalog.list-products', {
      category_id: food.id,
      limit: 1,
      ...(cursor ? { cursor } : {}),
    })
    found.push(...page.items.map(({ id }) => id))
    cursor = page.next_cursor
  }
  expect(found).toEqual([apple, brie, secondBrie])
})

test('nothing is made of what does not fit', async () => {
  const { client } = owner
  const sound = {
    name: 'Sound',
    kind: 'stocked',
    unit_id: await unitOf(owner, 'piece'),
    tax_class_id: await taxClassOf(owner),
  } as const
  const wrong: [what: object, code: string][] = [
    [{ unit_id: freshId() }, 'unit_not_found'],
    [{ tax_class_id: freshId() }, 'tax_class_not_found'],
    [{ category_id: freshId() }, 'category_not_found'],
    [{ kind: 'service', is_expiry_tracked: true }, 'kind_has_no_expiry'],
    [{ name: 'x'.repeat(201) }, 'invalid_input'],
    [{ name: '' }, 'invalid_input'],
    [{ hsn_code: '30A' }, 'invalid_input'],
    [
      {
        labels: [
          { locale: 'fr-MA', name: 'a' },
          { locale: 'fr-ma', name: 'b' },
        ],
      },
      'invalid_input',
    ],
    [{ variants: [] }, 'invalid_input'],
    [{ variants: [{ weight_kg: '-1' }] }, 'invalid_input'],
    [{ variants: [{ batch_size_min: '10', batch_size_max: '9' }] }, 'batch_sizes_crossed'],
    [{ variants: [{ batch_size_min: '10.5' }] }, 'too_many_decimals'],
    [{ variants: [{}] }, 'invalid_input'],
    [{ variants: [{ sku: 'A' }, { sku: 'B' }] }, 'variant_options_taken'],
    [{ variants: [{ sku: 'A', options: [{ name: 'Size', value: 'S' }] }, { sku: 'A' }] }, 'sku_taken'],
    [{ variants: [{ barcodes: ['4006381333930'] }] }, 'wrong_check_digit'],
    [{ variants: [{ barcodes: ['73513537', '73513537'] }] }, 'barcode_taken'],
  ]
  const before = await client.call('catalog.list-products', { limit: 200 })
  for (const [what, code] of wrong)
    await expect(client.call('catalog.create-product', { ...sound, ...what }), code).rejects.toMatchObject(
      refused(code),
    )
  expect(await client.call('catalog.list-products', { limit: 200 })).toEqual(before)
})

test('what something costs is for those who may see costs', async () => {
  const { client } = owner
  const { variant } = await makeProduct(owner)
  expect(await client.call('catalog.get-cost', { id: variant.id })).toMatchObject({ cost: null, currency: null })
  const set = { id: variant.id, version: 1, cost: '12.345600', currency: 'MAD' }
  expect(await client.call('catalog.set-cost', set)).toMatchObject({ cost: '12.3456', currency: 'MAD', version: 2 })
  await expect(client.call('catalog.set-cost', { ...set, version: 2, cost: '-1' })).rejects.toMatchObject(
    refused('invalid_input'),
  )
  await expect(client.call('catalog.set-cost', { ...set, version: 2, currency: 'XXQ' })).rejects.toMatchObject(
    refused('unknown_currency'),
  )
  for (const half of [{ cost: null }, { currency: null }])
    await expect(client.call('catalog.set-cost', { ...set, version: 2, ...half })).rejects.toMatchObject(
      refused('invalid_input'),
    )
  const unset = await client.call('catalog.set-cost', { ...set, version: 2, cost: null, currency: null })
  expect(unset).toMatchObject({ cost: null, currency: null, version: 3 })
  await client.call('catalog.set-cost', { ...set, version: 3 })
  const { items: roles } = await client.call('tenants.list-roles', {})
  const cashier = await signUpPerson(server)
  await hire(server, owner, cashier, [roles.find(({ name }) => name === 'cashier')?.id ?? ''])
  const seen = await cashier.client.call('catalog.get-variant', { id: variant.id })
  expect(JSON.stringify(seen)).not.toContain('12.3456')
  await expect(cashier.client.call('catalog.get-cost', { id: variant.id })).rejects.toMatchObject(refused('forbidden'))
  await expect(cashier.client.call('catalog.set-cost', { ...set, version: 2 })).rejects.toMatchObject(
    refused('forbidden'),
  )
})

test('commands on one product wait for one another, and never each for the other', async () => {
  const database = await createTestDatabase(inject('postgresPort'))
  const own = await startTestServer({ database })
  const person = await signUpOwner(own)
  for (let round = 0; round < 8; round++) await workAtOnce(person)
  // What a connection counted is told when it ends.
  await own.close()
  const deadlocks = await withClient(database.superuserUrl, (sql) =>
    sql.query('SELECT deadlocks::integer AS many FROM pg_stat_database WHERE datname = current_database()'),
  )
  await database.drop()
  expect(deadlocks.rows).toEqual([{ many: 0 }])
}, 60_000)

/** Changes a pack and ends it, its barcodes and its product in the same moment. */
async function workAtOnce(person: TestOwner): Promise<void> {
  const { client } = person
  const { id, variant } = await makeProduct(person)
  const pack = await client.call('catalog.add-pack', { variant_id: variant.id, name: 'Box', quantity: '6' })
  const bears = { variant_id: variant.id, pack_id: pack.id }
  const barcodes = await Promise.all(
    [0, 1, 2].map(() => client.call('catalog.add-barcode', { ...bears, code: freshEan() })),
  )
  const once = { id: pack.id, version: 1 }
  await Promise.allSettled([
    ...['2', '3', '4'].map((quantity) => client.call('catalog.update-pack', { ...once, quantity })),
    ...barcodes.map((one) => client.call('catalog.remove-barcode', { id: one.id, version: 1 })),
    client.call('catalog.remove-pack', once),
    client.call('catalog.delete-product', { id, version: 1 }),
  ])
}
