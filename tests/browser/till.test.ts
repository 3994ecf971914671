import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BrowserPage, expectAccessible, openBrowser, openTab } from '../harness/browser.ts'
import { employWithPin } from '../harness/cashiers.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import {
  basketIsKept,
  codes,
  openDrawer,
  scan,
  sellByKeyboard,
  setUpTill,
  stockShop,
  unlockTill,
} from '../harness/web-till.ts'

let server: TestServer
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

async function openTillPage(options: { float?: string; stock?: string } = {}) {
  const owner = await signUpOwner(server)
  await stockShop(owner, options)
  const context = await browser.openContext()
  const page = await openTab(context)
  await setUpTill(page, server, owner)
  await openDrawer(page, options.float ?? '100')
  return { owner, context, page }
}

const pageOfSales = ({ client }: TestOwner, cursor: string | null) =>
  client.call('sales.list-sales', { limit: 200, ...(cursor ? { cursor } : {}) })

const salesOf = async (owner: TestOwner) => {
  const found = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof pageOfSales>> = await pageOfSales(owner, cursor)
    found.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return found
}

const badge = (page: BrowserPage, text: RegExp | string) => page.getByRole('button', { name: text }).waitFor()

describe('with the server', () => {
  test('a whole sale is made by the keyboard alone, and the drawer holds what the receipt says', async () => {
    const { owner, page } = await openTillPage()
    await scan(page, codes.soap)
    await scan(page, codes.tea)
    await scan(page, codes.soap)
    await page.keyboard.press('F9')
    await page.getByTestId('due').waitFor()
    await page.keyboard.type('40')
    await page.keyboard.press('Enter')
    expect(await page.getByTestId('change').textContent()).toContain('8.50')
    await expectAccessible(page)
    await page.keyboard.press('Enter')
    await badge(page, 'All sales synced')
    const [sale, ...others] = await salesOf(owner)
    expect([sale?.total, others.length]).toEqual(['31.50', 0])
    expect(page.complaints).toEqual([])
  })

  test('a basket is parked and taken up, split over two tenders, and goods come back of it', async () => {
    const { owner, page } = await openTillPage()
    await scan(page, codes.soap)
    await page.keyboard.press('F8')
    await page.getByLabel('A label to find it by').fill('Blue bag')
    await page.keyboard.press('Enter')
    await page.getByText('The basket is empty').waitFor()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Parked baskets' }).click()
    await page.getByText('Blue bag').waitFor()
    await page.getByRole('button', { name: 'Take up' }).click()
    await page.getByRole('button', { name: 'Change this line: Olive soap' }).waitFor()

    await page.keyboard.press('F9')
    await page.getByLabel('Handed over').fill('5')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    expect(await page.getByTestId('due').textContent()).toContain('7.00')
    await page.getByRole('radio', { name: /Card/ }).click()
    await page.getByRole('button', { name: /^Finish/ }).click()
    await page.getByTestId('change').waitFor()
    await page.keyboard.press('Enter')

    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Receipts of this till' }).click()
    await page.getByRole('dialog').getByText(/^W1-/).click()
    await page.getByRole('button', { name: 'Refund' }).click()
    await page.getByLabel('Comes back: Olive soap').fill('1')
    await page.getByLabel('Why').fill('Wrong scent')
    await page.getByRole('button', { name: /^Give back/ }).click()
    await page.getByRole('dialog', { name: /W1-000002/ }).waitFor()
    const [refund, sale] = await salesOf(owner)
    expect([sale?.total, refund?.total]).toEqual(['12.00', '-12.00'])
    // As it was paid: by each tender what it took.
    const { payments } = await owner.client.call('sales.get-sale', { id: refund?.id ?? '' })
    expect(payments.map(({ amount }) => amount).toSorted()).toEqual(['-5.00', '-7.00'])
    expect(page.complaints).toEqual([])
  })

  test('one tab sells at a time, and the basket goes along', async () => {
    const { context, page } = await openTillPage()
    await scan(page, codes.soap)
    await page.getByRole('button', { name: 'Change this line: Olive soap' }).waitFor()
    const other = await openTab(context)
    await other.goto(`${server.url}/till`)
    await other.getByRole('button', { name: /^Go on as/ }).click()
    await other.getByRole('button', { name: 'Sell here' }).click()
    await other.getByRole('button', { name: 'Change this line: Olive soap' }).waitFor()
    await page.getByRole('heading', { name: 'The till is open in another tab' }).waitFor()
    await other.close()
    await page.getByRole('button', { name: 'Change this line: Olive soap' }).waitFor()
    expect(page.complaints).toEqual([])
  })

  test('a sale whose answer does not come in time is sealed and synced, and is one sale', async () => {
    const { owner, page } = await openTillPage()
    const booked = Promise.withResolvers<void>()
    await page.route('**/v1/sales', async (route) => {
      await route.fetch()
      booked.resolve()
    })
    await scan(page, codes.soap)
    await page.keyboard.press('F9')
    await page.getByTestId('due').waitFor()
    await page.keyboard.press('Enter')
    await booked.promise
    await page.getByTestId('change').waitFor()
    await page.keyboard.press('Enter')
    await badge(page, 'All sales synced')
    await page.unroute('**/v1/sales')
    await sellByKeyboard(page, [codes.tea])
    expect((await salesOf(owner)).map(({ total }) => total)).toEqual(['7.50', '12.00'])
    expect((await owner.client.call('sync.list-exceptions', { limit: 10 })).items).toEqual([])
  })
})

describe('without the server', () => {
  test('500 sales made offline, with the tab killed midway and two tabs that reconnect at once, are 500 at the server', async () => {
    const { owner, context, page } = await openTillPage()
    await context.setOffline(true)
    for (let at = 0; at < 250; at++) await sellByKeyboard(page, [codes.soap])
    // A basket in hand, and then the tab is gone.
    await basketIsKept(page, 0)
    await scan(page, codes.tea)
    await basketIsKept(page, 1)
    await page.close()

    const second = await openTab(context)
    await second.goto(`${server.url}/till`)
    await unlockTill(second)
    await badge(second, '250 sales not synced')
    await second.getByRole('button', { name: 'Change this line: Green tea' }).waitFor()
    await sellByKeyboard(second, [])
    for (let at = 0; at < 249; at++) await sellByKeyboard(second, [codes.salt])
    await badge(second, '500 sales not synced')

    const third = await openTab(context)
    await third.goto(`${server.url}/till`)
    await context.setOffline(false)
    await Promise.all([second, third].map((tab) => tab.getByRole('button', { name: /synced/ }).click()))
    await Promise.all([second, third].map((tab) => badge(tab, 'All sales synced')))
    const sold = await salesOf(owner)
    expect(sold.length).toBe(500)
    expect(
      Map.groupBy(sold, ({ total }) => total)
        .entries()
        .map(([total, same]) => [total, same.length])
        .toArray()
        .toSorted(),
    ).toEqual([
      ['12.00', 250],
      ['3.10', 249],
      ['7.50', 1],
    ])
    const { items } = await owner.client.call('sync.list-exceptions', { limit: 10 })
    expect(items).toEqual([])
    expect(second.complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text))).toEqual([])
  }, 900_000)

  test('what a cashier sells whom the device let in is theirs, whoever the server knows in this browser', async () => {
    const owner = await signUpOwner(server)
    await stockShop(owner)
    const { id: cashierId } = await employWithPin(server, owner, { role: 'cashier', pin: '9053' })
    const context = await browser.openContext()
    const page = await openTab(context)
    await setUpTill(page, server, owner)
    await openDrawer(page, '100')
    await page.getByRole('button', { name: /^Lock/ }).click()
    // A till that was locked is nobody's until they prove who they are.
    await page.getByRole('link', { name: 'Sign in with a password' }).waitFor()
    expect(await page.getByRole('button', { name: /^Go on as/ }).count()).toBe(0)
    await context.setOffline(true)
    await unlockTill(page, { pin: '9053', at: 1 })
    await sellByKeyboard(page, [codes.soap])
    await badge(page, '1 sale not synced')
    await context.setOffline(false)
    await badge(page, 'All sales synced')
    await page.getByText(/does not know yet who is at the till/).waitFor()
    await sellByKeyboard(page, [codes.tea])
    await badge(page, 'All sales synced')
    expect((await salesOf(owner)).map(({ employee_id }) => employee_id)).toEqual([cashierId, cashierId])

    await page.getByRole('button', { name: /^Lock/ }).click()
    await unlockTill(page, { pin: '9053', at: 1 })
    await page.getByText(/does not know yet who is at the till/).waitFor({ state: 'detached' })
    await sellByKeyboard(page, [codes.salt])
    const [last] = await salesOf(owner)
    expect([last?.total, last?.employee_id, last?.is_offline]).toEqual(['3.10', cashierId, false])
  })

  test('a session opened, a customer added, a basket parked and goods taken back offline are all at the server afterwards', async () => {
    const owner = await signUpOwner(server)
    await stockShop(owner)
    const context = await browser.openContext()
    const page = await openTab(context)
    await setUpTill(page, server, owner)
    await context.setOffline(true)
    await openDrawer(page, '100')
    await page.keyboard.press('F4')
    await page.getByLabel('Name, phone or code').fill('Nadia Alaoui')
    await page.getByRole('button', { name: 'New customer' }).click()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: 'Nadia Alaoui' }).waitFor()
    await scan(page, codes.soap)
    await page.keyboard.press('F8')
    await page.getByLabel('A label to find it by').fill('Later')
    await page.keyboard.press('Enter')
    await page.getByText('The basket is empty').waitFor()
    await sellByKeyboard(page, [codes.tea])
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Receipts of this till' }).click()
    await page.getByRole('dialog').getByText(/^W1-/).click()
    await page.getByRole('button', { name: 'Refund' }).click()
    await page.getByLabel('Comes back: Green tea').fill('1')
    await page.getByLabel('Why').fill('Wrong tea')
    await page.getByRole('button', { name: /^Give back/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await badge(page, '2 sales not synced')

    await context.setOffline(false)
    await page.getByRole('button', { name: /not synced/ }).click()
    await badge(page, 'All sales synced')
    expect((await salesOf(owner)).map(({ total }) => total).toSorted()).toEqual(['-7.50', '7.50'])
    const parties = await owner.client.call('parties.list-parties', { limit: 50 })
    expect(parties.items.map(({ name }) => name)).toContain('Nadia Alaoui')
    const tickets = await owner.client.call('tickets.list-tickets', { branch_id: owner.branchId })
    expect(tickets.items.map(({ label }) => label)).toEqual(['Later'])
    const { items } = await owner.client.call('sync.list-exceptions', { limit: 10 })
    expect(items).toEqual([])
  })
})
