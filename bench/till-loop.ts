import type { BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../tests/harness/chromium.ts'
import { countScripts } from '../tests/harness/first-load.ts'
import { openDrawer, scan, unlockTill } from '../tests/harness/web-till.ts'
import { answerParent } from './child.ts'

/** Makes a browser the till of the one register of a shop, adds lines in it, starts it, or counts what that loads. */
export type TillQuestion =
  | { readonly do: 'set up'; readonly url: string; readonly cookie: string; readonly device: string }
  | { readonly do: 'add'; readonly device: string; readonly codes: readonly string[]; readonly seconds: number }
  | { readonly do: 'start'; readonly device: string; readonly isCold: boolean }
  | { readonly do: 'count'; readonly device: string }

/** Milliseconds; bytes of what is counted. */
export type TillAnswer = readonly number[]

/** A basket of so many lines is emptied. */
const longestBasket = 20

interface Device {
  readonly url: string
  readonly context: BrowserContext
  page: Page
}

const devices = new Map<string, Device>()
const browser = openBrowser()

answerParent(async (question: TillQuestion): Promise<TillAnswer> => {
  if (question.do === 'set up') return setUp(question)
  const device = devices.get(question.device)
  if (!device) throw new Error(`there is no device ${question.device}`)
  if (question.do === 'add') return addLines(device.page, question.codes, question.seconds)
  if (question.do === 'start') return start(device, question.isCold)
  return count(device)
})

/** How long it takes to fetch what the shop sells; in the end goods can be scanned. */
async function setUp({ url, cookie, device }: TillQuestion & { do: 'set up' }): Promise<TillAnswer> {
  const context = await (await browser).openContext()
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value: decodeURIComponent(value), url }])
  await context.addInitScript(() => localStorage.setItem('comptoir.signed-in', '1'))
  await context.addInitScript(watchTill)
  const page = await context.newPage()
  await page.goto(`${url}/till`)
  const began = performance.now()
  await page.getByRole('button', { name: 'Set up' }).click()
  const goOn = page.getByRole('button', { name: /^Go on as/ })
  await goOn.waitFor({ timeout: 600_000 })
  const took = performance.now() - began
  await goOn.click()
  await openDrawer(page, '100')
  devices.set(device, { url, context, page })
  return [took]
}

/** From the Enter after each code until its line is painted; one after the other, each once at most. */
async function addLines(page: Page, codes: readonly string[], seconds: number): Promise<TillAnswer> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  for (const [at, code] of codes.entries()) {
    if (at > 0 && performance.now() > end) break
    const inBasket = at % longestBasket
    if (at > 0 && inBasket === 0) await empty(page)
    await scan(page, code)
    await page.waitForFunction((lines) => window.comptoirLines?.length === lines, inBasket + 1)
    times.push(await page.evaluate(() => window.comptoirLines?.at(-1) ?? Number.NaN))
  }
  await empty(page)
  return times
}

async function empty(page: Page): Promise<void> {
  while ((await page.locator('.till-line').count()) > 0) await page.keyboard.press('Alt+Delete')
  await page.evaluate(() => {
    window.comptoirLines = []
  })
}

/** From the start of the navigation until whoever is at the till can be chosen; in the end goods can be scanned. */
async function start(device: Device, isCold: boolean): Promise<TillAnswer> {
  if (isCold) await forgetFiles(device)
  else await device.page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await device.page.goto(`${device.url}/till`)
  await unlockTill(device.page)
  return [await device.page.evaluate(() => window.comptoirStood ?? Number.NaN)]
}

async function count(device: Device): Promise<TillAnswer> {
  await forgetFiles(device)
  const page = await device.context.newPage()
  const bytes = await countScripts(page)
  await page.goto(`${device.url}/till`)
  await unlockTill(page)
  const counted = await bytes()
  await page.close()
  return [counted]
}

/** The browser has the files of the app no more; what the till keeps stays. */
async function forgetFiles({ url, context, page }: Device): Promise<void> {
  // An app that is open keeps its service worker, and is loaded anew when another one takes over.
  await page.goto('about:blank')
  const devTools = await context.newCDPSession(page)
  await devTools.send('Network.clearBrowserCache')
  await devTools.send('Storage.clearDataForOrigin', { origin: url, storageTypes: 'service_workers,cache_storage' })
  await devTools.detach()
}

declare global {
  interface Window {
    /** Of each line that was added: milliseconds from the Enter until it was painted. */
    comptoirLines?: number[]
    /** When the till could be used, in milliseconds from the start of the navigation. */
    comptoirStood?: number
  }
}

/** Runs in the page, before its own scripts. */
function watchTill(): void {
  window.comptoirLines = []
  let entered = 0
  let lines = 0
  addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Enter') entered = event.timeStamp
    },
    { capture: true },
  )
  const look = () => {
    if (!window.comptoirStood && document.querySelector('.till-face')) window.comptoirStood = performance.now()
    const before = lines
    lines = document.querySelectorAll('.till-line').length
    if (lines <= before) return
    requestAnimationFrame(() => {
      // A message comes after the frame that is about to be painted.
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => window.comptoirLines?.push(performance.now() - entered)
      port2.postMessage(null)
    })
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true })
}
