import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stockedBatch } from '../harness/batches.ts'
import { makeProduct } from '../harness/catalog.ts'
import { codeOfRecording, oldSale } from '../harness/history.ts'
import { beginImport, importText, runImport } from '../harness/imports.ts'
import { runCli } from '../harness/process.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../harness/server.ts'

let server: TestServer
let owner: TestOwner
let jobs: { stop(): Promise<void> }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comptoir-import-'))
  server = await startTestServer()
  jobs = await server.product.startJobs()
  owner = await signUpOwner(server)
})
afterAll(async () => {
  await jobs.stop()
  await server.close()
  await rm(folder, { recursive: true })
})

const partiesOf = async (role: 'customer' | 'supplier') => {
  const { items } = await owner.client.call('parties.list-parties', { role, limit: 200 })
  return Promise.all(items.map(({ id }) => owner.client.call('parties.get-party', { id })))
}

test('customers come in with their codes and addresses, are changed by the next file, and go out again', async () => {
  const header = 'Code client;Nom;Courriel;Téléphone;Adresse;Ville;Pays'
  const first = await importText(server, owner, {
    target: 'customers',
    text: `${header}\nC-1;Amina Alaoui;amina@example.org;+212 522 27 31 04;1 rue Atlas;Rabat;MA\nC-2;Karim;;;;;\n`,
  })
  expect(first).toMatchObject({ status: 'committed', created_rows: 2, failed_rows: 0, fault: null })
  const [amina] = await partiesOf('customer')
  expect(amina).toMatchObject({
    name: 'Amina Alaoui',
    email: 'amina@example.org',
    roles: [{ role: 'customer', code: 'C-1' }],
    addresses: [{ street: '1 rue Atlas', city: 'Rabat', country: 'MA' }],
  })
  const second = await importText(server, owner, {
    target: 'customers',
    text: `${header}\nC-1;Amina El Alaoui;amina@example.org;;;;\nC-2;Karim;;;;;\nC-3;Amina Alaoui;amina@example.org;;;;\n`,
  })
  expect(second).toMatchObject({
    status: 'committed',
    updated_rows: 1,
    skipped_rows: 1,
    failed_rows: 1,
    created_rows: 0,
  })
  expect((await partiesOf('customer')).map(({ name }) => name).toSorted()).toEqual(['Amina El Alaoui', 'Karim'])
  await runImport(owner, second.id, 'imports.undo-import')
  expect((await partiesOf('customer')).map(({ name }) => name).toSorted()).toEqual(['Amina Alaoui', 'Karim'])
  expect(await runImport(owner, first.id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  expect(await partiesOf('customer')).toEqual([])
})

test('what is personal of those who are imported stays out of the audit chain', async () => {
  const { items } = await owner.client.call('audit.list-entries', { limit: 200 })
  const imported = items.filter(({ event }) => event.startsWith('imports.'))
  expect(imported.map(({ resource_type }) => resource_type)).toContain('party_address')
  expect(JSON.stringify(imported)).not.toMatch(/Amina|Alaoui|Atlas|Rabat|amina@|522 27 31/)
})

test('suppliers come in with their terms, and go out again', async () => {
  const done = await importText(server, owner, {
    target: 'suppliers',
    text: 'Supplier code,Company,Payment days,Currency,Lead time,Minimum order,Country,Tax number\nS-1,Sothema,60,MAD,2.5,1000,MA,001234567000045\n',
    options: { tax_scheme: 'ICE' },
  })
  expect(done).toMatchObject({ status: 'committed', created_rows: 1, failed_rows: 0, fault: null })
  const terms = { code: 'S-1', payment_days: 60, currency: 'MAD', lead_time_days: '2.5', minimum_order: '1000' }
  expect(await partiesOf('supplier')).toMatchObject([
    {
      name: 'Sothema',
      kind: 'organisation',
      roles: [terms],
      tax_numbers: [{ scheme: 'ICE', number: '001234567000045' }],
    },
  ])
  expect(await runImport(owner, done.id, 'imports.undo-import')).toMatchObject({ status: 'undone' })
  expect(await partiesOf('supplier')).toEqual([])
})

const detailsOf = async (id: string) => {
  const { roles, addresses, tax_numbers } = await owner.client.call('parties.get-party', { id })
  const held = roles.filter(({ ended_at }) => ended_at === null)
  return { roles: held.map(({ role, code }) => [role, code]), addresses, tax_numbers }
}
const known = async (name: string, email: string) => {
  const given = { kind: 'organisation', name, email, roles: ['supplier'] } as const
  const made = await owner.client.call('parties.create-party', { ...given, roles: ['supplier'] })
  return made.id
}
const withDetails = (rows: string) => ({
  target: 'customers',
  text: `Customer code,Name,Email,Address,City,Country,Tax number\n${rows}\n`,
  options: { tax_scheme: 'ICE' },
})

test('roles, terms, addresses and tax numbers that somebody known was given go with the undo, and what was theirs stays', async () => {
  const fresh = await known('Atlas Foods', 'atlas@example.com')
  const ended = await known('Rif Foods', 'rif@example.com')
  await owner.client.call('parties.set-role', { id: ended, role: 'customer', version: 0, code: 'RIF-OLD' })
  await owner.client.call('parties.end-role', { id: ended, role: 'customer', version: 1 })
  await owner.client.call('parties.add-address', { party_id: ended, purpose: 'billing', city: 'Nador', country: 'MA' })
  const before = [await detailsOf(fresh), await detailsOf(ended)]
  const done = await importText(
    server,
    owner,
    withDetails(
      'AT-1,Atlas Foods,atlas@example.com,2 rue Souss,Agadir,MA,001234567000045\n,Rif Foods,rif@example.com,3 rue Rif,Nador,MA,',
    ),
  )
  expect(done).toMatchObject({ status: 'committed', updated_rows: 2, failed_rows: 0 })
  expect(await detailsOf(fresh)).toMatchObject({
    roles: [
      ['supplier', null],
      ['customer', 'AT-1'],
    ],
    addresses: [{ street: '2 rue Souss' }],
    tax_numbers: [{ number: '001234567000045' }],
  })
  expect((await detailsOf(ended)).roles).toContainEqual(['customer', 'RIF-OLD'])
  expect(await runImport(owner, done.id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  expect([await detailsOf(fresh), await detailsOf(ended)]).toEqual(before)

  await owner.client.call('parties.set-role', { id: ended, role: 'customer', version: 4, code: 'RIF-2' })
  const terms = await importText(server, owner, {
    target: 'customers',
    text: 'Customer code,Name,Email,Payment days\n,Rif Foods,rif@example.com,45\n',
  })
  expect(terms).toMatchObject({ status: 'committed', updated_rows: 1 })
  await runImport(owner, terms.id, 'imports.undo-import')
  const { roles } = await owner.client.call('parties.get-party', { id: ended })
  expect(roles).toContainEqual(expect.objectContaining({ role: 'customer', code: 'RIF-2', payment_days: null }))
})

test('what somebody known was given stays where it was changed or used since, and they are named', async () => {
  const changed = await known('Changed Address', 'changed@example.com')
  const sold = await known('Sold To', 'sold@example.com')
  const done = await importText(
    server,
    owner,
    withDetails('CH-1,Changed Address,changed@example.com,4 rue Oum,Rabat,MA,\nSO-1,Sold To,sold@example.com,,,,'),
  )
  expect(done).toMatchObject({ status: 'committed', updated_rows: 2 })
  const { addresses } = await detailsOf(changed)
  await owner.client.call('parties.update-address', { id: addresses[0]?.id ?? '', version: 1, street: '5 rue Oum' })
  const undo = () => owner.client.call('imports.undo-import', { id: done.id, version: done.version })
  await expect(undo()).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked', errors: [{ path: 'Changed Address', code: 'changed' }] },
  })
  await owner.client.call('parties.remove-address', { id: addresses[0]?.id ?? '', version: 2 })
  const { variant } = await makeProduct(owner)
  expect(await codeOfRecording(owner, oldSale(owner, variant.id, { customer_id: sold }))).toBe('recorded')
  await expect(undo()).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked', errors: [{ path: 'Sold To', code: 'sold' }] },
  })
})

const sinceThen: Record<string, [string, (id: string) => Promise<unknown>]> = {
  'a role by hand': [
    'changed',
    (id) => owner.client.call('parties.set-role', { id, role: 'customer', version: 0, code: 'BY-HAND' }),
  ],
  'a contact by hand': [
    'changed',
    (party_id) => owner.client.call('parties.add-contact', { party_id, name: 'By hand' }),
  ],
  'an address by hand': [
    'changed',
    (party_id) =>
      owner.client.call('parties.add-address', { party_id, purpose: 'billing', city: 'Fes', country: 'MA' }),
  ],
  'a role by another import': [
    'changed',
    () =>
      importText(server, owner, {
        target: 'customers',
        text: 'Customer code,Name,Email\nBY-2,Since,since@example.org\n',
      }),
  ],
  'a reorder policy': [
    'in_use',
    async (supplier_id) => {
      const { variant } = await makeProduct(owner)
      const policy = { variant_id: variant.id, branch_id: owner.branchId, reorder_point: '5', valid_from: '2026-01-01' }
      return owner.client.call('replenishment.create-policy', { ...policy, supplier_id })
    },
  ],
  'a recall': [
    'in_use',
    async (supplier_id) => {
      const batch = await stockedBatch(owner)
      const recall = { severity: 'class_1', reason: 'Glass in it', supplier_id } as const
      return owner.client.call('recalls.open-recall', { ...recall, batch_ids: [batch.id] })
    },
  ],
}

test.each(Object.entries(sinceThen))('a supplier who got %s since is not taken back', async (what, [code, give]) => {
  const email = what.includes('import') ? 'since@example.org' : `${what.replaceAll(' ', '.')}@example.org`
  const text = `Supplier code,Company,Email\n${what.replaceAll(' ', '-')},Since,${email}\n`
  const done = await importText(server, owner, { target: 'suppliers', text })
  expect(done).toMatchObject({ created_rows: 1 })
  const suppliers = await partiesOf('supplier')
  await give(suppliers.find((one) => one.email === email)?.id ?? '')
  await expect(runImport(owner, done.id, 'imports.undo-import')).rejects.toMatchObject({
    problem: { code: 'import_undo_blocked', errors: [{ path: 'Since', code }] },
  })
})

test('an import that had to be all or nothing, was taken back and came in after all can be undone', async () => {
  const id = await known('Again', 'again@example.com')
  const rows = Array.from({ length: 30 }, (_, at) => `AGAIN-${at},Other ${at},again-${at}@example.com`)
  const text = ['Customer code,Name,Email', 'AGAIN,Again,again@example.com', ...rows].join('\n')
  const begun = await beginImport(server, owner, { target: 'customers', text, mode: 'all_or_nothing' })
  await owner.client.call('imports.map-import', { id: begun.id, version: begun.version, options: {} })
  const work = (act: 'check' | 'try' | 'commit' | 'undo') => runImport(owner, begun.id, `imports.${act}-import`)
  await work('check')
  expect(await work('try')).toMatchObject({ status: 'tried', failed_rows: 0 })
  const other = { kind: 'person', name: 'Meanwhile', email: 'again-29@example.com' } as const
  const taken = await owner.client.call('parties.create-party', { ...other, roles: ['customer'] })
  await owner.client.call('parties.set-role', { id: taken.id, role: 'customer', version: 1, code: 'MEANWHILE' })
  expect(await work('commit')).toMatchObject({ status: 'failed' })
  expect((await detailsOf(id)).roles).toEqual([['supplier', null]])
  await owner.client.call('parties.update-party', { id: taken.id, version: 1, email: 'meanwhile@example.com' })
  await work('check')
  await work('try')
  expect(await work('commit')).toMatchObject({ status: 'committed', failed_rows: 0 })
  expect((await detailsOf(id)).roles).toContainEqual(['customer', 'AGAIN'])
  expect(await work('undo')).toMatchObject({ status: 'undone', fault: null })
  expect((await detailsOf(id)).roles).toEqual([['supplier', null]])
})

test('exchange rates come in once, a corrected one supersedes, and none is taken back', async () => {
  const text = 'Date,From,To,Rate\n2026-01-05,EUR,MAD,10.75\n2026-01-06,EUR,MAD,10.80\n2026-01-06,EUR,XXY,1.5\n'
  const done = await importText(server, owner, { target: 'fx-rates', text, options: { source: 'Bank Al-Maghrib' } })
  expect(done).toMatchObject({ status: 'committed', created_rows: 2, failed_rows: 1, fault: null })
  const next = text.replace('10.75', '10.76').replace('2026-01-06,EUR,XXY,1.5\n', '')
  const again = await importText(server, owner, { target: 'fx-rates', text: next })
  expect(again).toMatchObject({ status: 'committed', updated_rows: 1, skipped_rows: 1, failed_rows: 0 })
  const rate = await owner.client.call('fx.get-rate', { from: 'EUR', to: 'MAD', on: '2026-01-05' })
  expect(rate.rate).toBe('10.76')
  const undo = owner.client.call('imports.undo-import', { id: again.id, version: again.version })
  await expect(undo).rejects.toMatchObject({ problem: { code: 'import_undo_impossible' } })
})

test('a day that may be read both ways is asked; tax rates that begin later come in and are withdrawn again', async () => {
  const text = 'Country,Class,Tax,Rate,From\nFR,standard,TVA 2090,21.5,01/06/2090\nFR,nothing,TVA,5,01/06/2090\n'
  const { id, version, questions, mapping } = await beginImport(server, owner, { target: 'tax-rates', text })
  expect(mapping).toEqual({
    jurisdiction: 'Country',
    tax_class: 'Class',
    name: 'Tax',
    rate: 'Rate',
    valid_from: 'From',
  })
  expect(questions).toEqual([{ column: 'From', ask: 'date_order' }])
  const guessed = owner.client.call('imports.check-import', { id, version })
  await expect(guessed).rejects.toMatchObject({ problem: { code: 'import_convention_missing' } })
  const conventions = { decimal: '.', date_order: 'dmy' } as const
  await owner.client.call('imports.map-import', { id, version, conventions })
  await runImport(owner, id, 'imports.check-import')
  const done = await runImport(owner, id, 'imports.commit-import')
  expect(done).toMatchObject({ status: 'committed', created_rows: 1, failed_rows: 1, fault: null })
  const rates = async () => {
    const asked = { on: '2090-06-01', jurisdiction_code: 'FR', limit: 200 }
    const { items } = await owner.client.call('tax.list-rates', asked)
    return items.filter(({ name }) => name === 'TVA 2090')
  }
  expect(await rates()).toMatchObject([{ rate: '21.5', valid_from: '2090-06-01' }])
  expect(await runImport(owner, id, 'imports.undo-import')).toMatchObject({ status: 'undone', fault: null })
  expect(await rates()).toEqual([])
})

test('the command line brings a file in, says what was rejected, and ends with 1 then', async () => {
  const expires_at = '2036-01-01T00:00:00Z'
  const key = await owner.client.call('tenants.create-api-key', { name: 'Imports', permissions: ['*'], expires_at })
  const file = join(folder, 'customers.csv')
  await writeFile(file, 'Ref,Naam\nCLI-1,One\nCLI-2,\n')
  const comptoir = (...more: string[]) => {
    const args = ['import', file, '--target', 'customers', '--map', 'Ref=code', '--map', 'Naam=name', ...more]
    return runCli([...args, '--url', server.url, '--api-key', key.secret ?? ''], { XDG_CONFIG_HOME: folder })
  }
  const dry = await comptoir('--dry-run')
  expect(dry).toMatchObject({ code: 1, output: expect.stringContaining('1 would be created') })
  expect(dry.output).toContain('row 3, Naam: It is needed')
  const done = await comptoir()
  expect(done).toMatchObject({
    code: 1,
    output: expect.stringContaining('1 created, 0 updated, 0 skipped, 1 rejected'),
  })
  const again = await comptoir()
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('This file is in already') })
})
