import { afterAll, beforeAll, expect, test } from 'vitest'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Change, CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { createParties, type NewParty } from './index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

/** Makes parties as a command of the owner would, and says what it changed. */
async function create(given: readonly NewParty[]) {
  const changes: Change[] = []
  const { tenantId, employeeId } = owner
  const made = await inTransaction(server.product.databases.app, tenantId, (tx) => {
    const caller = { tenantId, employeeId, permissions: new Set(['*']), scope: null, features: new Set() }
    const changed = (one: Change) => changes.push(one)
    return createParties(
      { ...tx, tenantId, caller, now: new Date(), newId: uuidv7, changed } as never as CommandContext,
      given,
    )
  })
  return { made, changes, codes: made.map((one) => (one instanceof Refusal ? one.kind.code : 'made')) }
}

const customer = (name: string, more: Partial<NewParty> = {}): NewParty => ({
  kind: 'person',
  name,
  role: 'customer',
  terms: {},
  addresses: [],
  tax_numbers: [],
  ...more,
})

const number = (text: string) => [{ country: 'FR', scheme: 'VAT', number: text }]
const billing = { purpose: 'billing', country: 'MA', street: '12 rue Ibn Sina', city: 'Fès' } as const

test('each of a list is made or refused by itself, in order, and what is made is like any other party', async () => {
  const old = await owner.client.call('parties.create-party', { kind: 'person', name: 'Old', email: 'old@example.org' })
  await owner.client.call('parties.set-role', { id: old.id, role: 'customer', version: 1, code: 'OLD' })
  const table: [party: NewParty, answer: string][] = [
    [
      customer('Amina Éléonore', {
        email: 'amina@example.org',
        terms: { code: 'A-1', payment_days: 30 },
        addresses: [billing],
        tax_numbers: number('FR40303265045'),
      }),
      'made',
    ],
    [customer('Old address', { email: 'old@example.org' }), 'party_email_taken'],
    [customer('Same address', { email: 'amina@example.org' }), 'party_email_taken'],
    [customer('Old code', { terms: { code: 'OLD' } }), 'party_code_taken'],
    [customer('Same code', { email: 'free@example.org', terms: { code: 'A-1' } }), 'party_code_taken'],
    [customer('Code of a supplier', { role: 'supplier', terms: { code: 'A-1', lead_time_days: '2.50' } }), 'made'],
    [customer('Same number', { tax_numbers: number('FR40303265045') }), 'tax_number_taken'],
    [customer('No number', { tax_numbers: number('FR1') }), 'tax_number_malformed'],
    [customer('Lead time', { terms: { lead_time_days: '2' } }), 'party_role_field_unused'],
    [customer('No currency', { role: 'supplier', terms: { minimum_order: '5' } }), 'party_currency_missing'],
    [customer('Odd currency', { role: 'supplier', terms: { currency: 'XXY' } }), 'unknown_currency'],
    // What the refused one would have taken is free.
    [customer('Free', { email: 'free@example.org' }), 'made'],
  ]
  const { made, codes, changes } = await create(table.map(([party]) => party))
  expect(codes).toEqual(table.map(([, answer]) => answer))
  const [first] = made
  const { id } = first as { id: string }
  const party = await owner.client.call('parties.get-party', { id })
  expect(party).toMatchObject({ name: 'Amina Éléonore', version: 1, addresses: [billing], contacts: [] })
  expect(party.roles).toMatchObject([{ role: 'customer', code: 'A-1', payment_days: 30, version: 1, approval: null }])
  expect(party.tax_numbers).toMatchObject(number('FR40303265045'))
  for (const search of ['eleonore', 'amina@example.org', 'FR40303265045'])
    expect((await owner.client.call('parties.list-parties', { search })).items.map((one) => one.id)).toEqual([id])
  const told = changes.map(({ resource, id: of }) => (of === id ? `${resource} of them` : resource)).toSorted()
  expect(told).toEqual(['party', 'party', 'party of them', 'party_address', 'party_tax_number'])
})

test('of many who take the same code at once one does, and the others are refused', async () => {
  const same = customer('Same', { terms: { code: 'ONCE' } })
  const done = await Promise.allSettled(Array.from({ length: 5 }, () => create([same])))
  const codes = done.map((one) =>
    one.status === 'fulfilled' ? one.value.codes[0] : (one.reason as { code: string }).code,
  )
  expect(codes.filter((one) => one === 'made')).toHaveLength(1)
  for (const code of codes.filter((one) => one !== 'made')) expect(['party_code_taken', '40001']).toContain(code)
})
