import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeRegister, openTill } from '../../tests/harness/cash.ts'
import { employ } from '../../tests/harness/counts.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { receiptNumberOf } from './index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
}, 60_000)
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })

test('a code is of one register in a tenant, however many are made at once, and of another tenant all the same', async () => {
  const register = (branch_id: string) => ({ branch_id, code: 'R1', name: 'Front' })
  const made = await Promise.allSettled(
    Array.from({ length: 6 }, () => owner.client.call('registers.create-register', register(owner.branchId))),
  )
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of made)
    if (one.status === 'rejected') expect(one.reason).toMatchObject(refused('register_code_taken'))
  const other = await signUpOwner(server)
  const theirs = await other.client.call('registers.create-register', register(other.branchId))
  expect(theirs).toMatchObject({ code: 'R1', is_active: true, last_sequence: '0', last_receipt_number: null })
})

test.each([
  ['small letters', { code: 'r1' }, 'invalid_input'],
  ['a long code', { code: 'ABCDEFGHI' }, 'invalid_input'],
  ['a code with a dash', { code: 'R-1' }, 'invalid_input'],
  ['no name', { name: ' ' }, 'invalid_input'],
  ['a branch of nobody', { branch_id: uuidv7() }, 'branch_not_found'],
])('a register with %s is refused', async (_, change, code) => {
  const register = { branch_id: owner.branchId, code: 'BAD1', name: 'Bad', ...change }
  await expect(owner.client.call('registers.create-register', register)).rejects.toMatchObject(refused(code))
})

test('a register is renamed, and not taken out of use while a session is open on it', async () => {
  const id = await makeRegister(owner)
  const renamed = await owner.client.call('registers.update-register', { id, version: 1, name: 'Back' })
  expect(renamed).toMatchObject({ name: 'Back', version: 2 })
  const session = await owner.client.call('cash.open-session', { register_id: id, float_amount: '0' })
  const stop = (version: number) => owner.client.call('registers.update-register', { id, version, is_active: false })
  await expect(stop(1)).rejects.toMatchObject(refused('version_conflict'))
  await expect(stop(2)).rejects.toMatchObject(refused('register_in_use'))
  const closed = await owner.client.call('cash.close-session', { id: session.id, version: session.version })
  const counted = [{ tender_kind: 'cash', counted: '0' }] as const
  await owner.client.call('cash.count-session', { id: session.id, version: closed.version, tenders: [...counted] })
  expect(await stop(2)).toMatchObject({ is_active: false, version: 3 })
  const again = owner.client.call('cash.open-session', { register_id: id, float_amount: '0' })
  await expect(again).rejects.toMatchObject(refused('register_inactive'))
  const listed = await owner.client.call('registers.list-registers', { is_active: false, limit: 200 })
  expect(listed.items.map((one) => one.id)).toEqual([id])
})

test('no role but the owner moves the receipts of a register on', async () => {
  const id = await makeRegister(owner)
  const next = JSON.stringify([{ id, last_sequence: 12, head_hash: 'ab'.repeat(32) }])
  const advance = 'SELECT registers.advance($1, $2)'
  await expect(
    inTransaction(server.product.databases.app, owner.tenantId, ({ client }) =>
      client.query(advance, [owner.tenantId, next]),
    ),
  ).rejects.toMatchObject({ code: '42501' })
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT platform.set_tenant($1)', [owner.tenantId])
    await client.query(advance, [owner.tenantId, next])
    await client.query('COMMIT')
  })
  const { code, ...read } = await owner.client.call('registers.get-register', { id })
  expect(read).toMatchObject({ last_sequence: '12', last_receipt_number: `${code}-000012` })
})

test('a receipt number has six digits, or as many as it takes', () => {
  expect(receiptNumberOf('R1', '1')).toBe('R1-000001')
  expect(receiptNumberOf('R1', '1234567')).toBe('R1-1234567')
})

test('a register of another branch does not exist for whoever works in one', async () => {
  const branch = { entity_id: owner.entityId, code: 'FAR', name: 'Far', time_zone: 'Europe/Paris' }
  const far = (await owner.client.call('tenants.create-branch', branch)).id
  const { client } = await employ(server, owner, 'manager', { branch_ids: [far] })
  const { id, register_id } = await openTill(owner)
  await expect(client.call('registers.get-register', { id: register_id })).rejects.toMatchObject(refused('not_found'))
  await expect(client.call('cash.get-session', { id })).rejects.toMatchObject(refused('not_found'))
  const opened = client.call('cash.open-session', { register_id, float_amount: '0' })
  await expect(opened).rejects.toMatchObject(refused('register_not_found'))
  expect((await client.call('registers.list-registers', {})).items).toEqual([])
  expect((await client.call('cash.list-sessions', {})).items).toEqual([])
})
