import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccount, openAccounts, postJournal } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
let cash: string
let sales: string
let bank: string

// In the order of recording: the day each counts, what goes into cash (out of sales, or to the bank).
const days: [day: string, amount: string][] = [
  ['2026-02-10', '100.00'],
  ['2026-01-31', '50.00'],
  ['2026-02-10', '-30.00'],
  ['2026-03-01', '7.00'],
  ['2026-01-01', '1.00'],
  ['2026-02-28', '-0.50'],
]

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const [one = '', two = '', three = ''] = await openAccounts(owner, 3)
  cash = one
  sales = two
  bank = three
  for (const [at, [day, amount]] of days.entries()) {
    const isOut = amount.startsWith('-')
    const back = isOut ? amount.slice(1) : `-${amount}`
    await postJournal(
      owner,
      [
        [cash, amount],
        [isOut ? bank : sales, back],
      ],
      { document_on: day, document_number: `D${at + 1}`, document_type: 'receipt', description: `Of ${day}` },
    )
  }
})
afterAll(() => server?.close())

const statement = (more: object) => owner.client.call('ledger.get-statement', { id: cash, ...more })
const numbersOf = (items: { document_number: string | null }[]) => items.map((one) => one.document_number).join(' ')

test('a balance as of a day counts the days up to it, whenever they were recorded', async () => {
  const asOf = async (on: string | undefined) => {
    const { debit, credit, balance } = await owner.client.call('ledger.get-balance', { id: cash, ...(on && { on }) })
    return `${debit} ${credit} ${balance}`
  }
  expect(await asOf('2025-12-31')).toBe('0.0000 0.0000 0.0000')
  expect(await asOf('2026-01-01')).toBe('1.0000 0.0000 1.0000')
  expect(await asOf('2026-01-31')).toBe('51.0000 0.0000 51.0000')
  expect(await asOf('2026-02-10')).toBe('151.0000 30.0000 121.0000')
  expect(await asOf('2026-02-28')).toBe('151.0000 30.5000 120.5000')
  expect(await asOf(undefined)).toBe('158.0000 30.5000 127.5000')
  const account = await owner.client.call('ledger.get-account', { id: cash })
  expect([account.balance, account.balance_version]).toEqual(['127.5000', '6'])
})

test('a statement is in the order of effective days, or in that of recording, in which its balances run', async () => {
  expect(numbersOf((await statement({})).items)).toBe('D5 D2 D1 D3 D6 D4')
  const { items } = await statement({ order: 'recorded' })
  expect(numbersOf(items)).toBe('D1 D2 D3 D4 D5 D6')
  expect(items.map((one) => one.account_version)).toEqual(['1', '2', '3', '4', '5', '6'])
  expect(items.map((one) => one.running_balance)).toEqual(
    ['100', '150', '120', '127', '128', '127.5'].map((amount) => Number(amount).toFixed(4)),
  )
  expect(items.map((one) => one.previous_balance)).toEqual([
    '0.0000',
    ...items.slice(0, -1).map((one) => one.running_balance),
  ])
  expect(items[4]).toMatchObject({
    ...{ document_type: 'receipt', document_number: 'D5', document_on: '2026-01-01', effective_on: '2026-01-01' },
    ...{ description: 'Of 2026-01-01', amount: '1.0000', line: 1, account_id: cash },
  })
})

test('each entry of a statement has the balance after it, in the order of the statement and on every page', async () => {
  expect((await statement({})).items.map((one) => one.balance)).toEqual(
    ['1', '51', '151', '121', '120.5', '127.5'].map((amount) => Number(amount).toFixed(4)),
  )
  const first = await statement({ from: '2026-02-01', limit: 1 })
  const second = await statement({ from: '2026-02-01', limit: 1, cursor: first.next_cursor })
  expect([first.opening_balance, first.items[0]?.balance, second.items[0]?.balance]).toEqual([
    '51.0000',
    '151.0000',
    '121.0000',
  ])
  const { items } = await statement({ order: 'recorded' })
  expect(items.map((one) => one.balance)).toEqual(items.map((one) => one.running_balance))
})

test('a report is of one moment while others post', async () => {
  const shop = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(shop, 2)
  let open = true
  const posting = Array.from({ length: 4 }, async () => {
    while (open)
      await postJournal(shop, [
        [one, '1.00'],
        [two, '-1.00'],
      ])
  })
  try {
    for (let count = 0; count < 40; count++) {
      const { items, totals } = await shop.client.call('ledger.get-trial-balance', {
        entity_id: shop.entityId,
        limit: 200,
      })
      const sum = items.reduce((total, { debit }) => total + Number(debit), 0)
      expect(sum.toFixed(4)).toBe(totals[0]?.debit)
    }
  } finally {
    open = false
    await Promise.all(posting)
  }
})

// from, until, opening balance, documents, closing balance
test.each([
  [undefined, undefined, '0.0000', 'D5 D2 D1 D3 D6 D4', '127.5000'],
  ['2026-02-01', '2026-02-28', '51.0000', 'D1 D3 D6', '120.5000'],
  ['2026-02-10', '2026-02-10', '51.0000', 'D1 D3', '121.0000'],
  ['2026-02-11', undefined, '121.0000', 'D6 D4', '127.5000'],
  [undefined, '2026-01-31', '0.0000', 'D5 D2', '51.0000'],
  ['2026-04-01', '2026-04-30', '127.5000', '', '127.5000'],
  ['2020-01-01', '2020-12-31', '0.0000', '', '0.0000'],
])('from %s to %s it opens at %s, lists %s and closes at %s', async (from, until, opening, documents, closing) => {
  const asked = { ...(from && { from }), ...(until && { until }) }
  const { opening_balance, items, closing_balance } = await statement(asked)
  expect([opening_balance, numbersOf(items), closing_balance]).toEqual([opening, documents, closing])
  const moved = items.reduce((sum, { amount }) => sum + Number(amount), Number(opening_balance))
  expect(moved.toFixed(4)).toBe(closing_balance)
})

test.each(['effective', 'recorded'] as const)(
  '250 entries are read page by page, in the order %s, none twice or left out',
  async (order) => {
    const account = await openAccount(owner)
    const lines = Array.from({ length: 124 }, (_, at) => [account, `${at + 1}.00`] as const)
    const sum = lines.reduce((total, [, amount]) => total + Number(amount), 0)
    for (const document_on of ['2026-03-09', '2026-03-05']) {
      await postJournal(owner, [...lines, [account, '0.01'], [sales, `-${(sum + 0.01).toFixed(2)}`]], { document_on })
    }
    const read = (more: object) => owner.client.call('ledger.get-statement', { id: account, order, ...more })
    const versions: number[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page: Awaited<ReturnType<typeof read>> = await read({ limit: 60, ...(cursor && { cursor }) })
      expect(page.closing_balance).toBe((2 * (sum + 0.01)).toFixed(4))
      versions.push(...page.items.map((one) => Number(one.account_version)))
      cursor = page.next_cursor
      pages++
    } while (cursor !== null)
    const recorded = Array.from({ length: 250 }, (_, at) => at + 1)
    expect(versions).toEqual(order === 'recorded' ? recorded : [...recorded.slice(125), ...recorded.slice(0, 125)])
    expect(pages).toBe(5)
  },
)

test('the trial balance opens and closes at zero a currency, over any stretch of days, and agrees with the accounts', async () => {
  const shop = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(shop, 2)
  const [dollars = '', more = ''] = await openAccounts(shop, 2, { currency: 'USD' })
  const post = (document_on: string, from: string, to: string, amount: string) =>
    postJournal(
      shop,
      [
        [to, amount],
        [from, `-${amount}`],
      ],
      { document_on },
    )
  await post('2026-01-15', one, two, '10.00')
  await post('2026-02-15', two, one, '4.00')
  await post('2026-02-16', dollars, more, '3.00')
  await post('2026-03-15', one, two, '1.00')
  const read = (asked: object) =>
    shop.client.call('ledger.get-trial-balance', { entity_id: shop.entityId, limit: 200, ...asked })

  const all = await read({})
  expect(all.totals).toEqual([
    { currency: 'EUR', opening_balance: '0.0000', debit: '15.0000', credit: '15.0000', closing_balance: '0.0000' },
    { currency: 'USD', opening_balance: '0.0000', debit: '3.0000', credit: '3.0000', closing_balance: '0.0000' },
  ])
  const { items: accounts } = await shop.client.call('ledger.list-accounts', { entity_id: shop.entityId, limit: 200 })
  expect(all.items.map((row) => [row.account_id, row.code, row.closing_balance])).toEqual(
    accounts.map((account) => [account.id, account.code, account.balance]),
  )

  const rowOf = (items: typeof all.items, id: string) => {
    const row = items.find(({ account_id }) => account_id === id)
    return [row?.opening_balance, row?.debit, row?.credit, row?.closing_balance].map(Number)
  }
  const february = await read({ from: '2026-02-01', until: '2026-02-28' })
  expect(rowOf(february.items, two)).toEqual([10, 0, 4, 6])
  expect(rowOf(february.items, one)).toEqual([-10, 4, 0, -6])
  expect(rowOf(february.items, more)).toEqual([0, 3, 0, 3])
  expect(february.totals[0]).toMatchObject({ opening_balance: '0.0000', debit: '4.0000', credit: '4.0000' })
  const before = await read({ until: '2026-01-31' })
  expect(rowOf(before.items, two)).toEqual([0, 10, 0, 10])
  const after = await read({ from: '2026-04-01' })
  expect(rowOf(after.items, two)).toEqual([7, 0, 0, 7])
})

test('the trial balance is read page by page, with the totals of the whole on each page', async () => {
  const read = (asked: object) => owner.client.call('ledger.get-trial-balance', { entity_id: owner.entityId, ...asked })
  const whole = await read({ limit: 200 })
  const rows: typeof whole.items = []
  let cursor: string | null = null
  do {
    const page: typeof whole = await read({ limit: 11, ...(cursor && { cursor }) })
    expect(page.totals).toEqual(whole.totals)
    rows.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(rows).toEqual(whole.items)
})

test('journals are listed by effective day, from one day to another, of one document, page by page', async () => {
  const shop = await signUpOwner(server)
  const [one = '', two = ''] = await openAccounts(shop, 2)
  const posted: { id: string; day: string }[] = []
  for (const day of ['2026-02-02', '2026-02-01', '2026-02-02', '2026-02-03', '2026-01-31']) {
    const lines = [
      [one, '1'],
      [two, '-1'],
    ] as const
    posted.push({ id: (await postJournal(shop, lines, { document_on: day })).id, day })
  }
  const list = (asked: object) => shop.client.call('ledger.list-journals', { entity_id: shop.entityId, ...asked })
  const inOrder = posted.toSorted((a, b) => a.day.localeCompare(b.day) || a.id.localeCompare(b.id)).map(({ id }) => id)
  const first = await list({ limit: 2 })
  const second = await list({ limit: 2, cursor: first.next_cursor })
  const third = await list({ limit: 2, cursor: second.next_cursor })
  expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(inOrder)
  expect(third.next_cursor).toBeNull()
  const february = await list({ from: '2026-02-01', until: '2026-02-02' })
  expect(february.items.map(({ id }) => id)).toEqual(inOrder.slice(1, 4))
  const [sample] = posted
  expect((await list({ document_id: sample?.id })).items.map(({ id }) => id)).toEqual([sample?.id])
})

test('a report from a day after its last one is refused', async () => {
  const crossed = { from: '2026-02-02', until: '2026-02-01' }
  for (const [name, input] of [
    ['ledger.get-statement', { id: cash }],
    ['ledger.get-trial-balance', { entity_id: owner.entityId }],
    ['ledger.list-journals', { entity_id: owner.entityId }],
  ] as const) {
    await expect(owner.client.request(name, { ...input, ...crossed })).rejects.toMatchObject({
      problem: { status: 422, code: 'dates_crossed' },
    })
  }
})
