import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeTenders } from '../harness/cash.ts'
import { employ } from '../harness/counts.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let branch_id: string
let entity_id: string
let cashier: TestClient
let manager: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const entity = { legal_name: 'Pharmacie Atlas', country: 'MA', currency: 'MAD' }
  entity_id = (await owner.client.call('tenants.create-entity', entity)).id
  const branch = { entity_id, code: 'CASA', name: 'Casablanca', time_zone: 'Africa/Casablanca' }
  branch_id = (await owner.client.call('tenants.create-branch', branch)).id
  cashier = (await employ(server, owner, 'cashier', { branch_ids: [branch_id] })).client
  manager = (await employ(server, owner, 'manager', { branch_ids: [branch_id] })).client
}, 60_000)
afterAll(() => server.close())

/** What the books of the branch hold, by purpose, for a holder or for all. */
async function books(holderId: string | null): Promise<Record<string, string>> {
  const { items } = await owner.client.call('ledger.list-accounts', { entity_id, limit: 200 })
  const held = items.filter((one) => one.holder_id === holderId && one.purpose !== null)
  return Object.fromEntries(held.map(({ purpose, balance }) => [String(purpose), balance]))
}

/** A morning and an afternoon: four tenders, a refund, change from the safe, a bill paid, and a drop. */
async function work(id: string): Promise<void> {
  await takeTenders(server, owner, id, { cash: '640.50' })
  await takeTenders(server, owner, id, { cash: '120', card: '380' })
  await takeTenders(server, owner, id, { mobile_wallet: '95.00' })
  await takeTenders(server, owner, id, { bank_transfer: '1200.00' })
  await takeTenders(server, owner, id, { cash: '-45.50' })
  await cashier.call('cash.pay-in', { id, amount: '100', reason: 'Coins from the safe' })
  await cashier.call('cash.pay-out', { id, amount: '35', reason: 'Water for the shop' })
  await cashier.call('cash.drop-cash', { id, amount: '500', reason: 'Half past two' })
}

/** 500 float + 640.50 + 120 − 45.50 + 100 − 35 − 500 = 780.00 in cash, of which 720.00 are there. */
async function countShort(id: string, version: number) {
  const { version: next } = await cashier.call('cash.close-session', { id, version })
  const late = takeTenders(server, owner, id, { cash: '1' })
  await expect(late).rejects.toMatchObject({ kind: { code: 'session_not_open' } })
  return cashier.call('cash.count-session', {
    id,
    version: next,
    tenders: [
      {
        tender_kind: 'cash',
        counted: '720',
        denominations: [
          { value: '200', quantity: 3 },
          { value: '100', quantity: 1 },
          { value: '10', quantity: 2 },
        ],
      },
      { tender_kind: 'card', counted: '380' },
      { tender_kind: 'mobile_wallet', counted: '95' },
      { tender_kind: 'bank_transfer', counted: '1200' },
    ],
  })
}

test('a shift ends 60 MAD short, somebody else approves, and final report, books and drawer agree to the cent', async () => {
  const register = { branch_id, code: 'R1', name: 'Front' }
  const { id: register_id } = await owner.client.call('registers.create-register', register)
  const { id, version } = await cashier.call('cash.open-session', { register_id, float_amount: '500' })
  await work(id)
  const x = await cashier.call('cash.get-x-report', { id })
  const drawer = await books(id)
  expect(x.tenders.map(({ tender_kind, expected, balance }) => [tender_kind, expected, balance])).toEqual([
    ['cash', '780', '780'],
    ['card', '380', '380'],
    ['mobile_wallet', '95', '95'],
    ['bank_transfer', '1200', '1200'],
  ])
  expect(drawer).toEqual({
    ...{ cash: '780.0000', card_clearing: '380.0000' },
    ...{ mobile_wallet_clearing: '95.0000', cash_in_transit: '1200.0000' },
  })

  const escalated = await countShort(id, version)
  expect(escalated).toMatchObject({ status: 'pending_reconciliation', reconciliation: 'escalated' })
  const own = cashier.call('cash.approve-session', { id, version: escalated.version })
  await expect(own).rejects.toMatchObject({ problem: { status: 403, code: 'forbidden' } })

  const off = { id, version: escalated.version, reason: 'Searched twice, not found' }
  const writtenOff = await manager.call('cash.write-off-variance', off)
  const closed = await manager.call('cash.approve-session', { id, version: writtenOff.version })
  expect(closed).toMatchObject({ status: 'closed', reconciliation: 'closed', offline_transaction_count: 0 })
  expect(closed.steps.map(({ action }) => action)).toEqual([
    'open',
    'close',
    'count',
    'escalation',
    'write_off',
    'approve',
  ])

  const z = await manager.call('cash.get-z-report', { id })
  expect(z).toMatchObject({ expected: '2455', counted: '2395', variance: '-60', register_code: 'R1' })
  expect(z.tenders[0]).toMatchObject({
    ...{ expected: '780', counted: '720', variance: '-60', written_off: '-60', balance: '0' },
    movements: [
      { document_type: 'cash_drop', given: '500' },
      { document_type: 'cash_float', received: '500' },
      { document_type: 'cash_pay_in', received: '100' },
      { document_type: 'cash_pay_out', given: '35' },
      { document_type: 'cash_write_off', given: '60' },
      { document_type: 'refund', given: '45.5' },
      { document_type: 'sale', received: '760.5', entries: 2 },
    ],
  })
  const emptied = Object.values(await books(id))
  expect(emptied).toEqual(emptied.map(() => '0.0000'))
  // The safe gave 500 and 100, and got 500 and what was counted.
  expect((await books(branch_id)).safe).toBe('620.0000')
  expect(await books(null)).toMatchObject({
    ...{ cash: '0.0000', card_clearing: '380.0000', mobile_wallet_clearing: '95.0000', cash_in_transit: '1200.0000' },
    ...{ cash_short: '60.0000', other_expenses: '35.0000', sales: '-2390.0000' },
  })
  await expect(cashier.call('cash.open-session', { register_id, float_amount: '500' })).resolves.toMatchObject({
    status: 'open',
  })
})
