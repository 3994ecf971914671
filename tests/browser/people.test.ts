import { afterAll, beforeAll, expect, test } from 'vitest'
import { looksRight, openBrowser, signIn } from '../harness/browser.ts'
import {
  clientIn,
  invitationTo,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../harness/server.ts'

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

test('a role without permission sees and can do nothing', async () => {
  const page = await browser.openPage()
  await signIn(page, server, owner, '/people/roles')
  await page.getByRole('button', { name: 'New role' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Counter')
  await page.getByRole('checkbox', { name: 'See sales', exact: true }).check()
  await page.getByRole('checkbox', { name: 'Sell', exact: true }).check()
  await looksRight(page)
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('cell', { name: 'Counter' }).waitFor()

  const cashier = await signUpPerson(server)
  await page.getByRole('tab', { name: 'People' }).click()
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  await page.getByLabel('E-mail address').fill(cashier.email)
  await page.getByRole('dialog').getByLabel('Name').fill('Leïla')
  await page.getByRole('combobox', { name: 'Roles' }).click()
  await page.getByRole('option', { name: 'Counter' }).click()
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Send the invitation' }).click()
  await page.getByRole('cell', { name: 'Leïla' }).waitFor()
  await page.getByRole('searchbox', { name: 'Search by name or address' }).fill('leï')
  await page.getByRole('cell', { name: 'Amina Test' }).waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'Leïla' }).waitFor()
  await cashier.client.call('tenants.accept-invitation', { token: await invitationTo(server, cashier.email) })
  expect(page.complaints).toEqual([])
  await page.close()

  const theirs = await browser.openPage()
  await signIn(theirs, server, cashier)
  const menu = theirs.getByRole('navigation', { name: 'Menu' })
  await menu.getByRole('link', { name: 'Sales', exact: true }).waitFor()
  for (const name of ['People', 'Settings', 'Price lists', 'Stock', 'Registers']) {
    expect(await menu.getByRole('link', { name, exact: true }).count()).toBe(0)
  }
  for (const path of ['/people', '/people/roles/new', '/price-lists', '/stock/receive', '/registers/devices']) {
    await theirs.goto(`${server.url}${path}`)
    await theirs.getByRole('heading', { name: 'This page is not for you' }).waitFor()
  }
  const client = clientIn(server, cashier, owner.tenantId)
  for (const refused of [
    () => client.call('tenants.list-employees', {}),
    () => client.call('tenants.create-role', { name: 'Mine', permissions: ['*'] }),
    () => client.call('pricing.list-price-lists', {}),
  ]) {
    await expect(refused()).rejects.toMatchObject({ problem: { status: 403 } })
  }
  expect(theirs.complaints).toEqual([])
})

test('somebody is suspended, resumed and removed; a PIN that anybody tries is refused at its field', async () => {
  const cashier = await signUpPerson(server)
  const { items: roles } = await owner.client.call('tenants.list-roles', { limit: 200 })
  const role_ids = roles.filter(({ name }) => name === 'cashier').map(({ id }) => id)
  const { email } = cashier
  const { id } = await owner.client.call('tenants.add-employee', { email, display_name: 'Karim', role_ids })
  await cashier.client.call('tenants.accept-invitation', { token: await invitationTo(server, email) })

  const page = await browser.openPage()
  const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name }).click()
  const status = async () => (await owner.client.call('tenants.get-employee', { id })).status
  await signIn(page, server, owner, `/people/${id}`)
  await page.getByRole('textbox', { name: 'Name' }).fill('Karim the second')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Karim the second' }).waitFor()
  await page.getByRole('button', { name: 'Suspend' }).click()
  await inDialog('Suspend')
  await page.getByRole('button', { name: 'Resume' }).waitFor()
  expect(await status()).toBe('suspended')
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('button', { name: 'Suspend' }).waitFor()
  expect(await status()).toBe('active')
  await page.getByRole('button', { name: 'Remove' }).click()
  // The list stands before the place has ended.
  const removed = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await inDialog('Remove')
  await page.getByRole('heading', { name: 'People', exact: true }).waitFor()
  await removed
  await page.getByRole('cell', { name: 'Karim the second' }).waitFor({ state: 'detached' })
  await expect(status()).rejects.toMatchObject({ problem: { status: 404 } })
  expect(page.complaints).toEqual([])

  await page.goto(`${server.url}/account`)
  const pin = page.getByLabel('New PIN, 4 to 8 digits')
  await pin.fill('1234')
  await page.getByRole('button', { name: 'Set the PIN' }).click()
  await page.getByText('one of the first that anybody tries').waitFor()
  await pin.fill('80417')
  await page.getByRole('button', { name: 'Set the PIN' }).click()
  await page.getByText('Your till PIN is set.').waitFor()
  const me = await owner.client.call('tenants.get-employee', { id: owner.employeeId })
  expect(me.has_till_pin).toBe(true)
  // The one refusal that was asked for.
  expect(page.complaints.filter((text) => !text.includes('422'))).toEqual([])
})
