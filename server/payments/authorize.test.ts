import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { providedTender } from '../../tests/harness/payment-hints.ts'
import { hold, newPayment, paidFor, record, simulatorSecret } from '../../tests/harness/payments.ts'
import type { TestOwner, TestServer } from '../../tests/harness/server.ts'
import { clientIn, hire, signUpOwner, signUpPerson, startTestServer } from '../../tests/harness/server.ts'
import { setHere } from '../../tests/harness/settings.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { now } from '../platform/time.ts'
import { signCallback } from './sign-callback.ts'

let server: TestServer
let owner: TestOwner
let tender_id: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tender_id = await providedTender(owner, 'terminal')
  await setHere(owner.client, 'payments.provider-timeout-seconds', 1)
})
afterAll(() => server?.close())

const asked = (amount: string, more: Record<string, unknown> = {}) => ({
  id: uuidv7(),
  tender_id,
  branch_id: owner.branchId,
  amount,
  currency: 'EUR',
  ...more,
})
const authorize = (amount: string, more: Record<string, unknown> = {}) =>
  owner.client.call('payments.authorize', asked(amount, more))
const read = (id: string) => owner.client.call('payments.get-authorization', { id })
const reverse = (id: string) => owner.client.call('payments.reverse-authorization', { id })
const refusal = (status: number, code: string) => ({ problem: { status, code } })
const outcomesOf = async (id: string) => (await read(id)).events.map(({ outcome, source }) => `${outcome} ${source}`)
const codesOf = async (...documents: Parameters<typeof record>[2]) =>
  (await record(server, owner.tenantId, documents)).map(({ code }) => code ?? 'ok')
const paidWith = (authorization_id: string, amount: string) =>
  paidFor(owner, [newPayment(tender_id, amount, { authorization_id })], { currency: 'EUR' })

async function settle(authorization_id: string): Promise<void> {
  const job = server.product.jobs.find(({ name }) => name === 'payments.settle-authorization')
  if (!job) throw new Error('there is no such job')
  await server.product.runJob(job, { tenant_id: owner.tenantId, authorization_id })
}

const send = (
  { body, signature }: { body: string; signature: string },
  { tenantId = owner.tenantId, provider = 'simulator' }: { tenantId?: string; provider?: string } = {},
) =>
  fetch(`${server.url}/v1/payment-callbacks/${provider}/${tenantId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'comptoir-signature': signature },
    body,
  })

describe('the provider answers', () => {
  test('that it approves, and one payment of just that uses it', async () => {
    const { id, status, provider_reference } = await authorize('12.50')
    expect([status, provider_reference]).toEqual(['approved', expect.stringMatching(/^sim-/)])
    expect(await outcomesOf(id)).toEqual(['asked request', 'approved answer'])
    const held = await hold(server, owner.tenantId, { authorizations: [id] })
    expect(held.authorizations).toEqual([expect.objectContaining({ id, amount: '12.5000', is_used: false })])
    expect(await codesOf(paidWith(id, '12.49'))).toEqual(['authorization_differs'])
    const paid = paidWith(id, '12.5')
    expect(await codesOf(paid, paidWith(id, '12.5'))).toEqual(['ok', 'authorization_used'])
    expect(await codesOf(paidWith(id, '12.5'))).toEqual(['authorization_used'])
    expect((await read(id)).payment_id).toBe(paid.payments[0]?.id)
    await expect(reverse(id)).rejects.toMatchObject(refusal(409, 'authorization_used'))
  })

  test('that it declines, and no payment may use it', async () => {
    const { id, status, reason } = await authorize('12.01')
    expect([status, reason]).toEqual(['declined', 'insufficient_funds'])
    expect(await codesOf(paidWith(id, '12.01'))).toEqual(['authorization_not_approved'])
    await expect(reverse(id)).rejects.toMatchObject(refusal(409, 'authorization_not_approved'))
  })

  test('once, however often it is asked with the same id', async () => {
    const input = asked('7.50')
    const answers = await Promise.all(Array.from({ length: 4 }, () => owner.client.call('payments.authorize', input)))
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([input.id]))
    expect(await outcomesOf(input.id)).toEqual(['asked request', 'approved answer'])
    await expect(owner.client.call('payments.authorize', { ...input, amount: '8.50' })).rejects.toMatchObject(
      refusal(422, 'idempotency_key_reused'),
    )
  })

  test('to nobody else who asks with the same id, be it the same', async () => {
    const input = asked('7.50')
    await owner.client.call('payments.authorize', input)
    const colleague = await signUpPerson(server)
    const role = await owner.client.call('tenants.create-role', {
      name: 'Till',
      permissions: ['payments.take-payments'],
    })
    await hire(server, owner, colleague, [role.id])
    await expect(clientIn(server, colleague, owner.tenantId).call('payments.authorize', input)).rejects.toMatchObject(
      refusal(409, 'already_exists'),
    )
    expect(await outcomesOf(input.id)).toHaveLength(2)
  })

  test('and what it approved belongs to one tenant', async () => {
    const { id } = await authorize('7.50')
    const stranger = await signUpOwner(server)
    for (const name of ['payments.get-authorization', 'payments.reverse-authorization'] as const)
      await expect(stranger.client.call(name, { id })).rejects.toMatchObject(refusal(404, 'not_found'))
  })
})

describe('the answer is lost', () => {
  test('after it approved: nobody may use it until it was looked up', async () => {
    const { id, status, reason } = await authorize('20.02')
    expect([status, reason]).toEqual(['unknown', 'no_answer'])
    expect(await codesOf(paidWith(id, '20.02'))).toEqual(['authorization_not_approved'])
    await settle(id)
    await settle(id)
    expect(await outcomesOf(id)).toEqual(['asked request', 'unknown answer', 'approved lookup'])
    expect(await codesOf(paidWith(id, '20.02'))).toEqual(['ok'])
  })

  test('after it declined', async () => {
    const { id } = await authorize('20.03')
    await settle(id)
    expect(await read(id)).toMatchObject({ status: 'declined', reason: 'card_expired' })
  })

  test('and two messages tell of it: it counts once', async () => {
    const { id, status } = await authorize('20.04')
    expect(status).toBe('approved')
    expect(await outcomesOf(id)).toEqual(['asked request', 'approved callback'])
  })

  test('as it was asked: it is undone, so that it is refused should it arrive after all', async () => {
    const { id } = await authorize('20.05')
    await settle(id)
    const outcomes = ['asked request', 'unknown answer', 'reversing lookup', 'reversed lookup']
    expect(await outcomesOf(id)).toEqual(outcomes)
    const provider = server.product.providers.get('simulator')
    const late = { tenantId: owner.tenantId, reference: id, kind: 'charge', amount: '20', currency: 'EUR' } as const
    expect(await provider?.authorize({ ...late, charge: null }, AbortSignal.timeout(5_000))).toMatchObject({
      outcome: 'declined',
    })
  })

  test('and it is undone by hand before it is known', async () => {
    const { id } = await authorize('21.02')
    expect((await reverse(id)).status).toBe('reversed')
    await settle(id)
    expect((await read(id)).status).toBe('reversed')
  })
})

test('a message that comes besides the answer changes nothing', async () => {
  const { id, status } = await authorize('20.06')
  expect(status).toBe('approved')
  expect(await outcomesOf(id)).toHaveLength(2)
})

test('an approved authorization that no sale uses is undone, once, and found until then', async () => {
  const { id } = await authorize('30.50')
  const unused = () => owner.client.call('payments.list-authorizations', { status: 'approved', is_used: false })
  expect((await unused()).items.map((one) => one.id)).toContain(id)
  expect((await reverse(id)).status).toBe('reversed')
  expect((await reverse(id)).status).toBe('reversed')
  expect(await outcomesOf(id)).toEqual(['asked request', 'approved answer', 'reversing request', 'reversed answer'])
  expect((await unused()).items.map((one) => one.id)).not.toContain(id)
  expect(await codesOf(paidWith(id, '30.5'))).toEqual(['authorization_not_approved'])
})

describe('nobody is asked', () => {
  test.each<[what: string, status: number, code: string, more: Record<string, unknown>]>([
    ['about a tender that there is not', 422, 'tender_not_found', { tender_id: uuidv7() }],
    ['in a branch that there is not', 422, 'branch_not_found', { branch_id: uuidv7() }],
    ['for money that there is not', 422, 'unknown_currency', { currency: 'ZZZ' }],
    ['for parts of a cent', 422, 'amount_too_precise', { amount: '1.005' }],
    ['for nothing', 400, 'invalid_input', { amount: '0.00' }],
  ])('%s', async (_, status, code, more) => {
    await expect(authorize('1.00', more)).rejects.toMatchObject(refusal(status, code))
  })

  test('about cash', async () => {
    const { items } = await owner.client.call('payments.list-tenders', {})
    const cash = items.find(({ kind }) => kind === 'cash')?.id
    await expect(authorize('1.00', { tender_id: cash })).rejects.toMatchObject(refusal(422, 'tender_without_provider'))
  })
})

describe('a message of the provider', () => {
  /** What the simulator would send of an authorization, signed at a time. */
  async function message(reference: string, { outcome = 'approved', at = now(), tenantId = owner.tenantId } = {}) {
    const body = JSON.stringify({ reference, outcome, provider_reference: 'sim-1', reason: null })
    return { body, signature: signCallback(simulatorSecret, { tenantId, body: Buffer.from(body), at }) }
  }

  test('settles what is not known, however often it comes', async () => {
    const { id } = await authorize('20.02')
    const told = await message(id)
    for (let times = 0; times < 3; times++) expect((await send(told)).status).toBe(204)
    expect(await outcomesOf(id)).toEqual(['asked request', 'unknown answer', 'approved callback'])
  })

  test('that contradicts what is known is noted once and changes nothing', async () => {
    const { id } = await authorize('12.01')
    for (let times = 0; times < 2; times++) expect((await send(await message(id))).status).toBe(204)
    expect(await read(id)).toMatchObject({ status: 'declined' })
    expect(await outcomesOf(id)).toEqual(['asked request', 'declined answer', 'contradicted callback'])
  })

  test('that is not signed, signed for another tenant, changed or old is refused', async () => {
    const { id } = await authorize('20.02')
    const told = await message(id)
    const stranger = await signUpOwner(server)
    const old = await message(id, { at: new Date(now().getTime() - 301_000) })
    const refused = [
      await send({ ...told, signature: '' }),
      await send({ ...told, signature: 't=1,v1=00' }),
      await send({ ...told, body: told.body.replace('approved', 'declined') }),
      await send(told, { tenantId: stranger.tenantId }),
      await send(old),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
    expect((await read(id)).status).toBe('unknown')
  })

  test('of nothing that is known, or to nobody, finds nothing', async () => {
    const told = await message(uuidv7())
    expect((await send(told)).status).toBe(404)
    expect((await send(told, { provider: 'nobody' })).status).toBe(404)
    expect((await send(told, { tenantId: 'nobody' })).status).toBe(404)
    const body = '{"reference": 1}'
    const at = now()
    const signature = signCallback(simulatorSecret, { tenantId: owner.tenantId, body: Buffer.from(body), at })
    expect((await send({ body, signature })).status).toBe(400)
  })
})
