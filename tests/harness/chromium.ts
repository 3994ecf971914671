import chromium from '@sparticuz/chromium'
import { type BrowserContext, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core'
import type { TestPerson, TestServer } from './server.ts'

/** A page that keeps what the browser complained about: console errors, uncaught errors, requests that failed. */
export type BrowserPage = Page & { complaints: string[] }

/** Starts a real Chromium: the one that comes with the packages, or CHROMIUM_PATH. */
export async function openBrowser() {
  const browser = await playwright.launch({
    executablePath: process.env.CHROMIUM_PATH ?? (await chromium.executablePath()),
    // Root, which containers often are, gets no sandbox; the rest keeps a test's browser off the network.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  /** A browser of its own, with nothing in its store; its language is English unless told. */
  const openContext = (options: BrowserContextOptions = {}) =>
    browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options })
  return {
    close: () => browser.close(),
    openContext,
    openPage: async (options: BrowserContextOptions = {}) => openTab(await openContext(options)),
  }
}

/** Another tab of a browser. */
export async function openTab(context: BrowserContext): Promise<BrowserPage> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`.trim())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => {
    const failure = request.failure()?.errorText ?? ''
    // What a page asked for when it was left, and a stream that ends with it.
    if (failure !== 'net::ERR_ABORTED') complaints.push(`${request.url()} ${failure}`)
  })
  return Object.assign(page, { complaints })
}

/** Signs a person in through the form, and waits for the page they wanted. */
export async function signIn(
  page: Page,
  server: Pick<TestServer, 'url'>,
  { email, password }: Pick<TestPerson, 'email' | 'password'>,
  path = '/',
): Promise<void> {
  await page.goto(`${server.url}${path}`)
  await page.locator('input[type=email]').fill(email)
  await page.locator('input[type=password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL((url) => url.pathname === path.split('?')[0])
}
