import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BrowserPage, expectAccessible, openBrowser } from '../harness/browser.ts'

let browser: Awaited<ReturnType<typeof openBrowser>>
let page: BrowserPage

beforeAll(async () => {
  browser = await openBrowser()
  page = await browser.openPage()
})
afterAll(() => browser.close())

test('what is wrong with a page is found, however often it was looked at before', async () => {
  const around = (body: string) =>
    `<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1>${body}</main></html>`
  await page.setContent(around('<button>Sell</button>'))
  for (const rules of ['all', 'colours', 'structure'] as const) await expectAccessible(page, { rules })
  await page.evaluate(() => {
    document.querySelector('h1')?.style.setProperty('color', '#eee')
    document.querySelector('button')?.replaceChildren()
  })
  const found = (text: string) => ({ actual: [expect.stringContaining(text)] })
  await expect(expectAccessible(page, { rules: 'colours' })).rejects.toMatchObject(found('color-contrast: <h1'))
  await expect(expectAccessible(page, { rules: 'structure' })).rejects.toMatchObject(found('button-name: <button'))
  await page.setContent(around('<button style="color: #eee; background: #fff">Sell</button>'))
  await expect(expectAccessible(page)).rejects.toMatchObject(found('color-contrast: <button'))
})
