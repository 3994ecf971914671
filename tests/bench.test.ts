import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import chromium from '@sparticuz/chromium'
import { describe, expect, onTestFinished, test } from 'vitest'
import { processStartTime } from '../server/platform/data-directory.ts'
import { environment, temporaryDirectory } from './harness/process.ts'
import { until } from './harness/until.ts'

const root = join(import.meta.dirname, '..')
const list = promisify(execFile)

describe('a short run of a benchmark', () => {
  test('prints a table, then one line of JSON, and leaves nothing behind', { timeout: 180_000 }, async () => {
    const bench = await startBench('request', '--json', '--seconds', '0.2')
    await until('it measures', () => bench.hasNoted('Round 3'), 120)
    const processes = await descendantsOf(bench.pid)
    expect(await bench.ended, bench.notes()).toBe(0)

    const lines = bench.output().trimEnd().split('\n')
    const { benchmark, results } = JSON.parse(lines.at(-1) ?? '')
    expect(benchmark).toBe('request')
    const names = results.map((result: { name: string }) => result.name)
    for (const clients of [32, 64]) {
      for (const what of ['query, 1 tenant', 'command, 1 tenant', 'command, 20 tenants']) {
        const subject = `${what}, ${clients} clients`
        expect(names).toEqual(
          expect.arrayContaining([
            `${subject} vs bare route`,
            `${subject} vs driver`,
            `${subject} p50`,
            `${subject} p99`,
          ]),
        )
      }
    }
    for (const { name, value, unit, reference, ratio, ...rest } of results) {
      expect(rest).toEqual({})
      expect(value, name).toBeGreaterThan(0)
      expect(['requests/s', 'transactions/s', 'ms'], name).toContain(unit)
      expect(typeof reference, name).toBe(name.includes(' vs ') ? 'string' : 'object')
      const compared = results.find((result: { name: string }) => result.name === reference)
      expect(ratio, name).toBe(reference === null ? null : value / compared.value)
    }
    expect(lines).toHaveLength(results.length + 2)
    expect(lines[0]).toMatch(/^name +value +unit +ratio +reference$/)
    for (const [row, name] of names.entries()) expect(lines[row + 1]).toContain(name)

    await expectNothingLeft(bench.directory, processes)
  })

  test.each<[string, Record<string, string>]>([
    ['ledger', { 'batch 100, 3 tenants, many accounts, 32 clients vs driver': 'journals/s' }],
    ['audit', { 'verification vs hashing': 'entries/s' }],
    ['identity', { 'read, 4 clients, while 20 sign-ins a second run p99 vs alone': 'ms' }],
    ['stock', { 'search in 1000 products p95': 'ms' }],
    ['cash', { 'close and count 50 sales p50': 'ms' }],
    ['checkout', { 'http, 3 tenants, 3 clients vs driver': 'sales/s' }],
    ['growth --sales 100', { 'in process, 1 tenant, 64 clients, after 100 sales vs the first': 'sales/s' }],
    ['users', { '20 users, checkout p99': 'ms' }],
    ['reports --sales 100', { 'sales-by-month p95': 'ms', 'figures equal to a naive recomputation': 'figures' }],
    [
      'import --sales 100',
      {
        'commit, stock, books, chain and provenance': 'lines/s',
        'longest batch of the commit, stock, books, chain and provenance': 'ms',
        'Σ quantity × price in documents': 'amount',
        'settled elsewhere in books': 'amount',
        'with_adjustments in reports': 'amount',
      },
    ],
    ['till', { 'line p95, 500 products vs the bound': 'ms' }],
  ])('of %s prints its rows too', { timeout: 240_000 }, async (line, rows) => {
    const [name = '', ...more] = line.split(' ')
    const bench = await startBench(name, ...more, '--json', '--seconds', '0.1')
    expect(await bench.ended, bench.notes()).toBe(0)
    const { benchmark, results } = JSON.parse(bench.output().trimEnd().split('\n').at(-1) ?? '')
    expect(benchmark).toBe(name)
    const units = Object.fromEntries(
      results.map((result: { name: string; unit: string }) => [result.name, result.unit]),
    )
    expect(units).toMatchObject(rows)
    for (const { name: of, value, exact, reference } of results) {
      if (exact === undefined) expect(value, of).toBeGreaterThan(0)
      else if (reference) expect(exact, of).toBe(results.find((one: { name: string }) => one.name === reference)?.exact)
    }
    expect(await readdir(bench.directory)).toEqual([])
  })

  test('interrupted by Ctrl-C, leaves nothing behind and says nothing more', { timeout: 180_000 }, async () => {
    const bench = await startBench('request', '--seconds', '60')
    await until('it measures', () => bench.hasNoted('Warming up'), 120)
    const processes = await until('all its processes run', async () => {
      const found = await descendantsOf(bench.pid)
      return found.length >= 5 && found
    })
    process.kill(bench.pid, 'SIGINT')
    process.kill(bench.pid, 'SIGINT')
    expect(await bench.ended).toBe(130)
    expect(bench.output()).toBe('')
    expect(bench.notes()).toMatch(/^Warming up \d+ rows …\n$/)
    await expectNothingLeft(bench.directory, processes)
  })

  test.for([
    ...['', 'reqest', 'request ledger', 'request --second 1', 'request --seconds 0', 'request --seconds ten'],
    ...[
      'request --sales 100',
      'growth --sales 99',
      'growth --sales many',
      'reports --file lines.csv',
      'reports --undo',
    ],
  ])('refuses the command line "%s" and shows how to write it', async (line) => {
    const bench = await startBench(...line.split(' ').filter((word) => word !== ''))
    expect(await bench.ended).toBe(2)
    expect(bench.notes()).toMatch(/^Usage: npm run bench -- <benchmark> .*\n\n {2}request /)
    expect(await readdir(bench.directory)).toEqual([])
  })
})

async function startBench(...args: string[]) {
  const directory = await temporaryDirectory()
  const child = spawn(process.execPath, ['bench/run.ts', ...args], {
    cwd: root,
    // Unpacked once for all tests, not into the folder of this one.
    env: environment({
      TMPDIR: directory.path,
      CHROMIUM_PATH: process.env.CHROMIUM_PATH ?? (await chromium.executablePath()),
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { output: '', notes: '' }
  child.stdout.on('data', (chunk) => {
    text.output += chunk
  })
  child.stderr.on('data', (chunk) => {
    text.notes += chunk
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
    await directory.remove()
  })
  return {
    pid: child.pid ?? 0,
    directory: directory.path,
    ended,
    output: () => text.output,
    notes: () => text.notes,
    hasNoted(words: string) {
      if (child.exitCode !== null) throw new Error(`the benchmark ended:\n${text.notes}`)
      return text.notes.includes(words)
    },
  }
}

/** The processes started by a process, by those, and so on; each with when it started. */
async function descendantsOf(pid: number): Promise<{ pid: number; startTime: string | undefined }[]> {
  const { stdout } = await list('ps', ['-A', '-o', 'pid=,ppid='])
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const found = [pid]
  for (const parent of found) {
    for (const [child, itsParent] of processes) if (child !== undefined && itsParent === parent) found.push(child)
  }
  return Promise.all(found.slice(1).map(async (one) => ({ pid: one, startTime: await processStartTime(one) })))
}

async function expectNothingLeft(
  directory: string,
  processes: { pid: number; startTime: string | undefined }[],
): Promise<void> {
  expect(processes.length).toBeGreaterThanOrEqual(5)
  for (const { pid, startTime } of processes) {
    await until(
      `process ${pid} is gone`,
      async () => startTime === undefined || (await processStartTime(pid)) !== startTime,
    )
  }
  expect(await readdir(directory)).toEqual([])
}
