import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeRegister } from '../../tests/harness/cash.ts'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { employ, receive } from '../../tests/harness/counts.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { neighbourOf } from '../../tests/harness/transfers.ts'

let server: TestServer
let owner: TestOwner
let cashier: TestClient
let colleague: TestClient
let neighbour: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const here = { branch_ids: [owner.branchId] }
  cashier = (await employ(server, owner, 'cashier', here)).client
  colleague = (await employ(server, owner, 'cashier', here)).client
  neighbour = (await employ(server, owner, 'cashier', { branch_ids: [await neighbourOf(owner)] })).client
}, 60_000)
afterAll(() => server?.close())

const refused = (code: string) => ({ problem: { code } })
const newVariant = async (more: object = {}) => (await makeProduct(owner, more)).variant.id
async function park(more: object = {}, client = cashier) {
  const lines = [{ variant_id: await newVariant(), quantity: '2' }]
  return client.call('tickets.park-ticket', { branch_id: owner.branchId, lines, ...more })
}
const numbersOf = async (client: TestClient, filter: object = {}) =>
  (await client.call('tickets.list-tickets', { limit: 200, ...filter })).items.map(({ number }) => number)

test('anybody at the branch takes up what a colleague parked, as it was parked, and nobody beyond it', async () => {
  const variant_id = await newVariant({ name: 'Green tea' })
  const line = {
    ...{ variant_id, quantity: '2.5', unit_price: '9.90', price_reason: 'The box is torn' },
    discount: { percent: '10' },
    discount_reason: 'Regular',
  }
  const register_id = await makeRegister(owner)
  const parked = await park({ label: 'Table 4', lines: [{ ...line, quantity: '2' }], total: '17.82', register_id })
  expect(await numbersOf(colleague)).toContain(parked.number)
  expect(await numbersOf(neighbour)).not.toContain(parked.number)
  await expect(neighbour.call('tickets.get-ticket', { id: parked.id })).rejects.toMatchObject(refused('not_found'))
  const step = { id: parked.id, version: parked.version }
  await expect(neighbour.call('tickets.take-ticket', step)).rejects.toMatchObject(refused('not_found'))
  const taken = await colleague.call('tickets.take-ticket', step)
  expect(taken).toMatchObject({
    state: 'taken',
    label: 'Table 4',
    names: ['Green tea'],
    lines: [{ ...line, quantity: '2' }],
    steps: [{ action: 'park', register_id, total: '17.8200' }, { action: 'take' }],
  })
  expect(await numbersOf(colleague)).not.toContain(parked.number)
})

test('of all who take a ticket at once one has it', async () => {
  const { id, version } = await park()
  const clients = [cashier, colleague, owner.client, cashier, colleague]
  const answers = await Promise.allSettled(clients.map((client) => client.call('tickets.take-ticket', { id, version })))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const codes = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason.problem.code] : []))
  expect(codes).toEqual(Array.from({ length: 4 }, () => 'ticket_taken'))
  const { steps } = await cashier.call('tickets.get-ticket', { id })
  expect(steps.map(({ action }) => action)).toEqual(['park', 'take'])
})

test('a ticket that was taken up is put back as it was, or parked again with what is on it now', async () => {
  const { id, version } = await park({ label: 'Rain coat', discount: { amount: '1.50' } })
  await expect(cashier.call('tickets.put-back-ticket', { id, version })).rejects.toMatchObject(
    refused('ticket_not_taken'),
  )
  const taken = await cashier.call('tickets.take-ticket', { id, version })
  const back = await colleague.call('tickets.put-back-ticket', { id, version: taken.version })
  expect(back).toMatchObject({ state: 'open', label: 'Rain coat', discount: { amount: '1.50' }, lines: taken.lines })
  const again = await colleague.call('tickets.take-ticket', { id, version: back.version })
  const lines = [...taken.lines, { variant_id: await newVariant(), quantity: '1' }]
  const changed = await colleague.call('tickets.change-ticket', { id, version: again.version, lines })
  expect(changed).toMatchObject({ state: 'open', label: null, discount: null })
  expect(changed.names).toHaveLength(2)
  await expect(cashier.call('tickets.change-ticket', { id, version: again.version, lines })).rejects.toMatchObject(
    refused('version_conflict'),
  )
})

test('what was discarded stays to be read, with a reason, and comes back never', async () => {
  const { id, version } = await park()
  const given = { id, version, reason: 'The customer left' }
  await expect(cashier.call('tickets.discard-ticket', given)).rejects.toMatchObject(refused('forbidden'))
  await expect(owner.client.call('tickets.discard-ticket', { ...given, reason: ' ' })).rejects.toMatchObject(
    refused('invalid_input'),
  )
  const discarded = await owner.client.call('tickets.discard-ticket', given)
  expect(discarded).toMatchObject({ state: 'discarded', steps: [{}, { action: 'discard', reason: given.reason }] })
  for (const name of ['take-ticket', 'put-back-ticket'] as const)
    await expect(cashier.call(`tickets.${name}`, { id, version: discarded.version })).rejects.toMatchObject(
      refused('ticket_discarded'),
    )
  expect(await numbersOf(cashier, { state: 'discarded', branch_id: owner.branchId })).toContain(discarded.number)
})

test('a parked ticket holds no stock', async () => {
  const variant_id = await newVariant()
  await receive(server, owner, [{ variant_id, quantity: '5' }])
  const at = { variant_id, branch_id: owner.branchId }
  const before = await owner.client.call('inventory.list-levels', at)
  await park({ lines: [{ variant_id, quantity: '4' }] })
  expect(await owner.client.call('inventory.list-levels', at)).toEqual(before)
})

test('a ticket names what there is: goods, quantities that can be, a register of its branch', async () => {
  const variant_id = await newVariant()
  const elsewhere = await makeRegister({ ...owner, branchId: await neighbourOf(owner) })
  const someone = '01890000-0000-7000-8000-000000000000'
  const cases: [given: object, code: string][] = [
    [{ lines: [{ variant_id: someone, quantity: '1' }] }, 'variant_not_found'],
    [{ lines: [{ variant_id, quantity: '1.5' }] }, 'too_many_decimals'],
    [{ lines: [{ variant_id, quantity: '0' }] }, 'invalid_input'],
    [{ lines: [] }, 'invalid_input'],
    [{ lines: Array.from({ length: 10_000 }, () => ({ variant_id, quantity: '1' })) }, 'basket_too_long'],
    [{ customer_id: someone }, 'ticket_customer_not_found'],
    [{ channel_id: someone }, 'channel_not_found'],
    [{ register_id: elsewhere }, 'ticket_register_not_found'],
    [{ branch_id: await neighbourOf(owner) }, 'branch_not_found'],
  ]
  for (const [given, code] of cases) await expect(park(given), code).rejects.toMatchObject(refused(code))
})
