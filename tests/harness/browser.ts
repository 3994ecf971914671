import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

export { type BrowserPage, openBrowser, openTab, signIn } from './chromium.ts'

/**
 * Looks at the page as axe does: nothing serious or critical is wrong with it for anybody. Colours are what takes the longest, and all
 * that differs between light and dark.
 */
export async function expectAccessible(page: Page, { rules = 'all' }: { rules?: Rules } = {}): Promise<void> {
  // Frames show what the server prints, and run nothing, so that axe cannot run in them. It needs no page of its own to sum up then.
  // It is read once by a page, which takes as long as looking; only what is wrong is told, the many things that are right are not.
  const source = (await page.evaluate(() => 'axe' in window)) ? { axeSource: 'void 0' } : {}
  const axe = new AxeBuilder({ page, ...source })
    .options({ resultTypes: ['violations'] })
    .exclude('iframe')
    .setLegacyMode()
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
  // Some letters pass from the one colour to the other.
  await page.waitForFunction(() => !document.getAnimations().some((one) => one instanceof CSSTransition))
}
