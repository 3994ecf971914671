import { execFile } from 'node:child_process'
import { closeSync, constants, linkSync, openSync, renameSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct, taxClassOf } from '../../tests/harness/catalog.ts'
import { beginImport, importText, runImport, upload } from '../../tests/harness/imports.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestPerson,
  type TestServer,
} from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
let person: TestPerson
let jobs: { stop(): Promise<void> }
let options: Record<string, string>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  person = await signUpPerson(server)
  const permissions = ['imports.read', 'imports.run']
  const role = await owner.client.call('tenants.create-role', { name: 'Importer', permissions })
  await hire(server, owner, person, [role.id])
  jobs = await server.product.startJobs()
  options = { tax_class_id: await taxClassOf(owner), branch_id: owner.branchId }
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

const bad = [
  'SKU;Name;Barcode;Tax;Qty;Expiry;Lot',
  'E-1;Good;;standard;;;',
  'E-2;;;standard;;;',
  'E-3;Wrong digit;4006381333930;standard;;;',
  'E-4;Slip;;standart;;;',
  'E-5;No batch;;standard;4;31/12/2030;',
  'E-6;No number;;standard;four;;',
  'E-1;Good;;standard;;;',
  'E-7;Taken;4006381333931;standard;;;',
].join('\r\n')

test('each error names its row, column and value, and what it may have meant; a cell put right is judged anew', async () => {
  const { client } = owner
  await makeProduct(owner, { variants: [{ sku: 'HOLDER', barcodes: ['4006381333931'] }] })
  const { id, version } = await beginImport(server, owner, { text: bad })
  await client.call('imports.map-import', { id, version, options })
  const checked = await runImport(owner, id, 'imports.check-import')
  expect(checked).toMatchObject({ status: 'checked', total_rows: 8, failed_rows: 6, accuracy_score: '25.00' })
  const { items } = await client.call('imports.list-errors', { id })
  expect(
    items.map((one) => [one.row_number, one.column, one.kind, one.code, one.original_value, one.suggested_value]),
  ).toEqual([
    [3, 'Name', 'missing', 'missing', '', null],
    [4, 'Barcode', 'invalid', 'wrong_check_digit', '4006381333930', null],
    [5, 'Tax', 'reference', 'tax_class_unknown', 'standart', 'standard'],
    [6, 'Lot', 'invalid', 'batch_required', '', null],
    [7, 'Qty', 'malformed', 'number_malformed', 'four', null],
    [8, null, 'duplicate', 'duplicate_row', null, null],
  ])
  const fix = (row_number: number, column: string, value: string) =>
    client.call('imports.fix-cell', { id, row_number, column, value })
  expect((await fix(5, 'Tax', 'standard')).items).toEqual([])
  expect((await fix(6, 'Lot', 'L 9')).items).toEqual([])
  // The whole row, with what was put right, so that a person knows it again; a number that is none is left out.
  expect(await client.call('imports.show-rows', { id, numbers: '5,8,900' })).toEqual({
    columns: ['SKU', 'Name', 'Barcode', 'Tax', 'Qty', 'Expiry', 'Lot'],
    items: [
      { row_number: 5, cells: ['E-4', 'Slip', '', 'standard', '', '', ''] },
      { row_number: 8, cells: ['E-1', 'Good', '', 'standard', '', '', ''] },
    ],
  })
  expect((await fix(7, 'Qty', 'five')).items).toMatchObject([{ code: 'number_malformed', original_value: 'five' }])
  expect(await client.call('imports.get-import', { id })).toMatchObject({ failed_rows: 4, accuracy_score: '50.00' })

  const done = await runImport(owner, id, 'imports.commit-import')
  expect(done).toMatchObject({ status: 'committed', created_rows: 3, failed_rows: 5, fault: null })
  const refused = await client.call('imports.list-errors', { id, code: 'barcode_taken' })
  expect(refused.items).toMatchObject([{ row_number: 9, kind: 'refused' }])
  const headers = { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId }
  const rejected = await fetch(`${server.url}/v1/imports/${id}/rejected-rows`, { headers })
  expect(rejected.headers.get('content-type')).toContain('text/csv')
  const lines = (await rejected.text()).trimEnd().split('\r\n')
  expect(lines).toEqual([
    bad.split('\r\n')[0],
    ...['E-2;;;standard;;;', 'E-3;Wrong digit;4006381333930;standard;;;', 'E-6;No number;;standard;five;;'],
    ...['E-1;Good;;standard;;;', 'E-7;Taken;4006381333931;standard;;;'],
  ])
})

/** Writes nothing into a pipe: those who wait for it fail. False where nobody does. */
function letOneGo(pipe: string): boolean {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}

test('while many ask for rows of a file that takes its time, nobody else waits', async () => {
  const { client } = owner
  const { id, sha256 } = await beginImport(server, owner, { text: 'SKU,Name\nSLOW-1,Slow\n' })
  const path = join(server.dataDir, 'imports', owner.tenantId, sha256)
  renameSync(path, `${path}.aside`)
  // Whoever opens a pipe for reading waits for somebody who writes.
  await promisify(execFile)('mkfifo', [path])
  linkSync(path, `${path}.pipe`)
  const asked = Array.from({ length: 15 }, () => client.call('imports.show-rows', { id, numbers: '2' }))
  const all = Promise.allSettled(asked)
  try {
    await expect.poll(() => letOneGo(`${path}.pipe`)).toBe(true)
    expect((await client.call('tax.list-classes', {})).items.length).toBeGreaterThan(0)
  } finally {
    renameSync(`${path}.aside`, path)
    letOneGo(`${path}.pipe`)
  }
  expect((await all).at(-1)).toMatchObject({ value: { items: [{ row_number: 2, cells: ['SLOW-1', 'Slow'] }] } })
})

test('all or nothing begins only after a dry run without errors, and takes back what is in when a row fails after all', async () => {
  const { client } = owner
  const rows = Array.from({ length: 30 }, (_, at) => `ALL-${at},Article ${at},3`)
  const { id, version } = await beginImport(server, owner, {
    text: ['SKU,Name,Qty', ...rows].join('\n'),
    mode: 'all_or_nothing',
  })
  await client.call('imports.map-import', { id, version, options })
  const checked = await runImport(owner, id, 'imports.check-import')
  const early = client.call('imports.commit-import', { id, version: checked.version })
  await expect(early).rejects.toMatchObject({ problem: { code: 'import_not_clean' } })
  expect(await runImport(owner, id, 'imports.try-import')).toMatchObject({ status: 'tried', failed_rows: 0 })
  // Somebody else makes and stocks the last article between the dry run and the commit.
  const { variant } = await makeProduct(owner, { name: 'Article 29', variants: [{ sku: 'ALL-29' }] })
  const lines = [{ variant_id: variant.id, quantity: '1', unit_cost: '1' }]
  await client.call('inventory.receive-stock', { branch_id: owner.branchId, lines })
  const failed = await runImport(owner, id, 'imports.commit-import')
  expect(failed).toMatchObject({ status: 'failed', fault: expect.stringContaining('Row 31') })
  await expect(client.call('catalog.scan', { text: 'ALL-0' })).rejects.toMatchObject({
    problem: { code: 'barcode_unknown' },
  })
})

test.each([
  ['fx-rates', 'Date,From,To,Rate\n2026-01-05,EUR,MAD,10.75\n'],
  ['tax-rates', 'Country,Class,Tax,Rate,From\nFR,standard,TVA 2090,21.5,2090-06-01\n'],
])('all or nothing is refused where what rows make may stay: %s', async (target, text) => {
  const refused = { problem: { code: 'import_undo_impossible' } }
  const mode = 'all_or_nothing'
  await expect(beginImport(server, owner, { target, text, mode })).rejects.toMatchObject(refused)
  const { id, version } = await beginImport(server, owner, { target, text })
  await expect(owner.client.call('imports.map-import', { id, version, mode })).rejects.toMatchObject(refused)
  // One that was begun so before this was refused.
  await runImport(owner, id, 'imports.check-import')
  await withClient(server.database.superuserUrl, (client) =>
    client.query('UPDATE imports.import SET mode = $2 WHERE id = $1', [id, mode]),
  )
  expect(await runImport(owner, id, 'imports.try-import')).toMatchObject({ status: 'tried', failed_rows: 0 })
  await expect(runImport(owner, id, 'imports.commit-import')).rejects.toMatchObject(refused)
})

test('a dry run leaves no trace: no row, no number, no entry but that it was made', async () => {
  const { client } = owner
  const text = 'SKU,Name,Qty,Unit cost\nDRY-1,One,4,2\nDRY-2,Two,5,3\n'
  const { id, version } = await beginImport(server, owner, { text })
  await client.call('imports.map-import', { id, version, options })
  await runImport(owner, id, 'imports.check-import')
  const traces = async () => {
    const [{ items: products }, { items: entries }] = [
      await client.call('catalog.list-products', { limit: 200 }),
      await client.call('audit.list-entries', { limit: 200 }),
    ]
    const events = entries.map(({ event }) => event).filter((event) => !event.startsWith('imports.'))
    // Entries of the run itself push the oldest out of the page.
    return { products: products.length, events: events.slice(0, 20) }
  }
  const before = await traces()
  const tried = await runImport(owner, id, 'imports.try-import')
  expect(tried.preview).toMatchObject({
    created_rows: 2,
    made: { product: 2, posting: 1 },
    stock: [{ branch_id: owner.branchId, quantity: '9', value: '23' }],
  })
  expect(tried.preview?.ledger.map(({ amount }) => amount).toSorted()).toEqual(['-23', '23'])
  expect(await traces()).toEqual(before)
})

test('a file is kept as it came, by its hash, and what breaks off or is nothing is not', async () => {
  const text = 'SKU,Name\nKEPT-1,Kept\n'
  const kept = (await (await upload(server, owner, text)).json()) as { sha256: string; bytes: number }
  expect(kept.bytes).toBe(text.length)
  expect(await readFile(join(server.dataDir, 'imports', owner.tenantId, kept.sha256), 'utf8')).toBe(text)
  const empty = await upload(server, owner, '')
  expect(empty.status).toBeGreaterThanOrEqual(400)
  const gone = owner.client.call('imports.create-import', {
    target: 'products',
    sha256: 'a'.repeat(64),
    file_name: 'x.csv',
  })
  await expect(gone).rejects.toMatchObject({ problem: { code: 'import_file_not_found' } })
})

test('who may not read files sees neither samples nor values, and who lacks what a target asks for imports nothing', async () => {
  const importer = { ...person, client: clientIn(server, person, owner.tenantId), tenantId: owner.tenantId }
  const begun = await beginImport(server, importer, { text: 'SKU,Name\nP-1,\n' })
  expect(begun.columns.map(({ samples }) => samples)).toEqual([[], []])
  await importer.client.call('imports.map-import', { id: begun.id, version: begun.version, options })
  const checked = await runImport(importer, begun.id, 'imports.check-import')
  const { items } = await importer.client.call('imports.list-errors', { id: begun.id })
  expect(items).toMatchObject([{ code: 'missing', original_value: null }])
  const shown = importer.client.call('imports.show-rows', { id: begun.id, numbers: '2' })
  await expect(shown).rejects.toMatchObject({ problem: { code: 'forbidden' } })
  const commit = importer.client.call('imports.commit-import', { id: begun.id, version: checked.version })
  await expect(commit).rejects.toMatchObject({
    problem: { code: 'forbidden', detail: expect.stringContaining('catalog.manage-products') },
  })
  const rejected = await fetch(`${server.url}/v1/imports/${begun.id}/rejected-rows`, {
    headers: { cookie: person.cookie, 'comptoir-tenant': owner.tenantId },
  })
  expect(rejected.status).toBe(403)
})

test('a template is applied to files with the same header line but for days, and counts how often that went well', async () => {
  const text = (row: string) => `Kode,Naam\n${row}\n`
  const first = await beginImport(server, owner, { text: text('T-1,One') })
  expect(first.mapping).toEqual({})
  const mapping = { sku: 'Kode', name: 'Naam' }
  await owner.client.call('imports.map-import', {
    ...{ id: first.id, version: first.version, mapping },
    options: { ...options, opened_on: '2026-01-05' },
  })
  await runImport(owner, first.id, 'imports.check-import')
  await runImport(owner, first.id, 'imports.commit-import')
  const next = await beginImport(server, owner, { text: text('T-4,Four') })
  // The day of the opening stock was that of the first file.
  expect(next.options).toEqual(options)
  const second = await importText(server, owner, { text: text('T-2,\nT-3,Three'), options })
  expect(second).toMatchObject({ mapping, created_rows: 1, failed_rows: 1 })
  const { items } = await owner.client.call('imports.list-templates', { target: 'products' })
  expect(items.find(({ id }) => id === second.template_id)).toMatchObject({
    used_count: 2,
    succeeded_count: 1,
    success_rate: '50.00',
  })
})
