import type { Page } from 'playwright-core'
import { type BrowserPage, signIn } from './chromium.ts'
import type { TestOwner, TestServer } from './server.ts'
import { makeGoods } from './till.ts'
import { until } from './until.ts'

/** Goods of a shop, each with the barcode it is scanned by. */
export const codes = { soap: '6111000000021', tea: '6111000000038', salt: '6111000000045' } as const

/** A register without a session, and goods with prices and stock. */
export async function stockShop(owner: TestOwner, { stock = '10000' }: { stock?: string } = {}): Promise<string> {
  await makeGoods(owner, { name: 'Olive soap', variants: [{ barcodes: [codes.soap] }], price: '12', stock })
  await makeGoods(owner, { name: 'Green tea', variants: [{ barcodes: [codes.tea] }], price: '7.50', stock })
  await makeGoods(owner, { name: 'Sea salt', variants: [{ barcodes: [codes.salt] }], price: '3.10', stock })
  await owner.client.call('tenants.set-till-pin', { pin: tillPin })
  const { branchId: branch_id } = owner
  return (await owner.client.call('registers.create-register', { branch_id, code: 'W1', name: 'Counter' })).id
}

/** The PIN of the owner at their till. */
export const tillPin = '4071'

/** Makes the page the till of the branch's first free register, with whoever is signed in at it. */
export async function setUpTill(page: BrowserPage, server: TestServer, owner: TestOwner): Promise<void> {
  await signIn(page, server, owner, '/till')
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.getByRole('button', { name: /^Go on as/ }).click()
}

/** Unlocks the till by PIN: as its owner, who is shown first, unless another is named, into an open session unless told. */
export async function unlockTill(
  page: Page,
  {
    name = '',
    at = 0,
    pin = tillPin,
    isOpen = true,
  }: { name?: string; at?: number; pin?: string; isOpen?: boolean } = {},
): Promise<void> {
  await page.locator('.till-face', { hasText: name }).nth(at).click()
  await page.keyboard.type(pin)
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: isOpen ? /^Scan or search/ : 'Float' }).waitFor()
}

/** Locks the till, and lets another one in. */
export async function switchTo(page: BrowserPage, who: Parameters<typeof unlockTill>[1]): Promise<void> {
  await page.getByRole('button', { name: /^Lock:/ }).click()
  await unlockTill(page, who)
}

/** Opens the session with a float. */
export async function openDrawer(page: Page, float: string): Promise<void> {
  await page.getByLabel('Float').fill(float)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('textbox', { name: /^Scan or search/ }).waitFor()
}

/** Scans a code as a scanner does: it is a keyboard. */
export async function scan(page: Page, code: string): Promise<void> {
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
}

/** Sells what is scanned for exact cash, by the keyboard alone. */
export async function sellByKeyboard(page: BrowserPage, scanned: readonly string[]): Promise<void> {
  for (const code of scanned) await scan(page, code)
  await page.keyboard.press('F9')
  await page.getByTestId('due').waitFor()
  await page.keyboard.press('Enter')
  await page.getByTestId('change').waitFor()
  await page.keyboard.press('Enter')
  await page.getByTestId('change').waitFor({ state: 'detached' })
}

/** Waits until the device keeps a basket of so many lines: what is only on the screen is gone with the tab. */
export async function basketIsKept(page: Page, lines: number): Promise<void> {
  await until(`a basket of ${lines} lines is kept`, () =>
    page.evaluate(async (lines) => {
      const { promise, resolve, reject } = Promise.withResolvers<boolean>()
      const opening = indexedDB.open('comptoir-till')
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const reading = opening.result.transaction('facts').objectStore('facts').get('basket')
        reading.onerror = () => reject(reading.error)
        reading.onsuccess = () => {
          opening.result.close()
          resolve(reading.result?.value.lines.length === lines)
        }
      }
      return promise
    }, lines),
  )
}
