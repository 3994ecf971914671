import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, openBrowser } from '../harness/browser.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage

beforeAll(async () => {
  server = await startTestServer()
  browser = await openBrowser()
  page = await browser.openPage()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

test('the address that npm start prints leads to every operation, readable under the strict policy', async () => {
  await page.goto(server.url)
  await page.getByText('identity.sign-in').waitFor()
  for (const operation of server.product.operations) {
    expect(await page.getByText(operation.name, { exact: true }).count(), operation.name).toBe(1)
  }
  await page.getByText('tenants.create-branch', { exact: true }).click()
  await page.getByText('branch_code_taken').first().waitFor()
  expect(page.complaints).toEqual([])
})
