import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { taxClassOf } from '../harness/catalog.ts'
import { importText } from '../harness/imports.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage

beforeAll(async () => {
  server = await startTestServer()
  jobs = await server.product.startJobs()
  owner = await signUpOwner(server)
  const list = { code: 'RETAIL', name: 'Retail', currency: 'EUR', includes_tax: true }
  await owner.client.call('pricing.create-price-list', list)
  browser = await openBrowser()
  page = await browser.openPage()
  await signIn(page, server, owner)
})
afterAll(async () => {
  await browser.close()
  await jobs.stop()
  await server.close()
})

const says = (text: string | RegExp) => page.getByText(text).first().waitFor()
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
const figure = (label: string, value: string) =>
  page.locator('.figure', { hasText: label }).getByText(value, { exact: true }).waitFor()
const importOf = async () => {
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  return owner.client.call('imports.get-import', { id })
}
const productsOf = async () => (await owner.client.call('catalog.list-products', { limit: 200 })).items
const stockOf = async () =>
  (await owner.client.call('inventory.list-levels', { limit: 200 })).items.filter(({ on_hand }) => on_hand !== '0')
    .length

const most = 60
const rows = Array.from(
  { length: most },
  (_, at) => `IM-${at},Article ${at},standard,"1,250",01/02/2031,L-${at},${at < 10 ? 3 : ''}`,
)
// Four rows are wrong: two slips in a tax class, one without a price, and one without a name.
rows[3] = rows[3]?.replace('standard', 'standart') ?? ''
rows[40] = rows[40]?.replace('standard', 'standart') ?? ''
rows[20] = rows[20]?.replace('1,250', 'on request') ?? ''
rows[7] = rows[7]?.replace('Article 7', '') ?? ''
const text = ['SKU,Bezeichnung,Tax,Price,Expiry,Lot,Qty', ...rows].join('\n')

/** The rows that the page asks for from now on, a call an entry. */
function rowsShown(): readonly string[] {
  const shown: string[] = []
  page.on('request', (request) => {
    const numbers = new URL(request.url()).searchParams.get('numbers')
    if (numbers !== null) shown.push(numbers)
  })
  return shown
}

async function send(name: string, body: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(body) })
}

test('an empty list of imports teaches what can be brought in, and what is no file of rows is refused plainly', async () => {
  await page.goto(`${server.url}/imports`)
  await says('Nothing was imported yet')
  await looksRight(page)
  const [download] = await Promise.all([page.waitForEvent('download'), button('Example file: Customers').click()])
  expect(download.suggestedFilename()).toBe('customers.csv')
  await page.getByRole('link', { name: 'Products', exact: true }).last().click()
  await page.getByRole('heading', { name: 'Which file?' }).waitFor()
  await looksRight(page)
  await send('picture.csv', '\u0000\u0001\u0002 no rows')
  await page.getByRole('alert').waitFor()
  // That it is refused is the answer that was asked for.
  expect(page.complaints.splice(0).filter((one) => !/status of 422/.test(one))).toEqual([])
})

test('a file is read, mapped, checked, mended in place, tried, brought in and taken back', async () => {
  await page.goto(`${server.url}/imports/new`)
  await page.getByRole('radio', { name: 'Products' }).waitFor()
  await send('catalogue.csv', text)

  await says('“Price” may be read both ways')
  await says(/1,250.? is .?1\.25/)
  await looksRight(page)
  await page.getByRole('radio', { name: /^Comma/ }).check()
  await page.getByRole('radio', { name: /^Day, month, year/ }).check()
  await button('Go on').click()

  await says('Needed, and no column has it: Name')
  await page.getByLabel('Bezeichnung goes to').first().click()
  await page.getByRole('option', { name: 'Name *' }).click()
  await looksRight(page)
  const shown = rowsShown()
  await button('Check the rows').click()

  await figure('Wrong rows', '4')
  expect(await importOf()).toMatchObject({
    status: 'checked',
    failed_rows: 4,
    conventions: { decimal: ',', date_order: 'dmy' },
    options: { branch_id: owner.branchId },
  })
  await looksRight(page)
  // The row of a faulty cell is known by its others.
  await button(/^All of row 5:\s+IM-3\s+Article 3/).click()
  await page.getByRole('dialog', { name: 'All of row 5' }).getByText('L-3', { exact: true }).waitFor()
  await looksRight(page)
  await page.keyboard.press('Escape')
  await Promise.all([page.waitForEvent('download'), button('Export CSV').click()])
  expect(shown).toEqual(['5,9,22,42'])
  await page.getByRole('textbox', { name: 'Row 5, Tax' }).fill('standard')
  await button('In all cells that are wrong like this').click()
  await figure('Wrong rows', '2')
  const cell = page.getByRole('textbox', { name: 'Row 9, Bezeichnung' })
  await cell.fill('Article 7')
  await cell.press('Enter')
  const next = page.getByRole('textbox', { name: 'Row 22, Price' })
  await expect.poll(() => next.evaluate((one) => one === document.activeElement)).toBe(true)
  await figure('Wrong rows', '1')
  await button('Dry run').click()

  await figure('Rejected', '1')
  await figure('Created', String(most - 1))
  await says('Stock that would come in')
  expect(await importOf()).toMatchObject({ status: 'tried', failed_rows: 1 })
  expect(await productsOf()).toEqual([])
  await looksRight(page)
  await button(`Import ${most - 1} rows`).click()

  await page.getByRole('progressbar', { name: 'Coming in' }).waitFor({ state: 'attached' })
  await button('Undo the import').waitFor()
  await figure('Created', String(most - 1))
  expect(await importOf()).toMatchObject({ status: 'committed', created_rows: most - 1, failed_rows: 1 })
  expect(await stockOf()).toBeGreaterThan(0)
  await page.getByRole('link', { name: 'Article 0', exact: true }).waitFor()
  await looksRight(page)

  await button('Undo the import').click()
  await page.getByRole('dialog').getByText('Documents and books are reversed').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo', exact: true }).click()
  await says(/^Undone: /)
  expect(await importOf()).toMatchObject({ status: 'undone' })
  expect(await productsOf()).toEqual([])
  expect(await stockOf()).toBe(0)
  expect(page.complaints).toEqual([])
})

test('the same file again leads to the first import, and what depends on it is named when it is to be undone', async () => {
  const same = 'SKU,Name,Qty,Unit cost\nUSED-1,Used since,5,1\n'
  const options = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
  const first = await importText(server, owner, { text: same, options })
  const { variant_id } = await owner.client.call('catalog.scan', { text: 'USED-1' })
  const lines = [{ variant_id, quantity: '1' }]
  await owner.client.call('inventory.write-off-stock', { branch_id: owner.branchId, reason: 'damaged', lines })

  const arabic = await browser.openPage({ locale: 'ar-MA' })
  await signIn(arabic, server, owner, '/imports/new')
  const buffer = Buffer.from(same)
  await arabic.locator('input[type=file]').setInputFiles({ name: 'again.csv', mimeType: 'text/csv', buffer })
  await arabic.getByText('استُورد هذا الملف من قبل').waitFor()
  await looksRight(arabic)
  await arabic.getByRole('link', { name: 'إلى الاستيراد الأول' }).click()
  await arabic.waitForURL(`**/imports/${first.id}`)
  await arabic.getByRole('button', { name: 'التراجع عن الاستيراد' }).click()
  await arabic.getByRole('dialog').getByRole('button', { name: 'تراجع', exact: true }).click()
  await arabic.getByRole('listitem').filter({ hasText: 'USED-1' }).getByText('تحرّك مخزونه بعد ذلك').waitFor()
  await looksRight(arabic)
  expect(await owner.client.call('imports.get-import', { id: first.id })).toMatchObject({ status: 'committed' })
  expect(arabic.complaints.filter((one) => !/status of 409/.test(one))).toEqual([])
})
