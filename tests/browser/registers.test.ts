import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { employ } from '../harness/counts.ts'
import { enrollDevice, offlineSale, playDevice } from '../harness/devices.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeGoods } from '../harness/till.ts'

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

const says = (text: string | RegExp) => page.getByText(text).first().waitFor()
const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name }).click()

async function goTo(path: string): Promise<void> {
  await page.goto(`${server.url}${path}`)
  await page.waitForLoadState('networkidle')
}

test('a register is added, a device enrolled for it with a credential that is shown once, and revoked', async () => {
  await goTo('/registers')
  await press('Add a register')
  await page.getByLabel('Code').fill('front1')
  await page.getByLabel('Name').fill('Front counter')
  await inDialog('Create')
  await page.getByRole('cell', { name: 'FRONT1' }).waitFor()
  const { items: registers } = await owner.client.call('registers.list-registers', {})
  expect(registers).toMatchObject([{ code: 'FRONT1', name: 'Front counter', is_active: true }])

  await page.getByRole('tab', { name: 'Devices' }).click()
  await says('No device yet')
  await press('Enrol a device')
  await page.getByLabel('Name').fill('Tablet')
  await inDialog('Enrol')
  const credential = (await page.locator('[data-credential]').textContent()) ?? ''
  await looksRight(page)
  await page.getByRole('combobox', { name: 'Bind it to a register' }).click()
  await page.getByRole('option', { name: 'FRONT1 · Front counter' }).click()
  await inDialog('I have put it into the device')
  await page.getByRole('cell', { name: 'FRONT1 · Front counter' }).waitFor()
  const { items: devices } = await owner.client.call('registers.list-devices', {})
  expect(devices).toMatchObject([{ name: 'Tablet', register_code: 'FRONT1' }])
  const pushed = { device_id: devices[0]?.id ?? '', credential, slips: [] }
  expect(await owner.client.call('sync.push', pushed)).toMatchObject({ next_sequence: 1 })

  await page.getByRole('cell', { name: 'Tablet' }).click()
  await press('Revoke')
  await page.getByLabel('Reason').fill('Lost')
  await inDialog('Revoke')
  const revokedAt = async () => (await owner.client.call('registers.list-devices', {})).items[0]?.revoked_at
  await expect.poll(revokedAt).not.toBeNull()
  await says('Lost')
  await page.waitForLoadState('networkidle')
  expect(page.complaints).toEqual([])
})

test('what was sold offline at another price is settled by somebody who did not sell it', async () => {
  const cashier = await employ(server, owner, 'cashier')
  const device = await enrollDevice(owner)
  const { register_id, credential } = device
  const session = await cashier.client.call('cash.open-session', { register_id, float_amount: '0' })
  const at = { deviceId: device.id, credential, registerId: register_id, sessionId: session.id, cashierId: cashier.id }
  const till = playDevice(cashier.client, at)
  const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
  const tender_id = items.find(({ code }) => code === 'cash')?.id ?? ''
  const variant_id = await makeGoods(owner)
  const slips = [await till.seal(offlineSale({ variant_id, tender_id, unit_price: '9.00' }))]
  const broken = await till.seal(offlineSale({ variant_id, tender_id }))
  await till.push([...slips, { ...broken, body: `${broken.body} ` }])

  await goTo('/sync')
  await page.getByRole('cell', { name: 'The price was another one' }).first().click()
  await says('What the server says')
  await page.waitForLoadState('networkidle')
  await looksRight(page)
  await page.getByRole('radio', { name: /^Corrected/ }).click()
  await page.getByLabel('What was found or done').fill('The old price list was on the tablet')
  await inDialog('Settle it')
  await says('“The old price list was on the tablet”')
  const { items: settled } = await owner.client.call('sync.list-exceptions', { kind: 'price_differs' })
  expect(settled).toMatchObject([{ resolution: { outcome: 'corrected' } }])

  await goTo('/sync/set-aside')
  await page.getByRole('cell', { name: 'Its text is not what was sealed' }).click()
  await says('Its text as it came')
  await page.waitForLoadState('networkidle')
  await looksRight(page)

  await goTo(`/cash/${session.id}`)
  await says('Some missing')
  await says(/Receipt .*-000002.* was set aside: Its text is not what was sealed/)
  expect(page.complaints).toEqual([])
})
