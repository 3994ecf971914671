import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BrowserPage, looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { makeRegister } from '../harness/cash.ts'
import { employ } from '../harness/counts.ts'
import { signUpOwner, startTestServer, type TestClient, type TestOwner, type TestServer } from '../harness/server.ts'
import { makeGoods } from '../harness/till.ts'

let server: TestServer
let owner: TestOwner
let cashier: TestClient
let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  cashier = (await employ(server, owner, 'cashier')).client
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})
beforeEach(async () => {
  page = await browser.openPage()
  await signIn(page, server, owner)
})

const says = (text: string | RegExp) => page.getByText(text).first().waitFor()
const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()

async function goTo(path: string): Promise<void> {
  await page.goto(`${server.url}${path}`)
  await page.waitForLoadState('networkidle')
}

/** A session with a sale of 24 for cash in it. */
async function soldIn(client: TestClient) {
  const register_id = await makeRegister(owner)
  const session = await client.call('cash.open-session', { register_id, float_amount: '200' })
  const { items } = await owner.client.call('payments.list-tenders', { limit: 50 })
  const tender_id = items.find(({ code }) => code === 'cash')?.id ?? ''
  const variant_id = await makeGoods(owner)
  await client.call('sales.checkout', {
    session_id: session.id,
    lines: [{ variant_id, quantity: '2' }] as never,
    payments: [{ tender_id, amount: '50' }],
  })
  return session
}

test('a session is ended and counted by notes and coins, closes within the threshold, and has its Z report', async () => {
  const { id } = await soldIn(owner.client)
  await goTo(`/cash/${id}/report`)
  await says('Report (X) 1')
  await goTo(`/cash/${id}`)
  await press('End the session')
  await page.getByRole('dialog').getByRole('button', { name: 'End the session' }).click()
  await says('Count the session')
  await looksRight(page)
  await page.getByLabel('How many of €200.00').fill('1')
  await page.getByLabel('One more of €20.00').click()
  await page.getByLabel('How many of €2.00').fill('2')
  await page.locator('[data-sum="224"]').waitFor()
  await press('Hand in the count')
  await page.getByRole('dialog').getByRole('button', { name: 'Hand in the count' }).click()
  await says('Counted within the threshold: the session is closed.')
  const closed = await owner.client.call('cash.get-session', { id })
  expect(closed.status).toBe('closed')
  expect(closed.counts[0]?.lines).toMatchObject([
    {
      tender_kind: 'cash',
      counted: '224',
      variance: '0',
      denominations: [
        { value: '200', quantity: 1 },
        { value: '20', quantity: 1 },
        { value: '2', quantity: 2 },
      ],
    },
  ])
  await page.getByRole('link', { name: 'Z report' }).click()
  await page.frameLocator('iframe').getByText('Final report (Z)').first().waitFor()
  expect(page.complaints).toEqual([])
})

test('what a cashier is short is seen as a conversation, written off and approved by somebody else', async () => {
  const { id } = await soldIn(cashier)
  const { version } = await cashier.call('cash.close-session', { id, version: 1 })
  const tenders = [{ tender_kind: 'cash' as const, counted: '100' }]
  await cashier.call('cash.count-session', { id, version, tenders })
  await goTo('/cash?state=escalated')
  await page.getByRole('cell', { name: 'Waits for approval' }).click()
  await says('What became of the difference?')
  await says('Karim counted')
  await page.waitForLoadState('networkidle')
  await press('Write off the rest')
  await page.getByLabel('Reason').fill('Not found after a day')
  await page.getByRole('dialog').getByRole('button', { name: 'Write off the rest' }).click()
  await says('“Not found after a day”')
  await press('Approve and close')
  await page.getByRole('dialog').getByRole('button', { name: 'Approve and close' }).click()
  await says('approved and closed it')
  const { status, steps } = await owner.client.call('cash.get-session', { id })
  expect(status).toBe('closed')
  expect(steps.slice(-2).map(({ action }) => action)).toEqual(['write_off', 'approve'])
  await page.waitForLoadState('networkidle')
  expect(page.complaints).toEqual([])
})

test('cash is put into the safe of the branch, and the books have it', async () => {
  const before = await owner.client.call('cash.get-safe', { branch_id: owner.branchId })
  await goTo('/cash/safe')
  await press('Put in')
  await page.getByLabel('Amount').fill('150,50')
  await page.getByRole('combobox', { name: 'From' }).click()
  await page.getByRole('option', { name: 'Opening balance' }).click()
  await page.getByLabel('Reason').fill('Counted on the first day')
  await looksRight(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Put in' }).click()
  await page.getByRole('cell', { name: 'Counted on the first day' }).waitFor()
  const after = await owner.client.call('cash.get-safe', { branch_id: owner.branchId })
  expect(Number(after.balance) - Number(before.balance)).toBe(150.5)
  await page.waitForLoadState('networkidle')
  expect(page.complaints).toEqual([])
})
