import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTill } from '../../tests/harness/cash.ts'
import { enrollDevice, openOfflineTill, somethingToSell } from '../../tests/harness/devices.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'

let server: TestServer
let owner: TestOwner
let goods: Awaited<ReturnType<typeof somethingToSell>>
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  goods = await somethingToSell(owner)
}, 60_000)
afterAll(() => server.close())

type Over = { session_id: string; device?: { id: string; sequence: number }; register_id?: string }

const lines = () => [{ variant_id: goods.variant_id, quantity: '1' }]
const paid = () => [{ tender_id: goods.tender_id, amount: '12' }]
const sell = (over: Over) => owner.client.call('sales.checkout', { lines: lines(), payments: paid(), ...over })
/** How much there is of what a sale writes. */
async function written() {
  const tables = ['sales.sale', 'sales.line', 'payments.payment', 'inventory.movement', 'ledger.entry', 'audit.entry']
  const counts = tables.map((table) => `SELECT '${table}' AS name, count(*)::integer FROM ${table}`)
  return withClient(
    server.database.superuserUrl,
    async (client) => (await client.query(counts.join(' UNION ALL '))).rows,
  )
}

const refused = (code: string) => ({ problem: { code } })

test('at a register with a device, its numbers are those that the device gives', async () => {
  const till = await openOfflineTill(owner)
  const session_id = till.sessionId
  expect(await sell({ session_id, device: till.next() })).toMatchObject({ sequence: '1', is_offline: false })
  const sold = await sell({ session_id, device: till.next() })
  const back = { original_id: sold.id, reason: 'Too small', session_id }
  const refund = { ...back, lines: [{ line: 1 }], payments: paid() }
  await expect(owner.client.call('sales.refund', refund)).rejects.toMatchObject(refused('register_has_device'))
  expect(await owner.client.call('sales.refund', { ...refund, device: till.next() })).toMatchObject({ sequence: '3' })
  const other = await sell({ session_id, device: till.next() })
  const exchange = { ...back, original_id: other.id, returns: [{ line: 1 }], lines: lines(), payments: [] }
  await expect(owner.client.call('sales.exchange', exchange)).rejects.toMatchObject(refused('register_has_device'))
  const exchanged = await owner.client.call('sales.exchange', { ...exchange, device: till.next() })
  expect(exchanged).toMatchObject({ sequence: '5' })
  expect(await owner.client.call('registers.get-device', { id: till.deviceId })).toMatchObject({ next_sequence: 6 })
})

test('sales of a device that arrive at once are numbered as it says, and sent again are the same', async () => {
  const till = await openOfflineTill(owner)
  const inputs = [till.next(), till.next(), till.next()].map((device) => ({
    ...{ id: crypto.randomUUID(), session_id: till.sessionId, device, lines: lines(), payments: paid() },
  }))
  for (const input of inputs) await owner.client.call('sales.checkout', input)
  const again = await Promise.all(inputs.map((input) => owner.client.call('sales.checkout', input)))
  expect(again.map(({ sequence }) => sequence)).toEqual(['1', '2', '3'])
})

describe('a sale is refused, and nothing is written', () => {
  test('at a register with a device: without it, by another one, under a number that is not the next', async () => {
    const till = await openOfflineTill(owner)
    const session_id = till.sessionId
    await sell({ session_id, device: till.next() })
    const elsewhere = await enrollDevice(owner)
    const before = await written()
    const id = till.deviceId
    await expect(sell({ session_id })).rejects.toMatchObject(refused('register_has_device'))
    const other = sell({ session_id, device: { id: elsewhere.id, sequence: 2 } })
    await expect(other).rejects.toMatchObject(refused('register_has_device'))
    await expect(sell({ session_id, device: { id, sequence: 1 } })).rejects.toMatchObject(refused('sequence_taken'))
    await expect(sell({ session_id, device: { id, sequence: 3 } })).rejects.toMatchObject({
      problem: { code: 'sequence_gap', detail: 'the next is 2' },
    })
    expect(await written()).toEqual(before)
  })

  test('at a register without one that is said to have one', async () => {
    const { id } = await openTill(owner)
    const device = { id: (await enrollDevice(owner)).id, sequence: 1 }
    await expect(sell({ session_id: id, device })).rejects.toMatchObject(refused('device_unbound'))
    expect(await sell({ session_id: id })).toMatchObject({ sequence: '1' })
  })

  test('in the session of another register', async () => {
    const one = await openTill(owner)
    const other = await openTill(owner)
    const wrong = sell({ session_id: one.id, register_id: other.register_id })
    await expect(wrong).rejects.toMatchObject(refused('session_of_another_register'))
    expect(await sell({ session_id: one.id, register_id: one.register_id })).toMatchObject({ session_id: one.id })
  })
})

test('a register with a device is not taken out of use', async () => {
  const device = await enrollDevice(owner)
  const stop = () =>
    owner.client.call('registers.update-register', { id: device.register_id, version: 1, is_active: false })
  await expect(stop()).rejects.toMatchObject(refused('register_has_device'))
  await owner.client.call('registers.unbind-device', { id: device.id, version: device.version })
  expect(await stop()).toMatchObject({ is_active: false })
})
