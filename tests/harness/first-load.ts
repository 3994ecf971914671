import { gzipSync } from 'node:zlib'
import type { Page, Response } from 'playwright-core'

/**
 * Counts what a page loads of JavaScript, gzipped, from here on: all that it needs to stand, for the browser is never idle,
 * which is when the rest would come. Answers how many bytes came so far.
 */
export async function countScripts(page: Page): Promise<() => Promise<number>> {
  const found = new Map<string, Response>()
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0
  })
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.js')) found.set(pathname, response)
  })
  return async () => {
    const sizes = await Promise.all([...found.values()].map(async (one) => gzipSync(await one.body()).length))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
}
