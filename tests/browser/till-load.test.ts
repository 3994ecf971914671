import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openTab, signIn } from '../harness/browser.ts'
import { countScripts } from '../harness/first-load.ts'
import { signUpOwner, startTestServer, type TestServer } from '../harness/server.ts'
import { openDrawer, setUpTill, stockShop, unlockTill } from '../harness/web-till.ts'

/** Of JavaScript, gzipped. */
const mostBytes = 250_000

let server: TestServer
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** A browser that keeps no files, so that every page loads all of its own. */
const openForgetful = () => browser.openContext({ serviceWorkers: 'block' })

test('the till of a device that is set up loads at most 250 kB of JavaScript until goods can be scanned', async () => {
  const owner = await signUpOwner(server)
  await stockShop(owner)
  const context = await openForgetful()
  const first = await openTab(context)
  await setUpTill(first, server, owner)
  await openDrawer(first, '100')
  await first.close()

  const page = await openTab(context)
  const bytes = await countScripts(page)
  await page.goto(`${server.url}/till`)
  await unlockTill(page)
  expect(await bytes()).toBeGreaterThan(100_000)
  expect(await bytes()).toBeLessThanOrEqual(mostBytes)
  expect(page.complaints).toEqual([])
})

test('the page that sets a till up loads at most 250 kB of JavaScript', async () => {
  const owner = await signUpOwner(server)
  await stockShop(owner)
  const context = await openForgetful()
  const first = await openTab(context)
  await signIn(first, server, owner)
  await first.close()

  const page = await openTab(context)
  const bytes = await countScripts(page)
  await page.goto(`${server.url}/till`)
  await page.getByRole('button', { name: 'Set up' }).waitFor()
  expect(await bytes()).toBeGreaterThan(100_000)
  expect(await bytes()).toBeLessThanOrEqual(mostBytes)
  expect(page.complaints).toEqual([])
})
