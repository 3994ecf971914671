import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, expectAccessible, openBrowser, signIn } from '../harness/browser.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** Nothing serious is wrong with it for anybody, in light and in dark. */
async function looksRight(page: BrowserPage): Promise<void> {
  await page.waitForLoadState('networkidle')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForSelector(`:root[data-mantine-color-scheme=${colorScheme}]`)
    await expectAccessible(page)
  }
}

test('the profile of a business, its legal entities and its features are changed', async () => {
  const page = await browser.openPage()
  const { call } = owner.client
  await signIn(page, server, owner, '/settings/profile')
  await page.getByLabel('Legal name').fill('Shop by the port')
  await page.getByLabel('Difference that needs no approval').fill('12,50')
  await page.getByLabel('Personal data').fill('7')
  await looksRight(page)
  await page.getByRole('button', { name: 'Save' }).click()
  // Too few days: refused at the field, and nothing is saved.
  await page.locator('.mantine-TextInput-error').first().waitFor()
  expect((await call('tenants.get-tenant', {})).legal_name).not.toBe('Shop by the port')
  await page.getByLabel('Personal data').fill('400')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved').waitFor()
  const tenant = await call('tenants.get-tenant', {})
  expect(tenant).toMatchObject({ legal_name: 'Shop by the port', anonymisation_days: 400 })
  expect(Number(tenant.cash_variance_threshold)).toBe(12.5)

  await page.getByRole('tab', { name: 'Legal entities' }).click()
  await page.getByRole('button', { name: 'New legal entity' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Legal name').fill('Port Wholesale')
  await dialog.getByRole('combobox', { name: 'Country' }).fill('Fran')
  await page.getByRole('option', { name: 'France', exact: true }).click()
  expect(await dialog.getByRole('combobox', { name: 'Currency' }).inputValue()).toContain('EUR')
  await dialog.getByLabel('Tax number').fill('FR12345678901')
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('cell', { name: 'Port Wholesale' }).click()
  await dialog.getByRole('switch', { name: 'In business' }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('cell', { name: 'Inactive' }).waitFor()
  const { items } = await call('tenants.list-entities', {})
  expect(items.find(({ legal_name }) => legal_name === 'Port Wholesale')).toMatchObject({
    country: 'FR',
    currency: 'EUR',
    tax_number: 'FR12345678901',
    is_active: false,
  })

  await page.getByRole('tab', { name: 'Features' }).click()
  await page.getByRole('switch', { name: 'Taxes' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('switch', { name: 'Taxes', checked: false }).waitFor()
  await looksRight(page)
  const features = await call('tenants.list-features', {})
  expect(features.items.filter(({ is_on }) => !is_on).map(({ name }) => name)).toEqual(['tax'])
  expect(page.complaints.filter((text) => !/status of 400/.test(text))).toEqual([])
})
