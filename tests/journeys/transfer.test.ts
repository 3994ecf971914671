import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../harness/catalog.ts'
import { withClient } from '../harness/postgres.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../harness/server.ts'
import { accountOf, makeBatch, stockWorth } from '../harness/stock.ts'
import { stockUp } from '../harness/transfers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

const problem = (code: string) => ({ problem: { code } })

/** A manager who works in one branch. */
async function hireAt(owner: TestOwner, branchId: string, role = 'manager') {
  const person = await signUpPerson(server)
  const { items } = await owner.client.call('tenants.list-roles', {})
  const scope = { entity_ids: [], region_ids: [], branch_ids: [branchId] }
  await hire(server, owner, person, [items.find(({ name }) => name === role)?.id ?? ''], scope)
  return { userId: person.userId, client: clientIn(server, person, owner.tenantId) }
}

async function openBranch(owner: TestOwner, code: string) {
  const branch = { entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' }
  return (await owner.client.call('tenants.create-branch', branch)).id
}

test('a transfer is received short by one branch, settled with the other, and ties in stock, batches and books', async () => {
  const owner = await signUpOwner(server)
  const north = owner.branchId
  const [south, west] = [await openBranch(owner, 'SOUTH'), await openBranch(owner, 'WEST')]
  const [sender, receiver, stranger] = [
    await hireAt(owner, north),
    await hireAt(owner, south),
    await hireAt(owner, west),
  ]
  const { variant } = await makeProduct(owner, { is_expiry_tracked: true })
  const variant_id = variant.id
  const [soon, late] = [
    await makeBatch(server, owner, { variant_id, expires_on: '2198-01-01' }),
    await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' }),
  ]
  await stockUp(server, owner, { variant_id, batch_id: soon, quantity: '7', unit_cost: '3.333333' })
  await stockUp(server, owner, { variant_id, batch_id: late, quantity: '10', unit_cost: '3.333333' })

  const onHand = async (branch: string) => {
    const { rows } = await withClient(server.database.superuserUrl, (client) =>
      client.query(
        'SELECT batch_id, trim_scale(on_hand)::text AS on_hand FROM inventory.level WHERE branch_id = $1 AND variant_id = $2',
        [branch, variant_id],
      ),
    )
    return new Map(rows.map((row) => [row.batch_id, row.on_hand]))
  }
  const balance = async (purpose: string, branch?: string) => (await accountOf(owner, purpose, branch))?.balance

  // The sender plans it; it holds nothing until it goes.
  const destinations = await sender.client.call('transfers.list-destinations', { from_branch_id: north })
  expect(destinations.items.map(({ code }) => code)).toEqual(['SOUTH', 'WEST'])
  const planned = await sender.client.call('transfers.create-transfer', {
    from_branch_id: north,
    to_branch_id: south,
    expected_on: '2199-06-01',
    notes: 'With the morning van',
    lines: [{ variant_id, quantity: '12' }],
  })
  expect(planned).toMatchObject({ number: 'TR-000001', state: 'pending', requested_by: sender.userId })
  expect(await onHand(north)).toEqual(new Map([[soon, '7'], [late, '10']])) // biome-ignore format: a table
  const { id } = planned

  // Whoever works elsewhere does not know of it; the other side does nothing of this side's.
  await expect(stranger.client.call('transfers.get-transfer', { id })).rejects.toMatchObject(problem('not_found'))
  const dispatch = { id, version: planned.version }
  await expect(stranger.client.call('transfers.dispatch-transfer', dispatch)).rejects.toMatchObject(
    problem('not_found'),
  )
  await expect(receiver.client.call('transfers.dispatch-transfer', dispatch)).rejects.toMatchObject(
    problem('transfer_of_other_side'),
  )

  const sent = await sender.client.call('transfers.dispatch-transfer', dispatch)
  expect(sent).toMatchObject({ state: 'in_transit', dispatched_by: sender.userId })
  const [line] = sent.lines
  expect(line?.parts).toMatchObject([
    { batch_id: soon, sent_quantity: '7', open_quantity: '7' },
    { batch_id: late, sent_quantity: '5', open_quantity: '5' },
  ])
  expect(await onHand(north)).toEqual(new Map([[soon, '0'], [late, '5']])) // biome-ignore format: a table
  expect(await balance('transfers_in_transit')).toBe('40.0000')
  expect(await balance('inventory', north)).toBe('16.6600')
  expect(await stockWorth(server, owner, north)).toBe('16.6600')
  expect((await receiver.client.call('transfers.list-in-transit', {})).items).toEqual([
    {
      from_branch_id: north,
      to_branch_id: south,
      variant_id,
      quantity: '12',
      value: '40',
      currency: 'EUR',
      transfers: 1,
    },
  ])
  expect((await stranger.client.call('transfers.list-in-transit', {})).items).toEqual([])

  // The receiver counts: five of seven came of the one batch, of the other four good ones and one broken.
  const [first, second] = [line?.parts[0]?.id ?? '', line?.parts[1]?.id ?? '']
  const receipt = {
    id,
    version: sent.version,
    lines: [
      { part_id: first, quantity: '5' },
      { part_id: second, quantity: '4', damaged_quantity: '1' },
    ],
  }
  await expect(sender.client.call('transfers.receive-transfer', receipt)).rejects.toMatchObject(
    problem('transfer_of_other_side'),
  )
  const short = await receiver.client.call('transfers.receive-transfer', receipt)
  expect(short).toMatchObject({ state: 'short', received_by: receiver.userId })
  expect(short.lines[0]?.parts).toMatchObject([
    { arrived_quantity: '5', open_quantity: '2', damaged_quantity: '0' },
    { arrived_quantity: '4', open_quantity: '1', damaged_quantity: '1' },
  ])
  expect(await onHand(south)).toEqual(new Map([[soon, '5'], [late, '4']])) // biome-ignore format: a table
  expect(await balance('transfers_in_transit')).toBe('10.0000')
  expect(await balance('inventory', south)).toBe('30.0000')

  // One turns up behind the door, one never left, and the broken one is lost.
  const found = await receiver.client.call('transfers.receive-transfer', {
    id,
    version: short.version,
    lines: [{ part_id: first, quantity: '1' }],
  })
  expect(found.state).toBe('short')
  const back = await sender.client.call('transfers.take-back-shortage', {
    id,
    version: found.version,
    lines: [{ part_id: first, quantity: '1' }],
    reason: 'Was still on the shelf',
  })
  expect(back.state).toBe('short')
  const settled = await receiver.client.call('transfers.write-off-shortage', {
    id,
    version: back.version,
    reason: 'Broken on the way',
  })
  expect(settled.state).toBe('completed')
  expect(settled.lines[0]).toMatchObject({
    sent_quantity: '12',
    arrived_quantity: '10',
    taken_back_quantity: '1',
    written_off_quantity: '1',
    open_quantity: '0',
    damaged_quantity: '0',
  })
  expect(settled.steps.map(({ action, state }) => `${action} ${state}`)).toEqual([
    'dispatch in_transit',
    'receive short',
    'receive short',
    'take_back short',
    'write_off completed',
  ])

  expect(await onHand(north)).toEqual(new Map([[soon, '1'], [late, '5']])) // biome-ignore format: a table
  expect(await onHand(south)).toEqual(new Map([[soon, '6'], [late, '4']])) // biome-ignore format: a table
  expect(await balance('transfers_in_transit')).toBe('0.0000')
  expect(await balance('stock_loss')).toBe('3.3300')
  for (const branch of [north, south]) {
    expect(await balance('inventory', branch)).toBe(await stockWorth(server, owner, branch))
  }
  expect((await receiver.client.call('transfers.list-in-transit', {})).items).toEqual([])
  await expect(sender.client.call('transfers.cancel-transfer', { id, version: settled.version })).rejects.toMatchObject(
    problem('transfer_finished'),
  )
})
