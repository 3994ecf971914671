import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAccounts, postJournal, readBooks } from '../../tests/harness/ledger.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

const statusOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )

const close = (owner: TestOwner, month: string, more: object = {}) =>
  owner.client.call('ledger.close-period', { id: owner.entityId, month, ...more })
const reopen = (owner: TestOwner, month: string, reason = 'The supplier sent a late invoice') =>
  owner.client.call('ledger.reopen-period', { id: owner.entityId, month, reason })
const closedThrough = async (owner: TestOwner) =>
  (await owner.client.call('ledger.get-books', { id: owner.entityId })).closed_through

/** The month of a day so many months from now, in UTC. */
function monthFromNow(months: number): string {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1)).toISOString().slice(0, 7)
}

test('closing a month closes all before it, reopening one reopens all after it, and both are remembered', async () => {
  const owner = await signUpOwner(server)
  const month = await close(owner, '2024-02', { reason: 'Filed' })
  expect(month).toMatchObject({
    ...{ entity_id: owner.entityId, action: 'close', previous_closed_through: null, closed_through: '2024-02-29' },
    ...{ reason: 'Filed', actor_id: owner.userId },
  })
  expect(await close(owner, '2024-05')).toMatchObject({ previous_closed_through: '2024-02-29', reason: null })
  expect(await closedThrough(owner)).toBe('2024-05-31')
  expect(await reopen(owner, '2024-04')).toMatchObject({ action: 'reopen', closed_through: '2024-03-31' })
  expect(await closedThrough(owner)).toBe('2024-03-31')
  expect(await close(owner, '2024-04')).toMatchObject({ closed_through: '2024-04-30' })

  const list = (more: object) => owner.client.call('ledger.list-period-changes', { entity_id: owner.entityId, ...more })
  const all = (await list({})).items
  expect(all.map(({ action, closed_through }) => `${action} ${closed_through}`)).toEqual([
    'close 2024-02-29',
    'close 2024-05-31',
    'reopen 2024-03-31',
    'close 2024-04-30',
  ])
  const first = await list({ limit: 3 })
  const rest = await list({ limit: 3, cursor: first.next_cursor })
  expect([...first.items, ...rest.items]).toEqual(all)
})

describe('a period stays as it is:', () => {
  let owner: TestOwner
  beforeAll(async () => {
    owner = await signUpOwner(server)
    await close(owner, '2024-06')
  })

  const cases: [name: string, change: (owner: TestOwner) => Promise<unknown>, answer: string][] = [
    ['a month that is closed is not closed', (one) => close(one, '2024-06'), '409 period_already_closed'],
    ['a month before one that is closed is not closed', (one) => close(one, '2020-01'), '409 period_already_closed'],
    ['this month is not over', (one) => close(one, monthFromNow(0)), '409 period_not_over'],
    ['next month is not over', (one) => close(one, monthFromNow(1)), '409 period_not_over'],
    ['a month that is open is not reopened', (one) => reopen(one, '2024-07'), '409 period_not_closed'],
    ['nothing is reopened without a reason', (one) => reopen(one, '2024-06', ' '), '400 invalid_input'],
    ['there is no month 13', (one) => close(one, '2024-13'), '400 invalid_input'],
    [
      'nobody’s books are not closed',
      (one) => one.client.call('ledger.close-period', { id: uuidv7(), month: '2024-07' }),
      '404 not_found',
    ],
  ]
  test.each(cases)('%s', async (_, change, answer) => {
    const before = await readBooks(server)
    expect(await statusOf(change(owner))).toBe(answer)
    expect(await closedThrough(owner)).toBe('2024-06-30')
    expect(await readBooks(server)).toEqual(before)
  })
})

test('books of a tenant that never closed a month have none to reopen; the last whole month can be closed', async () => {
  const owner = await signUpOwner(server)
  expect(await statusOf(reopen(owner, '2024-06'))).toBe('409 period_not_closed')
  expect(await close(owner, monthFromNow(-1))).toMatchObject({ action: 'close' })
})

test('a closed month takes no journal and no reversal until it is reopened', async () => {
  const owner = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(owner, 2)
  const post = (document_on: string) =>
    postJournal(
      owner,
      [
        [one, '1'],
        [two, '-1'],
      ],
      { document_on },
    )
  await post('2024-06-30')
  await close(owner, '2024-06')
  expect(await statusOf(post('2024-06-30'))).toBe('409 period_closed')
  expect(await statusOf(post('2024-07-01'))).toBe('done')
  await reopen(owner, '2024-06')
  expect(await statusOf(post('2024-06-01'))).toBe('done')
  expect(await statusOf(post('2024-05-31')), 'months before it stay closed').toBe('409 period_closed')
})

test('two who close at once close once', async () => {
  const owner = await signUpOwner(server)
  const answers = await Promise.all([1, 2].map(() => statusOf(close(owner, '2024-06'))))
  expect(answers.toSorted()).toEqual(['409 period_already_closed', 'done'])
})

// permissions held, and what may be done with them: post, reverse, close, reopen, see
test.each([
  [['ledger.post-journals'], 'post'],
  [['ledger.reverse-journals'], 'reverse'],
  [['ledger.close-periods'], 'close'],
  [['ledger.reopen-periods'], 'reopen'],
  [['ledger.view-books'], 'see'],
  [['ledger.manage-accounts'], 'open an account'],
  [['ledger.close-periods', 'ledger.post-journals'], 'post, close'],
  [['*'], 'post, reverse, close, reopen, see, open an account'],
])('who holds %s may %s, and nothing else', async (permissions, may) => {
  const owner = await signUpOwner(server)
  const role = await owner.client.call('tenants.create-role', { name: 'clerk', permissions })
  const person = await signUpPerson(server)
  await hire(server, owner, person, [role.id])
  const clerk: TestOwner = { ...owner, client: clientIn(server, person, owner.tenantId) }
  const [one = '', two = ''] = await openAccounts(owner, 2)
  const lines = [
    [one, '1'],
    [two, '-1'],
  ] as const
  const { id } = await postJournal(owner, lines)
  await close(owner, '2024-06')
  const doings: Record<string, () => Promise<unknown>> = {
    post: () => postJournal(clerk, lines),
    reverse: () => clerk.client.call('ledger.reverse-journal', { id, document_on: '2026-03-05' }),
    close: () => close(clerk, '2024-07'),
    reopen: () => reopen(clerk, '2024-06'),
    see: () => clerk.client.call('ledger.get-trial-balance', { entity_id: owner.entityId }),
    'open an account': () => openAccounts(clerk, 1),
  }
  const done: string[] = []
  for (const [name, doing] of Object.entries(doings)) {
    const status = await statusOf(doing())
    if (status === 'done') done.push(name)
    else expect(status).toBe('403 forbidden')
  }
  expect(done.join(', ')).toBe(may)
})
