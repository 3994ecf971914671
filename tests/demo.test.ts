import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { money, toText } from '../server/platform/money.ts'
import type { Operations } from '../server/registry.ts'
import {
  asSuperuser,
  type Launched,
  launchServer,
  readPostmaster,
  runCli,
  type ServerProcess,
  startServerProcess,
  temporaryDirectory,
  untilServing,
} from './harness/process.ts'
import { until } from './harness/until.ts'

let directory: { path: string; remove(): Promise<void> }
const launches: Launched[] = []
beforeAll(async () => {
  directory = await temporaryDirectory()
})
afterAll(async () => {
  // Only a failed test leaves a server running.
  for (const { child, ended } of launches) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
    await ended
  }
  await directory.remove()
})

const dataDir = () => join(directory.path, 'data')
const mostSeconds = 240

function launchFilling(): Launched {
  const launched = launchServer({ DATA_DIR: dataDir(), DEMO: 'filled' })
  launches.push(launched)
  return launched
}

async function countOf(table: string): Promise<number> {
  return asSuperuser(dataDir(), async (client) => {
    const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table}`)
    return rows[0]?.count
  })
}

const untilThereAre = (least: number, table: string) =>
  until(`there are ${least} of ${table}`, async () => (await countOf(table)) >= least, mostSeconds)

const untilFilled = ({ output }: Pick<ServerProcess, 'output'>) =>
  until(
    'the demo is filled',
    () => {
      if (/could not be filled/.test(output())) throw new Error(output())
      return (output().match(/ is filled\./g) ?? []).length === 2
    },
    mostSeconds,
  )

async function signedIn({ url, demo }: ServerProcess, email: string) {
  const person = { email, password: demo?.password ?? '' }
  const { headers } = await createClient<Operations>({ url }).request('identity.sign-in', person)
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return createClient<Operations>({ url, headers: { cookie } })
}

type Row = Readonly<Record<string, string>>

async function example(path: string, delimiter = ','): Promise<Row[]> {
  const text = await readFile(join(import.meta.dirname, '..', 'examples', path), 'utf8')
  return parse(text, { columns: true, delimiter })
}

const sumOf = (rows: readonly Row[], quantity: string, price: string) =>
  toText(
    rows.reduce(
      (sum, row) => sum.plus(money(row[quantity] ?? '').times(money((row[price] ?? '').replace(',', '.')))),
      money('0'),
    ),
  )

/** What was told of a business of the demo, in figures. */
async function figuresOf(server: ServerProcess, email: string) {
  const { call } = await signedIn(server, email)
  const { items: imports } = await call('imports.list-imports', { limit: 50 })
  const { tenant } = await call('tenants.get-workplace', {})
  const figures = await asSuperuser(dataDir(), async (client) => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM history.document WHERE tenant_id = $1) AS documents,
         (SELECT count(*)::int FROM history.document WHERE tenant_id = $1 AND kind IN ('credit', 'refund')) AS returns,
         (SELECT trim_scale(sum(exact_amount))::text FROM history.line WHERE tenant_id = $1) AS exact,
         (SELECT count(*)::int FROM catalog.product WHERE tenant_id = $1) AS products,
         (SELECT count(*)::int FROM parties.party_role WHERE tenant_id = $1 AND role = 'customer') AS customers,
         (SELECT count(*)::int FROM sync.exception WHERE tenant_id = $1) AS exceptions`,
      [tenant.id],
    )
    return rows[0]
  })
  return { call, figures, imports }
}

/** All that a start could make twice. */
async function everything(): Promise<Record<string, number>> {
  const tables = [
    'imports.import',
    'history.document',
    'sales.sale',
    'inventory.posting',
    'cash.session',
    'tenants.tenant',
  ]
  return Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await countOf(table)])))
}

async function expectPharmacy(server: ServerProcess): Promise<void> {
  const { call, figures, imports } = await figuresOf(server, 'demo@example.org')
  const sold = await example('moroccan-pharmacy/sales.csv', ';')
  const customers = await example('moroccan-pharmacy/customers.csv', ';')
  expect(figures).toEqual({
    documents: new Set(sold.map(({ Ticket }) => Ticket)).size,
    returns: sold.filter((row) => row['Avoir sur'] !== '').length,
    exact: sumOf(sold, 'Quantité', 'Prix unitaire'),
    products: 160 + 12,
    customers: customers.length,
    exceptions: 0,
  })
  expect(imports.map(({ status, failed_rows }) => [status, failed_rows])).toEqual(imports.map(() => ['committed', 0]))
  expect((await call('tenants.list-branches', {})).items.map(({ name }) => name)).toEqual(['Agdal', 'Hassan'])
  const { items: sessions } = await call('cash.list-sessions', { limit: 50 })
  expect(sessions.map(({ status, reconciliation }) => reconciliation ?? status).toSorted()).toEqual([
    ...['closed', 'closed', 'closed', 'escalated', 'open'],
  ])
  const { items: transfers } = await call('transfers.list-transfers', {})
  expect(transfers.map(({ state }) => state)).toEqual(['in_transit'])
  for (const report of ['takings', 'low-stock', 'expiring-stock', 'stock-value', 'best-sellers'] as const)
    expect((await call('reports.run-report', { report })).rows, report).not.toEqual([])
  const cashier = await signedIn(server, 'leila@example.org')
  expect(await cashier.call('tenants.get-workplace', {})).toMatchObject({ roles: [{ preset: 'cashier' }] })
}

async function expectWholesaler(server: ServerProcess): Promise<void> {
  const { call, figures, imports } = await figuresOf(server, 'wholesale@example.org')
  const lines = await example('uk-gift-wholesaler/invoices.csv')
  const invoices = new Set(lines.map(({ InvoiceNo }) => InvoiceNo))
  expect(figures).toEqual({
    documents: invoices.size,
    returns: [...invoices].filter((number) => number?.startsWith('C')).length,
    exact: sumOf(lines, 'Quantity', 'UnitPrice'),
    products: new Set(lines.map(({ StockCode }) => StockCode)).size,
    customers: (await example('uk-gift-wholesaler/customers.csv')).length,
    exceptions: 0,
  })
  expect(figures.exact).toBe('83800.31')
  expect(imports.map(({ status, failed_rows }) => [status, failed_rows])).toEqual(imports.map(() => ['committed', 0]))
  const { items: saved } = await call('reports.list-saved-reports', {})
  expect(saved.map(({ parameters }) => parameters)).toContainEqual({ from: '2011-01-04', until: '2011-01-18' })
  expect((await call('reports.run-report', { report: 'sales-by-month' })).rows).not.toEqual([])
}

test('a demo is filled with what its files say, once, though it is killed and stopped half way, and everything ties', async () => {
  const killed = launchFilling()
  await untilServing(killed)
  await untilThereAre(100, 'catalog.product')
  const { pid = 0 } = (await readPostmaster(dataDir())) ?? {}
  killed.child.kill('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await killed.ended

  const stopped = launchFilling()
  await untilServing(stopped)
  await untilThereAre(5, 'sales.sale')
  stopped.child.kill('SIGINT')
  expect(await stopped.ended).toBe(0)
  expect(stopped.output()).not.toMatch(/\n\s+at |could not/)

  const server = await untilServing(launchFilling())
  await untilFilled(server)
  await expectPharmacy(server)
  await expectWholesaler(server)
  expect(await runCli(['verify'], { DATA_DIR: dataDir() })).toMatchObject({ code: 0, errors: '' })
  const made = await everything()
  expect(await server.end('SIGTERM')).toBe(0)

  const again = await untilServing(launchFilling())
  expect(again.demo).toEqual(server.demo)
  expect(again.output()).not.toMatch(/being filled/)
  expect(await everything()).toEqual(made)
  expect(await again.end('SIGTERM')).toBe(0)
}, 900_000)

test('switched off, there is no demo, and nobody can sign in to one', async () => {
  const path = join(directory.path, 'without')
  const server = await startServerProcess({ DATA_DIR: path, DEMO: 'off' })
  expect(server.output()).not.toMatch(/demo/i)
  expect(existsSync(join(path, 'demo.json'))).toBe(false)
  const nobody = createClient<Operations>({ url: server.url }).call('identity.sign-in', {
    ...{ email: 'demo@example.org', password: 'correct horse battery' },
  })
  await expect(nobody).rejects.toMatchObject({ problem: { status: 401 } })
  expect(await server.end('SIGTERM')).toBe(0)
})
