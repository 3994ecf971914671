import { afterAll, beforeAll, expect, test } from 'vitest'
import { historySnapshot, oldSale } from '../../tests/harness/history.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods } from '../../tests/harness/till.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Change, CommandContext } from '../platform/operation.ts'
import { type GivenDocument, type RecordingOptions, recordDocuments, reverseDocuments } from './index.ts'

let server: TestServer
let owner: TestOwner
let tea: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tea = await makeGoods(owner, { stock: '5' })
})
afterAll(() => server?.close())

/** Does something as a command of the owner would, and says what it changed. */
async function asCommand<T>(work: (context: CommandContext) => Promise<T>): Promise<{ done: T; changes: Change[] }> {
  const changes: Change[] = []
  const { tenantId, employeeId } = owner
  const keys = { requestId: uuidv7(), userId: null, sessionId: null, apiKeyId: null, deviceId: null }
  const caller = {
    ...keys,
    tenantId,
    employeeId,
    permissions: new Set(['*']),
    scope: null,
    features: new Set<string>(),
  }
  const done = await inTransaction(server.product.databases.app, tenantId, (tx) => {
    const context = {
      ...tx,
      tenantId,
      caller,
      now: new Date(),
      newId: uuidv7,
      changed: (one: Change) => changes.push(one),
    }
    return work(context as never)
  })
  return { done, changes }
}

const options = (): RecordingOptions => ({
  settings: server.product.settings,
  ledger: 'at_its_date',
  stock: 'move',
  importId: uuidv7(),
})
const documents = (count: number) =>
  Array.from({ length: count }, () => oldSale(owner, tea, { is_price_with_tax: true, is_validated: false })).map(
    (one) => one as object as GivenDocument,
  )

test('what is recorded in a transaction that is rolled back leaves nothing', async () => {
  const before = await historySnapshot(server, owner.tenantId)
  const given = documents(3)
  const rolledBack = asCommand(async (context) => {
    const items = await recordDocuments(context, given, options())
    expect(items.map((one) => 'state' in one && one.state)).toEqual(['recorded', 'recorded', 'recorded'])
    // A second list in the same transaction sees the first.
    expect(await recordDocuments(context, given, options())).toMatchObject(
      given.map(() => ({ state: 'already_recorded' })),
    )
    throw new Error('dry')
  })
  await expect(rolledBack).rejects.toThrow('dry')
  expect(await historySnapshot(server, owner.tenantId)).toEqual(before)
  expect((await owner.client.call('history.list-documents', {})).items).toEqual([])
})

test('what an import brought is found by it, each document named once as changed, and taken back', async () => {
  const before = await historySnapshot(server, owner.tenantId)
  const importing = options()
  const { done, changes } = await asCommand((context) => recordDocuments(context, documents(3), importing))
  const ids = done.flatMap((one) => ('state' in one ? one.id : []))
  expect(changes.filter(({ resource }) => resource === 'history_document').map(({ id }) => id)).toEqual(ids)
  const { items } = await owner.client.call('history.list-documents', { import_id: importing.importId })
  expect(items.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  const undone = await asCommand((context) => reverseDocuments(context, ids, { reason: 'Undone', if_closed: 'refuse' }))
  expect(undone.done).toMatchObject(ids.map((id) => ({ id })))
  expect(await historySnapshot(server, owner.tenantId)).toEqual(before)
})
