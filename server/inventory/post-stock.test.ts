import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post, postTogether, stockWorth } from '../../tests/harness/stock.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
const receipt = (quantity: string, unit_cost: string) =>
  ({ kind: 'receipt', quantity, unit_cost, against: 'goods_received_not_invoiced' }) as const
const issue = (quantity: string) => ({ kind: 'issue', quantity, against: 'cost_of_sales' }) as const

test('what comes and goes is in stock, in the books, and worth in both the same', async () => {
  const variant_id = await newVariant()
  const at = { branch_id: owner.branchId, variant_id, batch_id: null }
  const came = await post(server, owner, documentOf('receipt', [{ ...at, change: receipt('3', '3.333333') }]))
  expect(came.movements).toEqual([
    { line: 1, ...at, quantity: '3', value: '10', unit_cost: '3.333333', running_quantity: '3' },
  ])
  const sold = await post(server, owner, documentOf('sale', [{ ...at, batch_id: 'fefo', change: issue('2') }]))
  expect(sold.movements).toEqual([
    { line: 1, ...at, quantity: '-2', value: '-6.67', unit_cost: '3.335', running_quantity: '1' },
  ])
  expect(await stockWorth(server, owner)).toBe('3.3300')
  expect(await accountOf(owner, 'inventory', owner.branchId)).toMatchObject({
    balance: '3.3300',
    holder_type: 'branch',
  })
  expect(await accountOf(owner, 'inventory')).toMatchObject({ balance: '0.0000' })
  expect(await accountOf(owner, 'cost_of_sales')).toMatchObject({ balance: '6.6700' })
  expect(await accountOf(owner, 'goods_received_not_invoiced')).toMatchObject({ balance: '-10.0000' })
})

test('batches are taken in the order of their expiry, and more than there is is refused with what is left', async () => {
  const variant_id = await newVariant()
  const [late, soon] = [
    await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' }),
    await makeBatch(server, owner, { variant_id, expires_on: '2198-01-01' }),
  ]
  const at = { branch_id: owner.branchId, variant_id }
  const lines = [late, soon].map((batch_id) => ({ ...at, batch_id, change: receipt('5', '1') }))
  await post(server, owner, documentOf('receipt', lines))
  const fefo = (quantity: string) => documentOf('sale', [{ ...at, batch_id: 'fefo', change: issue(quantity) }])
  expect((await post(server, owner, fefo('7'))).movements).toMatchObject([
    { line: 1, batch_id: soon, quantity: '-5', running_quantity: '0' },
    { line: 1, batch_id: late, quantity: '-2', running_quantity: '3' },
  ])
  await expect(post(server, owner, fefo('4'))).rejects.toMatchObject({
    kind: { code: 'insufficient_stock' },
    message: 'line 1: 3 left',
  })
})

test('a posting sent twice is recorded once', async () => {
  const variant_id = await newVariant()
  const line = { branch_id: owner.branchId, variant_id, batch_id: null, change: receipt('1', '1') }
  const document = { ...documentOf('receipt', [line]), id: uuidv7() }
  await post(server, owner, document)
  await expect(post(server, owner, document)).rejects.toMatchObject({ kind: { code: 'already_exists' } })
})

test('documents posted together are right or refused each by itself, on what those before it left', async () => {
  const variant_id = await newVariant()
  const at = { branch_id: owner.branchId, variant_id }
  const before = await stockWorth(server, owner)
  const came = (quantity: string, cost: string) =>
    documentOf('receipt', [{ ...at, batch_id: null, change: receipt(quantity, cost) }])
  const sold = (quantity: string) => documentOf('sale', [{ ...at, batch_id: 'fefo', change: issue(quantity) }])
  const refused = sold('4')
  const answers = await postTogether(server, owner, [came('2', '1'), came('1', '4'), refused, sold('2'), sold('1')])
  expect(answers).toMatchObject([
    { movements: [{ quantity: '2', value: '2', running_quantity: '2' }] },
    { movements: [{ quantity: '1', value: '4', running_quantity: '3' }] },
    { kind: { code: 'insufficient_stock' }, message: 'line 1: 3 left' },
    { movements: [{ quantity: '-2', value: '-4', unit_cost: '2', running_quantity: '1' }] },
    { movements: [{ quantity: '-1', value: '-2', unit_cost: '2', running_quantity: '0' }] },
  ])
  expect(await stockWorth(server, owner)).toBe(before)
  const rows = await withClient(server.database.superuserUrl, (client) =>
    client.query('SELECT FROM inventory.posting WHERE id = $1', [refused.id]),
  )
  expect(rows.rowCount).toBe(0)
})

test('what lies somewhere is not taken out of the catalogue, nor tracked otherwise', async () => {
  const { client } = owner
  const options = (value: string) => [{ name: 'Size', value }]
  const product = await makeProduct(owner, { variants: [{ options: options('S') }, { options: options('M') }] })
  const [small] = product.variants
  const at = { branch_id: owner.branchId, variant_id: small?.id ?? '', batch_id: null }
  await post(server, owner, documentOf('receipt', [{ ...at, change: receipt('3', '2') }]))
  const refused = { problem: { code: 'variant_in_stock' } }
  const { id } = product
  await expect(client.call('catalog.delete-product', { id, version: 1 })).rejects.toMatchObject(refused)
  const end = (one = small) => client.call('catalog.delete-variant', { id: one?.id ?? '', version: 1 })
  await expect(end()).rejects.toMatchObject(refused)
  const track = () => client.call('catalog.update-product', { id, version: 1, is_expiry_tracked: true })
  await expect(track()).rejects.toMatchObject(refused)
  await post(server, owner, documentOf('sale', [{ ...at, change: issue('3') }]))
  expect(await track()).toMatchObject({ is_expiry_tracked: true, version: 2 })
  await end()
  await client.call('catalog.delete-product', { id, version: 2 })
})
