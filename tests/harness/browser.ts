import { AxeBuilder } from '@axe-core/playwright'
import chromium from '@sparticuz/chromium'
import { type BrowserContext, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core'
import { expect } from 'vitest'
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

/**
 * Looks at the page as axe does: nothing serious or critical is wrong with it for anybody. Colours are what takes the longest, and all
 * that differs between light and dark.
 */
export async function expectAccessible(page: Page, { rules = 'all' }: { rules?: Rules } = {}): Promise<void> {
  // Frames show what the server prints, and run nothing, so that axe cannot run in them. It needs no page of its own to sum up then.
  const axe = new AxeBuilder({ page }).exclude('iframe').setLegacyMode()
  if (rules === 'colours') axe.withRules(colours)
  if (rules === 'structure') axe.disableRules(colours)
  const { violations } = await axe.analyze()
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  expect(serious).toEqual([])
}

type Rules = 'all' | 'colours' | 'structure'

const colours = ['color-contrast']

/** Nothing serious is wrong with a page for anybody, in light and in dark. */
export async function looksRight(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await showIn(page, colorScheme)
    await expectAccessible(page, { rules: colorScheme === 'light' ? 'all' : 'colours' })
  }
}

/** Shows a page in light or in dark, as the machine of whoever looks asks for. */
export async function showIn(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await page.waitForSelector(`:root[data-mantine-color-scheme=${colorScheme}]`)
}
