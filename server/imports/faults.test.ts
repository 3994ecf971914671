import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { listen } from '../../tests/harness/events.ts'
import { beginImport, importText, runImport, untilEnded } from '../../tests/harness/imports.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { runCli } from '../../tests/harness/process.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import type { JobContext } from '../platform/jobs.ts'
import { now } from '../platform/time.ts'

let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let options: Record<string, string>
beforeAll(async () => {
  server = await startTestServer({ env: { LOCK_TIMEOUT_MS: '500' } })
  owner = await signUpOwner(server)
  jobs = await server.product.startJobs()
  options = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

const sql = (text: string) => withClient(server.database.superuserUrl, (client) => client.query(text))
const secret = 'what the row says'

/** While work goes on, a table takes no such rows, for a reason that nobody foresaw. */
async function failing<T>(table: string, event: string, when: string, work: () => Promise<T>): Promise<T> {
  await sql(`CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '${secret}' USING ERRCODE = 'XX000'; END $$;
    CREATE TRIGGER fail BEFORE ${event} ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION public.fail()`)
  try {
    return await work()
  } finally {
    await sql(`DROP TRIGGER fail ON ${table}`)
  }
}

async function begin(rows: readonly string[], mode: 'all_or_nothing' | 'good_rows' = 'good_rows') {
  const { id, version } = await beginImport(server, owner, { text: ['SKU,Name,Qty', ...rows].join('\n'), mode })
  await owner.client.call('imports.map-import', { id, version, options })
  return id
}

const isThere = (sku: string) =>
  owner.client.call('catalog.scan', { text: sku }).then(
    () => true,
    () => false,
  )
const stockOf = async () => {
  const { items } = await owner.client.call('inventory.list-levels', { limit: 200, include_empty: false })
  return items.map((one) => [one.variant_id, one.on_hand, one.unit_cost])
}
const articles = (name: string) => Array.from({ length: 40 }, (_, at) => `${name}-${at},${name} ${at},2`)
const unforeseen = { fault_code: 'internal', fault: expect.not.stringContaining(secret) }

test('what nobody foresaw ends a check at once, is told to whoever listens, and it can be begun again', async () => {
  const id = await begin(['CHECK-1,,1'])
  const headers = { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId }
  const listening = await listen(server, headers)
  const failed = await failing('imports.error', 'INSERT', 'true', () => runImport(owner, id, 'imports.check-import'))
  expect(failed).toMatchObject({ status: 'failed', ...unforeseen })
  await listening.told('imports.import')
  listening.close()
  const { items } = await owner.client.call('audit.list-entries', { limit: 5 })
  expect(items.find(({ event }) => event === 'imports.stop-import')?.new_values).toMatchObject({
    status: 'failed',
    fault_code: 'internal',
  })
  expect(await runImport(owner, id, 'imports.check-import')).toMatchObject({ status: 'checked', fault_code: null })
})

test('a commit that it ends keeps what is in, and goes on with the rest when it is begun again', async () => {
  const id = await begin(articles('GO'))
  await runImport(owner, id, 'imports.check-import')
  const stopped = await failing('catalog.product', 'INSERT', `NEW.name = 'GO 39'`, () =>
    runImport(owner, id, 'imports.commit-import'),
  )
  expect(stopped).toMatchObject({ status: 'stopped', ...unforeseen })
  expect(stopped.created_rows).toBeLessThan(40)
  expect([await isThere('GO-0'), await isThere('GO-39')]).toEqual([true, false])
  const done = await runImport(owner, id, 'imports.commit-import')
  expect(done).toMatchObject({ status: 'committed', created_rows: 40, failed_rows: 0, fault: null, fault_code: null })
  expect(done.longest_hold_ms).toBeGreaterThan(0)

  const blocked = await failing('catalog.product', 'UPDATE', `NEW.name = 'GO 3'`, () =>
    runImport(owner, id, 'imports.undo-import'),
  )
  expect(blocked).toMatchObject({ status: 'stopped', ...unforeseen })
  expect(await runImport(owner, id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault_code: null })
  expect([await isThere('GO-0'), await isThere('GO-39')]).toEqual([false, false])
})

test('the pace of what goes on is that of all its rows, in all the time that was worked on it', async () => {
  const id = await begin(articles('PACE'))
  await runImport(owner, id, 'imports.check-import')
  await failing('catalog.product', 'INSERT', `NEW.name = 'PACE 39'`, () =>
    runImport(owner, id, 'imports.commit-import'),
  )
  await sql(`UPDATE imports.import SET began_at = now() - interval '50 s', worked_at = now() - interval '30 s'
    WHERE id = '${id}'`)
  const done = await runImport(owner, id, 'imports.commit-import')
  // 40 rows in 20 seconds and a little more; not those 20 between which nobody worked on it, nor the moment since.
  expect(done).toMatchObject({ status: 'committed', processed_rows: 40, rows_per_second: 1 })
})

test('after an undo that took rows back and ended half way only the undo goes on; one that took none leaves all as it was', async () => {
  const id = await begin(articles('BACK'))
  await runImport(owner, id, 'imports.check-import')
  await runImport(owner, id, 'imports.commit-import')
  const undo = (name: string) =>
    failing('catalog.product', 'UPDATE', `NEW.name = '${name}'`, () => runImport(owner, id, 'imports.undo-import'))
  expect(await undo('BACK 39')).toMatchObject({ status: 'stopped', undone_at: null })
  expect(await runImport(owner, id, 'imports.commit-import')).toMatchObject({ status: 'committed', created_rows: 40 })
  const stopped = await undo('BACK 3')
  expect(stopped).toMatchObject({ status: 'stopped', created_rows: 40, ...unforeseen })
  expect([await isThere('BACK-0'), await isThere('BACK-39')]).toEqual([true, false])
  const commit = owner.client.call('imports.commit-import', { id, version: stopped.version })
  await expect(commit).rejects.toMatchObject({ problem: { code: 'import_over' } })
  expect(await runImport(owner, id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault_code: null })
  expect([await isThere('BACK-0'), await isThere('BACK-39')]).toEqual([false, false])
})

test('all or nothing: whatever fails in a late batch, nothing of the batches before it stays', async () => {
  const before = await stockOf()
  const id = await begin(articles('ALL'), 'all_or_nothing')
  await runImport(owner, id, 'imports.check-import')
  expect(await runImport(owner, id, 'imports.try-import')).toMatchObject({ status: 'tried', failed_rows: 0 })
  const failed = await failing('catalog.product', 'INSERT', `NEW.name = 'ALL 38'`, () =>
    runImport(owner, id, 'imports.commit-import'),
  )
  expect(failed).toMatchObject({ status: 'failed', ...unforeseen })
  expect(failed.created_rows).toBeGreaterThan(0)
  expect([await isThere('ALL-0'), await isThere('ALL-30')]).toEqual([false, false])
  expect(await stockOf()).toEqual(before)
  await runImport(owner, id, 'imports.check-import')
  await runImport(owner, id, 'imports.try-import')
  expect(await runImport(owner, id, 'imports.commit-import')).toMatchObject({ status: 'committed', created_rows: 40 })
})

test('opening stock comes in where all or nothing took its own back', async () => {
  await makeProduct(owner, { name: 'Known', variants: [{ sku: 'OPEN-K' }] })
  const id = await begin(['OPEN-K,Known,2', ...articles('OPEN')], 'all_or_nothing')
  await runImport(owner, id, 'imports.check-import')
  await runImport(owner, id, 'imports.try-import')
  const failed = await failing('catalog.product', 'INSERT', `NEW.name = 'OPEN 38'`, () =>
    runImport(owner, id, 'imports.commit-import'),
  )
  expect(failed).toMatchObject({ status: 'failed', updated_rows: 1 })
  const next = await importText(server, owner, { text: 'SKU,Name,Qty\nOPEN-K,Known,3\n', options })
  expect(next).toMatchObject({ status: 'committed', updated_rows: 1, failed_rows: 0 })
})

test('all or nothing: it can be stopped, and nothing stays', async () => {
  const before = await stockOf()
  const id = await begin(articles('STOP'), 'all_or_nothing')
  await runImport(owner, id, 'imports.check-import')
  const tried = await runImport(owner, id, 'imports.try-import')
  await owner.client.call('imports.commit-import', { id, version: tried.version })
  // It may be done before it is stopped: then there is nothing to stop.
  const isStopped = await owner.client.call('imports.stop-import', { id }).then(
    () => true,
    () => false,
  )
  const ended = await untilEnded(owner, id)
  const stopped = { status: 'failed', fault_code: 'import_stopped' }
  expect(ended).toMatchObject(isStopped ? stopped : { status: 'committed', fault_code: null })
  if (isStopped) expect(await stockOf()).toEqual(before)
})

test('a file that is gone or is another one ends a run, and what came of it can be taken back without it', async () => {
  const id = await begin(articles('FILE'))
  const { stored_path: path } = await runImport(owner, id, 'imports.check-import')
  const file = join(server.dataDir, path ?? '')
  await appendFile(file, '\nFILE-40,More,1')
  expect(await runImport(owner, id, 'imports.check-import')).toMatchObject({
    status: 'failed',
    fault_code: 'file_changed',
  })
  await writeFile(file, ['SKU,Name,Qty', ...articles('FILE')].join('\n'))
  await runImport(owner, id, 'imports.check-import')
  expect(await runImport(owner, id, 'imports.commit-import')).toMatchObject({ status: 'committed', created_rows: 40 })
  await rm(file)
  expect(await runImport(owner, id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault_code: null })
  expect(await isThere('FILE-0')).toBe(false)
  const other = await begin(['GONE-1,Gone,1'])
  const { stored_path } = await owner.client.call('imports.get-import', { id: other })
  await rm(join(server.dataDir, stored_path ?? ''))
  expect(await runImport(owner, other, 'imports.check-import')).toMatchObject({
    status: 'failed',
    fault_code: 'import_file_not_found',
  })
})

test('who waits too long for what somebody else holds is told so after some tries, and goes on later', async () => {
  const id = await begin(articles('BUSY'))
  await runImport(owner, id, 'imports.check-import')
  const stopped = await withClient(server.database.superuserUrl, async (client) => {
    await client.query('BEGIN; LOCK TABLE catalog.product IN SHARE ROW EXCLUSIVE MODE')
    const ended = await runImport(owner, id, 'imports.commit-import')
    await client.query('ROLLBACK')
    return ended
  })
  expect(stopped).toMatchObject({ status: 'stopped', fault_code: 'busy', created_rows: 0 })
  expect(await runImport(owner, id, 'imports.commit-import')).toMatchObject({ status: 'committed', created_rows: 40 })
})

test('a database that goes away is waited for: the job is tried again, and goes on where it was', async () => {
  const id = await begin(articles('AWAY'))
  await runImport(owner, id, 'imports.check-import')
  await jobs.stop()
  const { version } = await owner.client.call('imports.get-import', { id })
  await owner.client.call('imports.commit-import', { id, version })
  const { databases, log } = server.product
  let transactions = 0
  const context: JobContext = {
    ...{ databases, log, environment: 'test', lastAttempt: false, now: now() },
    inTenant: (tenantId, work) =>
      inTransaction(databases.app, tenantId, async (tx) => {
        transactions += 1
        if (transactions === 4) await tx.client.query('SELECT pg_terminate_backend(pg_backend_pid())')
        return work(tx)
      }),
  }
  const job = server.product.jobs.find(({ name }) => name === 'imports.work')
  const payload = { tenant_id: owner.tenantId, import_id: id }
  await expect(job?.handle(context, payload)).rejects.toThrow()
  const left = await owner.client.call('imports.get-import', { id })
  expect(left).toMatchObject({ status: 'committing', fault: null })
  expect(left.created_rows).toBeGreaterThan(0)
  jobs = await server.product.startJobs()
  expect(await untilEnded(owner, id)).toMatchObject({ status: 'committed', created_rows: 40, fault: null })
})

const cliCases = [
  ['a check', 'imports.error', 'CLI-1,', []],
  ['a dry run', 'catalog.product', 'CLI-2,Two', ['--mode', 'all-or-nothing']],
  ['a commit', 'catalog.product', 'CLI-3,Three', []],
] as const
test.each(cliCases)('the command line says the code that ended %s, and ends with 1', async (_, table, row, more) => {
  const expires_at = '2036-01-01T00:00:00Z'
  const key = await owner.client.call('tenants.create-api-key', { name: 'Imports', permissions: ['*'], expires_at })
  const file = join(server.dataDir, 'one.csv')
  await writeFile(file, `SKU,Name\n${row}\n`)
  const set = Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const access = ['--url', server.url, '--api-key', key.secret ?? '']
  const args = ['import', file, '--target', 'products', ...set, ...more, ...access]
  const ended = await failing(table, 'INSERT', 'true', () => runCli(args, { XDG_CONFIG_HOME: server.dataDir }))
  expect(ended).toMatchObject({ code: 1, output: expect.stringContaining('(internal)') })
  expect(ended.output).not.toContain(secret)
})

test.each([
  ['false', '12.00'],
  ['true', '10.00'],
])('the command line says an option of yes or no, %s, and each error once', async (value, total) => {
  const expires_at = '2036-01-01T00:00:00Z'
  const key = await owner.client.call('tenants.create-api-key', { name: value, permissions: ['*'], expires_at })
  const file = join(server.dataDir, `sold-${value}.csv`)
  const rows = [`W-${value},SOLD,1,2026-01-05,10,20`, `X-${value},SOLD,none,2026-01-05,10,20`]
  await writeFile(file, ['Invoice,SKU,Quantity,Date,Unit price,Tax rate', ...rows, ''].join('\n'))
  const choices = { ...options, unknown_products: 'make', is_price_with_tax: value }
  const set = Object.entries(choices).flatMap(([name, said]) => ['--set', `${name}=${said}`])
  const args = ['import', file, '--target', 'sales', ...set, '--url', server.url, '--api-key', key.secret ?? '']
  const ended = await runCli(args, { XDG_CONFIG_HOME: server.dataDir })
  expect(ended.output.match(/^row 3/gm)).toHaveLength(1)
  expect(ended.output).toContain('1 created, 0 updated, 0 skipped, 1 rejected')
  const { items } = await owner.client.call('history.list-documents', { limit: 50 })
  expect(items.find(({ number }) => number === `W-${value}`)).toMatchObject({ total })
})
