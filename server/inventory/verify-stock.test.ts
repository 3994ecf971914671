import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inReadTransaction } from '../platform/database.ts'
import { verifyStock } from './index.ts'

let server: TestServer
let owner: TestOwner
let names: Record<string, string>

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const { client, branchId: branch_id } = owner
  const variant_id = (await makeProduct(owner)).variant.id
  const lines = [{ variant_id, quantity: '10', unit_cost: '3', batch_number: 'A' }]
  await client.call('inventory.receive-stock', { branch_id, lines })
  await client.call('inventory.write-off-stock', {
    branch_id,
    reason: 'damaged',
    lines: [{ variant_id, quantity: '4' }],
  })
  const { items } = await client.call('inventory.list-levels', { variant_id })
  names = { $variant: variant_id, $level: items[0]?.id ?? '', $branch: branch_id, $tenant: owner.tenantId }
})
afterAll(() => server?.close())

const verify = () =>
  verifyStock(
    (work) => inReadTransaction(server.product.databases.read, owner.tenantId, (tx) => work(tx.client)),
    owner.tenantId,
  )

const second = `tenant_id = '$tenant' AND level_id = '$level' AND level_version = 2`
const stock = `tenant_id = '$tenant' AND variant_id = '$variant'`

// what a superuser does to the tables, and what is named
const cases: [tampering: string, sql: string, named: { resource: string; id: string; reason: RegExp }][] = [
  [
    'stock that was raised',
    `UPDATE inventory.level SET on_hand = on_hand + 1 WHERE ${stock}`,
    { resource: 'level', id: '$level', reason: /^there are 7.000000 after 2 movements, they say 6.000000 after 2$/ },
  ],
  [
    'a movement taken away, with its stock',
    `DELETE FROM inventory.movement WHERE ${second}; UPDATE inventory.level SET on_hand = 10 WHERE ${stock}`,
    { resource: 'level', id: '$level', reason: /after 2 movements, they say 10.000000 after 1$/ },
  ],
  [
    'the first movement taken away',
    `DELETE FROM inventory.movement WHERE tenant_id = '$tenant' AND level_id = '$level' AND level_version = 1`,
    { resource: 'level', id: '$level', reason: /^movement 1 is missing$/ },
  ],
  [
    'a quantity that was changed, with all that follows from it in its place',
    `UPDATE inventory.movement SET quantity = -3, running_quantity = 7 WHERE ${second}; UPDATE inventory.level SET on_hand = 7 WHERE ${stock}`,
    { resource: 'variant', id: '$variant', reason: /its levels hold 7.000000, its cost is of 6.000000$/ },
  ],
  [
    'what a movement began at',
    `UPDATE inventory.movement SET previous_quantity = 11, running_quantity = 7 WHERE ${second}`,
    { resource: 'level', id: '$level', reason: /^movement 2 does not begin at what the one before it left$/ },
  ],
  [
    'a movement put into another branch',
    `UPDATE inventory.movement SET branch_id = '$tenant' WHERE ${second}`,
    { resource: 'level', id: '$level', reason: /^movement 2 is of another place$/ },
  ],
  [
    'a posting taken away, its movements left',
    `DELETE FROM inventory.posting WHERE tenant_id = '$tenant' AND kind = 'write_off'`,
    { resource: 'level', id: '$level', reason: /^movement 2 has no posting$/ },
  ],
  [
    'a level taken away, its movements left',
    `DELETE FROM inventory.level WHERE ${stock}`,
    { resource: 'level', id: '$level', reason: /^it has movements and is not there$/ },
  ],
  [
    'what a movement was worth',
    `UPDATE inventory.movement SET value = -11 WHERE ${second}`,
    { resource: 'variant', id: '$variant', reason: /it is worth 18.0000, movements say 19.0000$/ },
  ],
  [
    'what stock is worth, with what its movement was worth',
    `UPDATE inventory.movement SET value = -11 WHERE ${second}; UPDATE inventory.cost SET value = 19 WHERE ${stock}`,
    { resource: 'branch', id: '$branch', reason: /^its stock is worth 19.0000, its account holds 18.0000$/ },
  ],
  [
    'a cost taken away',
    `DELETE FROM inventory.cost WHERE ${stock}`,
    { resource: 'variant', id: '$variant', reason: /it has stock and no cost$/ },
  ],
  [
    'what the account of a branch holds',
    `UPDATE ledger.account SET balance = balance + 5 WHERE tenant_id = '$tenant' AND holder_id = '$branch'`,
    { resource: 'branch', id: '$branch', reason: /^its stock is worth 18.0000, its account holds 23.0000$/ },
  ],
]

test('stock that nobody touched is intact, counted', async () => {
  expect(await verify()).toEqual({ intact: true, variants: 1, movements: 2 })
})

test.each(cases)('%s is found and named', async (_, sql, named) => {
  const fill = (text: string) => text.replaceAll(/\$\w+/g, (name) => names[name] ?? name)
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica; BEGIN')
    await client.query(fill(sql))
    // The verifier reads what is in this transaction: it is given this session.
    await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
    const verdict = await verifyStock((work) => work(client), owner.tenantId)
    await client.query('ROLLBACK')
    expect(verdict).toMatchObject({ intact: false, resource: named.resource, id: fill(named.id) })
    if (!verdict.intact) expect(verdict.reason).toMatch(named.reason)
  })
  expect(await verify(), 'and nothing stayed of it').toMatchObject({ intact: true })
})
