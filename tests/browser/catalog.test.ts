import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { freshEan } from '../harness/catalog.ts'
import { pngOf } from '../harness/pictures.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  browser = await openBrowser()
  page = await browser.openPage()
  await signIn(page, server, owner)
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
const field = (name: string) => page.getByLabel(name)
const dialog = () => page.getByRole('dialog')

test('a product is made with barcode and price, gets a picture and another price, and is deleted', async () => {
  const [first, second] = [freshEan(), freshEan()]
  // The usual currency comes after what a quick hand has typed, which stays.
  const typed = Promise.withResolvers<void>()
  await page.route('**/v1/entities*', async (route) => {
    await typed.promise
    await route.continue()
  })
  await page.goto(`${server.url}/price-lists`)
  await button('New price list').first().click()
  await field('Code').fill('SHOP')
  await dialog().getByLabel('Name').fill('Shop')
  typed.resolve()
  await dialog().getByRole('combobox', { name: 'Currency' }).and(page.locator('[value^=EUR]')).waitFor()
  await button('Create').click()
  await page.getByRole('heading', { name: 'Shop' }).waitFor()

  await page.goto(`${server.url}/products`)
  await page.getByText('No products yet').waitFor()
  await button('New product').first().click()
  await dialog().getByLabel('Name').fill('Olive soap')
  await dialog().getByLabel('Barcode').fill(first)
  await dialog().getByLabel('Price on Shop').fill('4.90')
  await button('Create').click()
  await page.getByText(/it costs €4.90 now/).waitFor()

  await page.getByLabel('Scan a barcode').fill(second)
  await page.keyboard.press('Enter')
  await page.getByText(second, { exact: true }).waitFor()
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'soap.png', mimeType: 'image/png', buffer: pngOf({ width: 40, height: 40 }) })
  await page.getByText('Shown first').waitFor()
  await button('New price').click()
  await dialog().getByLabel('Price of one').fill('4.50')
  await button('Save').last().click()
  await page.getByText(/it costs €4.50 now/).waitFor()
  await looksRight(page)

  const { items } = await owner.client.call('catalog.search', { text: second })
  const price = { variant_id: items[0]?.variant_id ?? '', branch_id: owner.branchId }
  expect(await owner.client.call('pricing.get-price', price)).toMatchObject({ unit_price: '4.5' })

  await page.goto(`${server.url}/products?text=oliv`)
  await page.getByRole('cell', { name: 'Olive soap' }).click()
  await button('Delete').click()
  await page.getByText(/It leaves the catalogue/).waitFor()
  await dialog().getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No products yet').waitFor()
  expect((await owner.client.call('catalog.list-products', {})).items).toEqual([])
  expect(page.complaints).toEqual([])
})

test('the tree of categories grows, and what lies in one is found by it', async () => {
  await page.goto(`${server.url}/categories`)
  await button('New category').first().click()
  await dialog().getByLabel('Name').fill('Care')
  await button('Create').click()
  await button('New category in Care').click()
  await dialog().getByLabel('Name').fill('Sun')
  await button('Create').click()
  await page.getByRole('link', { name: 'Sun' }).waitFor()
  const { items } = await owner.client.call('catalog.list-categories', {})
  const care = items.find(({ name }) => name === 'Care')
  expect(items.find(({ name }) => name === 'Sun')).toMatchObject({ parent_id: care?.id })
  await page.getByRole('link', { name: 'Care' }).click()
  await page.getByText('Nothing fits').waitFor()
  expect(page.complaints).toEqual([])
})
