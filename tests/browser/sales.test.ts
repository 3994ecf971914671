import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, signIn } from '../harness/browser.ts'
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

test('a receipt is found, printed, and taken back of in part: the server has the refund that was shown', async () => {
  const soap = await makeGoods(owner, { price: '12' })
  const sale = await sell(owner, till, [{ variant_id: soap, quantity: '3' }])
  await page.goto(`${server.url}/sales`)
  await page.getByLabel('Receipt number ( / )').fill(sale.number)
  await page.getByRole('cell', { name: sale.number }).click()
  await page.getByRole('heading', { name: sale.number }).waitFor()

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
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Give back €24.00' }).click()
  await page.getByText('Partly returned').first().waitFor()
  await page.getByText('2 returned').waitFor()

  const { returns, status } = await owner.client.call('sales.get-sale', { id: sale.id })
  expect(status).toBe('partly_refunded')
  expect(returns).toMatchObject([{ kind: 'refund', total: '-24.00' }])
  expect(page.complaints).toEqual([])
})
