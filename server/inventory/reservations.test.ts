import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { withClient } from '../../tests/harness/postgres.ts'
import {
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { documentOf, makeBatch, post } from '../../tests/harness/stock.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { runJob } from '../platform/jobs.ts'
import { createLog } from '../platform/log.ts'
import { Refusal } from '../platform/refusal.ts'
import { later, now } from '../platform/time.ts'
import { consumeReservations } from './end-reservations.ts'
import { blockBatches } from './stock-queries.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server?.close())

const query = async (text: string, values: unknown[]) =>
  (await withClient(server.database.superuserUrl, (client) => client.query(text, values))).rows
const newVariant = async () => (await makeProduct(owner)).variant.id
const daysFromNow = (days: number) => later(now(), days * 86_400_000).toISOString()
const levelsOf = async (variant: string) =>
  (
    await query(
      `SELECT trim_scale(on_hand) || ' ' || trim_scale(reserved) || ' ' || trim_scale(available) AS level
       FROM inventory.level WHERE variant_id = $1 ORDER BY place`,
      [variant],
    )
  ).map(({ level }) => level)
const eventsOf = async (reservation: string) =>
  (
    await query(
      `SELECT line || ' ' || number || ' ' || action || coalesce(' ' || trim_scale(quantity), '') AS event
       FROM inventory.reservation_event WHERE reservation_id = $1 ORDER BY line, number`,
      [reservation],
    )
  ).map(({ event }) => event)

/** Lets so many units come, into a batch or none. */
async function receive(variant_id: string, quantity: string, batch_id: string | null = null) {
  const change = { kind: 'receipt', quantity, unit_cost: '1', against: 'goods_received_not_invoiced' } as const
  await post(server, owner, documentOf('receipt', [{ branch_id: owner.branchId, variant_id, batch_id, change }]))
}

function sell(variant_id: string, quantity: string) {
  const change = { kind: 'issue', quantity, against: 'cost_of_sales' } as const
  return post(server, owner, documentOf('sale', [{ branch_id: owner.branchId, variant_id, batch_id: 'fefo', change }]))
}

interface Line {
  variant_id: string
  quantity: string
  batch_id?: string
}
const order = (lines: Line[], more: object = {}) => ({
  branch_id: owner.branchId,
  document_type: 'order',
  document_id: uuidv7(),
  lines,
  ...more,
})
const reserve = (lines: Line[], more: object = {}) => owner.client.call('inventory.reserve-stock', order(lines, more))
const quarantine = (values: { variant_id: string; quantity: string; batch_id?: string }) =>
  owner.client.call('inventory.quarantine-stock', { branch_id: owner.branchId, reason: 'damaged', lines: [values] })
const problemOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    ({ problem }) => `${problem.status} ${problem.code}`,
  )
async function runExpiry() {
  const job = server.product.jobs.find(({ name }) => name === 'inventory.expire-reservations')
  if (!job) throw new Error('there is no such job')
  const { databases } = server.product
  await runJob(job, {}, { databases, log: createLog('silent'), environment: 'test' })
}
/** Moves the end of a reservation, or the last day of a batch, into the past. */
const pass = (reservation: string) =>
  query(`UPDATE inventory.reservation_line SET expires_at = now() - interval '1 second' WHERE reservation_id = $1`, [
    reservation,
  ])
const spoil = (batch: string) => query(`UPDATE inventory.batch SET expires_on = '2020-01-01' WHERE id = $1`, [batch])
const inTenant = <T>(
  work: (context: { tenantId: string; now: Date } & Parameters<Parameters<typeof inTransaction>[2]>[0]) => Promise<T>,
) =>
  inTransaction(server.product.databases.app, owner.tenantId, (tx) =>
    work({ ...tx, tenantId: owner.tenantId, now: now() }),
  )
const block = async (batch_id: string) => {
  const change = { id: uuidv7(), batch_id, action: 'block', reason: 'recall', actor_id: null } as const
  const [answer] = await inTenant((context) => blockBatches(context, [change]))
  return answer
}

describe('what is reserved', () => {
  test('is not sold to anybody else, and comes from the batches that expire first', async () => {
    const variant_id = await newVariant()
    const late = await makeBatch(server, owner, { variant_id, expires_on: '2199-01-01' })
    const soon = await makeBatch(server, owner, { variant_id, expires_on: '2198-01-01' })
    await receive(variant_id, '5', late)
    await receive(variant_id, '3', soon)
    const made = await reserve([{ variant_id, quantity: '4' }])
    expect(made.lines).toMatchObject([
      { line: 1, item: 1, variant_id, batch_id: soon, quantity: '3', open: '3' },
      { line: 2, item: 1, variant_id, batch_id: late, quantity: '1', open: '1' },
    ])
    expect(await owner.client.call('inventory.get-reservation', { id: made.id })).toEqual(made)
    expect(await levelsOf(variant_id)).toEqual(['5 1 4', '3 3 0'])
    await expect(sell(variant_id, '5')).rejects.toMatchObject({ message: 'line 1: 4 left' })
    expect((await sell(variant_id, '4')).movements).toMatchObject([{ batch_id: late, quantity: '-4' }])
  })

  test('is there whole or not at all, and who comes too late is told what is left', async () => {
    const [one, two] = [await newVariant(), await newVariant()]
    await receive(one, '5')
    await receive(two, '2')
    const late = reserve([
      { variant_id: one, quantity: '4' },
      { variant_id: two, quantity: '3' },
    ])
    await expect(late).rejects.toMatchObject({
      problem: {
        status: 409,
        code: 'insufficient_stock',
        detail: 'line 2: 2 left',
      },
    })
    expect([...(await levelsOf(one)), ...(await levelsOf(two))]).toEqual(['5 0 5', '2 0 2'])
  })

  test('asked for many at once is given to as many as it serves, each on what those before it left', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '10')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        reserve([{ variant_id, quantity: '3' }]).then(
          () => 'done',
          ({ problem }) => problem.detail,
        ),
      ),
    )
    expect(answers.toSorted()).toEqual([...Array(3).fill('done'), ...Array(5).fill('line 1: 1 left')])
    expect(await levelsOf(variant_id)).toEqual(['10 9 1'])
  })

  test('sent twice is reserved once', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '5')
    const asked = order([{ variant_id, quantity: '2' }], { id: uuidv7() })
    const [first, second] = await Promise.all([1, 2].map(() => owner.client.call('inventory.reserve-stock', asked)))
    expect(second).toEqual(first)
    expect(await levelsOf(variant_id)).toEqual(['5 2 3'])
  })

  test('is counted in packs where it is asked for in packs', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '20')
    const pack = await owner.client.call('catalog.add-pack', { variant_id, name: 'Box', quantity: '6' })
    const made = await owner.client.call('inventory.reserve-stock', {
      ...order([]),
      lines: [{ variant_id, quantity: '2', pack_id: pack.id }],
    })
    expect(made.lines).toMatchObject([{ quantity: '12' }])
  })

  test('never counts on batches that are blocked or expired', async () => {
    const variant_id = await newVariant()
    const [blocked, expired] = [
      await makeBatch(server, owner, { variant_id }),
      await makeBatch(server, owner, { variant_id }),
    ]
    await receive(variant_id, '5', blocked)
    await receive(variant_id, '5', expired)
    await block(blocked)
    await spoil(expired)
    const by = (batch_id?: string) => problemOf(reserve([{ variant_id, quantity: '1', ...(batch_id && { batch_id }) }]))
    expect([await by(blocked), await by(expired), await by()]).toEqual([
      '409 batch_blocked',
      '409 batch_expired',
      '409 insufficient_stock',
    ])
  })
})

describe('a reservation is refused:', () => {
  test.each<[what: string, code: string, change: () => Promise<object> | object]>([
    ['a branch of nobody', '422 branch_not_found', () => ({ branch_id: uuidv7() })],
    ['goods of nobody', '422 variant_not_found', () => ({ lines: [{ variant_id: uuidv7(), quantity: '1' }] })],
    [
      'a batch of other goods',
      '422 batch_not_found',
      async () => {
        const [variant_id, other] = [await newVariant(), await newVariant()]
        return {
          lines: [{ variant_id, batch_id: await makeBatch(server, owner, { variant_id: other }), quantity: '1' }],
        }
      },
    ],
    [
      'a service',
      '422 not_stocked',
      async () => ({
        lines: [{ variant_id: (await makeProduct(owner, { kind: 'service' })).variant.id, quantity: '1' }],
      }),
    ],
    [
      'half a piece',
      '422 too_many_decimals',
      async () => ({ lines: [{ variant_id: await newVariant(), quantity: '0.5' }] }),
    ],
    ['a time that is over', '422 expiry_out_of_range', () => ({ expires_at: daysFromNow(-1) })],
    ['a time beyond the setting', '422 expiry_out_of_range', () => ({ expires_at: daysFromNow(8) })],
    ['nothing', '400 invalid_input', () => ({ lines: [] })],
  ])('%s', async (_, code, change) => {
    const variant_id = await newVariant()
    await receive(variant_id, '5')
    expect(await problemOf(reserve([{ variant_id, quantity: '1' }], await change()))).toBe(code)
    expect(await levelsOf(variant_id)).toEqual(['5 0 5'])
  })
})

describe('a reservation ends', () => {
  test('when it is released, whole or in part, and no more than there is', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '9')
    const { id } = await reserve([{ variant_id, quantity: '7' }])
    const release = (more: object = {}) => owner.client.call('inventory.release-reservation', { id, ...more })
    const line = (quantity: string) => ({ lines: [{ line: 1, quantity }] })
    expect((await release(line('2'))).lines).toMatchObject([{ quantity: '7', open: '5' }])
    expect(await problemOf(release(line('6')))).toBe('409 more_than_reserved')
    expect(await problemOf(release({ lines: [{ line: 2 }] }))).toBe('422 reservation_line_not_found')
    expect(await levelsOf(variant_id)).toEqual(['9 5 4'])
    expect((await release()).lines).toMatchObject([{ open: '0' }])
    expect(await problemOf(release())).toBe('409 reservation_over')
    expect(await levelsOf(variant_id)).toEqual(['9 0 9'])
    expect(await eventsOf(id)).toEqual(['1 2 release 2', '1 3 release 5'])
  })

  test('when its time is over: whoever sells or reserves sees it gone at once, though no job has run', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '5')
    const first = await reserve([{ variant_id, quantity: '5' }])
    await pass(first.id)
    const second = await reserve([{ variant_id, quantity: '3' }])
    await pass(second.id)
    await sell(variant_id, '4')
    expect(await levelsOf(variant_id)).toEqual(['1 0 1'])
    expect([await eventsOf(first.id), await eventsOf(second.id)]).toEqual([['1 2 expire 5'], ['1 2 expire 3']])
    expect(await problemOf(owner.client.call('inventory.release-reservation', { id: first.id }))).toBe(
      '409 reservation_over',
    )
  })

  test('when its time is over, by the job, which leaves an entry for each', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '5')
    const [over, stays] = [
      await reserve([{ variant_id, quantity: '2' }]),
      await reserve([{ variant_id, quantity: '1' }]),
    ]
    await pass(over.id)
    await runExpiry()
    await runExpiry()
    expect(await levelsOf(variant_id)).toEqual(['5 1 4'])
    expect([await eventsOf(over.id), await eventsOf(stays.id)]).toEqual([['1 2 expire 2'], []])
    const history = await owner.client.call('audit.list-resource-history', {
      resource_type: 'reservation',
      resource_id: over.id,
    })
    expect(history.items.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['inventory.expire-reservations', 'inventory.reserve-stock']),
    )
    expect(history.items).toHaveLength(2)
  })

  test('at the latest with the last day of its batch', async () => {
    const variant_id = await newVariant()
    const [{ day, end }] = (await query(
      `SELECT ((now() AT TIME ZONE 'Europe/Paris')::date + 1)::text AS day,
              ((now() AT TIME ZONE 'Europe/Paris')::date + 2)::timestamp AT TIME ZONE 'Europe/Paris' AS end`,
      [],
    )) as [{ day: string; end: Date }]
    const batch_id = await makeBatch(server, owner, { variant_id, expires_on: day })
    await receive(variant_id, '5', batch_id)
    const { id, lines } = await reserve([{ variant_id, quantity: '2' }])
    expect(lines).toMatchObject([{ expires_at: end.toISOString() }])
    const extended = await owner.client.call('inventory.extend-reservation', { id, expires_at: daysFromNow(6) })
    expect(extended.lines).toMatchObject([{ expires_at: end.toISOString() }])
    await spoil(batch_id)
    await expect(sell(variant_id, '1')).rejects.toMatchObject({ kind: { code: 'insufficient_stock' } })
    expect(await problemOf(owner.client.call('inventory.extend-reservation', { id, expires_at: daysFromNow(6) }))).toBe(
      '409 reservation_over',
    )
    await runExpiry()
    expect(await levelsOf(variant_id)).toEqual(['5 0 5'])
  })

  test('when its batch is blocked, and whoever blocks it is told; quarantine stays', async () => {
    const variant_id = await newVariant()
    const batch_id = await makeBatch(server, owner, { variant_id })
    await receive(variant_id, '9', batch_id)
    const made = await reserve([{ variant_id, quantity: '4' }])
    const kept = await quarantine({ variant_id, batch_id, quantity: '2' })
    expect(await block(batch_id)).toMatchObject({
      code: null,
      freed: [
        {
          reservation_id: made.id,
          branch_id: owner.branchId,
          document_type: 'order',
          document_id: made.document_id,
          line: 1,
          quantity: '4',
        },
      ],
    })
    expect(await levelsOf(variant_id)).toEqual(['9 2 7'])
    expect([await eventsOf(made.id), await eventsOf(kept.id)]).toEqual([['1 2 block 4'], []])
  })

  test('later when it is extended, within the setting', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '5')
    const { id } = await reserve([{ variant_id, quantity: '1' }], { expires_at: daysFromNow(1) })
    const until = daysFromNow(5)
    const extend = (expires_at: string) => owner.client.call('inventory.extend-reservation', { id, expires_at })
    expect((await extend(until)).lines).toMatchObject([{ expires_at: until, open: '1' }])
    expect(await problemOf(extend(daysFromNow(8)))).toBe('422 expiry_out_of_range')
    await owner.client.call('settings.set-setting', { name: 'inventory.reservation-days', version: 0, value: 30 })
    expect(await problemOf(extend(daysFromNow(8)))).toBe('done')
    await owner.client.call('settings.unset-setting', { name: 'inventory.reservation-days', version: 1 })
    expect(await eventsOf(id)).toEqual(['1 2 extend', '1 3 extend'])
  })

  test('when its document takes the goods in the same transaction, and what is refused takes nothing', async () => {
    const variant_id = await newVariant()
    await receive(variant_id, '6')
    const { id } = await reserve([{ variant_id, quantity: '6' }])
    const asked = [
      { reservation_id: id, lines: [{ line: 1, quantity: '4' }] },
      { reservation_id: id, lines: [{ line: 1, quantity: '4' }] },
      { reservation_id: uuidv7() },
      { reservation_id: id },
    ]
    const answers = await inTenant((context) => consumeReservations(context, asked, null))
    const part = { line: 1, item: 1, branch_id: owner.branchId, variant_id, batch_id: null }
    expect(answers.map((one) => (one instanceof Refusal ? one.kind.code : one))).toEqual([
      [{ ...part, quantity: '4' }],
      'more_than_reserved',
      'not_found',
      [{ ...part, quantity: '2' }],
    ])
    expect(await eventsOf(id)).toEqual(['1 2 consume 4', '1 3 consume 2'])
    expect(await levelsOf(variant_id)).toEqual(['6 0 6'])
  })
})

describe('quarantine', () => {
  test('keeps stock that is blocked or expired from everybody, and gives it back', async () => {
    const variant_id = await newVariant()
    const batch_id = await makeBatch(server, owner, { variant_id })
    await receive(variant_id, '5', batch_id)
    await block(batch_id)
    const kept = await quarantine({ variant_id, batch_id, quantity: '3' })
    expect(kept).toMatchObject({ reason: 'damaged', note: null, lines: [{ batch_id, quantity: '3', open: '3' }] })
    expect(await problemOf(quarantine({ variant_id, batch_id, quantity: '3' }))).toBe('409 insufficient_stock')
    expect(await problemOf(quarantine({ variant_id, quantity: '1' }))).toBe('409 insufficient_stock')
    expect(await problemOf(quarantine({ variant_id, batch_id: uuidv7(), quantity: '1' }))).toBe('422 batch_not_found')
    const back = { id: kept.id, lines: [{ line: 1, quantity: '1' }] }
    expect((await owner.client.call('inventory.release-from-quarantine', back)).lines).toMatchObject([{ open: '2' }])
    expect(await levelsOf(variant_id)).toEqual(['5 2 3'])
    const { items } = await owner.client.call('inventory.list-quarantine', { variant_id })
    expect(items).toMatchObject([{ id: kept.id, lines: [{ open: '2' }] }])
    await owner.client.call('inventory.release-from-quarantine', { id: kept.id })
    expect((await owner.client.call('inventory.list-quarantine', { variant_id })).items).toEqual([])
    expect((await owner.client.call('inventory.list-quarantine', { variant_id, status: 'all' })).items).toHaveLength(1)
  })

  test('takes all of a branch that has expired in one command, what was kept for orders included, and nothing twice', async () => {
    const mine = await signUpOwner(server)
    const variant_id = (await makeProduct(mine)).variant.id
    const [good, bad] = [
      await makeBatch(server, mine, { variant_id, expires_on: '2199-01-01' }),
      await makeBatch(server, mine, { variant_id, expires_on: '2198-01-01' }),
    ]
    const change = { kind: 'receipt', quantity: '5', unit_cost: '1', against: 'goods_received_not_invoiced' } as const
    const at = { branch_id: mine.branchId, variant_id }
    await post(
      server,
      mine,
      documentOf(
        'receipt',
        [good, bad].map((batch_id) => ({ ...at, batch_id, change })),
      ),
    )
    const asked = { ...order([{ variant_id, quantity: '2' }]), branch_id: mine.branchId }
    const made = await mine.client.call('inventory.reserve-stock', asked)
    await spoil(bad)
    const run = () => mine.client.call('inventory.quarantine-expired', { branch_id: mine.branchId })
    expect(await run()).toMatchObject({
      quarantine: { reason: 'expired', lines: [{ variant_id, batch_id: bad, quantity: '5', open: '5' }] },
    })
    expect(await run()).toEqual({ quarantine: null })
    expect(await eventsOf(made.id)).toEqual(['1 2 expire 2'])
    expect(await levelsOf(variant_id)).toEqual(['5 0 5', '5 5 0'])
  })
})

test('what is kept elsewhere, or for another purpose, does not exist', async () => {
  const variant_id = await newVariant()
  await receive(variant_id, '5')
  const { id } = await reserve([{ variant_id, quantity: '1' }])
  const kept = await quarantine({ variant_id, quantity: '1' })
  const other = await owner.client.call('tenants.create-branch', {
    entity_id: owner.entityId,
    code: 'OTHER',
    name: 'Other',
    time_zone: 'UTC',
  })
  const role = await owner.client.call('tenants.create-role', { name: 'elsewhere', permissions: ['*'] })
  const person = await signUpPerson(server)
  await hire(server, owner, person, [role.id], { branch_ids: [other.id] })
  const { client } = person
  expect(await problemOf(client.call('inventory.get-reservation', { id }))).toBe('404 not_found')
  expect(await problemOf(client.call('inventory.release-reservation', { id }))).toBe('404 not_found')
  expect(await problemOf(client.call('inventory.reserve-stock', order([{ variant_id, quantity: '1' }])))).toBe(
    '422 branch_not_found',
  )
  expect((await client.call('inventory.list-reservations', {})).items).toEqual([])
  expect(await problemOf(owner.client.call('inventory.get-quarantine', { id }))).toBe('404 not_found')
  expect(await problemOf(owner.client.call('inventory.release-reservation', { id: kept.id }))).toBe('404 not_found')
  const stranger = await signUpOwner(server)
  expect(await problemOf(stranger.client.call('inventory.get-reservation', { id }))).toBe('404 not_found')
})
