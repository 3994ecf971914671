import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginImport, importText, runImport, upload } from '../../tests/harness/imports.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestPerson,
  type TestServer,
} from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'

let server: TestServer
let owner: TestOwner
let reader: TestPerson & { tenantId: string }
let jobs: { stop(): Promise<void> }
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const person = await signUpPerson(server)
  const role = await owner.client.call('tenants.create-role', { name: 'Reader', permissions: ['imports.read'] })
  await hire(server, owner, person, [role.id])
  reader = { ...person, tenantId: owner.tenantId }
  jobs = await server.product.startJobs()
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
})

const sql = async (text: string, values: unknown[]) =>
  withClient(server.database.superuserUrl, async (client) => (await client.query(text, values)).rows)
const purge = async () => {
  const job = server.product.jobs.find(({ name }) => name === 'imports.purge-files')
  if (!job) throw new Error('there is no such job')
  await server.product.runJob(job, {})
}
const get = (id: string) => owner.client.call('imports.get-import', { id })
const pathOf = ({ tenantId }: { tenantId: string }, sha256: string) => join(server.dataDir, 'imports', tenantId, sha256)
const endTimeOf = (id: string) =>
  sql(`UPDATE imports.import SET expires_at = now() - interval '1 hour' WHERE tenant_id = $1 AND id = $2`, [
    owner.tenantId,
    id,
  ])
/** What the chain says that the server itself did with a thing. */
const entriesOf = async (resource_type: string, resource_id: string) => {
  const { items } = await owner.client.call('audit.list-entries', { resource_type, resource_id, limit: 20 })
  return items.filter(({ actor_id }) => actor_id === null)
}
const refused = (code: string) => ({ problem: { code } })
const customers = (name: string, target = 'customers') => ({
  target,
  text: `Customer code,Name,Email\n${name}-1,${name} One,one@${name}.example\n${name}-2,,two@${name}.example\n`,
})

/** What is kept of a file beside the file: values of cells that were wrong, put right, or changed, samples, and answers that show them. */
const valuesOf = (id: string) =>
  sql(
    `SELECT original_value AS value FROM imports.error WHERE tenant_id = $1 AND import_id = $2 AND original_value IS NOT NULL
     UNION ALL SELECT suggested_value FROM imports.error WHERE tenant_id = $1 AND import_id = $2 AND suggested_value IS NOT NULL
     UNION ALL SELECT value FROM imports.fix WHERE tenant_id = $1 AND import_id = $2 AND value <> ''
     UNION ALL SELECT f.old_values::text FROM imports.former f JOIN imports.provenance p ON p.tenant_id = $1 AND p.id = f.id
       WHERE f.tenant_id = $1 AND p.import_id = $2 AND f.old_values IS NOT NULL
     UNION ALL SELECT 'samples' FROM imports.import WHERE tenant_id = $1 AND id = $2 AND jsonb_path_exists(looks, '$.columns[*].samples[*]')
     UNION ALL SELECT 'answer' FROM platform.idempotency_key
       WHERE tenant_id = $1 AND position($2::text IN answer::text) > 0 AND answer::text LIKE '%@%'`,
    [owner.tenantId, id],
  )

test('when its time is over a file is removed with all that it said of people, the chain says so, and what came of it stays', async () => {
  await importText(server, owner, customers('early'))
  const { id, sha256 } = await importText(server, owner, {
    target: 'customers',
    text: 'Customer code,Name,Email\nearly-1,Early Other,one@early.example\nearly-3,,three@early.example\n',
  })
  expect(await valuesOf(id)).not.toEqual([])
  expect(existsSync(pathOf(owner, sha256))).toBe(true)
  await purge()
  expect(existsSync(pathOf(owner, sha256)), 'before its time').toBe(true)

  await endTimeOf(id)
  await purge()
  expect(existsSync(pathOf(owner, sha256))).toBe(false)
  expect(await valuesOf(id)).toEqual([])
  const purged = await get(id)
  expect(purged).toMatchObject({ status: 'committed', stored_path: null, updated_rows: 1, columns: [], notes: [] })
  expect([purged.name, purged.file_name]).toEqual(['customers', ''])
  expect(await entriesOf('import', id)).toMatchObject([
    { event: 'imports.expire-import', new_values: { sha256, file_name: '(personal)' } },
  ])
  expect(await entriesOf('import_file', sha256)).toMatchObject([
    { event: 'imports.purge-file', new_values: { sha256, imports: [id], reason: 'its time is over' } },
  ])
  const undo = owner.client.call('imports.undo-import', { id, version: purged.version })
  await expect(undo).rejects.toMatchObject(refused('import_expired'))
  const headers = { cookie: owner.cookie, 'comptoir-tenant': owner.tenantId }
  const rejected = await fetch(`${server.url}/v1/imports/${id}/rejected-rows`, { headers })
  expect([rejected.status, await rejected.json()]).toMatchObject([409, { code: 'import_expired' }])
  const provenance = await owner.client.call('imports.list-provenance', { id })
  expect(provenance.items).toHaveLength(1)
  const { items: parties } = await owner.client.call('parties.list-parties', { role: 'customer', limit: 50 })
  expect(parties.map(({ name }) => name)).toContain('Early Other')
})

test('a file that another import still needs stays, and one at work is left alone', async () => {
  const file = customers('twice')
  const first = await importText(server, owner, file)
  const second = await beginImport(server, owner, { ...file, target: 'suppliers' })
  await endTimeOf(first.id)
  await purge()
  expect(await get(first.id)).toMatchObject({ stored_path: null })
  expect(existsSync(pathOf(owner, first.sha256))).toBe(true)
  await endTimeOf(second.id)
  await sql(`UPDATE imports.import SET status = 'undoing', worked_at = now() + interval '1 hour' WHERE id = $1`, [
    second.id,
  ])
  await purge()
  expect(existsSync(pathOf(owner, first.sha256))).toBe(true)
  await sql(`UPDATE imports.import SET status = 'mapping' WHERE id = $1`, [second.id])
  await purge()
  expect(existsSync(pathOf(owner, first.sha256))).toBe(false)
})

test('how long files are kept is a setting, and what nobody imports goes after a day', async () => {
  const { created_at, expires_at } = await beginImport(server, owner, customers('usual'))
  expect(daysBetween(created_at, expires_at)).toBe(90)
  await setHere(owner.client, 'imports.file-days', 7)
  const short = await beginImport(server, owner, customers('short'))
  expect(daysBetween(short.created_at, short.expires_at)).toBe(7)

  const sent = async (text: string) => {
    await upload(server, owner, text)
    return pathOf(owner, createHash('sha256').update(text).digest('hex'))
  }
  const text = 'never,imported\n1,2\n'
  const [old, young] = [await sent(text), await sent('just,sent\n1,2\n')]
  const yesterday = new Date(Date.parse(created_at) - 25 * 3_600_000)
  await utimes(old, yesterday, yesterday)
  await purge()
  expect([existsSync(old), existsSync(young)]).toEqual([false, true])
  const sha256 = createHash('sha256').update(text).digest('hex')
  const [entry, ...more] = await entriesOf('import_file', sha256)
  expect(more).toEqual([])
  expect(entry).toMatchObject({ event: 'imports.purge-file' })
  expect(entry?.new_values).toEqual({ sha256, bytes: text.length, imports: [], reason: 'nobody imported it' })
})

test('a file that is sent once more has another day, whether somebody had imported it or not', async () => {
  const { client } = owner
  const { id, sha256, created_at } = await beginImport(server, owner, customers('again'))
  const texts = [customers('again').text, 'again,sent\n1,2\n']
  const paths = texts.map((text) => pathOf(owner, createHash('sha256').update(text).digest('hex')))
  const send = () => Promise.all(texts.map((text) => upload(server, owner, text)))
  const wait = async () => {
    const yesterday = new Date(Date.parse(created_at) - 25 * 3_600_000)
    for (const path of paths) await utimes(path, yesterday, yesterday)
  }
  await send()
  await wait()
  await send()
  await endTimeOf(id)
  await purge()
  await purge()
  expect(paths.map((path) => existsSync(path))).toEqual([true, true])
  const anew = await client.call('imports.create-import', { target: 'customers', sha256, file_name: 'again.csv' })
  expect(anew).toMatchObject({ status: 'mapping' })
  await endTimeOf(anew.id)
  await sql(`UPDATE imports.file SET updated_at = now() - interval '25 hours' WHERE tenant_id = $1`, [owner.tenantId])
  await purge()
  expect(paths.map((path) => existsSync(path))).toEqual([false, false])
})

test('of several files that go at once each has an entry of its own, which names no other', async () => {
  const files = await Promise.all(['both-1', 'both-2'].map((name) => beginImport(server, owner, customers(name))))
  for (const { id } of files) await endTimeOf(id)
  await purge()
  for (const { id, sha256 } of files) {
    const entries = await entriesOf('import_file', sha256)
    expect(entries.map(({ new_values }) => new_values)).toMatchObject([{ sha256, imports: [id] }])
  }
})

test('whoever is anonymised leaves nothing of what rows said of them, and others stay', async () => {
  await importText(server, owner, customers('gone'))
  const text = 'Customer code,Name,Email\ngone-1,Gone Other,one@gone.example\nstays-9,Stays,stays@gone.example\n'
  const { id } = await beginImport(server, owner, { target: 'customers', text })
  const { version } = await get(id)
  await owner.client.call('imports.map-import', { id, version }, { idempotencyKey: 'map-gone' })
  await runImport(owner, id, 'imports.check-import')
  await owner.client.call('imports.fix-cell', { id, row_number: 2, column: 'Name', value: 'Gone Fixed' })
  await owner.client.call('imports.fix-cell', { id, row_number: 3, column: 'Name', value: 'Stays Fixed' })
  await runImport(owner, id, 'imports.check-import')
  expect(await runImport(owner, id, 'imports.commit-import')).toMatchObject({ updated_rows: 1, created_rows: 1 })
  expect(await valuesOf(id)).toHaveLength(5)
  // Nothing came of these rows: they were rejected, by the check and by the commit, or are not in yet.
  const heads = 'Customer code,Name,Email,Payment days'
  const rejected = await importText(server, owner, {
    target: 'customers',
    text: `${heads}\ngone-1,Gone Third,one.gone.example,30\nstays-8,Stays,stays.8,30\n`,
  })
  expect(rejected.failed_rows).toBe(2)
  const shown = await beginImport(server, owner, {
    target: 'suppliers',
    text: 'Code,Name,Email\n1,G,one@gone.example\n',
  })
  const { items } = await owner.client.call('parties.list-parties', { search: 'Gone Fixed', limit: 5 })
  expect(items).toHaveLength(1)
  await owner.client.call('parties.anonymise-party', { id: items[0]?.id ?? '', version: items[0]?.version ?? 0 })
  expect(await valuesOf(id)).toEqual([{ value: 'Stays Fixed' }])
  expect(await valuesOf(rejected.id)).toEqual([{ value: 'stays.8' }, { value: 'stays.8' }])
  expect(await valuesOf(shown.id)).toEqual([])
  expect(await get(shown.id)).toMatchObject({
    columns: [{ name: 'Code', samples: [] }, { name: 'Name' }, { name: 'Email' }],
  })
})

test('answers that showed samples are emptied when the time of their import is over', async () => {
  const { id } = await beginImport(server, owner, customers('answered'))
  const { version } = await get(id)
  await owner.client.call('imports.map-import', { id, version }, { idempotencyKey: 'map-answered' })
  expect(await valuesOf(id)).toEqual([{ value: 'samples' }, { value: 'answer' }])
  await endTimeOf(id)
  await purge()
  expect(await valuesOf(id)).toEqual([])
})

test('who may not import sends no file, and nobody names the file of another tenant', async () => {
  const text = 'SKU,Name\nMINE-1,Mine\n'
  const sha256 = createHash('sha256').update(text).digest('hex')
  const sent = await upload(server, reader, text)
  expect([sent.status, await sent.json()]).toMatchObject([403, { code: 'forbidden' }])
  expect(existsSync(pathOf(owner, sha256))).toBe(false)
  const { id } = await beginImport(server, owner, { text })
  const stranger = await signUpOwner(server)
  const named = stranger.client.call('imports.create-import', { target: 'products', sha256, file_name: 'x.csv' })
  await expect(named).rejects.toMatchObject(refused('import_file_not_found'))
  const rejected = await fetch(`${server.url}/v1/imports/${id}/rejected-rows`, {
    headers: { cookie: stranger.cookie, 'comptoir-tenant': stranger.tenantId },
  })
  expect(rejected.status).toBe(404)
})

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
}
