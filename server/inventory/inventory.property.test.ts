import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { documentOf, post } from '../../tests/harness/stock.ts'
import {
  end,
  type Judged,
  judge,
  judgeEnd,
  type Kept,
  move,
  openOf,
  type Part,
  placeOf,
  replay,
  reservedAt,
  type StockModel,
} from '../../tests/harness/stock-model.ts'
import type { CostChange } from '../costing/index.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import type { Posted, StockDocument } from './post-stock.ts'
import { expireReservations, recordEnds, recordReservations } from './reservation-queries.ts'
import { blockBatches } from './stock-queries.ts'

const sequences = 50
const operations = 100

let server: TestServer
let owner: TestOwner
let superuser: pg.Client
let branches: readonly [string, string]

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
  const other = { entity_id: owner.entityId, code: 'FAR', name: 'Far', time_zone: 'Pacific/Auckland' }
  branches = [owner.branchId, (await owner.client.call('tenants.create-branch', other)).id]
})
afterAll(async () => {
  await superuser?.end()
  await server?.close()
})

const index = fc.nat({ max: 1 })
const whole = fc.integer({ min: 1, max: 12 })
const cost = fc.integer({ min: 0, max: 99_999 }).map((units) => (units / 10_000).toFixed(4))
/** Days before today; null: the day is not given. */
const back = fc.option(fc.integer({ min: 0, max: 40 }), { freq: 2 })
/** A batch of the variant by its number, none, or whatever expires first. */
const batch = fc.oneof(
  { arbitrary: fc.constant('fefo' as const), weight: 5 },
  { arbitrary: fc.nat({ max: 2 }), weight: 3 },
  { arbitrary: fc.constant(null), weight: 1 },
)
const aim = { branch: index, variant: index, quantity: whole, back }
const into = fc.oneof({ arbitrary: fc.nat({ max: 2 }), weight: 4 }, { arbitrary: fc.constant(null), weight: 1 })
const incoming = fc.record({
  op: fc.constant('in' as const),
  kind: fc.constantFrom('receipt', 'receipt', 'return', 'found'),
  ...aim,
  batch: into,
  cost,
})
const outgoing = fc.record({
  op: fc.constant('out' as const),
  kind: fc.constantFrom(
    'sale' as const,
    'sale' as const,
    'write_off' as const,
    'adjustment' as const,
    'dispatch' as const,
  ),
  ...aim,
  batch,
  isBelowAllowed: fc.integer({ min: 0, max: 15 }).map((number) => number === 0),
})
const reserving = fc.record({ op: fc.constant('reserve' as const), ...aim, batch, other: fc.option(whole) })
const puttingAway = fc.record({ op: fc.constant('quarantine' as const), ...aim, batch: into })
const ending = fc.record({
  op: fc.constant('end' as const),
  kind: fc.constantFrom('release', 'dispose', 'pass'),
  of: fc.nat(),
  part: fc.option(whole),
})
const spoiling = fc.record({
  op: fc.constant('spoil' as const),
  kind: fc.constantFrom('block', 'block', 'expire'),
  batch: fc.nat({ max: 5 }),
})
const step = fc.oneof(
  { arbitrary: incoming, weight: 11 },
  { arbitrary: outgoing, weight: 12 },
  { arbitrary: reserving, weight: 6 },
  { arbitrary: puttingAway, weight: 2 },
  { arbitrary: ending, weight: 7 },
  { arbitrary: spoiling, weight: 2 },
)
type Value<A> = A extends fc.Arbitrary<infer T> ? T : never
type Step = Value<typeof step>

/** One sequence: its goods, and what the model says of them. */
interface World {
  readonly variants: readonly string[]
  readonly model: StockModel
}

// A failure prints the seed and the path that repeat it.
test(`${sequences * operations} operations leave stock, books and what is kept as a plain program would have them`, {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: operations, maxLength: operations }),
      fc.integer({ min: 0, max: 40 }),
      async (steps, daysAgo) => {
        const world = await makeWorld()
        for (const [at, one] of steps.entries()) await run(world, one, `operation ${at + 1}: ${JSON.stringify(one)}`)
        await inTenant((context) => expireReservations(context))
        await compareStock(world)
        await compareValues(world)
        await compareDay(world, dayBefore(daysAgo))
      },
    ),
    { numRuns: sequences, endOnFailure: true },
  )
})

async function makeWorld(): Promise<World> {
  const variants = [(await makeProduct(owner)).variant.id, (await makeProduct(owner)).variant.id]
  const model: StockModel = { batches: [], onHand: new Map(), kept: [], log: [] }
  for (const variant of variants) {
    for (const expiresOn of ['2198-01-01', '2197-01-01', null]) {
      const id = uuidv7()
      model.batches.push({ id, variant, expiresOn, isExpired: false, isBlocked: false })
      await superuser.query(
        'INSERT INTO inventory.batch (tenant_id, id, variant_id, number, expires_on) VALUES ($1, $2, $3, $4, $5)',
        [owner.tenantId, id, variant, id, expiresOn],
      )
    }
  }
  return { variants, model }
}

async function run(world: World, given: Step, name: string): Promise<void> {
  switch (given.op) {
    case 'in':
      return comeIn(world, given, name)
    case 'out':
      return goOut(world, given, name)
    case 'reserve':
      return reserve(world, given, name)
    case 'quarantine':
      return quarantine(world, given, name)
    case 'end':
      return endKept(world, given, name)
    case 'spoil':
      return spoil(world, given, name)
  }
}

async function comeIn(world: World, given: Value<typeof incoming>, name: string): Promise<void> {
  const { branch, variant, batch } = aimOf(world, given)
  if (batch === 'fefo') throw new Error('what comes in names its batch')
  const quantity = String(given.quantity)
  const changes: Record<string, CostChange> = {
    receipt: { kind: 'receipt', quantity, unit_cost: given.cost, against: 'goods_received_not_invoiced' },
    return: { kind: 'return', quantity, of: null },
    found: { kind: 'found', quantity },
  }
  const change = changes[given.kind]
  if (!change) throw new Error('nothing comes in')
  const kinds = { receipt: 'receipt', return: 'return', found: 'adjustment' } as const
  const kind = kinds[given.kind as keyof typeof kinds]
  const line = { branch_id: branch, variant_id: variant, batch_id: batch, change }
  const posted = await post(server, owner, documentOf(kind, [line], onOf(given)))
  see(world, branch, posted, { parts: [{ variant, batch, quantity: given.quantity }] }, name)
}

async function goOut(world: World, given: Value<typeof outgoing>, name: string): Promise<void> {
  const { branch, variant, batch } = aimOf(world, given)
  const { kind, quantity, isBelowAllowed } = given
  const from = { sale: 'sellable', dispatch: 'chosen', write_off: 'any', adjustment: 'any' } as const
  const judged = judge(world.model, { branch, variant, batch, quantity, isBelowAllowed, from: from[kind] })
  const against = {
    sale: 'cost_of_sales',
    dispatch: 'transfers_in_transit',
    write_off: 'stock_loss',
    adjustment: 'stock_loss',
  }
  const change = { kind: 'issue', quantity: String(quantity), against: against[kind] } as const
  const line = { branch_id: branch, variant_id: variant, batch_id: batch, change, may_go_below_zero: isBelowAllowed }
  const posted = await codeOr(post(server, owner, documentOf(kind, [line], onOf(given))))
  see(world, branch, posted, judged, name)
  if (kind === 'dispatch' && typeof posted !== 'string') await arrive(world, branch, posted, name)
}

/** What was dispatched arrives at the other branch, at the value it left with. */
async function arrive(world: World, from: string, { movements }: Posted, name: string): Promise<void> {
  const branch = branches.find((one) => one !== from) ?? ''
  const lines = movements.map(({ variant_id, batch_id, quantity, value }): StockDocument['lines'][number] => ({
    ...{ branch_id: branch, variant_id, batch_id },
    change: {
      kind: 'arrival',
      quantity: quantity.slice(1),
      value: value.replace('-', ''),
      against: 'transfers_in_transit',
    },
  }))
  const parts = movements.map((one) => ({
    variant: one.variant_id,
    batch: one.batch_id,
    quantity: -Number(one.quantity),
  }))
  see(world, branch, await post(server, owner, documentOf('arrival', lines)), { parts }, name)
}

async function reserve(world: World, given: Value<typeof reserving>, name: string): Promise<void> {
  const { branch, variant, batch } = aimOf(world, given)
  const wanted = [{ variant, batch, quantity: given.quantity }]
  const second = world.variants.find((one) => one !== variant) ?? ''
  if (batch === 'fefo' && given.other !== null) wanted.push({ variant: second, batch, quantity: given.other })
  // None is what a line without a batch leaves to FEFO.
  const judged = wanted.map((one) =>
    judge(world.model, { branch, ...one, batch: one.batch ?? 'fefo', isBelowAllowed: false, from: 'sellable' }),
  )
  const refused = judged.find((one) => 'code' in one)
  const parts = judged.flatMap((one) => ('parts' in one ? one.parts : []))
  const answer = await codeOr(
    owner.client.call('inventory.reserve-stock', {
      ...{ branch_id: branch, document_type: 'order', document_id: uuidv7() },
      lines: wanted.map((one) => ({
        variant_id: one.variant,
        quantity: String(one.quantity),
        ...(one.batch !== null && one.batch !== 'fefo' && { batch_id: one.batch }),
      })),
    }),
  )
  const got = typeof answer === 'string' ? answer : answer.lines.map((line) => [line.batch_id, line.quantity])
  expect(got, name).toEqual(refused?.code ?? parts.map((part) => [part.batch, String(part.quantity)]))
  if (typeof answer !== 'string') keep(world.model, { id: answer.id, kind: 'order', branch }, parts)
}

async function quarantine(world: World, given: Value<typeof puttingAway>, name: string): Promise<void> {
  const { branch, variant, batch } = aimOf(world, given)
  const { quantity } = given
  const judged = judge(world.model, { branch, variant, batch, quantity, isBelowAllowed: false, from: 'any' })
  const id = uuidv7()
  const line = { item: 1, variant_id: variant, batch_id: batch, quantity: String(quantity) }
  const head = { id, branch_id: branch, kind: 'quarantine', document_type: 'quarantine', document_id: id } as const
  const rest = { reason: 'damaged', note: null, expires_at: null, actor_id: null }
  const [answer] = await inTenant((context) => recordReservations(context, [{ ...head, ...rest, lines: [line] }]))
  expect(answer?.code, name).toBe('code' in judged ? judged.code : null)
  if ('parts' in judged) keep(world.model, { id, kind: 'quarantine', branch }, judged.parts)
}

function keep(model: StockModel, head: Pick<Kept, 'id' | 'kind' | 'branch'>, parts: readonly Part[]): void {
  const lines = parts.map(({ variant, batch, quantity }) => ({ variant, batch, open: quantity }))
  model.kept.push({ ...head, isOver: false, lines })
}

async function endKept(world: World, { kind, of, part }: Value<typeof ending>, name: string): Promise<void> {
  const { model } = world
  const kept = model.kept.filter((one) => kind === 'release' || (one.kind === 'quarantine') === (kind === 'dispose'))
  const one = kept[of % Math.max(kept.length, 1)]
  if (!one) return
  if (kind === 'pass') {
    one.isOver = true
    await superuser.query(
      `UPDATE inventory.reservation_line SET expires_at = now() - interval '1 second' WHERE reservation_id = $1`,
      [one.id],
    )
    return
  }
  const judged = judgeEnd(model, one, part)
  const lines = part === null ? null : [{ line: 1, quantity: String(part) }]
  if (kind === 'dispose') return dispose(world, { one, lines, judged }, name)
  const change = { reservation_id: one.id, action: 'release', note: null, actor_id: null, lines } as const
  const [answer] = await inTenant((context) => recordEnds(context, [change]))
  expect(answer?.code ?? answer?.freed?.map((line) => [line.batch_id, line.quantity]), name).toEqual(
    'code' in judged ? judged.code : judged.parts.map((freed) => [freed.batch, String(freed.quantity)]),
  )
  if ('parts' in judged) end(one, judged.parts)
}

/** What is in quarantine is written off, unless sales below zero have taken it away meanwhile. */
async function dispose(
  { model }: World,
  { one, lines, judged }: { one: Kept; lines: { line: number; quantity: string }[] | null; judged: Judged },
  name: string,
): Promise<void> {
  const input = { id: one.id, reason: 'damaged' as const, ...(lines && { lines }) }
  const answer = await codeOr(owner.client.call('inventory.write-off-quarantine', input))
  const before = one.lines.map(({ open }) => open)
  if ('parts' in judged) end(one, judged.parts)
  const outcome =
    'code' in judged
      ? judged
      : (judged.parts
          .map((part) => judge(model, { branch: one.branch, ...part, isBelowAllowed: false, from: 'any' }))
          .find((part) => 'code' in part) ?? judged)
  expect(
    typeof answer === 'string' ? answer : answer.movements.map((line) => [line.batch_id, line.quantity]),
    name,
  ).toEqual('code' in outcome ? outcome.code : outcome.parts.map((part) => [part.batch, String(-part.quantity)]))
  if ('code' in outcome) for (const [at, line] of one.lines.entries()) line.open = before[at] ?? 0
  else if (typeof answer !== 'string')
    for (const [at, part] of outcome.parts.entries())
      move(model, one.branch, { ...part, quantity: -part.quantity }, answer.movements[at]?.effective_on ?? '')
}

async function spoil({ model }: World, given: Value<typeof spoiling>, name: string): Promise<void> {
  const batch = model.batches[given.batch]
  if (!batch) return
  if (given.kind === 'expire') {
    batch.isExpired = true
    batch.expiresOn = '2020-01-01'
    await superuser.query(`UPDATE inventory.batch SET expires_on = '2020-01-01' WHERE id = $1`, [batch.id])
    return
  }
  const action = batch.isBlocked ? 'release' : 'block'
  batch.isBlocked = !batch.isBlocked
  const change = { id: uuidv7(), batch_id: batch.id, action, reason: 'suspect', actor_id: null } as const
  const [answer] = await inTenant((context) => blockBatches(context, [change]))
  const freed: string[] = []
  for (const kept of model.kept.filter((one) => one.kind === 'order' && batch.isBlocked))
    for (const line of kept.lines.filter((one) => one.batch === batch.id)) {
      if (openOf(model, kept, line) > 0) freed.push(`${kept.id} ${line.open}`)
      line.open = 0
    }
  if (batch.isExpired) return
  expect(
    answer?.freed?.map((one) => `${one.reservation_id} ${one.quantity}`),
    name,
  ).toEqual(freed.toSorted())
}

/** Holds what was posted, or refused, against what the model says; then moves the model on. */
function see(world: World, branch: string, posted: Posted | string, judged: Judged, name: string): void {
  if (typeof posted === 'string' || 'code' in judged) {
    expect(posted, name).toEqual('code' in judged ? judged.code : judged.parts)
    return
  }
  const { movements, effective_on } = posted
  const moved = movements.map(({ batch_id, quantity }) => [batch_id, Math.abs(Number(quantity))])
  expect(moved, name).toEqual(judged.parts.map((part) => [part.batch, part.quantity]))
  for (const { variant_id, batch_id, quantity, running_quantity } of movements) {
    move(world.model, branch, { variant: variant_id, batch: batch_id, quantity: Number(quantity) }, effective_on)
    expect(Number(running_quantity), name).toBe(world.model.onHand.get(placeOf(branch, variant_id, batch_id)))
  }
}

/** Levels are what the movements add up to, and what is available and reserved together. */
async function compareStock({ variants, model }: World): Promise<void> {
  const { rows } = await superuser.query(
    `SELECT l.branch_id, l.variant_id, l.batch_id, l.on_hand::float AS on_hand, l.reserved::float AS reserved, l.available::float AS available,
            (SELECT sum(m.quantity)::float FROM inventory.movement m WHERE m.tenant_id = l.tenant_id AND m.level_id = l.id) AS moved,
            (SELECT count(*)::int FROM inventory.movement m WHERE m.tenant_id = l.tenant_id AND m.level_id = l.id) = l.version AS is_counted
     FROM inventory.level l WHERE l.variant_id = ANY ($1)`,
    [variants],
  )
  const expected = [...model.onHand].map(([place, on_hand]) => {
    const reserved = reservedAt(model, place)
    return { place, on_hand, reserved, available: on_hand - reserved, moved: on_hand, is_counted: true }
  })
  const found = rows.map(({ branch_id, variant_id, batch_id, ...level }) => ({
    place: placeOf(branch_id, variant_id, batch_id),
    ...level,
  }))
  expect(byPlace(found)).toEqual(byPlace(expected))
}

/** What the stock is worth is what its movements are, and what the account of its branch says. */
async function compareValues({ variants }: World): Promise<void> {
  const costs = await superuser.query(
    `SELECT count(*)::int AS wrong FROM inventory.cost c
     JOIN LATERAL (SELECT sum(m.value) AS value, sum(m.quantity) AS quantity FROM inventory.movement m
                   WHERE m.tenant_id = c.tenant_id AND m.branch_id = c.branch_id AND m.variant_id = c.variant_id) m ON true
     WHERE c.variant_id = ANY ($1) AND (c.value <> m.value OR c.quantity <> m.quantity)`,
    [variants],
  )
  expect(costs.rows).toEqual([{ wrong: 0 }])
  const { rows } = await superuser.query(
    `SELECT b.id, (SELECT coalesce(sum(m.value), 0) FROM inventory.movement m WHERE m.tenant_id = $1 AND m.branch_id = b.id) AS worth,
            (SELECT coalesce(sum(a.balance), 0) FROM ledger.account a WHERE a.tenant_id = $1 AND a.purpose = 'inventory' AND a.holder_id = b.id) AS booked
     FROM unnest($2::uuid[]) AS b (id)`,
    [owner.tenantId, branches],
  )
  for (const { id, worth, booked } of rows) expect(worth, `of branch ${id}`).toBe(booked)
  const transit = await superuser.query(
    `SELECT coalesce(sum(a.balance), 0)::float AS balance FROM ledger.account a WHERE a.tenant_id = $1 AND a.purpose = 'transfers_in_transit'`,
    [owner.tenantId],
  )
  expect(transit.rows).toEqual([{ balance: 0 }])
}

/** Stock as of a day is what a replay of all movements up to it comes to. */
async function compareDay({ variants, model }: World, day: string): Promise<void> {
  const { rows } = await superuser.query(
    `SELECT m.branch_id, m.variant_id, m.batch_id, sum(m.quantity)::float AS on_hand FROM inventory.movement m
     WHERE m.tenant_id = $1 AND m.variant_id = ANY ($2) AND m.effective_on <= $3 GROUP BY 1, 2, 3`,
    [owner.tenantId, variants, day],
  )
  const found = rows.map((one) => ({
    place: placeOf(one.branch_id, one.variant_id, one.batch_id),
    on_hand: one.on_hand,
  }))
  expect(byPlace(found)).toEqual(byPlace([...replay(model, day)].map(([place, on_hand]) => ({ place, on_hand }))))
}

function aimOf({ variants, model }: World, given: { branch: number; variant: number; batch: number | null | 'fefo' }) {
  const variant = variants[given.variant] ?? ''
  const of = model.batches.filter((one) => one.variant === variant)
  const batch = typeof given.batch === 'number' ? (of[given.batch]?.id ?? null) : given.batch
  return { branch: branches[given.branch] ?? '', variant, batch }
}

function onOf({ back }: { back: number | null }) {
  return { on: back === null ? null : dayBefore(back + 1) }
}

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}

function byPlace<T extends { place: string }>(rows: T[]): T[] {
  return rows.toSorted((a, b) => (a.place < b.place ? -1 : 1))
}

function inTenant<T>(
  work: (context: { client: Parameters<typeof recordEnds>[0]['client']; tenantId: string }) => Promise<T>,
) {
  return inTransaction(server.product.databases.app, owner.tenantId, (tx) => work({ ...tx, tenantId: owner.tenantId }))
}

/** What was answered, or the code it was refused with. */
async function codeOr<T>(sending: Promise<T>): Promise<T | string> {
  try {
    return await sending
  } catch (error) {
    const { problem, kind } = error as { problem?: { code: string }; kind?: { code: string } }
    const code = problem?.code ?? kind?.code
    if (code === undefined) throw error
    return code
  }
}
