import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, signIn } from '../harness/browser.ts'
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

const button = (name: string) => page.getByRole('button', { name, exact: true })

test('a customer is made, put into a group, found by a word of their name, and forgotten', async () => {
  const group = await owner.client.call('parties.create-group', { code: 'STAFF', name: 'Staff' })
  await page.goto(`${server.url}/parties`)
  await page.getByText('Nobody yet').waitFor()
  await button('New contact').first().click()
  await page.getByLabel('First name').fill('Amina')
  await page.getByLabel('Last name').fill('El Fassi')
  await page.getByRole('textbox', { name: 'Phone' }).fill('not a number')
  await button('Create').click()
  await page.getByText(/must be a telephone number/).waitFor()
  await looksRight(page)
  await page.getByRole('textbox', { name: 'Phone' }).fill('+33 6 12 34 56 78')
  await button('Create').click()
  await page.getByRole('heading', { name: 'Amina El Fassi' }).waitFor()
  await button('Edit').click()
  await page.getByRole('combobox', { name: 'Customer group' }).click()
  await page.getByRole('option', { name: 'Staff' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const { items } = await owner.client.call('parties.list-parties', { group_id: group.id })
  expect(items).toMatchObject([{ name: 'Amina El Fassi' }])

  await page.goto(`${server.url}/parties?search=fass`)
  await page.getByRole('cell', { name: 'Amina El Fassi' }).click()
  await button('Forget the person').click()
  await page.getByText(/are emptied for ever/).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Forget the person' }).click()
  await page.getByRole('heading', { name: 'Somebody who was forgotten' }).waitFor()
  const party = await owner.client.call('parties.get-party', { id: items[0]?.id ?? '' })
  expect(party.anonymised_at).not.toBeNull()

  await page.goto(`${server.url}/customer-groups`)
  await page.getByRole('cell', { name: 'Staff', exact: true }).waitFor()
  // A value that was refused is answered with 400 or 422, which the browser notes.
  expect(page.complaints.filter((text) => !/status of 4(00|22)/.test(text))).toEqual([])
})
