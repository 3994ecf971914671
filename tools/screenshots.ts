import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { type BrowserPage, openBrowser, signIn } from '../tests/harness/browser.ts'
import { type ServerProcess, startServerProcess, temporaryDirectory } from '../tests/harness/process.ts'
import { until } from '../tests/harness/until.ts'
import { buildWeb } from './build-web.ts'

const folder = join(import.meta.dirname, '..', 'docs', 'images')
const mostBytes = 300_000
const mostSeconds = 300

interface Place {
  readonly url: string
  readonly owner: { readonly email: string; readonly password: string }
  readonly sessionId: string
  readonly certificateId: string
  readonly barcodes: readonly string[]
}

/** Takes the pictures of README.md: of the pharmacy of a demo that is removed again. */
async function takePictures(): Promise<void> {
  await buildWeb()
  const directory = await temporaryDirectory()
  try {
    const server = await startServerProcess({ DATA_DIR: directory.path, DEMO: 'filled' })
    try {
      if (!server.demo) throw new Error('an empty folder begins with the demo')
      await visit(await look(server, server.demo))
    } finally {
      await server.end('SIGTERM')
    }
  } finally {
    await directory.remove()
  }
}

/** Waits until the demo is filled, and finds in it what the pictures are of. */
async function look({ url, output }: ServerProcess, owner: Place['owner']): Promise<Place> {
  await until('the demo is filled', () => (output().match(/ is filled\./g) ?? []).length === 2, mostSeconds)
  const { headers } = await createClient<Operations>({ url }).request('identity.sign-in', owner)
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const { call } = createClient<Operations>({ url, headers: { cookie } })
  await call('tenants.set-till-pin', { pin: '4071' })
  const { items: sessions } = await call('cash.list-sessions', { reconciliation: 'escalated' })
  const { items: certificates } = await call('integrity.list-certificates', {})
  const goods = await readFile(
    join(import.meta.dirname, '..', 'examples', 'moroccan-pharmacy', 'parapharmacy.csv'),
    'utf8',
  )
  const barcodes = [...goods.matchAll(/^P\d+;(\d{13});/gm)].map((match) => match[1] ?? '')
  return { url, owner, sessionId: sessions[0]?.id ?? '', certificateId: certificates[0]?.id ?? '', barcodes }
}

async function visit(place: Place): Promise<void> {
  const browser = await openBrowser()
  try {
    const page = await browser.openPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
    await signIn(page, place, place.owner)
    // A browser without a window promises to keep nothing; the till would say so.
    await page.addInitScript(() => {
      navigator.storage.persisted = async () => true
    })
    await takeAt(page, `${place.url}/cash/${place.sessionId}`, 'reconciliation')
    await takeAt(page, `${place.url}/stock/batches`, 'stock-by-expiry')
    await takeAt(page, `${place.url}/integrity/${place.certificateId}`, 'integrity-certificate')
    await takeAt(page, `${place.url}/reports/gross-margin`, 'report')
    await importCatalogue(page, place)
    await take(page, 'import')
    await sellAtTill(page, place)
    await take(page, 'till')
  } finally {
    await browser.close()
  }
}

/** Has a file of products checked, some rows of which are wrong. */
async function importCatalogue(page: BrowserPage, { url }: Place): Promise<void> {
  const rows = Array.from({ length: 240 }, (_, at) => {
    const tax = at % 40 === 5 ? 'standart' : 'standard'
    const price = at === 18 ? 'on request' : `${18 + (at % 9)}.50`
    return `CARE-${at + 1},${at === 31 ? '' : `Hand cream no. ${at + 1}`},${tax},${price},Care > Hands`
  })
  const buffer = Buffer.from(['SKU,Name,Tax class,Price,Category', ...rows].join('\n'))
  await page.goto(`${url}/imports/new`)
  const files = page.locator('input[type=file]')
  await files.setInputFiles({ name: 'Care products.csv', mimeType: 'text/csv', buffer })
  await page.getByRole('button', { name: 'Check the rows' }).click()
  await page.getByRole('textbox', { name: 'Row 7, Tax class' }).fill('standard')
}

/** Makes the browser a till, and puts a basket into it. */
async function sellAtTill(page: BrowserPage, { url, barcodes }: Place): Promise<void> {
  await page.goto(`${url}/till`)
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.getByRole('button', { name: /^Go on as/ }).click()
  const search = page.getByRole('textbox', { name: /^Scan or search/ })
  await page.getByLabel('Float').or(search).first().waitFor()
  if (await page.getByLabel('Float').isVisible()) {
    await page.getByLabel('Float').fill('500')
    await page.getByRole('button', { name: 'Open' }).click()
  }
  await search.waitFor()
  for (const index of [0, 3, 7, 8, 7]) {
    await page.keyboard.type(barcodes[index] ?? '')
    await page.keyboard.press('Enter')
  }
}

async function takeAt(page: BrowserPage, address: string, name: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForLoadState('networkidle')
  // A slow machine may rest between two answers: no shapes stand in for what is still to come.
  await page.waitForFunction(() => !document.querySelector('.mantine-Loader-root, .mantine-Skeleton-root'))
  await take(page, name)
}

async function take(page: BrowserPage, name: string): Promise<void> {
  const path = join(folder, `${name}.png`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, await page.screenshot({ animations: 'disabled' }))
  const { size } = await stat(path)
  if (size >= mostBytes) throw new Error(`${path} has ${size} bytes, more than a page of text should load`)
  console.log(`${path} ${Math.round(size / 1000)} kB`)
}

await takePictures()
