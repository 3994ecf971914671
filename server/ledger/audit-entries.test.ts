import { afterAll, beforeAll, expect, test } from 'vitest'
import { entityWithoutBooks } from '../../tests/harness/hints.ts'
import { linesOf, openAccounts, postJournal } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

interface Done {
  /** What was sent. */
  input: object
  /** The resource of the entry. */
  id: string
  answer: object
}

let server: TestServer
let owner: TestOwner
let one: string
let two: string

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const [first = '', second = ''] = await openAccounts(owner, 2)
  one = first
  two = second
})
afterAll(() => server?.close())

async function send(operation: string, input: object, id?: string): Promise<Done> {
  const answer = (await owner.client.request(operation, input)).body as { id: string }
  return { input, id: id ?? answer.id, answer }
}

const lines = () =>
  linesOf([
    [one, '1.00'],
    [two, '-1.00'],
  ])

// the event, what does it, its resource, and what its entry says beside the input
const cases: [event: string, work: () => Promise<Done>, resource: string, says: object | ((done: Done) => object)][] = [
  [
    'ledger.open-books',
    async () => send('ledger.open-books', { entity_id: await entityWithoutBooks(server, owner), chart: 'france' }),
    'books',
    ({ id }) => ({ new_values: { id, chart: 'france', closed_through: null } }),
  ],
  [
    'ledger.create-account',
    () => {
      const values = { code: 'A1', name: 'Till 1', type: 'asset', currency: 'EUR', floor: '0', ceiling: '500' }
      return send('ledger.create-account', { entity_id: owner.entityId, ...values })
    },
    'account',
    { new_values: { code: 'A1', name: 'Till 1', floor: '0.0000', ceiling: '500.0000' } },
  ],
  [
    'ledger.update-account',
    () => send('ledger.update-account', { id: one, version: 1, name: 'Till', floor: '-5', ceiling: '900' }),
    'account',
    {
      old_values: { floor: null, ceiling: null, version: 1 },
      new_values: { name: 'Till', floor: '-5.0000', ceiling: '900.0000', version: 2 },
    },
  ],
  [
    'ledger.close-account',
    () => send('ledger.close-account', { id: two, version: 1 }),
    'account',
    { old_values: { closed_at: null }, new_values: { closed_at: expect.stringMatching(/^\d{4}-/) } },
  ],
  [
    'ledger.reopen-account',
    () => send('ledger.reopen-account', { id: two, version: 2 }),
    'account',
    { old_values: { closed_at: expect.stringMatching(/^\d{4}-/) }, new_values: { closed_at: null } },
  ],
  [
    'ledger.post-journal',
    () => {
      const document = { document_on: '2026-03-02', document_number: 'R-17', description: 'Float of the morning' }
      return send('ledger.post-journal', { entity_id: owner.entityId, ...document, lines: lines() })
    },
    'journal',
    { input: { description: 'Float of the morning', document_number: 'R-17', document_on: '2026-03-02' } },
  ],
  [
    'ledger.reverse-journal',
    async () => {
      const { id } = await postJournal(owner, [
        [one, '2.00'],
        [two, '-2.00'],
      ])
      return send('ledger.reverse-journal', { id, document_on: '2026-03-03', description: 'Keyed in twice' })
    },
    'journal',
    { input: { description: 'Keyed in twice' }, new_values: null },
  ],
  [
    'ledger.close-period',
    () => send('ledger.close-period', { id: owner.entityId, month: '2024-06', reason: 'Filed' }, owner.entityId),
    'books',
    { old_values: { closed_through: null }, new_values: { closed_through: '2024-06-30' }, input: { reason: 'Filed' } },
  ],
  [
    'ledger.reopen-period',
    () => send('ledger.reopen-period', { id: owner.entityId, month: '2024-05', reason: 'Late' }, owner.entityId),
    'books',
    { old_values: { closed_through: '2024-06-30' }, new_values: { closed_through: '2024-04-30' } },
  ],
]

test('every command of the ledger is in the table below', () => {
  const commands = server.product.operations.filter(
    ({ kind, name }) => kind === 'command' && name.startsWith('ledger.'),
  )
  expect(cases.map(([event]) => event).toSorted()).toEqual(commands.map(({ name }) => name).toSorted())
})

test.each(cases)('%s leaves its entry: who, what, its input and what changed', async (event, work, resource, says) => {
  const done = await work()
  const body = await entryOf(event, done.id)
  expect(body).toMatchObject({
    ...{ event, severity: event === 'ledger.reopen-period' ? 'notice' : 'info' },
    ...{ actor_id: owner.userId, tenant_id: owner.tenantId },
    ...{ resource_type: resource, resource_id: done.id },
  })
  expect(body.input).toMatchObject(done.input)
  expect(body).toMatchObject(typeof says === 'function' ? says(done) : says)
})

test('what is refused leaves no entry', async () => {
  const before = await lastEntry()
  const unbalanced = postJournal(owner, [
    [one, '1.00'],
    [two, '-2.00'],
  ])
  await expect(unbalanced).rejects.toMatchObject({ problem: { code: 'journal_unbalanced' } })
  expect(await lastEntry()).toEqual(before)
})

test('the history of a journal tells by what it was reversed', async () => {
  const { id } = await postJournal(owner, [
    [one, '3.00'],
    [two, '-3.00'],
  ])
  const reversal = await owner.client.call('ledger.reverse-journal', { id, document_on: '2026-03-04' })
  const history = await owner.client.call('audit.list-resource-history', { resource_type: 'journal', resource_id: id })
  expect(history.items).toMatchObject([
    { event: 'ledger.post-journal', new_values: null },
    { event: 'ledger.reverse-journal', new_values: { reversed_by_id: reversal.id } },
  ])
})

function lastEntry() {
  return newestEntry('true', [])
}

/** The newest entry of an event about something. */
function entryOf(event: string, resourceId: string) {
  return newestEntry('event = $2 AND resource_id = $3', [event, resourceId])
}

function newestEntry(condition: string, values: string[]) {
  return withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT body::json AS body FROM audit.entry WHERE tenant_id = $1 AND ${condition} ORDER BY seq DESC LIMIT 1`,
      [owner.tenantId, ...values],
    )
    return rows[0].body
  })
}
