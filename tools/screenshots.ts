import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { type BrowserPage, openBrowser, signIn } from '../tests/harness/browser.ts'
import { startServerProcess, temporaryDirectory } from '../tests/harness/process.ts'
import { until } from '../tests/harness/until.ts'
import { buildWeb } from './build-web.ts'
import { type FilledPharmacy, fillPharmacy } from './fill-pharmacy.ts'

const folder = join(import.meta.dirname, '..', 'docs', 'images')
const mostBytes = 300_000

interface Place {
  readonly url: string
  readonly owner: { readonly email: string; readonly password: string }
  readonly filled: FilledPharmacy
}

/** Takes the pictures of README.md: of a pharmacy that was filled for them and is removed again. */
async function takePictures(): Promise<void> {
  await buildWeb()
  const directory = await temporaryDirectory()
  try {
    const server = await startServerProcess({ DATA_DIR: directory.path })
    try {
      if (!server.demo) throw new Error('an empty folder begins with the demo')
      const filled = await fill(server.url, server.demo, directory.path)
      await visit({ url: server.url, owner: server.demo, filled })
    } finally {
      await server.end('SIGTERM')
    }
  } finally {
    await directory.remove()
  }
}

async function fill(url: string, demo: Place['owner'], dataDir: string): Promise<FilledPharmacy> {
  const owner = await signedIn(url, demo)
  const { call } = owner
  const { employee, tenant } = await call('tenants.get-workplace', {})
  await call('tenants.update-employee', {
    id: employee.id,
    version: await versionOf(call, employee.id),
    display_name: 'Amina Tazi',
  })
  await call('tenants.set-till-pin', { pin: '4071' })
  const { items: branches } = await call('tenants.list-branches', {})
  for (const { id, version } of branches) await call('tenants.update-branch', { id, version, name: 'Old Port' })
  const { items: entities } = await call('tenants.list-entities', {})
  const { items: roles } = await call('tenants.list-roles', { limit: 200 })
  const place = { email: 'leila@example.org', display_name: 'Leïla Bennani' }
  const role_ids = roles.filter(({ name }) => name === 'cashier').map(({ id }) => id)
  await call('tenants.add-employee', { ...place, role_ids })
  const token = await until('the invitation is written', async () => {
    const mails = await readFile(join(dataDir, 'mail.log'), 'utf8').catch(() => '')
    return /\/invitation#(\S+)/.exec(mails)?.[1]
  })
  const person = { email: place.email, password: 'correct horse battery' }
  await createClient<Operations>({ url }).call('identity.sign-up', { ...person, name: place.display_name })
  await (await signedIn(url, person)).call('tenants.accept-invitation', { token })
  const cashier = await signedIn(url, person, { 'comptoir-tenant': tenant.id })
  return fillPharmacy({ owner, cashier, branchId: branches[0]?.id ?? '', entityId: entities[0]?.id ?? '' })
}

async function versionOf(call: ReturnType<typeof createClient<Operations>>['call'], id: string): Promise<number> {
  return (await call('tenants.get-employee', { id })).version
}

async function signedIn(url: string, person: Place['owner'], headers: Record<string, string> = {}) {
  const { headers: answered } = await createClient<Operations>({ url }).request('identity.sign-in', person)
  const cookie = answered.getSetCookie()[0]?.split(';')[0] ?? ''
  return createClient<Operations>({ url, headers: { ...headers, cookie } })
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
    const { sessions, certificateId } = place.filled
    await takeAt(page, `${place.url}/cash/${sessions.escalatedId}`, 'reconciliation')
    await takeAt(page, `${place.url}/stock/batches`, 'stock-by-expiry')
    await takeAt(page, `${place.url}/integrity/${certificateId}`, 'integrity-certificate')
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
async function sellAtTill(page: BrowserPage, { url, filled }: Place): Promise<void> {
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
  for (const index of [0, 10, 7, 15, 7]) {
    await page.keyboard.type(filled.range[index]?.barcode ?? '')
    await page.keyboard.press('Enter')
  }
}

async function takeAt(page: BrowserPage, address: string, name: string): Promise<void> {
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForLoadState('networkidle')
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
