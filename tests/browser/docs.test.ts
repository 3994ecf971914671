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

test('the page of the operations leads to every one of them, readable under the strict policy', async () => {
  // What lies outside of the window is not rendered.
  await page.setViewportSize({ width: 1280, height: 4_000 })
  await page.goto(`${server.url}/docs`)
  for (const [module, operations] of Map.groupBy(server.product.operations, ({ name }) => name.split('.')[0] ?? '')) {
    await page.getByRole('link', { name: module, exact: true }).click()
    for (const { name } of operations) {
      await page.getByText(name, { exact: true }).waitFor()
    }
    await page.getByRole('link', { name: module, exact: true }).click()
  }
  await page.getByRole('link', { name: 'tenants', exact: true }).click()
  await page.getByText('tenants.create-branch', { exact: true }).click()
  await page.getByText('branch_code_taken').first().waitFor()
  expect(page.complaints).toEqual([])
})
