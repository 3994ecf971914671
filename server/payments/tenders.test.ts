import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const usual = ['bank_transfer', 'card', 'cash', 'cheque', 'mobile_wallet']
const codesOf = async (of: TestOwner) => {
  const { items } = await of.client.call('payments.list-tenders', {})
  return items.map(({ code }) => code)
}
const refusal = (status: number, code: string) => ({ problem: { status, code } })

test('a new tenant has the usual tenders, and another legal entity brings none twice', async () => {
  const fresh = await signUpOwner(server)
  expect(await codesOf(fresh)).toEqual(usual)
  await fresh.client.call('tenants.create-entity', { legal_name: 'Second', country: 'MA', currency: 'MAD' })
  expect(await codesOf(fresh)).toEqual(usual)
})

test('a tenant that was there before has them after the next start, with an entry in its chain', async () => {
  const old = await signUpOwner(server)
  await withClient(server.database.superuserUrl, (client) =>
    client.query('DELETE FROM payments.tender WHERE tenant_id = $1', [old.tenantId]),
  )
  const job = server.product.jobs.find(({ name }) => name === 'payments.add-missing-tenders')
  if (!job) throw new Error('there is no such job')
  await server.product.runJob(job, {})
  await server.product.runJob(job, {})
  expect(await codesOf(old)).toEqual(usual)
  const { items } = await old.client.call('audit.list-entries', { event: 'payments.add-missing-tenders' })
  expect(items).toHaveLength(1)
})

test('a tender is made, changed, deactivated and activated again', async () => {
  const { client } = owner
  const made = await client.call('payments.create-tender', { code: 'terminal_2', name: 'Terminal 2', kind: 'card' })
  expect(made).toMatchObject({ provider: null, is_active: true, needs_reference: false, opens_drawer: false })
  const { id } = made
  const change = { id, version: 1, name: 'Counter', needs_reference: true }
  const changed = await client.call('payments.update-tender', change)
  expect(changed).toMatchObject({ name: 'Counter', needs_reference: true, version: 2 })
  const idle = await client.call('payments.deactivate-tender', { id, version: 2 })
  expect(idle).toMatchObject({ is_active: false, version: 3 })
  await expect(client.call('payments.deactivate-tender', { id, version: 3 })).rejects.toMatchObject(
    refusal(409, 'tender_inactive'),
  )
  const idleOnes = await client.call('payments.list-tenders', { is_active: false })
  expect(idleOnes.items.map(({ code }) => code)).toEqual(['terminal_2'])
  expect(await client.call('payments.activate-tender', { id, version: 3 })).toMatchObject({ is_active: true })
  await expect(client.call('payments.activate-tender', { id, version: 4 })).rejects.toMatchObject(
    refusal(409, 'tender_active'),
  )
  await expect(client.call('payments.update-tender', { id, version: 1 })).rejects.toMatchObject(
    refusal(412, 'version_conflict'),
  )
})

test('two tenders have no code in common, and cash has no provider', async () => {
  const tender = { code: 'cash', name: 'Cash again', kind: 'cash' } as const
  await expect(owner.client.call('payments.create-tender', tender)).rejects.toMatchObject(
    refusal(409, 'tender_code_taken'),
  )
  const provided = { ...tender, code: 'cash_2', provider: 'simulator' } as const
  await expect(owner.client.call('payments.create-tender', provided)).rejects.toMatchObject(
    refusal(400, 'invalid_input'),
  )
})

test('a provider that the installation does not offer is refused', async () => {
  const plain = await startTestServer({ env: { PAYMENT_SIMULATOR: 'false' } })
  try {
    const { client } = await signUpOwner(plain)
    const tender = { code: 'terminal', name: 'Terminal', kind: 'card', provider: 'simulator' } as const
    await expect(client.call('payments.create-tender', tender)).rejects.toMatchObject(
      refusal(422, 'provider_not_offered'),
    )
  } finally {
    await plain.close()
  }
})

test('cash is rounded as the currency usually is', async () => {
  const { items } = await owner.client.call('reference.list-currencies', {})
  const steps = new Map(items.map(({ code, cash_step }) => [code, cash_step]))
  const expected = { CHF: '0.05', SEK: '1', CAD: '0.05', AUD: '0.05', NZD: '0.1', HUF: '5', MAD: null, EUR: null }
  for (const [code, step] of Object.entries(expected)) expect(steps.get(code), code).toBe(step)
})
