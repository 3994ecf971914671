import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BrowserPage, expectAccessible, openBrowser, openTab } from '../harness/browser.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { codes, openDrawer, scan, sellByKeyboard, setUpTill, stockShop } from '../harness/web-till.ts'

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

const salesOf = async (owner: TestOwner) => {
  const found = []
  let cursor: string | null = null
  do {
    const page: { items: { id: string; total: string }[]; next_cursor: string | null } = await owner.client.call(
      'sales.list-sales',
      { limit: 200, ...(cursor ? { cursor } : {}) },
    )
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
    await page.getByText('Olive soap').first().waitFor()
    expect((await salesOf(owner)).map(({ total }) => total).toSorted()).toEqual(['-12.00', '12.00'])
    expect(page.complaints).toEqual([])
  })
})

describe('without the server', () => {
  test('500 sales made offline, with the tab killed midway and two tabs that reconnect at once, are 500 at the server', async () => {
    const { owner, context, page } = await openTillPage()
    await context.setOffline(true)
    for (let at = 0; at < 250; at++) await sellByKeyboard(page, [codes.soap])
    await scan(page, codes.tea)
    await page.close()

    const second = await openTab(context)
    await second.goto(`${server.url}/till`)
    await badge(second, '250 sales not synced')
    await second.getByRole('button', { name: /^Go on as/ }).waitFor()
  }, 600_000)
})
