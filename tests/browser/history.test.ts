import { afterAll, beforeAll, expect, test } from 'vitest'
import { looksRight, openBrowser, signIn } from '../harness/browser.ts'
import { makeProduct } from '../harness/catalog.ts'
import { oldSale, recordHistory } from '../harness/history.ts'
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

test('earlier sales are found by their kind and number, say all that is known of them, and one is taken back', async () => {
  const { variant } = await makeProduct(owner, { name: 'Olive soap' })
  const full = {
    ...{ number: 'F-1001', source: 'Old till', platform_fees: '1.10', shipping_cost: '2.20' },
    ...{
      data_quality_score: '87.5',
      is_validated: true,
      validation_notes: 'Checked by hand',
      note: 'Paid in two parts',
    },
    lines: [{ variant_id: variant.id, name: 'Soap, as printed', quantity: '2', unit_price: '12.50', tax_rate: '20' }],
  }
  const kinds = [oldSale(owner, variant.id, full), oldSale(owner, variant.id, { kind: 'credit', number: 'C-7' })]
  const [made] = await recordHistory(owner, [
    kinds[0] ?? {},
    { ...kinds[1], lines: [{ variant_id: variant.id, quantity: '-1', unit_price: '12.50' }] },
  ])
  expect(made?.refused).toBeNull()

  const page = await browser.openPage()
  await signIn(page, server, owner, '/sales')
  await page.getByRole('tab', { name: 'Earlier sales' }).click()
  await page.getByRole('row', { name: /C-7/ }).waitFor()
  await looksRight(page)
  await page.getByRole('combobox', { name: 'Kind' }).click()
  await page.getByRole('option', { name: 'Sale', exact: true }).click()
  await page.getByRole('row', { name: /C-7/ }).waitFor({ state: 'detached' })
  await page.getByRole('row', { name: /F-1001/ }).click()

  await page.getByRole('heading', { name: 'F-1001', level: 1 }).waitFor()
  for (const text of ['Soap, as printed', 'Old till', '87.5 %', 'Checked by hand', 'Paid in two parts'])
    await page.getByText(text, { exact: true }).waitFor()
  await page.getByText('€25.00').first().waitFor()
  await looksRight(page)

  await page.getByRole('button', { name: 'Take back' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('Counted twice')
  await looksRight(page)
  await dialog.getByRole('button', { name: 'Take back' }).click()
  await page.getByText('It counts nowhere any more.').waitFor()
  expect(await owner.client.call('history.get-document', { id: made?.id ?? '' })).toMatchObject({
    is_reversed: true,
    reversal: { reason: 'Counted twice' },
  })
  expect(page.complaints).toEqual([])
})

test('why a document cannot be taken back is said until it is tried again', async () => {
  const { variant } = await makeProduct(owner, { name: 'Rose water' })
  const [sale] = await recordHistory(owner, [oldSale(owner, variant.id, { number: 'F-2001' })])
  const lines = [{ variant_id: variant.id, quantity: '-1', unit_price: '12.50' }]
  const [refund] = await recordHistory(owner, [
    oldSale(owner, variant.id, { kind: 'refund', number: 'C-2001', original_id: sale?.id, lines }),
  ])
  const page = await browser.openPage()
  await signIn(page, server, owner, `/sales/earlier/${sale?.id}`)
  await page.getByRole('button', { name: 'Take back' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('Counted twice')
  await dialog.getByRole('button', { name: 'Take back' }).click()
  const why = dialog.getByText('by C-2001')
  await why.waitFor()

  await owner.client.call('history.reverse-documents', { ids: [refund?.id ?? ''], reason: 'First' })
  const { promise: isRead, resolve: goOn } = Promise.withResolvers<void>()
  await page.route('**/v1/history-reversals', (route) => isRead.then(() => route.continue()))
  await dialog.getByRole('button', { name: 'Take back' }).click()
  await why.waitFor({ state: 'detached' })
  goOn()
  await page.getByText('It counts nowhere any more.').waitFor()
  expect(page.complaints).toEqual([])
})
