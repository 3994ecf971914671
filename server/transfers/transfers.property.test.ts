import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { accountOf } from '../../tests/harness/ledger.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeBatch, stockWorth } from '../../tests/harness/stock.ts'
import { stockUp } from '../../tests/harness/transfers.ts'
import { ClientError } from '../platform/client.ts'
import { money, roundTo, toText } from '../platform/money.ts'

let server: TestServer
let owner: TestOwner
const branches: string[] = []
/** Goods without batches by the piece, goods in two batches, and goods by the kilogram. */
const variants: string[] = []
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  branches.push(owner.branchId)
  for (const code of ['B', 'C']) {
    const branch = { entity_id: owner.entityId, code, name: code, time_zone: 'Europe/Paris' }
    branches.push((await owner.client.call('tenants.create-branch', branch)).id)
  }
  for (const unit of ['piece', 'piece', 'kg']) variants.push((await makeProduct(owner, { unit })).variant.id)
  const [loose = '', batched = '', weighed = ''] = variants
  for (const [at, branch_id] of branches.entries()) {
    const batch_id = await makeBatch(server, owner, { variant_id: batched, expires_on: `219${at}-01-01` })
    await stockUp(server, owner, { variant_id: loose, quantity: '13', unit_cost: `${at}.333333`, branch_id })
    await stockUp(server, owner, { variant_id: batched, batch_id, quantity: '11', unit_cost: '0.142857', branch_id })
    await stockUp(server, owner, { variant_id: weighed, quantity: '7.777', unit_cost: '0.01', branch_id })
  }
})
afterAll(() => server?.close())

/** What may be done next, by the state of a transfer; what is likelier is there more often. */
const moves = {
  pending: ['dispatch', 'dispatch', 'dispatch', 'cancel'],
  in_transit: ['receive', 'receive', 'receive', 'receive', 'cancel'],
  short: ['receive', 'return', 'loss'],
} as const

const share = fc.constantFrom('0', '0.3', '0.5', '0.9', '1')
const step = fc.record({
  isNew: fc.constantFrom(true, false, false, false),
  which: fc.nat(60),
  share,
  damaged: fc.constantFrom('0', '0', '0.5'),
  isLast: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

test('whatever becomes of goods on their way, none is lost, and the books hold what they are worth to the cent', async () => {
  const steps = fc.array(step, { minLength: 30, maxLength: 50 })
  const before = await quantities()
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      for (const one of given) {
        await take(one)
        expect(await transitBalance()).toBe(await worthOnTheWay())
      }
      await settleAll()
      expect(await quantities()).toEqual(before)
      expect(await transitBalance()).toBe('0.0000')
      for (const branch of branches)
        expect((await accountOf(owner, 'inventory', branch))?.balance).toBe(await stockWorth(server, owner, branch))
    }),
    { numRuns: 3, endOnFailure: true },
  )
}, 120_000)

/** Tries a step on some transfer that is under way; what is refused leaves everything as it was. */
async function take({ isNew, which, share, damaged, isLast }: Step): Promise<void> {
  const { items } = await owner.client.call('transfers.list-transfers', { limit: 200 })
  const open = items.filter(({ state }) => state !== 'completed' && state !== 'cancelled')
  const found = open[which % Math.max(open.length, 1)]
  try {
    if (isNew || !found) return await plan(which)
    const transfer = await owner.client.call('transfers.get-transfer', { id: found.id })
    const { id, version } = transfer
    const parts = transfer.lines.flatMap((line) => line.parts.map((part) => ({ ...part, goods: line.variant_id })))
    const lines = parts.map(({ id: part_id, goods, open_quantity }) => ({
      part_id,
      quantity: shareOf(open_quantity, share, goods),
    }))
    const choices = moves[transfer.state as keyof typeof moves]
    const move = choices[which % choices.length]
    if (move === 'dispatch') await owner.client.call('transfers.dispatch-transfer', { id, version })
    if (move === 'cancel') await owner.client.call('transfers.cancel-transfer', { id, version })
    if (move === 'return') await owner.client.call('transfers.take-back-shortage', { id, version, lines })
    if (move === 'loss') await owner.client.call('transfers.write-off-shortage', { id, version, lines, reason: 'Lost' })
    if (move === 'receive') {
      const seen = lines.map((line, at) => {
        const rest = money(parts[at]?.open_quantity ?? '0').minus(line.quantity)
        return { ...line, damaged_quantity: shareOf(toText(rest), damaged, parts[at]?.goods ?? '') }
      })
      await owner.client.call('transfers.receive-transfer', { id, version, lines: seen, is_last: isLast })
    }
  } catch (error) {
    if (!(error instanceof ClientError) || error.problem.status >= 500) throw error
  }
}

async function plan(which: number): Promise<void> {
  const [from = '', to = ''] = [branches[which % 3], branches[(which + 1 + (which % 2)) % 3]]
  const lines = variants.map((variant_id) => ({ variant_id, quantity: `${1 + (which % 5)}` }))
  await owner.client.call('transfers.create-transfer', { from_branch_id: from, to_branch_id: to, lines })
}

/** A share of a quantity that the unit of the goods can count. */
function shareOf(quantity: string, share: string, variantId: string): string {
  return toText(roundTo(money(quantity).times(share), variantId === variants[2] ? 3 : 0, 'down'))
}

async function settleAll(): Promise<void> {
  for (const state of ['in_transit', 'short'] as const) {
    const { items } = await owner.client.call('transfers.list-transfers', { limit: 200, state })
    for (const { id, version } of items) {
      if (state === 'in_transit') await owner.client.call('transfers.receive-transfer', { id, version })
      else await owner.client.call('transfers.write-off-shortage', { id, version, reason: 'Lost' })
    }
  }
}

async function transitBalance() {
  return (await accountOf(owner, 'transfers_in_transit'))?.balance
}

async function worthOnTheWay() {
  const [{ worth }] = await rows(
    'SELECT coalesce(sum(value), 0)::numeric(19, 4) AS worth FROM transfers.read_in_transit',
  )
  return worth
}

/** How much there is of each batch: in branches, on the way, and lost. */
function quantities() {
  return rows(
    `SELECT variant_id, batch_id, trim_scale(sum(quantity)) AS quantity FROM (
       SELECT variant_id, batch_id, on_hand AS quantity FROM inventory.level
       UNION ALL SELECT variant_id, batch_id, quantity FROM transfers.read_in_transit
       UNION ALL SELECT p.variant_id, p.batch_id, o.quantity
       FROM transfers.outcome o JOIN transfers.part p ON p.id = o.part_id WHERE o.kind = 'written_off') every
     GROUP BY variant_id, batch_id ORDER BY variant_id, batch_id`,
  )
}

function rows(text: string) {
  return withClient(server.database.superuserUrl, async (client) => (await client.query(text)).rows)
}
