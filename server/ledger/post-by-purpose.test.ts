import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountOf, linesOf, openAccount, postForBranch, readBooks } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { until } from '../../tests/harness/until.ts'
import type { Change } from '../platform/operation.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ env: { DATABASE_POOL_SIZE: '16' } })
})
afterAll(() => server?.close())

const codeOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => problem.code,
  )
const held = (owner: TestOwner) => accountOf(owner, 'inventory', owner.branchId)

test('the account of a branch is opened once, however many need it first at once', async () => {
  const owner = await signUpOwner(server)
  const opened: Change[] = []
  const changed = (change: Change) => opened.push(change)
  await Promise.all(Array.from({ length: 16 }, () => postForBranch(server, owner, '0.25', { changed })))
  const main = await accountOf(owner, 'inventory')
  expect(await held(owner)).toMatchObject({
    code: `${main?.code}.MAIN`,
    name: `${main?.name} – Main`,
    type: main?.type,
    currency: main?.currency,
    holder_type: 'branch',
    balance: '4.0000',
    balance_version: '16',
  })
  const id = (await held(owner))?.id
  expect(opened.filter((one) => one.id === id)).toHaveLength(1)
  expect(main).toMatchObject({ balance: '0.0000', holder_id: null })
  const { totals } = await owner.client.call('ledger.get-trial-balance', { entity_id: owner.entityId })
  expect(totals).toMatchObject([{ debit: '4.0000', credit: '4.0000', closing_balance: '0.0000' }])
})

test('an account whose code another one has is opened with a part of the id of the branch', async () => {
  const owner = await signUpOwner(server)
  const main = await accountOf(owner, 'inventory')
  const taken = { entity_id: owner.entityId, name: 'Mine', type: 'asset', currency: 'EUR' } as const
  await owner.client.call('ledger.create-account', { ...taken, code: `${main?.code}.MAIN` })
  await postForBranch(server, owner, '1')
  const tail = owner.branchId.replaceAll('-', '').slice(-16).toUpperCase()
  expect(await held(owner)).toMatchObject({ code: `${main?.code}.${tail}`, balance: '1.0000' })
})

test('an account whose code is being taken by another one is opened when that is there, with a part of the id', async () => {
  const owner = await signUpOwner(server)
  const main = await accountOf(owner, 'inventory')
  const posting = await withClient(server.database.superuserUrl, async (client) => {
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO ledger.account (tenant_id, id, entity_id, code, name, type, currency)
       SELECT tenant_id, gen_random_uuid(), entity_id, code || '.MAIN', 'Mine', type, currency FROM ledger.account WHERE id = $1`,
      [main?.id],
    )
    const posted = postForBranch(server, owner, '1')
    await until('the posting waits for the code', async () => {
      const { rowCount } = await client.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      return rowCount === 1
    })
    await client.query('COMMIT')
    return { posted }
  })
  await posting.posted
  const tail = owner.branchId.replaceAll('-', '').slice(-16).toUpperCase()
  expect(await held(owner)).toMatchObject({ code: `${main?.code}.${tail}`, balance: '1.0000' })
})

test('people neither close nor limit the account of a branch, which would keep what has happened out of the books', async () => {
  const owner = await signUpOwner(server)
  await postForBranch(server, owner, '5')
  await postForBranch(server, owner, '-5')
  const { id = '', version = 0 } = (await held(owner)) ?? {}
  const refused = { problem: { code: 'account_held' } }
  await expect(owner.client.call('ledger.close-account', { id, version })).rejects.toMatchObject(refused)
  const limit = owner.client.call('ledger.update-account', { id, version, ceiling: '10' })
  await expect(limit).rejects.toMatchObject(refused)
  expect(await owner.client.call('ledger.update-account', { id, version, name: 'Back room' })).toMatchObject({ id })
})

test('people neither post to the account of a branch nor take back what the product posted there', async () => {
  const owner = await signUpOwner(server)
  await postForBranch(server, owner, '5')
  const before = await readBooks(server)
  const [id = '', other] = [(await held(owner))?.id, await openAccount(owner)]
  const { client, entityId: entity_id } = owner
  const journal = {
    entity_id,
    document_on: '2026-03-02',
    lines: linesOf([
      [id, '-1'],
      [other, '1'],
    ]),
  }
  expect(await codeOf(client.call('ledger.post-journal', journal))).toBe('account_held')
  const { items } = await client.call('ledger.list-journals', { entity_id })
  const reversal = { id: items[0]?.id ?? '', document_on: '2026-03-02' }
  expect(await codeOf(client.call('ledger.reverse-journal', reversal))).toBe('account_held')
  expect((await readBooks(server)).journals).toBe(before.journals)
})

test('what is posted to books that are not there is refused', async () => {
  const owner = await signUpOwner(server)
  const tenantless = { ...owner, entityId: owner.branchId }
  await expect(postForBranch(server, tenantless, '1')).rejects.toMatchObject({ kind: { code: 'books_not_found' } })
})
