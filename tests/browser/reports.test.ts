import { readFile } from 'node:fs/promises'
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
  page = await browser.openPage({ acceptDownloads: true })
  await signIn(page, server, owner)
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })

test('a figure of a report comes down to the sale that made it', async () => {
  const soap = await makeGoods(owner, { price: '12' })
  const tea = await makeGoods(owner, { price: '40' })
  const sale = await sell(owner, till, [{ variant_id: soap, quantity: '3' }])
  const other = await sell(owner, till, [{ variant_id: tea, quantity: '1' }])
  await page.goto(`${server.url}/reports`)
  await page.getByRole('link', { name: /^Sales by month/ }).click()
  await page.getByRole('heading', { name: 'Sales by month', exact: true }).waitFor()
  await page.getByRole('img', { name: 'Chart: Revenue with tax by month' }).waitFor()
  await looksRight(page)

  await button('€76.00: Show the documents of Revenue with tax').click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('Together they come to').waitFor()
  await drawer.getByRole('link', { name: other.number }).waitFor()
  expect(await drawer.getByRole('row').count()).toBe(3)
  await looksRight(page)
  await drawer.getByRole('link', { name: sale.number }).click()
  await page.getByRole('heading', { name: sale.number }).waitFor()
  expect(page.complaints).toEqual([])
})

test('what a report is asked for stands in its address, is saved for others, changed and removed', async () => {
  await page.goto(`${server.url}/reports/takings`)
  await page.getByLabel('Period').first().click()
  await page.getByRole('option', { name: 'Last 7 days' }).click()
  await page.waitForURL(/\?period=last_7_days$/)
  await button('Save as…').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Takings of the week')
  await dialog.getByLabel('For all who may read this report').check()
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('heading', { name: 'Takings of the week' }).waitFor()
  const saved = async () => (await owner.client.call('reports.list-saved-reports', {})).items
  expect(await saved()).toMatchObject([
    { name: 'Takings of the week', report: 'takings', parameters: { period: 'last_7_days' }, is_shared: true },
  ])

  await page.getByLabel('Period').first().click()
  await page.getByRole('option', { name: 'Yesterday' }).click()
  await page.getByText('Nothing to report').waitFor()
  await button('Save changes').click()
  await button('Save changes').waitFor({ state: 'detached' })
  expect(await saved()).toMatchObject([{ parameters: { period: 'yesterday' } }])

  await page.goto(`${server.url}/reports`)
  await page.getByText('Takings · Yesterday').waitFor()
  await looksRight(page)
  await button('Saved report: more · Takings of the week').click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByText('It disappears for everybody who opens it.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('Open a report, set its period').waitFor()
  expect(await saved()).toEqual([])
  expect(page.complaints).toEqual([])
})

test('a report is taken along as a file, with its columns in the language of the page', async () => {
  const arabic = await browser.openPage({ locale: 'ar-MA', acceptDownloads: true })
  await signIn(arabic, server, owner, '/reports/gross-margin')
  await arabic.getByRole('heading', { name: 'هامش الربح حسب المنتج', exact: true }).waitFor()
  await arabic.getByRole('img').first().waitFor()
  const read = async (name: string) => {
    const [download] = await Promise.all([
      arabic.waitForEvent('download'),
      arabic.getByRole('button', { name, exact: true }).click(),
    ])
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }
  const csv = await read('تصدير CSV')
  expect(csv.name).toMatch(/^gross-margin-\d{4}-\d\d-\d\d\.csv$/)
  const lines = csv.bytes.toString('utf8').split('\r\n')
  expect(lines[0]).toMatch(/^\uFEFFالمنتج,رمز الصنف,/)
  expect(lines).toHaveLength(4)
  const xlsx = await read('Excel')
  expect(xlsx.name).toMatch(/\.xlsx$/)
  expect(xlsx.bytes.subarray(0, 2).toString()).toBe('PK')
  await looksRight(arabic)
  expect(arabic.complaints).toEqual([])
})
