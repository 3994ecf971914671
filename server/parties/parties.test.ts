import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'taken',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
const create = (change: object = {}) =>
  owner.client.call('parties.create-party', { kind: 'person', first_name: 'Amina', last_name: 'El Fassi', ...change })
const namesOf = async (filter: object) =>
  (await owner.client.call('parties.list-parties', filter)).items.map(({ name }) => name)
let numbers = 0
const uniqueEmail = () => `buyer-${++numbers}@example.org`

describe('a party', () => {
  test('is called by the name given, or by first and last name, also after these change', async () => {
    const made = await create()
    expect(made).toMatchObject({ name: 'Amina El Fassi', kind: 'person', version: 1 })
    expect(made.roles).toMatchObject([{ role: 'customer', approval: null }])
    const married = await owner.client.call('parties.update-party', { id: made.id, version: 1, last_name: 'Alaoui' })
    expect(married).toMatchObject({ name: 'Amina Alaoui', first_name: 'Amina', version: 2 })
    const named = await owner.client.call('parties.update-party', { id: made.id, version: 2, name: 'Mme Alaoui' })
    expect(named).toMatchObject({ name: 'Mme Alaoui', last_name: 'Alaoui' })
    const later = await owner.client.call('parties.update-party', { id: made.id, version: 3, last_name: null })
    expect(later.name).toBe('Mme Alaoui')
    expect(await codeOf(owner.client.call('parties.create-party', { kind: 'organisation' }))).toBe(
      '422 party_name_missing',
    )
    expect(await codeOf(owner.client.call('parties.update-party', { id: made.id, version: 1, name: 'X' }))).toBe(
      '412 version_conflict',
    )
  })

  test('shares its e-mail address with no other of the tenant, in whatever case, until it is deleted', async () => {
    const email = uniqueEmail()
    const first = await create({ email })
    expect(await codeOf(create({ email: email.toUpperCase() }))).toBe('409 party_email_taken')
    const second = await create({ email: uniqueEmail() })
    const change = { id: second.id, version: 1, email }
    expect(await codeOf(owner.client.call('parties.update-party', change))).toBe('409 party_email_taken')
    const other = await signUpOwner(server)
    await other.client.call('parties.create-party', { kind: 'person', name: 'Elsewhere', email })

    await owner.client.call('parties.delete-party', { id: first.id, version: 1 })
    await owner.client.call('parties.update-party', change)
    expect(await codeOf(owner.client.call('parties.restore-party', { id: first.id, version: 2 }))).toBe(
      '409 party_email_taken',
    )
  })

  test('shares its e-mail address with nobody who is entered at the same moment', async () => {
    const email = uniqueEmail()
    const others = await Promise.all([create(), create()])
    const take = [
      ...Array.from({ length: 6 }, () => create({ email })),
      ...others.map(({ id }) => owner.client.call('parties.update-party', { id, version: 1, email })),
    ]
    const tries = await Promise.all(take.map(codeOf))
    expect(tries.filter((code) => code === 'taken')).toHaveLength(1)
    expect(new Set(tries)).toEqual(new Set(['taken', '409 party_email_taken']))
  })

  test('that is deleted or anonymised leaves its code and tax number free, and comes back when they still are', async () => {
    const supplier = async () => {
      const { id } = await create({ name: 'Sup', roles: [] })
      await owner.client.call('parties.set-role', { id, role: 'supplier', version: 0, code: 'SUP1' })
      const number = { party_id: id, country: 'MA', scheme: 'ICE', number: '001234000000077' }
      await owner.client.call('parties.add-tax-number', number)
      return id
    }
    const [first, again] = [await supplier(), { version: 1 }]
    await owner.client.call('parties.delete-party', { id: first, ...again })
    const second = await supplier()
    const restore = () => owner.client.call('parties.restore-party', { id: first, version: 2 })
    expect(await codeOf(restore())).toMatch(/409 (party_code|tax_number)_taken/)
    await owner.client.call('parties.anonymise-party', { id: second, ...again })
    await restore()
    expect(await codeOf(supplier())).toBe('409 party_code_taken')
    await owner.client.call('parties.delete-party', { id: first, version: 3 })
    await supplier()
  })

  test('that is deleted is in no list, is still read, takes nothing new, and comes back as it was', async () => {
    const made = await create({ name: 'Goner' })
    await owner.client.call('parties.delete-party', { id: made.id, version: 1 })
    expect(await namesOf({ search: 'goner' })).toEqual([])
    expect(await owner.client.call('parties.get-party', { id: made.id })).toMatchObject({ name: 'Goner' })
    const party = { id: made.id, version: 2 }
    expect(await codeOf(owner.client.call('parties.update-party', { ...party, name: 'X' }))).toBe('409 party_deleted')
    expect(await codeOf(owner.client.call('parties.delete-party', party))).toBe('409 party_deleted')
    expect(await codeOf(owner.client.call('parties.set-role', { id: made.id, role: 'supplier', version: 0 }))).toBe(
      '409 party_deleted',
    )
    expect(await codeOf(owner.client.call('parties.add-contact', { party_id: made.id, name: 'X' }))).toBe(
      '409 party_deleted',
    )
    await owner.client.call('parties.restore-party', party)
    expect(await namesOf({ search: 'goner' })).toEqual(['Goner'])
    expect(await codeOf(owner.client.call('parties.restore-party', { id: made.id, version: 3 }))).toBe(
      '409 party_not_deleted',
    )
  })

  test('of another tenant does not exist', async () => {
    const other = await signUpOwner(server)
    const { id } = await create()
    expect(await codeOf(other.client.call('parties.get-party', { id }))).toBe('404 not_found')
    expect(await codeOf(other.client.call('parties.anonymise-party', { id, version: 1 }))).toBe('404 not_found')
    expect(await codeOf(other.client.call('parties.add-contact', { party_id: id, name: 'X' }))).toBe(
      '422 party_not_found',
    )
    expect((await other.client.call('parties.list-parties', { search: 'amina' })).items).toEqual([])
  })
})

describe('anonymising a party', () => {
  test('empties every column marked personal in whatever belongs to it, for ever, and keeps the row', async () => {
    const made = await create({
      email: uniqueEmail(),
      phone: '+212 522 27 31 04',
      note: 'Likes tea',
      legal_name: 'AEF',
    })
    const of = { party_id: made.id }
    const removed = await owner.client.call('parties.add-contact', { ...of, name: 'Old Contact' })
    await owner.client.call('parties.remove-contact', { id: removed.id, version: 1 })
    const contact = await owner.client.call('parties.add-contact', { ...of, name: 'New', email: uniqueEmail() })
    await owner.client.call('parties.add-address', { ...of, purpose: 'billing', city: 'Fès', country: 'MA' })
    await owner.client.call('parties.add-tax-number', {
      ...of,
      country: 'MA',
      scheme: 'ICE',
      number: '001 525 482 0000 01',
    })

    const blank = await owner.client.call('parties.anonymise-party', { id: made.id, version: 1 })
    expect(blank).toMatchObject({ id: made.id, kind: 'person', name: null, contacts: [], addresses: [] })
    expect(blank.roles).toMatchObject([{ role: 'customer' }])
    expect(await valuesUnderMarks(made.id)).toEqual([])
    const party = { id: made.id, version: 2 }
    expect(await codeOf(owner.client.call('parties.anonymise-party', party))).toBe('409 party_anonymised')
    expect(await codeOf(owner.client.call('parties.restore-party', party))).toBe('409 party_anonymised')
    expect(await codeOf(owner.client.call('parties.update-party', { ...party, name: 'X' }))).toBe(
      '409 party_anonymised',
    )
    const again = { id: contact.id, version: 2, name: 'X' }
    expect(await codeOf(owner.client.call('parties.update-contact', again))).toBe('409 party_anonymised')
    await withClient(server.database.superuserUrl, (client) =>
      expect(
        client.query(`UPDATE parties.party SET name = 'X', sort_name = 'x', anonymised_at = NULL WHERE id = $1`, [
          made.id,
        ]),
      ).rejects.toThrow('an anonymised party is not changed'),
    )
  })

  test('leaves nothing personal in the answers to commands that are repeated', async () => {
    const key = crypto.randomUUID()
    const email = uniqueEmail()
    const own = { id: crypto.randomUUID(), kind: 'person', name: 'Replayed Name', email } as const
    const other = await create({ name: 'Other Name' })
    const contact = { id: crypto.randomUUID(), party_id: own.id, name: 'Replayed Contact' }
    const make = () => owner.client.request('parties.create-party', own)
    const rename = () =>
      owner.client.request(
        'parties.update-party',
        { id: own.id, version: 1, note: 'Replayed Note' },
        { idempotencyKey: key },
      )
    const add = () => owner.client.request('parties.add-contact', contact)
    const othersName = { id: other.id, version: 1, name: 'Other Name II' }
    const renameOther = () =>
      owner.client.request('parties.update-party', othersName, { idempotencyKey: `${key}-other` })
    for (const command of [make, rename, add, renameOther]) await command()
    expect(JSON.stringify((await make()).body)).toContain('Replayed Name')

    await owner.client.call('parties.anonymise-party', { id: own.id, version: 2 })
    for (const command of [make, rename, add]) {
      const { body, headers } = await command()
      expect(headers.get('idempotency-replayed')).toBe('true')
      expect(JSON.stringify(body)).toContain(own.id)
      expect(JSON.stringify(body)).not.toMatch(/Replayed/)
      expect(JSON.stringify(body)).not.toContain(email)
    }
    expect((await renameOther()).body).toMatchObject({ name: 'Other Name II' })
    await withClient(server.database.superuserUrl, async (client) => {
      const { rows } = await client.query(
        `SELECT count(*)::int AS n FROM platform.idempotency_key WHERE tenant_id = $1 AND answer::text LIKE '%Replayed%'`,
        [owner.tenantId],
      )
      expect(rows).toEqual([{ n: 0 }])
    })
  })

  test('leaves an entry in the chain that names nobody', async () => {
    const { id } = await create({ first_name: 'Zineb', last_name: 'Bennani', email: uniqueEmail() })
    await owner.client.call('parties.anonymise-party', { id, version: 1 })
    const { items } = await owner.client.call('audit.list-resource-history', {
      resource_type: 'party',
      resource_id: id,
    })
    expect(items.map(({ event }) => event)).toEqual(['parties.create-party', 'parties.anonymise-party'])
    expect(JSON.stringify(items)).not.toMatch(/Zineb|Bennani|buyer/)
  })
})

/** What stands in marked columns of a party and whatever belongs to it. */
async function valuesUnderMarks(partyId: string): Promise<string[]> {
  return withClient(server.database.superuserUrl, async (client) => {
    const { rows } = await client.query(`
      SELECT attrelid::regclass::text AS "table", attname AS name
      FROM pg_attribute WHERE attrelid::regclass::text LIKE 'parties.%' AND col_description(attrelid, attnum) = 'personal'`)
    expect(rows.length).toBeGreaterThan(15)
    const found: string[] = []
    for (const { table, name } of rows) {
      const key = table === 'parties.party' ? 'id' : 'party_id'
      const kept = await client.query(`SELECT ${name} FROM ${table} WHERE ${key} = $1 AND ${name} IS NOT NULL`, [
        partyId,
      ])
      found.push(...kept.rows.map((row) => `${table}.${name}: ${row[name]}`))
    }
    return found
  })
}

describe('the roles of a party', () => {
  const setRole = (id: string, role: 'customer' | 'supplier' | 'vendor' | 'retailer', terms: object = {}) =>
    owner.client.call('parties.set-role', { id, role, version: 0, ...terms })

  test('are several at once, each with its terms', async () => {
    const group = await owner.client.call('parties.create-group', { code: 'GOLD', name: 'Gold' })
    const { id } = await create({ kind: 'organisation', name: 'Atlas SARL', roles: ['customer'] })
    await setRole(id, 'customer', { version: 1, group_id: group.id, payment_days: 30 })
    const terms = { code: 'S-01', lead_time_days: '2.5', payment_terms: '30 days end of month', currency: 'MAD' }
    const { roles } = await setRole(id, 'supplier', { ...terms, minimum_order: '1500' })
    expect(roles).toMatchObject([
      { role: 'customer', group_id: group.id, payment_days: 30, code: null },
      { role: 'supplier', ...terms, lead_time_days: '2.5', minimum_order: '1500', approval: null },
    ])
    const grouped = owner.client.call('parties.set-role', {
      id,
      role: 'supplier',
      version: 1,
      group_id: group.id,
    })
    expect(await codeOf(grouped)).toBe('422 party_role_field_unused')
    expect(await namesOf({ role: 'supplier' })).toContain('Atlas SARL')
    expect(await namesOf({ role: 'customer', group_id: group.id })).toEqual(['Atlas SARL'])
    expect(await namesOf({ role: 'vendor' })).not.toContain('Atlas SARL')
  })

  test('end and are taken up again with their terms', async () => {
    const { id } = await create({ name: 'Returning Supplier', roles: ['supplier'] })
    await setRole(id, 'supplier', { version: 1, payment_days: 60 })
    await owner.client.call('parties.end-role', { id, role: 'supplier', version: 2 })
    expect(await namesOf({ role: 'supplier', search: 'returning' })).toEqual([])
    expect(await codeOf(owner.client.call('parties.end-role', { id, role: 'supplier', version: 3 }))).toBe(
      '422 party_role_not_held',
    )
    expect((await setRole(id, 'supplier', { version: 3 })).roles).toMatchObject([{ payment_days: 60, ended_at: null }])
  })

  test.each<[string, 'customer' | 'supplier', object, string]>([
    ['a lead time of a customer', 'customer', { lead_time_days: '2' }, '422 party_role_field_unused'],
    ['a minimum order of a customer', 'customer', { minimum_order: '2' }, '422 party_role_field_unused'],
    ['a minimum order without a currency', 'supplier', { minimum_order: '2' }, '422 party_currency_missing'],
    ['a currency nobody knows', 'supplier', { currency: 'XXX' }, '422 unknown_currency'],
    ['a group nobody knows', 'customer', { group_id: crypto.randomUUID() }, '422 customer_group_not_found'],
    ['a negative lead time', 'supplier', { lead_time_days: '-1' }, '400 invalid_input'],
    ['a lead time as a number', 'supplier', { lead_time_days: 2 }, '400 invalid_input'],
  ])('refuse %s', async (_, role, terms, answer) => {
    const { id } = await create({ roles: [] })
    expect(await codeOf(setRole(id, role, terms))).toBe(answer)
    expect((await owner.client.call('parties.get-party', { id })).roles).toEqual([])
  })

  test('are changed by who read them last: nobody overwrites the terms of another', async () => {
    const { id } = await create()
    expect(await codeOf(setRole(id, 'customer', { payment_days: 10 }))).toBe('412 version_conflict')
    expect(await codeOf(setRole(id, 'supplier', { version: 1 }))).toBe('412 version_conflict')
    const tries = [10, 20, 30].map((payment_days) => codeOf(setRole(id, 'customer', { version: 1, payment_days })))
    expect((await Promise.all(tries)).sort()).toEqual(['412 version_conflict', '412 version_conflict', 'taken'])
    const end = owner.client.call('parties.end-role', { id, role: 'customer', version: 1 })
    expect(await codeOf(end)).toBe('412 version_conflict')
  })

  test('leave their codes free when they end', async () => {
    const [first, second] = [await create({ roles: ['supplier'] }), await create({ roles: ['supplier'] })]
    await setRole(first.id, 'supplier', { version: 1, code: 'ENDED' })
    await owner.client.call('parties.end-role', { id: first.id, role: 'supplier', version: 2 })
    await setRole(second.id, 'supplier', { version: 1, code: 'ENDED' })
    expect(await codeOf(setRole(first.id, 'supplier', { version: 3 }))).toBe('409 party_code_taken')
    const back = await setRole(first.id, 'supplier', { version: 3, code: 'OTHER' })
    expect(back.roles).toMatchObject([{ code: 'OTHER', ended_at: null }])
  })

  test('have codes, each once in a role', async () => {
    const [first, second] = [await create(), await create()]
    await setRole(first.id, 'vendor', { code: 'V-7' })
    expect(await codeOf(setRole(second.id, 'vendor', { code: 'V-7' }))).toBe('409 party_code_taken')
    await setRole(second.id, 'retailer', { code: 'V-7' })
    expect(await namesOf({ role: 'vendor', search: 'v-7' })).toHaveLength(1)
  })

  test('of vendors and retailers wait for approval, and every decision is kept with its reason', async () => {
    const { id } = await create({ name: 'Market Stall', roles: ['vendor', 'customer'] })
    expect(await namesOf({ role: 'vendor', approval: 'pending' })).toContain('Market Stall')
    const decide = (decision: 'approved' | 'suspended', reason?: string) =>
      owner.client.call('parties.decide-approval', { id, role: 'vendor', decision, ...(reason ? { reason } : {}) })
    await decide('approved')
    expect(await codeOf(decide('approved'))).toBe('409 already_decided')
    expect(await codeOf(decide('suspended'))).toBe('422 reason_missing')
    const { roles } = await decide('suspended', 'Late three times')
    expect(roles.find(({ role }) => role === 'vendor')).toMatchObject({ approval: 'suspended' })
    const { items } = await owner.client.call('parties.list-decisions', { id, role: 'vendor' })
    expect(items).toMatchObject([
      { number: 2, decision: 'suspended', reason: 'Late three times', actor_id: owner.employeeId },
      { number: 1, decision: 'approved', reason: null },
    ])
    const retailer = { id, role: 'retailer', decision: 'approved' } as const
    expect(await codeOf(owner.client.call('parties.decide-approval', retailer))).toBe('422 party_role_not_held')
    await owner.client.call('parties.end-role', { id, role: 'vendor', version: 3 })
    expect(await codeOf(decide('approved'))).toBe('422 party_role_not_held')
    const back = await setRole(id, 'vendor', { version: 4 })
    expect(back.roles.find(({ role }) => role === 'vendor')).toMatchObject({ approval: 'suspended' })
  })
})

describe('what belongs to a party', () => {
  test('is added, changed and removed', async () => {
    const { id } = await create()
    const contact = await owner.client.call('parties.add-contact', { party_id: id, name: 'Karim', job_title: 'Buyer' })
    await owner.client.call('parties.update-contact', { id: contact.id, version: 1, phone: '0661 22 33 44' })
    const address = {
      party_id: id,
      purpose: 'delivery',
      street: '3, rue du Souk',
      city: 'Rabat',
      country: 'MA',
    } as const
    const placed = await owner.client.call('parties.add-address', address)
    await owner.client.call('parties.update-address', { id: placed.id, version: 1, city: 'Salé' })
    const number = { party_id: id, country: 'MA', scheme: 'ICE', number: '001-525 483/0000 02' }
    const taxed = await owner.client.call('parties.add-tax-number', number)
    expect(await owner.client.call('parties.get-party', { id })).toMatchObject({
      contacts: [{ name: 'Karim', job_title: 'Buyer', phone: '0661 22 33 44', version: 2 }],
      addresses: [{ street: '3, rue du Souk', city: 'Salé', country: 'MA' }],
      tax_numbers: [{ scheme: 'ICE', number: '001525483000002' }],
    })
    await owner.client.call('parties.remove-contact', { id: contact.id, version: 2 })
    await owner.client.call('parties.remove-address', { id: placed.id, version: 2 })
    await owner.client.call('parties.remove-tax-number', { id: taxed.id, version: 1 })
    expect(await codeOf(owner.client.call('parties.remove-contact', { id: contact.id, version: 3 }))).toBe(
      '409 party_detail_removed',
    )
    expect(await owner.client.call('parties.get-party', { id })).toMatchObject({
      contacts: [],
      addresses: [],
      tax_numbers: [],
    })
  })

  test('has a country that there is, and a tax number of one party', async () => {
    const { id: party_id } = await create()
    const { id: other } = await create()
    const address = { party_id, purpose: 'other', country: 'QQ' } as const
    expect(await codeOf(owner.client.call('parties.add-address', address))).toBe('422 unknown_country')
    const number = { country: 'FR', scheme: 'VAT', number: 'FR 40 303265045' }
    await owner.client.call('parties.add-tax-number', { party_id, ...number })
    expect(await codeOf(owner.client.call('parties.add-tax-number', { party_id: other, ...number }))).toBe(
      '409 tax_number_taken',
    )
    const wrong = { party_id, ...number, number: 'FR 41 303265045' }
    expect(await codeOf(owner.client.call('parties.add-tax-number', wrong))).toBe('422 tax_number_malformed')
  })
})

describe('a search', () => {
  test('finds by beginnings of words, code, tax number, address, telephone and contact', async () => {
    const { id } = await create({
      name: 'Épicerie Ben Brahim',
      email: 'ben@brahim.example',
      phone: '+212 537 70 11 22',
    })
    await owner.client.call('parties.set-role', { id, role: 'customer', version: 1, code: 'K-4711' })
    await owner.client.call('parties.add-contact', { party_id: id, name: 'Souad Tazi', email: 'souad@tazi.example' })
    await owner.client.call('parties.add-tax-number', { party_id: id, country: 'MA', scheme: 'CNSS', number: 'X99887' })
    const second = { party_id: id, country: 'MA', scheme: 'RC', number: '001525482000074' }
    await owner.client.call('parties.add-tax-number', second)
    for (const search of [
      'epic',
      'brahim épi',
      'BEN BRA',
      'k-4711',
      'x998',
      'ben@br',
      '0537 70',
      'tazi',
      'souad@',
      '0015254',
      '152548',
    ])
      expect(await namesOf({ search }), search).toEqual(['Épicerie Ben Brahim'])
    for (const search of ['picerie', 'brahim xavier', 'brahim.example', '★'])
      expect(await namesOf({ search })).toEqual([])
    await owner.client.call('parties.update-party', { id, version: 1, name: 'Supérette Atlas' })
    expect(await namesOf({ search: 'epicerie' })).toEqual([])
  })

  test('answers page by page in the order of names, and takes its own cursors alone', async () => {
    const other = await signUpOwner(server)
    const names = ['Éclair', 'eau', 'Zoo', 'école', 'Ange', 'ange']
    for (const name of names) await other.client.call('parties.create-party', { kind: 'person', name })
    const seen: (string | null)[] = []
    let cursor: string | null = null
    do {
      const page: { items: { name: string | null }[]; next_cursor: string | null } = await other.client.call(
        'parties.list-parties',
        { limit: 2, ...(cursor ? { cursor } : {}) },
      )
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.next_cursor
    } while (cursor)
    expect(seen).toEqual(['Ange', 'ange', 'eau', 'Éclair', 'école', 'Zoo'])
    expect(await codeOf(other.client.call('parties.list-parties', { cursor: 'WzFd' }))).toBe('400 invalid_cursor')
    expect(await codeOf(other.client.call('parties.list-parties', { group_id: crypto.randomUUID() }))).toBe(
      '422 customer_group_not_found',
    )
  })
})
