import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  enrollDevice,
  type Noted,
  offlineRefund,
  offlineSale,
  playDevice,
  somethingToSell,
} from '../../tests/harness/devices.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { SealedSlip } from '../registers/index.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
}, 60_000)
afterAll(() => server.close())

interface Sealed {
  readonly slip: SealedSlip
  readonly notes: readonly Noted[]
}

/** A device that opens its session by itself, and what it then does: each letter is a sale, a refund, a customer, a ticket. */
async function playShift(steps: readonly string[]) {
  const goods = await somethingToSell(owner, '100')
  const device = await enrollDevice(owner)
  const sessionId = uuidv7()
  const at = { deviceId: device.id, credential: device.credential, registerId: device.register_id }
  const till = playDevice(owner.client, { ...at, sessionId, cashierId: owner.employeeId })
  const queue: Sealed[] = []
  const customers: string[] = []
  let noted = [await till.note({ kind: 'session', id: sessionId, float_amount: '30', currency: 'EUR' })]
  let left: string[] = []
  let kept = 0
  const seal = async (content: { sale?: unknown; refund?: unknown }) => {
    queue.push({ slip: await till.sealWith({ ...content, notes: noted }), notes: noted })
    noted = []
  }
  for (const step of steps) {
    if (step === 'customer') {
      const id = uuidv7()
      customers.push(id)
      noted.push(await till.note({ kind: 'customer', id, customer: { kind: 'person', name: 'Somebody' } }))
    } else if (step === 'ticket') {
      const lines = [{ variant_id: goods.variant_id, quantity: '1' }]
      noted.push(await till.note({ kind: 'ticket', id: uuidv7(), action: 'park', ticket: { lines } }))
    } else if (step === 'refund' && left[0]) {
      await seal({ refund: offlineRefund({ original_id: left[0], tender_id: goods.tender_id }) })
      left = left.slice(1)
      kept--
    } else {
      const sale = offlineSale(goods)
      await seal({ sale: { ...sale, customer_id: customers.at(-1) ?? null } })
      left.push(sale.id)
      kept++
    }
  }
  return { till, queue, customers, kept, variantId: goods.variant_id, sessionId }
}

test('sent in any pieces, in any order and at once, each thing of a queue is booked once', async () => {
  const step = fc.constantFrom('sale', 'refund', 'customer', 'ticket')
  const piece = fc.tuple(fc.nat(20), fc.nat(8))
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 12 }),
      fc.array(piece, { minLength: 2, maxLength: 6 }),
      async (steps, pieces) => {
        const { till, queue, customers, kept, variantId, sessionId } = await playShift(['sale', ...steps, 'sale'])
        const send = (some: readonly Sealed[]) =>
          till.push(
            some.map(({ slip }) => slip),
            { notes: some.flatMap(({ notes }) => notes.map(({ sealed }) => sealed)) },
          )
        const sendings = pieces.map(([from, length]) => send(queue.slice(from, from + length + 1)))
        for (const sent of await Promise.allSettled(sendings))
          if (sent.status === 'rejected')
            expect(['sequence_gap', 'note_missing', 'busy']).toContain(sent.reason.problem?.code)
        const whole = await send(queue)
        const raised = whole.slips.flatMap(({ exceptions }) => exceptions)
        expect([raised, whole.missing]).toEqual([[], []])
        const again = await send(queue)
        expect(new Set(again.slips.map(({ outcome }) => outcome))).toEqual(new Set(['already_booked']))
        expect(again.notes.every(({ outcome }) => outcome === 'already_taken')).toBe(true)
        for (const id of customers) await owner.client.call('parties.get-party', { id })
        const { items } = await owner.client.call('inventory.list-levels', { variant_id: variantId })
        expect(items.map(({ on_hand }) => Number(on_hand))).toEqual([100 - kept])
        const drawer = await accountOf(owner, 'cash', sessionId)
        expect(Number(drawer?.balance)).toBe(30 + 12 * kept)
      },
    ),
    { numRuns: 5, seed: 46 },
  )
}, 120_000)
