import { afterAll, beforeAll, expect, test } from 'vitest'
import { looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { makeProduct } from '../harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  jobs = await server.product.startJobs()
  owner = await signUpOwner(server)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await jobs.stop()
  await server.close()
})

test('the usual rules are added, checked at once, and name the rows that are wrong; one is switched off', async () => {
  await makeProduct(owner, { name: 'Without a shelf' })
  const page = await browser.openPage()
  await signIn(page, server, owner, '/quality')
  await page.getByText('No rules yet').waitFor()
  await looksRight(page)
  await page.getByRole('button', { name: 'Add the usual rules' }).click()
  await page.getByRole('row', { name: /Products have a category/ }).waitFor()

  await page.getByRole('button', { name: 'Check now' }).click()
  await page.getByRole('button', { name: 'Show the rows: Products have a category' }).click()
  await page.getByRole('region', { name: 'Wrong rows' }).getByText('Without a shelf').waitFor()
  await looksRight(page)

  await page.goto(`${server.url}/quality?dataset=products`)
  const row = page.getByRole('row', { name: /Products have a category/ })
  await row.getByText('Wrong', { exact: true }).waitFor()
  await row.click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('On').uncheck()
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await row.getByText('Off', { exact: true }).waitFor()
  const { items } = await owner.client.call('quality.list-rules', { is_active: false })
  expect(items).toMatchObject([{ rule_key: 'products-in-a-category', name: 'Products have a category' }])
  expect(page.complaints).toEqual([])
})

test('a rule is made, judged at once, and removed; one that the server refuses says why at its field', async () => {
  await makeProduct(owner, { name: 'Short' })
  await makeProduct(owner, { name: 'A name that is long enough' })
  const page = await browser.openPage()
  await signIn(page, server, owner, '/quality')
  await page.getByRole('button', { name: 'New rule' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: false }).first().fill('Names have ten letters')
  const choose = async (label: string, option: string) => {
    await dialog.getByRole('combobox', { name: label, exact: true }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  const kinds = ['is within bounds', 'is there once', 'exists elsewhere', 'is recent', 'has about as many rows']
  for (const kind of [...kinds, 'statement in SQL', 'has a form']) await choose('Asks for', kind)
  await choose('Column', 'Name')
  await dialog.getByLabel('Form').fill('[')
  await dialog.getByRole('button', { name: 'Add a condition' }).click()
  await choose('Comparison', 'is filled')
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.locator('[aria-invalid=true]').waitFor()
  // That it is refused is the answer that was asked for.
  expect(page.complaints.splice(0).filter((one) => !/status of 422/.test(one))).toEqual([])
  await dialog.getByLabel('Form').fill('^.{10,}$')
  await dialog.getByRole('button', { name: 'Save and check now' }).click()

  await page.getByRole('button', { name: 'Show the rows: Names have ten letters' }).click()
  await page.getByRole('region', { name: 'Wrong rows' }).getByText('Short', { exact: true }).first().waitFor()
  const made = async () =>
    (await owner.client.call('quality.list-rules', { limit: 200 })).items.find(
      ({ name }) => name === 'Names have ten letters',
    )
  expect(await made()).toMatchObject({
    ...{ dataset: 'products', kind: 'pattern', severity: 'WARN', schedule: 'daily' },
    config: { column: 'name', pattern: '^.{10,}$', when: [{ column: 'name', is: 'filled' }] },
  })

  await page.goto(`${server.url}/quality`)
  await page.getByRole('row', { name: /Names have ten letters/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog', { name: 'Remove this rule?' }).getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('row', { name: /Names have ten letters/ }).waitFor({ state: 'detached' })
  expect(await made()).toBeUndefined()
  expect(page.complaints).toEqual([])
})
