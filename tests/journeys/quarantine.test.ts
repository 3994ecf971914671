import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { makeProduct } from '../harness/catalog.ts'
import { accountOf } from '../harness/ledger.ts'
import { withClient } from '../harness/postgres.ts'
import { signUpOwner, startTestServer, type TestServer } from '../harness/server.ts'
import { stockWorth } from '../harness/stock.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

/** The night on which a batch expires. */
const spoil = (number: string) =>
  withClient(server.database.superuserUrl, (client) =>
    client.query(`UPDATE inventory.batch SET expires_on = '2020-01-01' WHERE number = $1`, [number]),
  )

/** A shop with ten units at 2.00 that expire soon and ten at 3.00 that expire later. */
async function openShop() {
  const owner = await signUpOwner(server)
  const { branchId: branch_id, client } = owner
  const variant_id = (await makeProduct(owner, { is_expiry_tracked: true })).variant.id
  const batch = (batch_number: string, expires_on: string, unit_cost: string) =>
    ({ variant_id, quantity: '10', unit_cost, batch_number, expires_on }) as const
  await client.call('inventory.receive-stock', {
    branch_id,
    lines: [batch('SOON', '2198-01-01', '2.00'), batch('LATE', '2199-01-01', '3.00')],
  })
  const order = (quantity: string) =>
    client.call('inventory.reserve-stock', {
      ...{ branch_id, document_type: 'order', document_id: uuidv7() },
      lines: [{ variant_id, quantity }],
    })
  /** Of each batch what is on hand, reserved and available. */
  const shelf = async () =>
    (await client.call('inventory.list-levels', { variant_id })).items
      .map((one) => `${one.batch_number} ${one.on_hand} ${one.reserved} ${one.available}`)
      .toSorted()
  return { owner, branch_id, variant_id, order, shelf }
}

test('a batch expires, goes into quarantine with what was kept of it for an order, and is written off; the books follow', async () => {
  const { owner, branch_id, variant_id, order, shelf } = await openShop()
  const { client } = owner
  const kept = await order('4')
  expect(kept.lines).toMatchObject([{ quantity: '4', open: '4' }])
  expect(await shelf()).toEqual(['LATE 10 0 10', 'SOON 10 4 6'])

  await spoil('SOON')
  const { quarantine } = await client.call('inventory.quarantine-expired', { branch_id, note: 'Found on the shelf' })
  expect(quarantine).toMatchObject({ reason: 'expired', lines: [{ variant_id, quantity: '10', open: '10' }] })
  expect(await shelf()).toEqual(['LATE 10 0 10', 'SOON 10 10 0'])
  expect((await client.call('inventory.get-reservation', { id: kept.id })).lines).toMatchObject([{ open: '0' }])

  const inOrder = await order('4')
  const late = (await client.call('inventory.list-levels', { variant_id })).items.find(
    (one) => one.batch_number === 'LATE',
  )
  expect(inOrder.lines).toMatchObject([{ batch_id: late?.batch_id, quantity: '4' }])

  const id = quarantine?.id ?? ''
  const write_off_id = uuidv7()
  const part = { id, write_off_id, reason: 'expired' as const, lines: [{ line: 1, quantity: '7' }] }
  const gone = await client.call('inventory.write-off-quarantine', part)
  expect(gone).toMatchObject({
    id: write_off_id,
    kind: 'write_off',
    reason: 'expired',
    movements: [{ quantity: '-7' }],
  })
  expect(await client.call('inventory.write-off-quarantine', part), 'sent again').toEqual(gone)
  expect(await shelf()).toEqual(['LATE 10 4 6', 'SOON 3 3 0'])
  await client.call('inventory.release-from-quarantine', { id, lines: [{ line: 1, quantity: '1' }] })
  await client.call('inventory.write-off-quarantine', { id, reason: 'damaged' })
  await expect(client.call('inventory.write-off-quarantine', { id, reason: 'damaged' })).rejects.toMatchObject({
    problem: { code: 'reservation_over' },
  })
  expect(await shelf()).toEqual(['LATE 10 4 6', 'SOON 1 0 1'])
  expect((await client.call('inventory.list-quarantine', { branch_id })).items).toEqual([])

  // 20 units cost 50.00 together, so one is worth 2.50: seven expired, two are a loss.
  const balanceOf = async (purpose: string, holder?: string) => (await accountOf(owner, purpose, holder))?.balance
  expect(await balanceOf('inventory', branch_id)).toBe('27.5000')
  expect(await stockWorth(server, owner)).toBe('27.5000')
  expect(await balanceOf('stock_expired')).toBe('17.5000')
  expect(await balanceOf('stock_loss')).toBe('5.0000')
  expect(await balanceOf('goods_received_not_invoiced')).toBe('-50.0000')
  const journal = await client.call('ledger.get-journal', { id: write_off_id })
  expect(journal).toMatchObject({ document_type: 'stock_write_off', document_id: write_off_id })
  expect(journal.entries.map(({ amount }) => amount).toSorted()).toEqual(['-17.5000', '17.5000'])
  const history = await client.call('audit.list-resource-history', { resource_type: 'quarantine', resource_id: id })
  expect(history.items.map(({ event }) => event).toSorted()).toEqual([
    'inventory.quarantine-expired',
    'inventory.release-from-quarantine',
    'inventory.write-off-quarantine',
    'inventory.write-off-quarantine',
  ])
})
