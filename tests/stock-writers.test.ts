import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultOfStock } from '../server/inventory/index.ts'
import { blockBatches } from '../server/inventory/stock-queries.ts'
import { faultOfBooks } from '../server/ledger/index.ts'
import { inTransaction, withRetries } from '../server/platform/database.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { makeProduct } from './harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'
import { documentOf, post } from './harness/stock.ts'

const writers = 64
const rounds = 8

let server: TestServer
let owner: TestOwner
let branches: string[]
let variants: string[]
let batches: string[]
/** Why transactions that no command runs were run again. */
const retries: string[] = []

beforeAll(async () => {
  server = await startTestServer({ env: { LOCK_TIMEOUT_MS: '60000', DATABASE_POOL_SIZE: '16' } })
  owner = await signUpOwner(server)
  const { client, entityId: entity_id, branchId } = owner
  const second = { entity_id, code: 'SECOND', name: 'Second', time_zone: 'Europe/Paris' }
  branches = [branchId, (await client.call('tenants.create-branch', second)).id]
  variants = []
  for (let made = 0; made < 6; made++) variants.push((await makeProduct(owner)).variant.id)
  for (const branch_id of branches) await receive(branch_id, variants, '40')
  const { items } = await client.call('inventory.list-levels', { limit: 200 })
  batches = [...new Set(items.flatMap(({ batch_id }) => batch_id ?? []))]
})
afterAll(() => server?.close())

const receive = (branch_id: string, of: readonly string[], quantity: string) =>
  owner.client.call('inventory.receive-stock', {
    branch_id,
    lines: of.flatMap((variant_id) =>
      ['2198-01-01', '2199-01-01'].map((expires_on) => {
        const batch_number = `${variant_id.slice(-6)} ${expires_on}`
        return { variant_id, quantity, unit_cost: '1.37', batch_number, expires_on }
      }),
    ),
  })

/** What the writers do, each time to some of the same goods, in any order. */
const kinds: readonly ((goods: readonly string[], branch_id: string) => Promise<unknown>)[] = [
  (goods, branch_id) => receive(branch_id, goods, '3'),
  (goods, branch_id) => sell(branch_id, goods),
  (goods, branch_id) => sell(branch_id, goods),
  (goods, branch_id) => reserve(branch_id, goods),
  async (goods, branch_id) => {
    const { id } = await reserve(branch_id, goods)
    return owner.client.call('inventory.release-reservation', { id })
  },
  (goods, branch_id) =>
    owner.client.call('inventory.adjust-stock', {
      ...{ branch_id, reason: 'misplaced' },
      lines: goods.map((variant_id) => ({ variant_id, quantity: '1', direction: 'lost' as const })),
    }),
  async ([variant_id = ''], branch_id) => {
    const { items } = await owner.client.call('inventory.list-levels', { branch_id, variant_id })
    const lines = [{ variant_id, batch_id: items[0]?.batch_id ?? '', quantity: '2' }]
    const { id } = await owner.client.call('inventory.quarantine-stock', { branch_id, reason: 'damaged', lines })
    return owner.client.call('inventory.write-off-quarantine', { id, reason: 'damaged' })
  },
  () => block('block'),
  () => block('release'),
]

function sell(branch_id: string, goods: readonly string[]) {
  const change = { kind: 'issue', quantity: '2', against: 'cost_of_sales' } as const
  const lines = goods.map((variant_id) => ({ branch_id, variant_id, batch_id: 'fefo', change }) as const)
  return post(server, owner, documentOf('sale', lines), ({ message }) => retries.push(message))
}

function reserve(branch_id: string, goods: readonly string[]) {
  const lines = goods.map((variant_id) => ({ variant_id, quantity: '2' }))
  const document = { branch_id, document_type: 'order', document_id: uuidv7() }
  return owner.client.call('inventory.reserve-stock', { ...document, lines })
}

/** Blocks some batches, or releases them. */
function block(action: 'block' | 'release') {
  const changes = shuffled(batches)
    .slice(0, 3)
    .map((batch_id) => ({ id: uuidv7(), batch_id, action, reason: 'suspect', actor_id: null }))
  const { tenantId } = owner
  return withRetries(
    () => inTransaction(server.product.databases.app, tenantId, (tx) => blockBatches({ ...tx, tenantId }, changes)),
    ({ message }) => retries.push(message),
  )
}

function shuffled<T>(of: readonly T[]): T[] {
  return of
    .map((one) => ({ one, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

test('64 clients receive, sell, reserve, release, adjust, quarantine and block the same goods in any order: no deadlock, and the books tie', {
  timeout: 240_000,
}, async () => {
  const refused: string[] = []
  const done: number[] = []
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let round = 0; round < rounds; round++) {
        const goods = shuffled(variants).slice(0, 1 + ((writer + round) % 4))
        const branch = branches[(writer >> 1) % 2] ?? ''
        await kinds[(writer + round) % kinds.length]?.(goods, branch).then(
          () => done.push(round),
          ({ problem, kind, message }) => refused.push(problem?.code ?? kind?.code ?? message),
        )
      }
    }),
  )
  // What they take from one another, and nothing else.
  const expected = ['batch_blocked', 'insufficient_stock', 'reservation_over']
  expect([...new Set(refused)].filter((code) => !expected.includes(code))).toEqual([])
  expect(done.length).toBeGreaterThan((writers * rounds) / 2)

  const { values } = await server.product.metrics.retries.get()
  expect(values.filter((one) => one.labels.reason === '40P01')).toEqual([])
  expect(retries.filter((message) => /deadlock/.test(message))).toEqual([])
  const { read } = server.product.databases
  expect(await faultOfStock(read, owner.tenantId)).toBeUndefined()
  expect(await faultOfBooks(read, owner.tenantId)).toBeUndefined()
})
