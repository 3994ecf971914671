import chromium from '@sparticuz/chromium'
import { type Page, chromium as playwright } from 'playwright-core'

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
  return {
    close: () => browser.close(),
    async openPage(): Promise<BrowserPage> {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('requestfailed', (request) => complaints.push(`${request.url()} ${request.failure()?.errorText}`))
      return Object.assign(page, { complaints })
    },
  }
}
