import type { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { dayIn } from '../platform/time.ts'
import { zoneOf } from '../tenants/index.ts'
import { alertKinds, type day, type expiring, type getDayInput, parts, viewValues } from './contract.ts'
import {
  type BranchDay,
  countAlerts,
  countTickets,
  countUnsettled,
  type ExpiryRow,
  readBranches,
  readExpiring,
  readSessions,
  readTakings,
} from './queries.ts'
import { takingsOf } from './read-takings.ts'

type Context = Pick<QueryContext, 'client' | 'db' | 'tenantId' | 'caller' | 'now'>
type Day = z.input<typeof day>

/** How a branch, or all that the caller works with, stand today; null for each part that they may not see. Refuses with `branch_not_found`. */
export async function readDay(context: QueryContext, { branch_id }: z.output<typeof getDayInput>): Promise<Day> {
  const timeZone = await zoneOf(context, branch_id)
  const own = branch_id === undefined ? (context.caller.scope?.branchIds ?? null) : [branch_id]
  const rows = await readBranches(context, own)
  const branches = rows.map((row) => ({ ...row, today: dayIn(row.time_zone, context.now) }))
  const branchIds = branches.map((one) => one.id)
  const currencies = new Map(rows.map((row) => [row.currency, row.minor_unit]))
  const today = dayIn(timeZone, context.now)
  const part = async <T>(permission: string, read: () => Promise<T>) =>
    holds(context.caller.permissions, permission) ? read() : null
  return {
    day: today,
    time_zone: timeZone,
    computed_at: context.now,
    takings: await part(parts.takings, () => takingsByCurrency(context, { branches, currencies, today })),
    sessions: await part(parts.sessions, () => sessionsOf(context, branchIds)),
    alerts: await part(parts.alerts, () => alertsOf(context, branchIds)),
    expiring: await part(parts.expiring, () => expiringByCurrency(context, { branches, currencies })),
    unsettled: await part(parts.unsettled, () => countUnsettled(context, branchIds)),
    tickets: await part(parts.tickets, () => countTickets(context, branchIds)),
  }
}

interface Places {
  readonly branches: readonly BranchDay[]
  /** The decimals of the currencies of the branches. */
  readonly currencies: ReadonlyMap<string, number>
}

async function takingsByCurrency(context: Context, { branches, currencies, today }: Places & { today: string }) {
  const rows = await readTakings(context, { branches, now: context.now })
  const all = new Map([...currencies, ...rows.map((row) => [row.currency, row.minor_unit] as const)])
  return [...all]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, minorUnit]) => takingsOf(rows, { currency, minorUnit, today }))
}

async function sessionsOf(context: Context, branchIds: readonly string[]) {
  const rows = await readSessions(context, branchIds)
  const { open, draft, escalated } = rows[0] ?? { open: 0, draft: 0, escalated: 0 }
  const items = rows
    .filter((row) => row.status === 'open')
    .map(({ id, number, branch_id, register_id, late_of, opened_by, opened_at }) => ({
      ...{ id, number, branch_id, register_id, late_of, opened_by, opened_at },
    }))
  return { open, draft, escalated, items }
}

async function alertsOf(context: Context, branchIds: readonly string[]) {
  const rows = await countAlerts(context, branchIds)
  return alertKinds.map((kind) => rows.find((row) => row.kind === kind) ?? { kind, open: 0, unacknowledged: 0 })
}

async function expiringByCurrency(context: Context, { branches, currencies }: Places) {
  const rows = await readExpiring(context, branches)
  const isValued = holds(context.caller.permissions, viewValues)
  return [...currencies]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, minorUnit]): z.input<typeof expiring> => {
      const own = rows.filter((row) => row.currency === currency)
      const within = (least: number, most: number) =>
        expiryOf(
          own.filter(({ days }) => days >= least && days <= most),
          isValued ? minorUnit : null,
        )
      return {
        currency,
        expired: within(0, 0),
        within_30_days: within(30, 30),
        within_60_days: within(30, 60),
        within_90_days: within(30, 90),
      }
    })
}

function expiryOf(rows: readonly ExpiryRow[], minorUnit: number | null) {
  const sum = (of: 'quantity' | 'value') => rows.reduce((total, row) => total.plus(row[of]), money('0'))
  return {
    batches: new Set(rows.flatMap((row) => row.batches)).size,
    quantity: toText(sum('quantity')),
    value: minorUnit === null ? null : toMinorText(roundToMinorUnit(sum('value'), minorUnit), minorUnit),
  }
}
