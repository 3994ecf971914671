import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { freshEan, makeProduct } from '../harness/catalog.ts'
import { employ, receive } from '../harness/counts.ts'
import { pngOf } from '../harness/pictures.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeBatch } from '../harness/stock.ts'
import { makeGoods, openTill, sell, type Till } from '../harness/till.ts'
import { neighbourOf } from '../harness/transfers.ts'

let server: TestServer
let owner: TestOwner
let till: Till
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
})
afterAll(() => server.close())

const names = [
  'catalog.look-up-variants',
  'parties.look-up-parties',
  'inventory.look-up-batches',
  'sales.look-up-sales',
  'cash.look-up-sessions',
  'transfers.look-up-transfers',
  'counts.look-up-counts',
  'images.look-up-pictures',
] as const
type Name = (typeof names)[number]

async function idsFound(client: TestClient, name: Name, ids: readonly string[]) {
  return (await client.call(name, { ids: ids.join(',') })).items.map((one) => one.id)
}

/** One thing of each noun, in the branch of the owner. */
async function makeThings(): Promise<Record<Name, string>> {
  const { client, branchId } = owner
  const variant = await makeGoods(owner)
  const tracked = (await makeProduct(owner, { is_expiry_tracked: true })).variant.id
  const batch = await makeBatch(server, owner, { variant_id: tracked, expires_on: '2035-05-01', number: 'L-1' })
  await receive(server, owner, [{ variant_id: tracked, quantity: '2', batch_id: batch }])
  const party = await client.call('parties.create-party', { kind: 'person', name: 'Amina El Fassi' })
  const to_branch_id = await neighbourOf(owner)
  const lines = [{ variant_id: variant, quantity: '1' }]
  const { product_id } = await client.call('catalog.get-variant', { id: variant })
  await client.call('images.add-image', { product_id, content: pngOf({ width: 2 }).toString('base64') })
  return {
    'catalog.look-up-variants': variant,
    'parties.look-up-parties': party.id,
    'inventory.look-up-batches': batch,
    'sales.look-up-sales': (await sell(owner, till, [{ variant_id: variant }])).id,
    'cash.look-up-sessions': till.session_id,
    'transfers.look-up-transfers': (
      await client.call('transfers.create-transfer', { from_branch_id: branchId, to_branch_id, lines })
    ).id,
    'counts.look-up-counts': (await client.call('counts.create-count', { branch_id: branchId, variant_ids: [variant] }))
      .id,
    'images.look-up-pictures': product_id,
  }
}

test('a look-up answers what is known of the ids, each once, and nothing of other tenants', async () => {
  const things = await makeThings()
  const stranger = await signUpOwner(server)
  for (const name of names) {
    const id = things[name]
    expect(await idsFound(owner.client, name, [uuidv7(), id, id.toUpperCase(), id]), name).toEqual([id])
    expect(await idsFound(stranger.client, name, [id]), name).toEqual([])
  }
})

test('who is confined to other branches looks up nothing of this one, but goods, their pictures and parties, which all may see', async () => {
  const things = await makeThings()
  const elsewhere = await owner.client.call('tenants.create-branch', {
    ...{ entity_id: owner.entityId, code: 'ELSE', name: 'Elsewhere', time_zone: 'Europe/Paris' },
  })
  const confined = await employ(server, owner, 'manager', { branch_ids: [elsewhere.id] })
  const here = await employ(server, owner, 'manager', { branch_ids: [owner.branchId] })
  for (const name of names) {
    const isForAll = ['catalog.look-up-variants', 'parties.look-up-parties', 'images.look-up-pictures'].includes(name)
    expect(await idsFound(confined.client, name, [things[name]]), name).toEqual(isForAll ? [things[name]] : [])
    expect(await idsFound(here.client, name, [things[name]]), name).toEqual([things[name]])
  }
})

test('a variant is told by product, options, unit, the barcode of one and the picture of its own or else of its product', async () => {
  const product = await makeProduct(owner, {
    name: 'Soap',
    variants: [
      { sku: 'SOAP-B', barcodes: [freshEan(), freshEan()], options: ['Size:Big', 'Colour:Blue'].map(optionOf) },
      { options: [optionOf('Colour:Red')] },
    ],
  })
  const isBlue = ({ sku }: { sku: string | null }) => sku === 'SOAP-B'
  const blue = product.variants.find(isBlue)?.id ?? ''
  const red = product.variants.find((one) => !isBlue(one))?.id ?? ''
  const [first] = (await owner.client.call('catalog.get-variant', { id: blue })).barcodes
  const pack = await owner.client.call('catalog.add-pack', { variant_id: red, name: 'Box', quantity: '6' })
  await owner.client.call('catalog.add-barcode', { variant_id: red, pack_id: pack.id, code: freshEan() })
  const picture = (width: number) => pngOf({ width }).toString('base64')
  const ofAll = await owner.client.call('images.add-image', { product_id: product.id, content: picture(2) })
  const own = { product_id: product.id, variant_id: blue, content: picture(3) }
  const ofBlue = await owner.client.call('images.add-image', own)
  const look = async () => {
    const { items } = await owner.client.call('catalog.look-up-variants', { ids: `${red},${blue}` })
    return [blue, red].map((id) => items.find((one) => one.id === id))
  }

  const shared = { product_id: product.id, name: 'Soap', unit_code: 'piece', unit_decimals: 0, is_deleted: false }
  expect(await look()).toMatchObject([
    { ...shared, id: blue, options: 'Blue, Big', sku: 'SOAP-B', barcode: first?.code, image_sha256: ofBlue.sha256 },
    { ...shared, id: red, options: 'Red', sku: null, barcode: null, image_sha256: ofAll.sha256 },
  ])
  await owner.client.call('catalog.delete-variant', { id: red, version: 1 })
  expect((await look())[1]).toMatchObject({ id: red, name: 'Soap', is_deleted: true })
})

test('a party that was anonymised is found without its name', async () => {
  const { id, version } = await owner.client.call('parties.create-party', { kind: 'person', name: 'Amina' })
  const look = async () => (await owner.client.call('parties.look-up-parties', { ids: id })).items
  expect(await look()).toEqual([{ id, kind: 'person', name: 'Amina', is_deleted: false }])
  await owner.client.call('parties.anonymise-party', { id, version })
  expect(await look()).toEqual([{ id, kind: 'person', name: null, is_deleted: true }])
})

test('an employee is looked up by their id and by that of their user, by any colleague, after they left, too', async () => {
  const cashier = await employ(server, owner, 'cashier')
  const { id: employeeId } = await employ(server, owner, 'cashier')
  const { items } = await owner.client.call('tenants.list-employees', { limit: 200 })
  const employee = items.find((one) => one.id === employeeId)
  const { display_name = '', version = 0 } = employee ?? {}
  const ids = [employeeId, employee?.user_id ?? '']
  const look = async (client: TestClient) =>
    (await client.call('tenants.look-up-employees', { ids: [...ids, uuidv7()].join(',') })).items

  const known = ids.toSorted().map((id) => ({ id, employee_id: employeeId, display_name }))
  expect(await look(cashier.client)).toEqual(known)
  const stranger = await signUpOwner(server)
  expect(await look(stranger.client)).toEqual([])
  await owner.client.call('tenants.remove-employee', { id: employeeId, version })
  expect(await look(cashier.client)).toEqual(known)
})

test.each([
  ['nothing', ''],
  ['what is no id', 'soap'],
  ['a comma too many', `${uuidv7()},`],
  ['201 ids', Array.from({ length: 201 }, uuidv7).join(',')],
])('a look-up refuses %s', async (_, ids) => {
  await expect(owner.client.call('catalog.look-up-variants', { ids })).rejects.toMatchObject({
    problem: { code: 'invalid_input' },
  })
})

test('200 ids are looked up at once', async () => {
  const ids = Array.from({ length: 200 }, uuidv7)
  expect(await idsFound(owner.client, 'sales.look-up-sales', ids)).toEqual([])
})

function optionOf(text: string) {
  const [name = '', value = ''] = text.split(':')
  return { name, value }
}
