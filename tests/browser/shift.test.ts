import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, openTab, signIn } from '../harness/browser.ts'
import { employ } from '../harness/counts.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'
import {
  codes,
  openDrawer,
  scan,
  sellByKeyboard,
  setUpTill,
  stockShop,
  switchTo,
  unlockTill,
} from '../harness/web-till.ts'

let server: TestServer
let owner: TestOwner
let cashier: TestClient
let browser: Awaited<ReturnType<typeof openBrowser>>
let till: BrowserPage

const karim = { name: 'Karim', pin: '8317' }

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  cashier = (await employ(server, owner, 'cashier')).client
  await cashier.call('tenants.set-till-pin', { pin: karim.pin })
  await stockShop(owner)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const press = (page: BrowserPage, name: string | RegExp) => page.getByRole('button', { name }).click()
const inDialog = (page: BrowserPage, name: string) => page.getByRole('dialog').getByRole('button', { name }).click()

async function choose(item: string): Promise<void> {
  await till.getByRole('button', { name: 'More', exact: true }).click()
  await till.getByRole('menuitem', { name: item }).click()
}

async function moveCash(kind: string, amount: string, reason: string): Promise<void> {
  await choose('Cash in or out')
  await till.getByText(kind, { exact: true }).first().click()
  await till.getByLabel('Amount').fill(amount)
  await till.getByLabel('Reason').fill(reason)
  await till.keyboard.press('Enter')
  await till.getByRole('dialog').waitFor({ state: 'detached' })
}

/** On a phone everything is as wide as its window. */
async function fitsPhone(): Promise<void> {
  const size = till.viewportSize() ?? { width: 1280, height: 900 }
  await till.setViewportSize({ width: 390, height: 844 })
  await till.waitForFunction(() =>
    [...document.querySelectorAll('button, input')].every((one) => one.getBoundingClientRect().right <= innerWidth),
  )
  await till.setViewportSize(size)
}

/** Sales for cash and by card, and cash that comes and goes otherwise. */
async function sellForAMorning(): Promise<void> {
  await setUpTill(till, server, owner)
  await switchTo(till, { ...karim, isOpen: false })
  await looksRight(till)
  await openDrawer(till, '100')
  await fitsPhone()
  await looksRight(till)
  await sellByKeyboard(till, [codes.soap, codes.tea, codes.soap])
  await scan(till, codes.salt)
  await till.keyboard.press('F9')
  await till.getByRole('radio', { name: /Card/ }).click()
  await press(till, /^Finish/)
  await till.getByTestId('change').waitFor()
  await till.keyboard.press('Enter')
  await moveCash('Pay in', '20', 'Coins')
  await moveCash('Pay out', '15', 'Light bulbs')
}

/** What the first sale sold of tea comes back. */
async function takeBack(): Promise<void> {
  // Taking back is not a cashier's: somebody who may comes to the till.
  await switchTo(till, { name: 'Amina' })
  await choose('Receipts of this till')
  await till.getByRole('dialog').getByText('W1-000001').click()
  await press(till, 'Refund')
  await till.getByLabel('Comes back: Green tea').fill('1')
  await till.getByLabel('Why').fill('Wrong tea')
  await press(till, /^Give back/)
  await till
    .getByRole('dialog', { name: /W1-000003/ })
    .getByRole('button', { name: 'Close' })
    .last()
    .click()
}

/** Counts the session by notes and coins, and what the card terminal says. */
async function countShort(): Promise<void> {
  // Whoever goes back to the till before counting is led here again.
  await till.getByRole('link', { name: 'Back to the till' }).click()
  await unlockTill(till, { ...karim, isOpen: false })
  await till.getByRole('link', { name: 'Count it' }).click()
  await till.getByLabel('How many of €50.00').waitFor()
  await fitsPhone()

  await till.getByLabel('How many of €50.00').fill('1')
  await till.getByLabel('One more of €20.00').click()
  await till.getByLabel('How many of €0.50').fill('2')
  await till.locator('[data-sum="71"]').waitFor()
  await till.getByLabel('Card').fill('3.10')
  await press(till, 'Hand in the count')
  await inDialog(till, 'Hand in the count')
}

/** Explains, writes off and approves, at a computer of the office. */
async function judge(office: BrowserPage): Promise<void> {
  await signIn(office, server, owner, '/cash')
  await office.getByRole('cell', { name: 'Waits for approval' }).click()
  await press(office, 'Explain by what was not recorded')
  await office.getByLabel('By how much more is expected').fill('-40')
  await office.getByLabel('Reason').fill('Courier, paid and not entered')
  await inDialog(office, 'Explain by what was not recorded')
  await office.getByText('“Courier, paid and not entered”').waitFor()
  await press(office, 'Write off the rest')
  await office.getByLabel('Reason').fill('Not found')
  await inDialog(office, 'Write off the rest')
  await office.getByText('“Not found”').waitFor()
  await press(office, 'Approve and close')
  await inDialog(office, 'Approve and close')
  await office.getByRole('link', { name: 'Z report' }).click()
  await office.frameLocator('iframe').getByText('Final report (Z)').first().waitFor()
}

test('a shift is opened, sold in, closed and counted by its cashier, and its difference is approved by somebody else', async () => {
  till = await openTab(await browser.openContext())
  await sellForAMorning()
  await takeBack()

  await switchTo(till, karim)
  await choose('Close the session')
  await inDialog(till, 'Close the session')
  await till.getByRole('heading', { name: 'Count the session' }).waitFor()
  const id = new URL(till.url()).pathname.split('/').at(-1) ?? ''

  await countShort()
  await till.getByText('Somebody who neither opened nor counted').waitFor()
  expect(await till.getByRole('button', { name: 'Approve and close' }).count()).toBe(0)
  const counted = await owner.client.call('cash.get-session', { id })
  expect(counted).toMatchObject({ reconciliation: 'escalated', opened_by: counted.counts[0]?.actor_id })
  expect(counted.counts[0]?.lines.map(({ tender_kind, variance }) => [tender_kind, variance]).toSorted()).toEqual([
    ['card', '0'],
    ['cash', '-58'],
  ])
  // What the till was asking as one cashier when another took over.
  expect(till.complaints.filter((text) => !/status of 401 .*\/v1\/assortment\//.test(text))).toEqual([])

  const office = await browser.openPage()
  await judge(office)
  const { status, steps } = await owner.client.call('cash.get-session', { id })
  expect(status).toBe('closed')
  expect(steps.slice(-3).map(({ action }) => action)).toEqual(['adjustment', 'write_off', 'approve'])
  expect(office.complaints).toEqual([])
})
