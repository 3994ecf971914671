import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../tests/harness/postgres.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { makeGoods, openTill, sell } from '../../tests/harness/till.ts'
import { inTransaction } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { money, roundToMinorUnit, toMinorText } from '../platform/money.ts'
import type { Employee } from '../platform/operation.ts'
import { daysAfter, later } from '../platform/time.ts'
import { readDay } from './read-day.ts'

let server: TestServer
let owner: TestOwner
let model: string
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  model = (await sell(owner, await openTill(owner), [{ variant_id: await makeGoods(owner) }])).id
})
afterAll(() => server.close())

interface Sold {
  readonly branch_id: string
  readonly at: Date
  readonly total: string
  readonly kind: 'sale' | 'refund' | 'exchange'
}

let made = 0

async function openBranch(time_zone: string): Promise<string> {
  const branch = { entity_id: owner.entityId, code: `Z${++made}`, name: time_zone, time_zone }
  return (await owner.client.call('tenants.create-branch', branch)).id
}

/** Writes sales past the recording functions, as copies of one: what is in the books does not matter here. */
async function write(sold: readonly Sold[]): Promise<void> {
  await withClient(server.database.superuserUrl, async (client) => {
    await client.query('SET session_replication_role = replica')
    const { rows } = await client.query(
      `SELECT string_agg(quote_ident(attname), ', ') AS names FROM pg_attribute
       WHERE attrelid = 'sales.sale'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    )
    const changed: Record<string, string> = {
      ...{ id: 'n.id', branch_id: 'n.branch_id', made_at: 'n.at', kind: 'n.kind', sequence: 'n.sequence' },
      ...{ total: 'n.total', net: 'n.total', paid: 'n.total', tax: '0', change: '0', rounding: '0' },
      ...{
        original_id: `nullif(s.id, CASE n.kind WHEN 'sale' THEN s.id END)`,
        root_id: `nullif(s.id, CASE n.kind WHEN 'sale' THEN s.id END)`,
      },
    }
    const names = (rows[0].names as string).split(', ')
    await client.query(
      `INSERT INTO sales.sale (${names.join(', ')})
       SELECT ${names.map((name) => changed[name] ?? `s.${name}`).join(', ')}
       FROM sales.sale s, jsonb_to_recordset($2) AS n (id uuid, branch_id uuid, at timestamptz, kind text, sequence bigint, total numeric)
       WHERE s.id = $1`,
      [model, JSON.stringify(sold.map((one) => ({ ...one, id: uuidv7(), sequence: 1_000 + ++made })))],
    )
  })
}

const dayOf = (branch_id: string | undefined, now: Date) =>
  inTransaction(server.product.databases.app, owner.tenantId, (tx) => {
    const caller = { permissions: new Set(['sales.view-sales']), scope: null } as unknown as Employee
    return readDay({ ...tx, tenantId: owner.tenantId, caller, now }, { branch_id })
  })

const calendars = new Map<string, Intl.DateTimeFormat>()

/** Day, hour and time on the wall. */
function onTheWall(timeZone: string, at: Date) {
  const calendar =
    calendars.get(timeZone) ?? new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  calendars.set(timeZone, calendar)
  const [day = '', time = ''] = calendar.format(at).split(' ')
  return { day, time: `${time}.${`${at.getMilliseconds()}`.padStart(3, '0')}`, hour: Number(time.slice(0, 2)) }
}

function sumOf(sold: readonly Sold[]): string {
  return toMinorText(
    sold.reduce((sum, one) => sum.plus(one.total), money('0')),
    2,
  )
}

function figuresOf(sold: readonly Sold[]) {
  const sales = sold.filter((one) => one.kind === 'sale')
  const total = sales.reduce((sum, one) => sum.plus(one.total), money('0'))
  return {
    takings: sumOf(sold),
    receipts: sold.length,
    sales: sales.length,
    average_basket: sales.length === 0 ? null : toMinorText(roundToMinorUnit(total.dividedBy(sales.length), 2), 2),
  }
}

function naively(
  sold: readonly Sold[],
  { now, zoneOf, shownIn }: { now: Date; zoneOf: (id: string) => string; shownIn: string },
) {
  const known = sold.map((one) => {
    const zone = zoneOf(one.branch_id)
    return { ...one, wall: onTheWall(zone, one.at), now: onTheWall(zone, now) }
  })
  const at = (daysAgo: number) => known.filter((one) => one.wall.day === daysAfter(one.now.day, -daysAgo))
  const inHour = (daysAgo: number, hour: number) => sumOf(at(daysAgo).filter((one) => one.wall.hour === hour))
  const shown = onTheWall(shownIn, now).day
  return {
    currency: 'EUR',
    today: figuresOf(at(0)),
    last_week_so_far: figuresOf(at(7).filter((one) => one.wall.time <= one.now.time)),
    last_week: figuresOf(at(7)),
    hours: Array.from({ length: 24 }, (_, hour) => ({ hour, today: inHour(0, hour), last_week: inHour(7, hour) })),
    days: Array.from({ length: 14 }, (_, index) => ({
      day: daysAfter(shown, index - 13),
      takings: sumOf(at(13 - index)),
      receipts: at(13 - index).length,
    })),
  }
}

const hour = 3_600_000
const kinds = ['sale', 'sale', 'sale', 'refund', 'exchange'] as const

/** Sales every few hours of more than a fortnight, and many about now, about midnights, and about this time of last week. */
function salesAbout(branch_id: string, now: Date): Sold[] {
  const often = Array.from({ length: 120 }, (_, index) => later(now, hour - index * 3.31 * hour))
  const close = [0, 7, 13, 14].flatMap((days) =>
    Array.from({ length: 60 }, (_, index) => later(now, -days * 24 * hour + (index - 30) * 0.26 * hour)),
  )
  const exact = [now, later(now, -7 * 24 * hour), later(now, 1 - 7 * 24 * hour), later(now, -1 - 7 * 24 * hour)]
  return [...often, ...close, ...exact].map((at, index) => {
    const kind = kinds[index % kinds.length] ?? 'sale'
    return {
      branch_id,
      at,
      kind,
      total: `${kind === 'refund' ? '-' : ''}${1 + ((index * 37) % 90)}.${10 + (index % 89)}`,
    }
  })
}

const moments: [what: string, zone: string, now: string][] = [
  ['in the afternoon', 'Europe/Paris', '2026-06-17T13:30:00.500Z'],
  ['just before midnight', 'Europe/Paris', '2026-06-17T21:59:59.900Z'],
  ['at midnight', 'Europe/Paris', '2026-06-17T22:00:00Z'],
  ['just after midnight', 'Asia/Tokyo', '2026-06-17T15:00:00.100Z'],
  ['just after an hour was skipped', 'Europe/Paris', '2026-03-29T01:10:00Z'],
  ['a week after an hour was skipped, in that hour', 'Europe/Paris', '2026-04-05T00:30:00Z'],
  ['in an hour that comes again', 'Europe/Paris', '2026-10-25T00:30:00Z'],
  ['in an hour that came again', 'Europe/Paris', '2026-10-25T01:30:00Z'],
  ['a week after an hour came twice', 'Europe/Paris', '2026-11-01T01:30:00Z'],
  ['on a day that began at one', 'America/Havana', '2026-03-08T05:20:00Z'],
  ['a fortnight after a day that began at one', 'America/Havana', '2026-03-21T14:00:00Z'],
  ['on a day that began twice', 'America/Havana', '2026-11-01T05:20:00Z'],
  ['a week after a day that began twice', 'America/Havana', '2026-11-08T05:20:00Z'],
  ['a fortnight after a day that began twice', 'America/Havana', '2026-11-14T14:00:00Z'],
  ['where clocks go by half hours', 'Australia/Lord_Howe', '2026-04-05T03:00:00Z'],
]

test.each(moments)('takings are what a naive sum says, %s', async (_, zone, at) => {
  const now = new Date(at)
  const branchId = await openBranch(zone)
  const sold = salesAbout(branchId, now)
  await write(sold)
  const day = await dayOf(branchId, now)
  expect(day.takings).toEqual([naively(sold, { now, zoneOf: () => zone, shownIn: zone })])
  expect(day).toMatchObject({ day: onTheWall(zone, now).day, time_zone: zone, sessions: null, expiring: null })
})

test('of several branches each counts by its own day', async () => {
  const now = new Date('2027-06-17T22:30:00Z')
  const zones = new Map<string, string>()
  for (const zone of ['Europe/Paris', 'Pacific/Auckland', 'America/Bogota']) zones.set(await openBranch(zone), zone)
  const sold = [...zones.keys()].flatMap((id) => salesAbout(id, now))
  await write(sold)
  const day = await dayOf(undefined, now)
  expect(day.takings).toEqual([naively(sold, { now, zoneOf: (id) => zones.get(id) ?? '', shownIn: 'Europe/Paris' })])
})

test('a branch that took nothing is told so in its currency', async () => {
  const day = await dayOf(await openBranch('Europe/Paris'), new Date('2026-06-17T13:30:00Z'))
  const nothing = { takings: '0.00', receipts: 0, sales: 0, average_basket: null }
  expect(day.takings).toMatchObject([
    { currency: 'EUR', today: nothing, last_week: nothing, last_week_so_far: nothing },
  ])
})
