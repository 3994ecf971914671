import {
  endsOfSessions,
  findSession,
  type HeldSession,
  holdSessions,
  openLateSession,
  readSession,
  type SessionRow,
  sessionNotFound,
} from '../cash/index.ts'
import { holds } from '../platform/execute.ts'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import { findCurrency } from '../reference/index.ts'
import { clockToleranceSetting, salesPermissions } from '../sales/index.ts'
import type { Settings } from '../settings/index.ts'
import { type EmployeeAt, permissionsOfEmployees } from '../tenants/index.ts'
import type { Raised } from './book.ts'
import type { Followed } from './follow-chain.ts'
import { judgeRefund, judgeSlip } from './judge-slip.ts'
import { madeBefore } from './queries.ts'
import { documentOf, type Slip } from './slip.ts'
import type { Sender } from './take-in.ts'

/** A slip that is new: to be booked, with what is already known to be wrong about it, or to be set aside. */
export type Judged =
  | {
      readonly kind: 'bookable'
      readonly at: Followed
      readonly slip: Slip
      readonly session: HeldSession
      readonly number: number
      readonly cashierId: string | null
      readonly permissions: ReadonlySet<string>
      readonly madeAt: Date
      readonly raised: readonly Raised[]
    }
  | {
      readonly kind: 'faulty'
      readonly at: Followed
      readonly slip?: Slip
      readonly fault: string
      readonly detail: string
    }

const minuteMs = 60_000

/** Judges the slips that are new, in order, and holds the sessions they are booked in. */
export async function judgeSlips(
  context: CommandContext,
  settings: Pick<Settings, 'read'>,
  sender: Sender,
  followed: readonly Followed[],
): Promise<Judged[]> {
  const next = followed.flatMap((at) => (at.kind === 'next' ? [at] : []))
  const ids = [...new Set(next.map(({ slip }) => slip.session_id))].toSorted()
  const sessions = await sessionsOf(context, sender, ids)
  const ofSessions = [...sessions.values()][0]?.own.currency
  const minorUnit = ofSessions === undefined ? 0 : ((await findCurrency(context, ofSessions))?.minor_unit ?? 0)
  const cashierIds = [...new Set(next.map(({ slip }) => slip.cashier_id))]
  const cashiers = await permissionsOfEmployees(context, cashierIds, sender.branchId)
  const minutes =
    next.length === 0 ? 0 : await settings.read(context, clockToleranceSetting, { branchId: sender.branchId })

  const [first] = next
  const from = { deviceId: sender.id, registerId: sender.registerId, sequence: first?.slip.sequence ?? 0 }
  let before = first && (await madeBefore(context, from))

  return followed.flatMap((at): Judged[] => {
    if (at.kind === 'faulty') return [{ kind: 'faulty', at, fault: at.fault, detail: at.detail }]
    if (at.kind !== 'next') return []
    const { slip } = at
    const faulty = (fault: string, detail: string): Judged[] => [{ kind: 'faulty', at, slip, fault, detail }]
    const place = sessions.get(slip.session_id)
    if (sender.revokedAt && new Date(slip.made_at) >= sender.revokedAt)
      return [
        {
          ...{ kind: 'faulty', at, ...(place && { slip }), fault: 'sealed_after_revocation' },
          detail: 'It was made after its device was revoked',
        },
      ]
    if (!place) return [{ kind: 'faulty', at, fault: 'session_unknown', detail: 'It is of no session of its register' }]
    const { currency } = documentOf(slip)
    if (currency !== place.own.currency)
      return faulty('currency_differs', `It is in ${currency}, its session in ${place.own.currency}`)
    const { sale, refund } = slip
    const difference = sale ? judgeSlip(sale, minorUnit) : refund && judgeRefund(refund, minorUnit)
    if (difference) return faulty('totals_differ', difference)
    const found = judgePlace(context.now, { slip, minutes, place, sender, before })
    before = found.madeAt
    const cashier = judgeCashier(cashiers.get(slip.cashier_id), slip)
    const number = judgeNumber(at)
    const raised = [...found.raised, ...cashier.raised, ...number.raised]
    return [
      {
        ...{ kind: 'bookable', at, slip, session: place.session, number: at.number },
        ...{ madeAt: found.madeAt, cashierId: cashier.id, permissions: cashier.permissions, raised },
      },
    ]
  })
}

/** Whether who stood at the till may still sell, there. */
function judgeCashier(found: EmployeeAt | undefined, { cashier_id, refund }: Slip) {
  const raised: Raised[] = []
  const raise = (kind: string, detail: string) => raised.push({ kind, line: null, detail })
  const { permissions, isInScope } = found ?? { permissions: new Set<string>(), isInScope: true }
  if (!found) raise('cashier_unknown', 'It names an employee that there is not')
  else if (!holds(permissions, refund ? salesPermissions.refund : salesPermissions.sell))
    raise('permission_withdrawn', `Who made it may not ${refund ? 'take back' : 'sell'} any more`)
  if (!isInScope) raise('out_of_scope', 'Who made it does not work in this branch')
  return { id: found ? cashier_id : null, permissions, raised }
}

function judgeNumber({ slip, number }: Extract<Followed, { kind: 'next' }>) {
  if (number === slip.sequence) return { raised: [] }
  const detail = `It was printed as number ${slip.sequence}, which another receipt got meanwhile`
  return { raised: [{ kind: 'number_taken', line: null, detail }] }
}

interface Place {
  /** The session that the slip names, and when it ended. */
  readonly own: SessionRow
  readonly endedAt: Date | undefined
  /** The one it is booked in. */
  readonly session: HeldSession
}

interface At {
  readonly slip: Slip
  readonly place: Place
  readonly minutes: number
  readonly sender: Sender
  /** When the receipt before it was made. */
  readonly before: Date | undefined
}

function judgePlace(now: Date, { slip, place, minutes, sender, before }: At): { madeAt: Date; raised: Raised[] } {
  const { own, endedAt } = place
  const raised: Raised[] = []
  const raise = (kind: string, detail: string) => raised.push({ kind, line: null, detail })
  const made = new Date(slip.made_at)
  const isLater = (one: Date, other: Date) => one > later(other, minutes * minuteMs)
  const isAhead = isLater(made, now)
  const isBehind = isLater(own.opened_at, made)
  const fault = [
    isAhead && 'which is to come',
    isBehind && 'before its session began',
    endedAt && isLater(made, endedAt) && 'after its session ended',
    before && isLater(before, made) && 'before the receipt before it',
  ].find((one) => one)
  if (fault) raise('clock_off', `By the till it was made at ${slip.made_at}, ${fault}`)
  if (sender.retiredAt) {
    const detail =
      made < sender.retiredAt
        ? 'Somebody else brought what its device had sealed'
        : 'It was made after its device had been taken off the register'
    raise(sender.revokedAt ? 'device_revoked' : 'device_unbound', detail)
  }
  const latest = isAhead ? now : made
  return { madeAt: isBehind ? own.opened_at : latest, raised }
}

/** The sessions of these ids that are of the register, each with the open one that stands in for it. */
async function sessionsOf(
  context: CommandContext,
  sender: Sender,
  ids: readonly string[],
): Promise<Map<string, Place>> {
  const found = await Promise.all(ids.map((id) => findSession(context, id)))
  const own = found.flatMap((session) => (session?.register_id === sender.registerId ? [session] : []))
  const held = await holdSessions(
    context,
    own.filter(({ status }) => status === 'open').map(({ id }) => id),
    'shared',
  )
  const ends = await endsOfSessions(
    context,
    own.map(({ id }) => id),
  )
  const places = new Map<string, Place>()
  for (const session of own) {
    const open = held.get(session.id)
    const { employeeId: actorId } = context.caller
    const inPlace =
      open?.status === 'open' ? open : await openLateSession(context, { sessionId: session.id, by: context, actorId })
    places.set(session.id, { own: session, endedAt: ends.get(session.id), session: inPlace })
  }
  return places
}

/** Refuses with `session_not_found` a session that is not one of the device's register. */
export async function assertSessions(
  context: CommandContext,
  sender: Sender,
  ended: readonly { readonly session_id: string }[],
): Promise<void> {
  for (const { session_id } of ended) {
    const { register_id } = await readSession(context, session_id, sessionNotFound)
    if (register_id !== sender.registerId) refuse(sessionNotFound)
  }
}
