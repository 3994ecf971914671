import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTill } from '../../tests/harness/cash.ts'
import { employ } from '../../tests/harness/counts.ts'
import { accountOf, readBooks } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
}, 60_000)
afterAll(() => server?.close())

const move = (more: object) =>
  owner.client.call('cash.move-safe', { branch_id: owner.branchId, reason: 'Why', ...more } as never)
const held = async () => (await owner.client.call('cash.get-safe', { branch_id: owner.branchId })).balance

test('a safe begins with what is put in, gives floats, and brings the rest to the bank', async () => {
  expect(await held()).toBe('0')
  await move({ kind: 'put_in', amount: '1000', against: 'opening_balances' })
  await openTill(owner, owner.client, '200')
  expect(await held()).toBe('800')
  const deposit = { id: uuidv7(), kind: 'take_out', amount: '750.50', against: 'bank' }
  const made = await move(deposit)
  expect(made).toMatchObject({ kind: 'take_out', amount: '750.5', against: 'bank', actor_id: owner.employeeId })
  expect(await move(deposit), 'sent twice').toEqual(made)
  expect(await held()).toBe('49.5')
  expect((await accountOf(owner, 'bank'))?.balance).toBe('750.5000')
  const { items } = await owner.client.call('cash.list-safe-movements', { branch_id: owner.branchId })
  expect(items.map(({ amount }) => amount)).toEqual(['750.5', '1000'])
})

test('never more leaves a safe than is in it, however many take it at once', async () => {
  const before = await held()
  const taken = await Promise.allSettled(
    Array.from({ length: 4 }, () => move({ kind: 'take_out', amount: '20', against: 'bank' })),
  )
  expect(before).toBe('49.5')
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  expect(await held()).toBe('9.5')
})

test.each([
  ['nothing', { amount: '0' }, 'invalid_input'],
  ['half a cent', { amount: '0.005' }, 'cash_amount_too_fine'],
  ['more than there is', { amount: '9.51' }, 'safe_short'],
  ['cash for an account that is not for it', { against: 'sales' }, 'invalid_input'],
  ['cash of a branch of nobody', { branch_id: uuidv7() }, 'branch_not_found'],
])('%s is not taken out', async (_, change, code) => {
  const before = await readBooks(server)
  const taking = move({ kind: 'take_out', amount: '1', against: 'bank', ...change })
  await expect(taking).rejects.toMatchObject({ problem: { code } })
  expect(await readBooks(server)).toEqual(before)
})

test('the safe of another branch does not exist for whoever works in one', async () => {
  const branch = { entity_id: owner.entityId, code: 'FAR', name: 'Far', time_zone: 'Europe/Paris' }
  const far = (await owner.client.call('tenants.create-branch', branch)).id
  const { client } = await employ(server, owner, 'manager', { branch_ids: [far] })
  const theirs = client.call('cash.get-safe', { branch_id: owner.branchId })
  await expect(theirs).rejects.toMatchObject({ problem: { code: 'branch_not_found' } })
  expect(await client.call('cash.get-safe', { branch_id: far })).toMatchObject({ balance: '0' })
})
