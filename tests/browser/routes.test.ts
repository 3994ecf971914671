import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FilledPharmacy, fillPharmacy } from '../../server/demo/fill-pharmacy.ts'
import { hireCashier } from '../../server/demo/hire-cashier.ts'
import { now } from '../../server/platform/time.ts'
import { type BrowserPage, expectAccessible, looksRight, openBrowser, showIn, signIn } from '../harness/browser.ts'
import { offlineSale, openOfflineTill } from '../harness/devices.ts'
import { oldSale, recordHistory } from '../harness/history.ts'
import { beginImport } from '../harness/imports.ts'
import { hire, signUpOwner, signUpPerson, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'
import { ownRoutes, shellRoutes } from '../harness/web-routes.ts'

let server: TestServer
let owner: TestOwner
let filled: FilledPharmacy
let importId: string
let documentId: string | null | undefined
let runId: string
let browser: Awaited<ReturnType<typeof openBrowser>>

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server, { time_zone: 'Africa/Casablanca', country: 'MA', currency: 'MAD' })
  // Imports of what fills it are jobs; after them invitations are to wait where the tests read them.
  const jobs = await server.product.startJobs()
  filled = await fill()
  await jobs.stop()
  await sellOffline()
  const text = 'SKU,Name,Price\nTEA-1,Mint tea,"1,250"\n'
  await owner.client.call('quality.add-presets', {})
  runId = (await owner.client.call('quality.run-rules', {})).id
  const [earlier] = await recordHistory(owner, [oldSale(owner, filled.range[0]?.variant_id ?? '')], { ledger: 'none' })
  documentId = earlier?.id
  importId = (await beginImport(server, owner, { text })).id
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** The pharmacy of the demo, with fewer goods. */
async function fill(): Promise<FilledPharmacy> {
  const { client, branchId, entityId, userId, tenantId, employeeId } = owner
  const branch = await client.call('tenants.get-branch', { id: branchId })
  await client.call('tenants.update-branch', { id: branchId, version: branch.version, name: 'Agdal' })
  const { items } = await client.call('tenants.list-features', {})
  const features = items.filter(({ is_on }) => is_on).map(({ name }) => name)
  const worker = { userId, tenantId, employeeId, permissions: ['*'], features }
  const maker = { product: server.product, isStopping: () => false }
  const person = { email: 'leila@example.org', name: 'Leïla Bennani', password: 'correct horse battery' }
  const kept = new Map<string, string>()
  return fillPharmacy(maker, {
    ...{ owner: worker, cashier: await hireCashier(maker, worker, person), entityId, branchId },
    ...{
      plannedAt: now(),
      medicines: 30,
      credentials: { read: (id) => kept.get(id), keep: (id, one) => kept.set(id, one) },
    },
  })
}

/** A sale at another price than the server's, and one whose text was changed on its way. */
async function sellOffline(): Promise<void> {
  const till = await openOfflineTill(owner)
  const sale = { variant_id: filled.range[0]?.variant_id ?? '', tender_id: filled.cashTenderId, currency: 'MAD' }
  const slips = [await till.seal(offlineSale(sale)), await till.seal(offlineSale(sale))]
  await till.push(slips.map((slip, at) => (at === 1 ? { ...slip, body: `${slip.body} ` } : slip)))
}

/** What stands for the parameter of each route that has one. A new route of that kind needs its line. */
const idOf: Readonly<Record<string, () => string | undefined>> = {
  '/cash/$id': () => filled.sessions.escalatedId,
  '/cash/$id/report': () => filled.sessions.closedId,
  '/registers/devices/$id': () => filled.deviceId,
  '/products/$id': () => filled.range[0]?.product_id,
  '/price-lists/$id': () => filled.priceListId,
  '/parties/$id': () => filled.customerId,
  '/sales/$id': () => filled.saleId,
  '/sales/earlier/$id': () => documentId ?? undefined,
  '/stock/goods/$variantId': () => filled.range[0]?.variant_id,
  '/stock/batches/$id': () => filled.batchId,
  '/transfers/$id': () => filled.transferId,
  '/counts/$id': () => filled.countId,
  '/recalls/$id': () => filled.recallId,
  '/imports/$id': () => importId,
  '/quality/runs/$id': () => runId,
  '/integrity/$id': () => filled.certificateId,
  '/reports/$report': () => 'gross-margin',
  '/people/roles/$id': () => filled.roleId,
  '/people/$id': () => owner.employeeId,
}

function addressOf(route: string): string {
  const id = route.includes('$') ? idOf[route]?.() : ''
  if (id === undefined) throw new Error(`say in this file what stands for the parameter of ${route}`)
  return `${server.url}${route.replace(/\$\w+/, id)}`
}

/** Goes to a page and waits until it stands: it has its heading, and nothing of it is still being read. */
async function open(page: BrowserPage, route: string): Promise<void> {
  await page.goto(addressOf(route))
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForFunction(() => !document.querySelector('[role=status].mantine-Loader-root, .mantine-Skeleton-root'))
}

test('the pages that stand alone keep nobody out, either; the till is looked at by its shift', async () => {
  expect(ownRoutes).toEqual(['/sign-in', '/no-place', '/till'])
  const page = await browser.openPage()
  await page.goto(`${server.url}/sign-in`)
  await page.locator('input[type=email]').waitFor()
  await looksRight(page)
  await signIn(page, server, await signUpPerson(server), '/no-place')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await looksRight(page)
  // That they work nowhere is the answer to the question where.
  expect(page.complaints.filter((text) => !/status of 400 .*\/v1\/workplace$/.test(text))).toEqual([])
})

describe('whoever owns the business, on filled pages', () => {
  let page: BrowserPage
  beforeAll(async () => {
    page = await browser.openPage()
    await signIn(page, server, owner)
  })

  test.each(shellRoutes)('%s complains of nothing, and keeps nobody out in light or in dark', async (route) => {
    await showIn(page, 'light')
    await open(page, route)
    await expectAccessible(page, { rules: 'colours' })
    // In the dark other colours stand in the same places. How a page is built is looked at in Arabic.
    await showIn(page, 'dark')
    await expectAccessible(page, { rules: 'colours' })
    expect(page.complaints.splice(0)).toEqual([])
  })
})

describe('in Arabic', () => {
  let page: BrowserPage
  const foreign: string[] = []
  beforeAll(async () => {
    page = await browser.openPage({ locale: 'ar-MA' })
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== server.url)
        foreign.push(request.url())
    })
    await signIn(page, server, owner)
  })

  test.each(shellRoutes)('%s runs from the right and fits a desk and a phone', async (route) => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await open(page, route)
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
    const menu = await page.getByRole('navigation').first().boundingBox()
    expect(Math.round((menu?.x ?? 0) + (menu?.width ?? 0))).toBe(1280)
    await expectAccessible(page, { rules: 'structure' })
    expect(await widerThanWindow(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await widerThanWindow(page)).toEqual([])
    expect(await turned(page)).toEqual([])
    expect(page.complaints.splice(0)).toEqual([])
  })

  test('the letters come from the same origin as everything else', async () => {
    const loaded = await page.evaluate(async () => {
      await document.fonts.ready
      return [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family)
    })
    expect(loaded.some((family) => /Noto Sans Arabic/.test(family))).toBe(true)
    expect(foreign).toEqual([])
  })
})

/** What sticks out of the window, and so makes it scroll sideways, once the page has come to rest in it. */
async function widerThanWindow(page: BrowserPage): Promise<string[]> {
  const fits = () => document.documentElement.scrollWidth <= document.documentElement.clientWidth
  if (await page.waitForFunction(fits, undefined, { timeout: 3_000 }).catch(() => undefined)) return []
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const isScrolled = (one: Element | null): boolean =>
      one !== null &&
      one !== document.body &&
      (getComputedStyle(one).overflowX !== 'visible' || isScrolled(one.parentElement))
    const out = [...document.querySelectorAll('body *')].filter((one) => {
      const { left, right, width } = one.getBoundingClientRect()
      return width > 0 && (left < -1 || right > clientWidth + 1) && !isScrolled(one.parentElement)
    })
    return [`${scrollWidth} > ${clientWidth}`, ...out.slice(-3).map((one) => one.outerHTML.slice(0, 160))]
  })
}

/** Codes and amounts that would be read from the right. */
function turned(page: BrowserPage): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.code, .amount:not(th)')]
      .filter((one) => /^[\d\s.,:+-]*\d[\d\s.,:+-]*$/.test(one.textContent ?? ''))
      .filter((one) => getComputedStyle(one).unicodeBidi === 'normal' && getComputedStyle(one).direction === 'rtl')
      .map((one) => one.outerHTML.slice(0, 160)),
  )
}

describe('somebody without any permission', () => {
  let page: BrowserPage
  beforeAll(async () => {
    const person = await signUpPerson(server)
    await hire(server, owner, person)
    page = await browser.openPage()
    await signIn(page, server, person)
  })

  const forAnybody = ['/', '/account']

  test('is shown the first page and their account, and is told of every other page that it is not for them', async () => {
    const menu = page.getByRole('navigation', { name: 'Menu' }).getByRole('link')
    await menu.first().waitFor()
    expect(await menu.allTextContents()).toEqual(['Home'])
    for (const route of shellRoutes) {
      await open(page, route)
      const told = await page.getByRole('heading', { name: 'This page is not for you' }).count()
      expect(told, route).toBe(forAnybody.includes(route) ? 0 : 1)
      expect(page.complaints.splice(0), route).toEqual([])
    }
    await looksRight(page)
  })
})
