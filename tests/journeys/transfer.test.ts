import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../harness/catalog.ts'
import { accountOf } from '../harness/ledger.ts'
import { withClient } from '../harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../harness/server.ts'
import { makeBatch, stockWorth } from '../harness/stock.ts'
import { stockUp } from '../harness/transfers.ts'

interface Worker {
  readonly userId: string
  readonly client: TestClient
}

let server: TestServer
let owner: TestOwner
/** The branches: goods go from the north to the south; the west has no part in it. */
let [north, south, west] = ['', '', '']
let sender: Worker
let receiver: Worker
let stranger: Worker
let variant_id: string
/** Batches of the goods: seven expire soon, ten late; all were bought at 3.333333. */
let [soon, late] = ['', '']
let transfer: Awaited<ReturnType<typeof read>>

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  north = owner.branchId
  south = await openBranch('SOUTH')
  west = await openBranch('WEST')
  sender = await hireAt(north)
  receiver = await hireAt(south)
  stranger = await hireAt(west)
  variant_id = (await makeProduct(owner, { is_expiry_tracked: true })).variant.id
  soon = await makeBatch(server, owner, { variant_id, expires_on: '2198-01-01' })
  late = await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' })
  await stockUp(server, owner, { variant_id, batch_id: soon, quantity: '7', unit_cost: '3.333333' })
  await stockUp(server, owner, { variant_id, batch_id: late, quantity: '10', unit_cost: '3.333333' })
}, 60_000)
afterAll(() => server?.close())

describe('a transfer is received short, settled by both branches, and ties in stock, batches and books:', () => {
  test('the sender finds where to send to and plans it; it holds nothing until it goes', async () => {
    const { items } = await sender.client.call('transfers.list-destinations', { from_branch_id: north })
    expect(items.map(({ code }) => code)).toEqual(['SOUTH', 'WEST'])
    transfer = await sender.client.call('transfers.create-transfer', {
      from_branch_id: north,
      to_branch_id: south,
      expected_on: '2199-06-01',
      notes: 'With the morning van',
      lines: [{ variant_id, quantity: '12' }],
    })
    expect(transfer).toMatchObject({ number: 'TR-000001', state: 'pending', requested_by: sender.userId })
    expect(await onHand(north)).toEqual({ soon: '7', late: '10' })
  })

  test('who works elsewhere does not know of it, and the receiver does not send it off', async () => {
    const { id, version } = transfer
    const off = { id, version }
    await expect(stranger.client.call('transfers.get-transfer', { id })).rejects.toMatchObject(problem('not_found'))
    await expect(stranger.client.call('transfers.dispatch-transfer', off)).rejects.toMatchObject(problem('not_found'))
    await expect(receiver.client.call('transfers.dispatch-transfer', off)).rejects.toMatchObject(
      problem('transfer_of_other_side'),
    )
    expect((await stranger.client.call('transfers.list-transfers', {})).items).toEqual([])
    expect((await receiver.client.call('transfers.list-transfers', {})).items).toMatchObject([{ id }])
  })

  test('it leaves the north with what expires first, and is on the way with its value', async () => {
    const { id, version } = transfer
    transfer = await sender.client.call('transfers.dispatch-transfer', { id, version })
    expect(transfer).toMatchObject({ state: 'in_transit', dispatched_by: sender.userId })
    expect(transfer.lines[0]?.parts).toMatchObject([
      { batch_id: soon, sent_quantity: '7', open_quantity: '7' },
      { batch_id: late, sent_quantity: '5', open_quantity: '5' },
    ])
    expect(await onHand(north)).toEqual({ soon: '0', late: '5' })
    await expectBooks({ transit: '40.0000', north: '16.6600' })
    const goods = { from_branch_id: north, to_branch_id: south, variant_id, quantity: '12', value: '40' }
    expect((await receiver.client.call('transfers.list-in-transit', {})).items).toEqual([
      { ...goods, currency: 'EUR', transfers: 1 },
    ])
    expect((await stranger.client.call('transfers.list-in-transit', {})).items).toEqual([])
  })

  test('five of seven come of the one batch, of the other four good ones and one broken', async () => {
    const { id, version } = transfer
    const [first = '', second = ''] = partIds()
    const lines = [
      { part_id: first, quantity: '5' },
      { part_id: second, quantity: '4', damaged_quantity: '1' },
    ]
    await expect(sender.client.call('transfers.receive-transfer', { id, version, lines })).rejects.toMatchObject(
      problem('transfer_of_other_side'),
    )
    transfer = await receiver.client.call('transfers.receive-transfer', { id, version, lines })
    expect(transfer).toMatchObject({ state: 'short', received_by: receiver.userId })
    expect(transfer.lines[0]?.parts).toMatchObject([
      { arrived_quantity: '5', open_quantity: '2', damaged_quantity: '0' },
      { arrived_quantity: '4', open_quantity: '1', damaged_quantity: '1' },
    ])
    expect(await onHand(south)).toEqual({ soon: '5', late: '4' })
    await expectBooks({ transit: '10.0000', north: '16.6600', south: '30.0000' })
  })

  test('one turns up behind the door, one never left, and the broken one is lost', async () => {
    const { id } = transfer
    const lines = [{ part_id: partIds()[0] ?? '', quantity: '1' }]
    const found = { id, version: transfer.version, lines }
    transfer = await receiver.client.call('transfers.receive-transfer', found)
    const back = { id, version: transfer.version, lines, reason: 'Was still on the shelf' }
    await expect(receiver.client.call('transfers.take-back-shortage', back)).rejects.toMatchObject(
      problem('transfer_of_other_side'),
    )
    transfer = await sender.client.call('transfers.take-back-shortage', back)
    expect(transfer.state).toBe('short')
    const loss = { id, version: transfer.version, reason: 'Broken on the way' }
    const clerk = await hireAt(south, 'cashier')
    await expect(clerk.client.call('transfers.write-off-shortage', loss)).rejects.toMatchObject(problem('forbidden'))
    transfer = await receiver.client.call('transfers.write-off-shortage', loss)
  })

  test('then it is completed, nothing is on the way, and every unit and cent is accounted for', async () => {
    expect(await read()).toEqual(transfer)
    expect(transfer.state).toBe('completed')
    expect(transfer.lines[0]).toMatchObject({
      sent_quantity: '12',
      arrived_quantity: '10',
      taken_back_quantity: '1',
      written_off_quantity: '1',
      open_quantity: '0',
      damaged_quantity: '0',
    })
    expect(transfer.steps.map(({ action, state }) => `${action} ${state}`)).toEqual([
      'dispatch in_transit',
      'receive short',
      'receive short',
      'take_back short',
      'write_off completed',
    ])
    expect(await onHand(north)).toEqual({ soon: '1', late: '5' })
    expect(await onHand(south)).toEqual({ soon: '6', late: '4' })
    await expectBooks({ transit: '0.0000', loss: '3.3300', north: '19.9900', south: '33.3400' })
    expect((await receiver.client.call('transfers.list-in-transit', {})).items).toEqual([])
    const { id, version } = transfer
    await expect(sender.client.call('transfers.cancel-transfer', { id, version })).rejects.toMatchObject(
      problem('transfer_finished'),
    )
  })
})

const problem = (code: string) => ({ problem: { code } })

async function openBranch(code: string): Promise<string> {
  const branch = { entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' }
  return (await owner.client.call('tenants.create-branch', branch)).id
}

/** Somebody who works in one branch. */
async function hireAt(branchId: string, role = 'manager'): Promise<Worker> {
  const person = await signUpPerson(server)
  const { items } = await owner.client.call('tenants.list-roles', {})
  const scope = { entity_ids: [], region_ids: [], branch_ids: [branchId] }
  await hire(server, owner, person, [items.find(({ name }) => name === role)?.id ?? ''], scope)
  return { userId: person.userId, client: clientIn(server, person, owner.tenantId) }
}

function read() {
  return sender.client.call('transfers.get-transfer', { id: transfer.id })
}

function partIds(): string[] {
  return transfer.lines.flatMap((line) => line.parts.map((part) => part.id))
}

/** What lies in a branch of the two batches. */
async function onHand(branchId: string) {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      'SELECT batch_id, trim_scale(on_hand)::text AS on_hand FROM inventory.level WHERE branch_id = $1 AND variant_id = $2',
      [branchId, variant_id],
    ),
  )
  const of = (batchId: string) => rows.find((row) => row.batch_id === batchId)?.on_hand
  return { soon: of(soon), late: of(late) }
}

/** Holds the accounts against what is expected, and those of the branches against their stock. */
async function expectBooks({ transit, ...more }: { transit: string; loss?: string; north?: string; south?: string }) {
  const balance = async (purpose: string, branch?: string) => (await accountOf(owner, purpose, branch))?.balance
  expect(await balance('transfers_in_transit')).toBe(transit)
  if (more.loss) expect(await balance('stock_loss')).toBe(more.loss)
  if (more.north) expect(await balance('inventory', north)).toBe(more.north)
  if (more.south) expect(await balance('inventory', south)).toBe(more.south)
  for (const branch of [north, south])
    expect((await balance('inventory', branch)) ?? '0').toBe(await stockWorth(server, owner, branch))
}
