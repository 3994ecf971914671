import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { compareImport } from './import-figures.ts'
import { writeInvoiceLines } from './invoice-lines.ts'
import { readInvoices } from './read-invoices.ts'
import type { Result } from './report.ts'
import { openShops, type Shop } from './shops.ts'
import type { Benchmark, Stage } from './stage.ts'
import { assertSame, fillBefore, readBalances } from './undo-import.ts'

const bare = 'COPY into one bare table'
const plain = { reference: null, ratio: null }
const megabyte = 1024 ** 2
const askMs = 100

type BenchClient = ReturnType<typeof createClient<Operations>>

/**
 * How many lines of invoices a second are judged, tried and committed, with goods and customers that are made on the way, beside
 * PostgreSQL that takes the same lines into a table without keys; how long the longest batch of a commit kept others waiting; and how
 * much more memory the server has meanwhile. What the file says stands beside what documents, books and reports say of it.
 */
export const importBenchmark: Benchmark = {
  async run(stage, { sales, file, isUndone, note }) {
    const directory = await mkdtemp(join(tmpdir(), 'comptoir-lines-'))
    try {
      const path = join(directory, 'lines.csv')
      if (file === undefined) await writeInvoiceLines(path, sales)
      else await unpack(file, path)
      const url = await stage.startServer()
      const { shops, cookies } = await openShops(url, { tenants: 2, sessions: 1 })
      const copied = await copyBare(stage, path)
      const results: Result[] = [{ name: bare, value: copied.perSecond, unit: 'lines/s', ...plain }]
      const idle = await stage.serverMemory()
      const memory = watchMemory(stage)
      const said = await readInvoices(path)
      let figures: Result[] = []
      for (const [at, moves] of [true, false].entries()) {
        const shop = shops[at]!
        const client = createClient<Operations>({
          url,
          headers: { cookie: cookies[0]!, 'comptoir-tenant': shop.tenantId },
        })
        if (isUndone) await fillBefore(client, shop, said.sku)
        const before = await readBalances(stage, client, shop)
        const bringing = { client, url, cookie: cookies[0]!, shop, path, moves, note }
        const measured = await importLines(bringing)
        if (measured.lines !== copied.lines)
          throw new Error(`${measured.lines} lines were imported, ${copied.lines} copied`)
        results.push(...measured.rates.map((one) => compared(one, copied.perSecond)), measured.longestHold)
        await assertImported(stage, shop, { lines: copied.lines, importId: measured.importId })
        note('Comparing …')
        figures = await compareImport(stage, { client, shop, importId: measured.importId }, said)
        if (!isUndone) continue
        results.push(compared(await undo(bringing, measured), copied.perSecond))
        assertSame(before, await readBalances(stage, client, shop))
        results.push({
          name: `balances that are what they were, ${measured.what}`,
          value: before.size,
          unit: 'count',
          ...plain,
        })
      }
      const most = await memory.stop()
      const grown = Math.max(1, (most - idle) / megabyte)
      return [
        ...results,
        { name: 'memory of the server at rest', value: idle / megabyte, unit: 'MB', ...plain },
        { name: 'memory of the server more than at rest', value: grown, unit: 'MB', ...plain },
        ...figures,
      ]
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

function compared(one: Result, perSecond: number): Result {
  return { ...one, reference: bare, ratio: one.value / perSecond }
}

async function unpack(file: string, path: string): Promise<void> {
  const stages = file.endsWith('.gz') ? [createGunzip()] : []
  await pipeline([createReadStream(file), ...stages, createWriteStream(path)])
}

/** The columns of Online Retail, all of them text: what PostgreSQL does with lines at most. */
async function copyBare(stage: Stage, path: string): Promise<{ lines: number; perSecond: number }> {
  await stage.query(
    'comptoir',
    'CREATE TABLE public.bare_line (invoice text, sku text, name text, quantity text, made_at text, price text, customer text, country text)',
  )
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    await stage.query('comptoir', 'TRUNCATE public.bare_line')
    const began = performance.now()
    await stage.query('comptoir', `COPY public.bare_line FROM '${path}' (FORMAT csv, HEADER)`)
    times.push(performance.now() - began)
  }
  const [found] = await stage.query<{ lines: number }>(
    'comptoir',
    'SELECT count(*)::int AS lines FROM public.bare_line',
  )
  const lines = found?.lines ?? 0
  return { lines, perSecond: lines / ((times.toSorted((a, b) => a - b)[1] ?? 1) / 1_000) }
}

interface Bringing {
  readonly client: BenchClient
  readonly url: string
  readonly cookie: string
  readonly shop: Shop
  readonly path: string
  /** Whether the goods of the documents leave the stock. */
  readonly moves: boolean
  note(line: string): void
}

interface Measured {
  readonly importId: string
  readonly what: string
  readonly lines: number
  readonly rates: Result[]
  readonly longestHold: Result
}

async function importLines(bringing: Bringing): Promise<Measured> {
  const { client, shop, moves, note } = bringing
  const sha256 = await upload(bringing)
  const { items: classes } = await client.call('tax.list-classes', {})
  const begun = await client.call('imports.create-import', { target: 'sales', sha256, file_name: 'lines.csv' })
  const mapped = await client.call('imports.map-import', {
    id: begun.id,
    version: begun.version,
    options: {
      branch_id: shop.branch.id,
      tax_class_id: classes[0]?.id ?? '',
      ledger: 'at_its_date',
      stock: moves ? 'move' : 'none',
      unknown_products: 'make',
      unknown_customers: 'make',
      service_codes: 'POST,DOT,M,BANK CHARGES,AMAZONFEE',
      credit_prefix: 'C',
      adjustment_prefix: 'A',
    },
    conventions: { ...begun.conventions, decimal: '.', date_order: 'ymd' },
  })
  const what = `${moves ? 'stock, ' : ''}books, chain and provenance`
  note(`Validating, for ${what} …`)
  const checked = await run(client, mapped, 'imports.check-import')
  const lines = checked.total_rows ?? 0
  note('Trying …')
  const tried = await run(client, checked, 'imports.try-import')
  note('Committing …')
  const committed = await run(client, tried, 'imports.commit-import')
  if (committed.failed_rows > 0) throw new Error(`${committed.failed_rows} lines were refused`)
  return {
    ...{ importId: begun.id, what, lines },
    rates: [
      rateOf(`validate, ${what}`, lines, checked.check_ms),
      rateOf(`dry run, ${what}`, lines, tried.dry_run_ms),
      rateOf(`commit, ${what}`, lines, committed.commit_ms),
    ],
    longestHold: {
      name: `longest batch of the commit, ${what}`,
      value: committed.longest_hold_ms ?? 0,
      unit: 'ms',
      ...plain,
    },
  }
}

function rateOf(name: string, lines: number, ms: number | null): Result {
  return { name, value: lines / ((ms || 1) / 1_000), unit: 'lines/s', ...plain }
}

async function undo({ client, note }: Bringing, { importId: id, what, lines }: Measured): Promise<Result> {
  note('Undoing …')
  const { version } = await client.call('imports.get-import', { id })
  const began = performance.now()
  await run(client, { id, version }, 'imports.undo-import')
  return rateOf(`undo, ${what}`, lines, performance.now() - began)
}

async function upload({ url, cookie, shop, path }: Bringing): Promise<string> {
  const headers = { cookie, 'comptoir-tenant': shop.tenantId, 'content-type': 'application/octet-stream' }
  const answer = await fetch(`${url}/v1/import-files`, { method: 'POST', headers, body: await openAsBlob(path) })
  if (!answer.ok) throw new Error(`the file was not taken: ${await answer.text()}`)
  return ((await answer.json()) as { sha256: string }).sha256
}

type Shown = Awaited<ReturnType<BenchClient['call']>> & {
  id: string
  version: number
  status: string
  fault: string | null
  failed_rows: number
  total_rows: number | null
  check_ms: number | null
  dry_run_ms: number | null
  commit_ms: number | null
  longest_hold_ms: number | null
}

const ends = {
  'imports.check-import': 'checked',
  'imports.try-import': 'tried',
  'imports.commit-import': 'committed',
  'imports.undo-import': 'undone',
} as const

async function run(
  client: BenchClient,
  { id, version }: { id: string; version: number },
  operation: 'imports.check-import' | 'imports.try-import' | 'imports.commit-import' | 'imports.undo-import',
): Promise<Shown> {
  await client.call(operation, { id, version })
  for (;;) {
    await pause(askMs)
    const now = (await client.call('imports.get-import', { id })) as Shown
    if (now.status === ends[operation]) return now
    if (now.fault !== null) throw new Error(`the import is ${now.status}: ${now.fault}`)
  }
}

/** Looks how much memory the server has, again and again, and keeps the most. */
function watchMemory(stage: Stage) {
  let most = 0
  const look = async () => {
    most = Math.max(most, await stage.serverMemory())
  }
  const ending = new AbortController()
  const watching = (async () => {
    while (!ending.signal.aborted) {
      await look()
      await pause(askMs, undefined, { signal: ending.signal }).catch(() => {})
    }
  })()
  // Where the server ends before it is asked, the import says so.
  watching.catch(() => {})
  return {
    async stop(): Promise<number> {
      ending.abort()
      await watching
      return most
    },
  }
}

/** Every line is there once, with a row it came from, and the books of what was sold are balanced. */
async function assertImported(
  stage: Stage,
  { tenantId }: Shop,
  { lines, importId }: { lines: number; importId: string },
): Promise<void> {
  const [found] = await stage.query<{ lines: number; rows: number; unbalanced: number; unposted: number }>(
    'comptoir',
    `SELECT (SELECT count(*)::int FROM history.line l JOIN history.document d ON d.tenant_id = l.tenant_id AND d.id = l.document_id
             WHERE d.tenant_id = '${tenantId}' AND d.import_id = '${importId}') AS lines,
            (SELECT count(DISTINCT row_number)::int FROM imports.provenance WHERE tenant_id = '${tenantId}' AND import_id = '${importId}') AS rows,
            (SELECT count(*)::int FROM (
               SELECT FROM ledger.entry WHERE tenant_id = '${tenantId}' GROUP BY journal_id HAVING sum(amount) <> 0) j) AS unbalanced,
            (SELECT count(*)::int FROM history.document
             WHERE tenant_id = '${tenantId}' AND journal_id IS NULL AND base_total <> 0) AS unposted`,
  )
  const isWhole = found?.lines === lines && found.rows === lines && found.unbalanced === 0 && found.unposted === 0
  if (!isWhole) throw new Error(`of ${lines} lines came in: ${JSON.stringify(found)}`)
}
