import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, expectAccessible, openBrowser, signIn } from '../harness/browser.ts'
import { freshEan, makeProduct } from '../harness/catalog.ts'
import { employ } from '../harness/counts.ts'
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

const says = (text: string | RegExp) => page.getByText(text).first().waitFor()
const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** Nothing serious is wrong with it for anybody, in light and in dark. */
async function looksRight(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForSelector(`:root[data-mantine-color-scheme=${colorScheme}]`)
    await expectAccessible(page)
  }
}

async function goTo(path: string): Promise<void> {
  await page.goto(`${server.url}${path}`)
  await page.waitForLoadState('networkidle')
}

/** The field with this label, whether it must be filled or not. */
const field = (label: string) => page.getByLabel(new RegExp(`^${label}( \\*)?$`)).first()

/** Scans into the field with this name, as a scanner types: fast, with Enter at the end. */
async function scan(label: string, code: string): Promise<void> {
  const input = field(label)
  await input.fill(code)
  await input.press('Enter')
}

async function medicine(name: string) {
  const barcode = freshEan()
  const { variant } = await makeProduct(owner, { name, is_expiry_tracked: true, variants: [{ barcodes: [barcode] }] })
  return { barcode, variant_id: variant.id }
}

async function receive(variant_id: string, quantity: string, batch_number: string, expires_on = inDays(200)) {
  const line = { variant_id, quantity, unit_cost: '3', batch_number, expires_on }
  return owner.client.call('inventory.receive-stock', { branch_id: owner.branchId, lines: [line] })
}

const levelsOf = async (variant_id: string) =>
  (await owner.client.call('inventory.list-levels', { variant_id })).items.map(
    (one) => `${one.batch_number} ${one.on_hand}`,
  )

test('goods are received by scanning, seen by expiry with their value, and written off', async () => {
  const { barcode, variant_id } = await medicine('Cough syrup')
  await goTo('/stock')
  await says('Nothing lies here yet')
  await looksRight()
  await goTo('/stock/receive')
  await scan('What came', barcode)
  await page.getByLabel('Quantity of Cough syrup').fill('10')
  await page.getByLabel('Unit cost of Cough syrup').fill('2,50')
  await page.getByLabel('Batch of Cough syrup').fill('LOT-1')
  await page.getByLabel('Expires of Cough syrup').fill(inDays(20))
  await looksRight()
  await press('Receive goods')
  await page.getByText('Delivery', { exact: true }).first().waitFor()
  expect(await levelsOf(variant_id)).toEqual(['LOT-1 10'])

  await goTo('/stock/batches')
  const soon = page.getByRole('button', { name: /Up to 30 days/ })
  await soon.getByText('€25.00').waitFor()
  await soon.click()
  await page.getByRole('cell', { name: 'LOT-1' }).waitFor()
  await looksRight()
  await page.getByRole('button', { name: /31 to 90 days/ }).click()
  await says('No batch is like that')

  await goTo(`/stock/goods/${variant_id}`)
  await press('Steps for LOT-1')
  await page.getByRole('menuitem', { name: 'Write off' }).click()
  await field('Quantity').fill('11')
  await inDialog('Write off')
  await page
    .getByRole('dialog')
    .getByRole('alert')
    .getByText(/left|10|line 1/)
    .waitFor()
  await field('Quantity').fill('2')
  await looksRight()
  await inDialog('Write off')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await levelsOf(variant_id)).toEqual(['LOT-1 8'])
  await goTo('/stock/movements')
  await page.getByRole('cell', { name: 'Damaged' }).waitFor()
  await looksRight()
  expect(page.complaints.filter((text) => !/status of 409/.test(text))).toEqual([])
})

test('a count is entered by the keyboard and the scanner, and approved by somebody else', async () => {
  const { barcode, variant_id } = await medicine('Eye drops')
  await receive(variant_id, '5', 'EYE-1')
  const { client } = await employ(server, owner, 'manager')
  await goTo('/counts')
  await looksRight()
  await press('New count')
  await field('What is counted').click()
  await page.getByRole('option', { name: 'Chosen goods' }).click()
  await scan('Goods to count', barcode)
  await page.getByRole('dialog').getByText('Eye drops').waitFor()
  await inDialog('Begin to count')
  const counted = page.getByLabel('Counted · Eye drops · EYE-1')
  await counted.fill('4')
  await counted.press('Enter')
  await says('1 of 1 lines counted')
  await scan('Scan what you count', barcode)
  await field('Quantity').fill('3')
  await field('Batch').fill('EYE-2')
  await field('Expires').fill(inDays(100))
  await looksRight()
  await press('Enter')
  await says('2 of 2 lines counted')
  await press('Hand in')
  await says('To be approved')
  await looksRight()
  const made = page.url().split('/').at(-1) ?? ''
  const { version } = await client.call('counts.get-count', { id: made })
  await client.call('counts.approve-count', { id: made, version })
  expect((await levelsOf(variant_id)).toSorted()).toEqual(['EYE-1 4', 'EYE-2 3'])
  expect(page.complaints.filter((text) => !/status of 409/.test(text))).toEqual([])
})

test('goods go to another branch, and what is missing there is said', async () => {
  const { barcode, variant_id } = await medicine('Plasters')
  await receive(variant_id, '9', 'PLA-1')
  const place = { entity_id: owner.entityId, code: 'TWO', name: 'The second shop', time_zone: 'Europe/Paris' }
  const second = await owner.client.call('tenants.create-branch', place)
  await goTo('/transfers/new')
  await field('To').click()
  await page.getByRole('option', { name: 'The second shop' }).click()
  await scan('What goes', barcode)
  await page.getByLabel('Quantity: Plasters').fill('6')
  await looksRight()
  await press('Plan the transfer')
  await press('Dispatch')
  await says('On the way')
  await press('Receive')
  await page.getByLabel('Came well: Plasters').fill('5')
  await page.getByLabel('Why something is missing').fill('One fell out')
  await looksRight()
  await press('Receive')
  await page.getByText('Short', { exact: true }).waitFor()
  await looksRight()
  const { items } = await owner.client.call('inventory.list-levels', { variant_id, branch_id: second.id })
  expect(items).toMatchObject([{ batch_number: 'PLA-1', on_hand: '5' }])
  await goTo('/transfers')
  await looksRight()
  expect(page.complaints.filter((text) => !/status of 409/.test(text))).toEqual([])
})

test('a recall blocks batches by the numbers on the boxes, and shows where they went', async () => {
  const { variant_id } = await medicine('Tablets')
  await receive(variant_id, '7', 'BAD-1')
  await goTo('/recalls/new')
  await field('Numbers on the boxes').fill('bad-1')
  await field('Numbers on the boxes').press('Enter')
  await field('Reason').fill('Wrong strength')
  await looksRight()
  await press('Open a recall')
  await page.getByRole('cell', { name: 'Blocked' }).waitFor()
  await says('Still there')
  await looksRight()
  const { items } = await owner.client.call('inventory.list-batches', { variant_id })
  expect(items).toMatchObject([{ number: 'BAD-1', is_blocked: true }])
  await press('Close the recall')
  await field('What came of it').fill('Destroyed by the supplier')
  await inDialog('Close the recall')
  await says('Kept blocked')
  await goTo('/recalls')
  await looksRight()
  expect(page.complaints.filter((text) => !/status of 409/.test(text))).toEqual([])
})

test('a policy makes an order plan that says why, and an alert that is marked as seen', async () => {
  const { barcode, variant_id } = await medicine('Bandage')
  await receive(variant_id, '2', 'BAN-1')
  await goTo('/reorder/policies')
  await press('New policy')
  await scan('For these goods; all unless chosen', barcode)
  await field('Reorder point').fill('5')
  await field('Order quantity').fill('20')
  await looksRight()
  await inDialog('Create')
  await page.getByRole('cell', { name: 'Bandage' }).waitFor()
  await looksRight()
  await goTo('/reorder/plan')
  await page.getByRole('row', { name: /Bandage/ }).click()
  await says('It is at the reorder point.')
  await looksRight()
  await goTo('/reorder')
  await press('Refresh')
  await page
    .getByRole('row', { name: /Bandage/ })
    .getByRole('button', { name: 'Seen' })
    .click()
  await page
    .getByRole('row', { name: /Bandage/ })
    .getByLabel('Seen')
    .waitFor()
  await looksRight()
  const { items } = await owner.client.call('replenishment.list-alerts', { variant_id })
  expect(items).toMatchObject([{ kind: 'low', acknowledged_by: expect.any(String) }])
  expect(page.complaints.filter((text) => !/status of 409/.test(text))).toEqual([])
})
