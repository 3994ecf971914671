import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, expectAccessible, openBrowser, signIn } from '../harness/browser.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeGoods, openTill, sell, type Till } from '../harness/till.ts'

let server: TestServer
let owner: TestOwner
let till: Till
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  till = await openTill(owner)
  browser = await openBrowser()
  page = await browser.openPage()
  await signIn(page, server, owner)
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })

/** Nothing shuts anybody out, in light nor in dark. */
async function expectReadable(): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForSelector(`:root[data-mantine-color-scheme=${colorScheme}]`)
    await expectAccessible(page)
  }
}

test('a receipt is found, printed, and taken back of in part: the server has the refund that was shown', async () => {
  const soap = await makeGoods(owner, { price: '12' })
  const sale = await sell(owner, till, [{ variant_id: soap, quantity: '3' }])
  await page.goto(`${server.url}/sales`)
  await expectReadable()
  await page.getByLabel('Receipt number ( / )').fill(sale.number)
  await page.getByRole('cell', { name: sale.number }).click()
  await page.getByRole('heading', { name: sale.number }).waitFor()
  await expectReadable()

  await button('Print the receipt').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Print the receipt' }).click()
  await page.frameLocator('iframe').getByText('36.00').first().waitFor()
  await page.keyboard.press('Escape')
  await button('Print a copy').waitFor()

  await button('Take back').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox').check()
  await dialog.getByRole('button', { name: /^One more/ }).click()
  await dialog.getByText('To give back €24.00').waitFor()
  await dialog.getByRole('button', { name: 'Faulty or damaged' }).click()
  await expectReadable()
  await dialog.getByRole('button', { name: 'Give back €24.00' }).click()
  await page.getByText('Partly returned').first().waitFor()
  await page.getByText('2 returned').waitFor()

  const { returns, status } = await owner.client.call('sales.get-sale', { id: sale.id })
  expect(status).toBe('partly_refunded')
  expect(returns).toMatchObject([{ kind: 'refund', total: '-24.00' }])
  expect(page.complaints).toEqual([])
})

test('a receipt reads from the right in Arabic, and fits on a phone', async () => {
  const cream = await makeGoods(owner, { price: '30' })
  const sale = await sell(owner, till, [{ variant_id: cream }])
  await page.setViewportSize({ width: 390, height: 844 })
  await page.evaluate(() => localStorage.setItem('comptoir.language', 'ar'))
  await page.goto(`${server.url}/sales/${sale.id}`)
  await page.getByRole('button', { name: 'إرجاع' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await expectReadable()
  expect(page.complaints).toEqual([])
})
