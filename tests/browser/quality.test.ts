import { afterAll, beforeAll, expect, test } from 'vitest'
import { looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { makeProduct } from '../harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  jobs = await server.product.startJobs()
  owner = await signUpOwner(server)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await jobs.stop()
  await server.close()
})

test('the usual rules are added, checked at once, and name the rows that are wrong; one is switched off', async () => {
  await makeProduct(owner, { name: 'Without a shelf' })
  const page = await browser.openPage()
  await signIn(page, server, owner, '/quality')
  await page.getByText('No rules yet').waitFor()
  await looksRight(page)
  await page.getByRole('button', { name: 'Add the usual rules' }).click()
  await page.getByRole('row', { name: /Products have a category/ }).waitFor()

  await page.getByRole('button', { name: 'Check now' }).click()
  await page.getByRole('button', { name: 'Show the rows: Products have a category' }).click()
  await page.getByRole('region', { name: 'Wrong rows' }).getByText('Without a shelf').waitFor()
  await looksRight(page)

  await page.goto(`${server.url}/quality?dataset=products`)
  const row = page.getByRole('row', { name: /Products have a category/ })
  await row.getByText('Wrong', { exact: true }).waitFor()
  await row.click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('On').uncheck()
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await row.getByText('Off', { exact: true }).waitFor()
  const { items } = await owner.client.call('quality.list-rules', { is_active: false })
  expect(items).toMatchObject([{ rule_key: 'products-in-a-category', name: 'Products have a category' }])
  expect(page.complaints).toEqual([])
})
