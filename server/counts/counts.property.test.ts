import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { employ, receive, sell } from '../../tests/harness/counts.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  signUpOwner,
  startTestServer,
  type TestClient,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeBatch, stockWorth } from '../../tests/harness/stock.ts'

let server: TestServer
let owner: TestOwner
let counters: TestClient[]
let manager: TestClient
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  counters = [(await employ(server, owner, 'cashier')).client, owner.client]
  manager = (await employ(server, owner, 'manager')).client
}, 60_000)
afterAll(() => server?.close())

const place = fc.nat({ max: 5 })
const step = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), place, quantity: fc.nat({ max: 30 }), by: fc.nat({ max: 1 }) }),
  fc.record({ kind: fc.constant('sell' as const), place, quantity: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('receive' as const), place, quantity: fc.integer({ min: 1, max: 9 }) }),
)

/** Two goods without batches and one with four. */
async function makePlaces() {
  const [one, two, three] = await Promise.all([makeProduct(owner), makeProduct(owner), makeProduct(owner)])
  const batches = await Promise.all(
    ['A', 'B', 'C', 'D'].map((number) => makeBatch(server, owner, { variant_id: three.variant.id, number })),
  )
  return [
    { variant_id: one.variant.id },
    { variant_id: two.variant.id },
    ...batches.map((batch_id) => ({ variant_id: three.variant.id, batch_id })),
  ]
}

test('whatever moves while they count, on hand is what was counted last and what moved since, in each batch, and the books agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.boolean(), async (steps, leavesSome) => {
      const places = await makePlaces()
      const starts = places.map((_, at) => 10 + at)
      await receive(
        server,
        owner,
        places.map((one, at) => ({ ...one, quantity: `${starts[at]}`, unit_cost: `${at + 1}.333333` })),
      )
      const variant_ids = [...new Set(places.map((one) => one.variant_id))]
      const made = await owner.client.call('counts.create-count', { branch_id: owner.branchId, variant_ids })
      const stock = [...starts]
      const counted = new Map<number, number>()
      const since = new Map<number, number>()
      const count = async (at: number, quantity: number, by = 0) => {
        const line = { ...(places[at] ?? { variant_id: '' }), quantity: `${quantity}` }
        await counters[by]?.call('counts.enter-lines', { id: made.id, lines: [line] })
        counted.set(at, quantity)
        since.set(at, 0)
      }
      for (const { kind, place: at, quantity, ...more } of steps) {
        const one = { ...(places[at] ?? { variant_id: '' }), quantity: `${quantity}` }
        if (kind === 'count') await count(at, quantity, 'by' in more ? more.by : 0)
        else if (kind === 'receive') await receive(server, owner, [one])
        else if ((stock[at] ?? 0) < quantity || (counted.get(at) ?? 99) + (since.get(at) ?? 0) < quantity) continue
        else await sell(server, owner, one)
        const change = { count: 0, receive: quantity, sell: -quantity }[kind]
        stock[at] = (stock[at] ?? 0) + change
        since.set(at, (since.get(at) ?? 0) + change)
      }
      if (!leavesSome || counted.size === 0) for (const at of places.keys()) if (!counted.has(at)) await count(at, at)
      const { id, version } = await owner.client.call('counts.submit-count', {
        id: made.id,
        version: made.version,
        leaves_out_uncounted: true,
      })
      await manager.call('counts.approve-count', { id, version })
      const expected = places.map((_, at) => {
        const found = counted.get(at)
        return found === undefined ? stock[at] : found + (since.get(at) ?? 0)
      })
      expect(await Promise.all(places.map(onHand))).toEqual(expected)
      expect((await accountOf(owner, 'inventory', owner.branchId))?.balance).toBe(await stockWorth(server, owner))
    }),
    { numRuns: 25, endOnFailure: true },
  )
}, 180_000)

async function onHand({ variant_id, batch_id }: { variant_id: string; batch_id?: string }): Promise<number> {
  const { rows } = await withClient(server.database.superuserUrl, (client) =>
    client.query(
      `SELECT coalesce(sum(on_hand), 0)::integer AS level,
              (SELECT coalesce(sum(quantity), 0)::integer FROM inventory.movement
               WHERE variant_id = $1 AND batch_id IS NOT DISTINCT FROM $2) AS moved
       FROM inventory.level WHERE variant_id = $1 AND batch_id IS NOT DISTINCT FROM $2`,
      [variant_id, batch_id ?? null],
    ),
  )
  expect(rows[0].moved).toBe(rows[0].level)
  return rows[0].level
}
