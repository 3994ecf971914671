import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { providedTender } from '../../tests/harness/payment-hints.ts'
import { hold, newPayment, paidFor, record } from '../../tests/harness/payments.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import type { TestOwner, TestServer } from '../../tests/harness/server.ts'
import { clientIn, hire, signUpOwner, signUpPerson, startTestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'

let server: TestServer
let owner: TestOwner
let tender_id: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  tender_id = await providedTender(owner, 'terminal')
})
afterAll(() => server?.close())

const charge = async (amount: string, branch_id = owner.branchId) => {
  const asked = { tender_id, branch_id, amount, currency: 'EUR' }
  return (await owner.client.call('payments.authorize', asked)).id
}
const refund = (charge_id: string, sale_id: string, amount: string, more: { id?: string; branch_id?: string } = {}) =>
  owner.client.call('payments.authorize-refund', { charge_id, sale_id, branch_id: owner.branchId, amount, ...more })
const refusal = (status: number, code: string) => ({ problem: { status, code } })
const codesOf = async (...documents: Parameters<typeof record>[2]) =>
  (await record(server, owner.tenantId, documents)).map(({ code }) => code ?? 'ok')
const paidWith = (authorization_id: string, amount: string, branch_id = owner.branchId) =>
  paidFor(owner, [newPayment(tender_id, amount, { authorization_id })], { currency: 'EUR', branch_id })

/** A sale that was paid with a charge. */
async function soldFor(amount: string, branch_id = owner.branchId) {
  const charge_id = await charge(amount, branch_id)
  const sale = paidWith(charge_id, amount, branch_id)
  expect(await codesOf(sale)).toEqual(['ok'])
  return { charge_id, sale_id: sale.document_id }
}

const returned = (origin_id: string, authorization_id: string | null, amount: string, more: object = {}) =>
  paidFor(owner, [newPayment(tender_id, `-${amount}`, { authorization_id })], {
    currency: 'EUR',
    document_type: 'refund',
    origin_id,
    ...more,
  })

describe('money goes back by the provider', () => {
  test('never more of a charge than it took', async () => {
    const { charge_id, sale_id } = await soldFor('40.00')
    const back = await refund(charge_id, sale_id, '15.00')
    expect(back).toMatchObject({ kind: 'refund', status: 'approved', refunds_id: charge_id, origin_id: sale_id })
    expect(back).toMatchObject({ tender_id, currency: 'EUR', amount: '15.0000' })
    await expect(refund(charge_id, sale_id, '25.50')).rejects.toMatchObject(refusal(409, 'refund_exceeds_paid'))
    expect(await codesOf(returned(sale_id, null, '15'))).toEqual(['authorization_required'])
    expect(await codesOf(returned(sale_id, back.id, '15'))).toEqual(['ok'])
    expect(await codesOf(returned(sale_id, back.id, '15'))).toEqual(['authorization_used'])
  })

  test('once, however often it is asked with the same id', async () => {
    const { charge_id, sale_id } = await soldFor('40.00')
    const id = uuidv7()
    const answers = await Promise.all(Array.from({ length: 4 }, () => refund(charge_id, sale_id, '30.00', { id })))
    expect(new Set(answers.map((one) => one.id))).toEqual(new Set([id]))
    const reused = refusal(422, 'idempotency_key_reused')
    await expect(refund(charge_id, sale_id, '10.00', { id })).rejects.toMatchObject(reused)
    await expect(refund(charge_id, uuidv7(), '30.00', { id })).rejects.toMatchObject(reused)
  })

  test('of a charge only, and of one that was approved', async () => {
    const { charge_id, sale_id } = await soldFor('40.00')
    const back = await refund(charge_id, sale_id, '15.00')
    await expect(refund(back.id, sale_id, '15.00')).rejects.toMatchObject(refusal(422, 'authorization_not_found'))
    await expect(refund(uuidv7(), sale_id, '1.00')).rejects.toMatchObject(refusal(404, 'not_found'))
    const declined = await charge('12.01')
    await expect(refund(declined, sale_id, '1.00')).rejects.toMatchObject(refusal(409, 'authorization_not_approved'))
  })

  test('for the sale that was paid with the charge, and for no other', async () => {
    const one = await soldFor('40.00')
    const other = await soldFor('40.00')
    const unused = await charge('40.00')
    const another = refusal(422, 'paid_sale_not_found')
    for (const charge_id of [other.charge_id, unused])
      await expect(refund(charge_id, one.sale_id, '10.00')).rejects.toMatchObject(another)
    const { id } = await refund(other.charge_id, other.sale_id, '10.00')
    expect(await codesOf(returned(one.sale_id, id, '10'))).toEqual(['authorization_differs'])
    const otherwise = { may_refund_otherwise: true }
    expect(await codesOf(returned(one.sale_id, id, '10', otherwise))).toEqual(['authorization_differs'])
    expect(await codesOf(returned(other.sale_id, id, '10'))).toEqual(['ok'])
  })

  test('for what was paid on top in an exchange, by its own id or that of the first sale', async () => {
    const first = await soldFor('40.00')
    const charge_id = await charge('5.00')
    const exchange = { ...paidWith(charge_id, '5'), document_type: 'exchange', origin_id: first.sale_id }
    expect(await codesOf(exchange)).toEqual(['ok'])
    const back = [await refund(charge_id, exchange.document_id, '2.00'), await refund(charge_id, first.sale_id, '3.00')]
    const [{ id = '' } = {}] = back
    expect(await refund(charge_id, exchange.document_id, '2.00', { id })).toEqual(back[0])
    expect(back.map(({ origin_id }) => origin_id)).toEqual([first.sale_id, first.sale_id])
    expect(await codesOf(returned(first.sale_id, back[0]?.id ?? '', '2'))).toEqual(['ok'])
  })

  test('and then the charge pays nothing any more', async () => {
    const charge_id = await charge('40.00')
    // As if somebody had found a way to give it back before it paid a sale.
    await withClient(server.database.superuserUrl, (client) =>
      client.query(
        `INSERT INTO payments."authorization" (tenant_id, id, kind, tender_id, branch_id, provider, amount, currency, refunds_id, origin_id, status, asked_by)
         SELECT tenant_id, $2, 'refund', tender_id, branch_id, provider, 1, currency, id, $2, 'approved', asked_by FROM payments."authorization" WHERE id = $1`,
        [charge_id, uuidv7()],
      ),
    )
    const { authorizations } = await hold(server, owner.tenantId, { authorizations: [charge_id] })
    expect(authorizations).toMatchObject([{ id: charge_id, is_used: true }])
    expect(await codesOf(paidWith(charge_id, '40'))).toEqual(['authorization_used'])
  })
})

describe('money is given back', () => {
  async function employee(permissions: string[], branchIds?: string[]) {
    const role = await owner.client.call('tenants.create-role', { name: `Role ${uuidv7()}`, permissions })
    const person = await signUpPerson(server)
    const scope = branchIds ? { entity_ids: [], region_ids: [], branch_ids: branchIds } : null
    await hire(server, owner, person, [role.id], scope)
    return clientIn(server, person, owner.tenantId)
  }

  test('by those who may, not by all who take payments', async () => {
    const { charge_id, sale_id } = await soldFor('40.00')
    const asked = { charge_id, sale_id, branch_id: owner.branchId, amount: '10.00' }
    const cashier = await employee(['payments.take-payments'])
    await expect(cashier.call('payments.authorize-refund', asked)).rejects.toMatchObject(refusal(403, 'forbidden'))
    const charged = { tender_id, branch_id: owner.branchId, amount: '10.00', currency: 'EUR' }
    await expect(
      cashier.call('payments.authorize', { ...charged, kind: 'refund', refunds_id: charge_id } as never),
    ).rejects.toMatchObject(refusal(400, 'invalid_input'))
    const manager = await employee(['payments.refund-payments'])
    expect(await manager.call('payments.authorize-refund', asked)).toMatchObject({ status: 'approved' })
  })

  test('of the charges of their branches, in their branches', async () => {
    const input = { entity_id: owner.entityId, code: 'OTHER', name: 'Other', time_zone: 'Europe/Paris' }
    const { id: elsewhere } = await owner.client.call('tenants.create-branch', input)
    const here = await soldFor('40.00')
    const there = await soldFor('40.00', elsewhere)
    const manager = await employee(['payments.refund-payments'], [owner.branchId])
    const ask = (sold: typeof here, branch_id: string) =>
      manager.call('payments.authorize-refund', { ...sold, branch_id, amount: '10.00' })
    await expect(ask(there, owner.branchId)).rejects.toMatchObject(refusal(404, 'not_found'))
    await expect(ask(here, elsewhere)).rejects.toMatchObject(refusal(422, 'branch_not_found'))
    expect(await ask(here, owner.branchId)).toMatchObject({ status: 'approved' })
  })
})
