import { z } from 'zod'
import { type AuditWriter, systemEntry } from '../platform/audit-entry.ts'
import type { Databases } from '../platform/database.ts'
import { type Job, job } from '../platform/jobs.ts'
import type { BatchContext, CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import type { Settings } from '../settings/index.ts'
import {
  type extendReservationInput,
  moreThanReserved,
  type releaseInput,
  reservationLineNotFound,
  reservationOver,
} from './reservation-contract.ts'
import {
  expireReservations,
  type FreedLine,
  findReservation,
  findReservations,
  type RecordedEnd,
  type ReservationEnd,
  type ReservationKind,
  recordEnds,
  recordExtensions,
} from './reservation-queries.ts'
import { expiryOf, reservationDaysSetting } from './reserve-stock.ts'
import { holdStock } from './stock-queries.ts'

/** What ending a reservation may refuse with. */
export const endingRefusals = [reservationLineNotFound, reservationOver, moreThanReserved] as const

/** A reservation of a kind. Refuses with `not_found` what is beyond the caller's part of the tenant, too. */
export async function readReservation(
  context: Pick<CommandContext, 'db' | 'tenantId' | 'caller'>,
  kind: ReservationKind,
  id: string,
) {
  const found = (await findReservation(context, kind, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}

/** Makes what is kept available again, whole or in part. Answers with the reservation as it is then. */
export async function releaseReservation(
  context: CommandContext,
  kind: ReservationKind,
  { id, lines, note }: z.output<typeof releaseInput>,
) {
  await readReservation(context, kind, id)
  const end = { reservation_id: id, action: 'release', note: note ?? null, actor_id: context.caller.userId } as const
  const [answer] = await recordEnds(context, [{ ...end, lines: lines ?? null }])
  const released = freedOf(answer)
  context.changed({ resource: kind === 'order' ? 'reservation' : 'quarantine', id, new: { released } })
  return readReservation(context, kind, id)
}

/** Keeps an order until another time. Answers with the reservation as it is then. */
export async function extendReservation(
  context: CommandContext,
  settings: Settings,
  input: z.output<typeof extendReservationInput>,
) {
  const { id } = input
  const { lines } = await readReservation(context, 'order', id)
  const days = await settings.read(context, reservationDaysSetting)
  const expires_at = expiryOf(input, { now: context.now, days })
  const [answer] = await recordExtensions(context, [
    { reservation_id: id, expires_at, actor_id: context.caller.userId },
  ])
  if (answer?.code !== null) refuse(reservationOver)
  const old = lines.map(({ line, expires_at }) => ({ line, expires_at }))
  const found = await readReservation(context, 'order', id)
  const extended = found.lines.map(({ line, expires_at }) => ({ line, expires_at }))
  context.changed({ resource: 'reservation', id, old: { lines: old }, new: { lines: extended } })
  return found
}

/** What a document takes of a reservation: all that is open of it, or lines of it, whole or in part. */
export interface Consumption {
  readonly reservation_id: string
  readonly lines?: readonly { readonly line: number; readonly quantity?: string | undefined }[]
}

/**
 * Ends reservations for the documents that take the goods away, each right or refused by itself; answers with what each may
 * take, by batch. In the same transaction the caller posts just that, or the goods are free. It holds the goods of the
 * reservations: whoever takes others as well has held all of them before, as locks are taken once and in order. Judges no
 * permission and no part of the tenant; the reservation may be of either kind.
 */
export async function consumeReservations(
  context: BatchContext,
  consumptions: readonly Consumption[],
  actorId: string | null,
): Promise<(readonly FreedLine[] | Refusal)[]> {
  const ids = consumptions.map((one) => one.reservation_id)
  const keys = (await findReservations(context, ids)).flatMap(({ branch_id, lines }) =>
    lines.map(({ variant_id }) => ({ branch_id, variant_id })),
  )
  await holdStock(context, keys)
  const ends = consumptions.map(
    ({ reservation_id, lines }): ReservationEnd => ({
      reservation_id,
      action: 'consume',
      note: null,
      actor_id: actorId,
      lines: lines ?? null,
    }),
  )
  const recorded = await recordEnds(context, ends)
  return recorded.map((answer) => {
    try {
      return freedOf(answer)
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
  })
}

/**
 * Every minute, makes available again what was kept for orders long enough, a transaction a tenant. Nobody waits for it:
 * whoever reserves or sells ends what is over of the goods at hand. What somebody is at work on is left to the next minute.
 */
export function expireReservationsJob(parts: {
  allTenants: (pool: Databases['jobs']) => Promise<string[]>
  writeAudit: AuditWriter
}): Job {
  return job({
    name: 'inventory.expire-reservations',
    payload: z.unknown(),
    cron: '* * * * *',
    skipsMissed: true,
    async handle({ databases, environment, inTenant }) {
      for (const tenantId of await parts.allTenants(databases.jobs)) {
        await inTenant(tenantId, async (tx) => {
          const ended = Map.groupBy(await expireReservations({ ...tx, tenantId }), (one) => one.reservation_id)
          const entries = [...ended].map(([id, lines]) =>
            systemEntry({
              event: 'inventory.expire-reservations',
              severity: 'info',
              environment,
              resource_type: 'reservation',
              resource_id: id,
              new_values: { expired: lines.map(({ line, quantity }) => ({ line, quantity })) },
            }),
          )
          if (entries.length > 0) await parts.writeAudit(tx, tenantId, entries)
        })
      }
    },
  })
}

/** What a change freed. Throws what it was refused with. */
function freedOf(answer: RecordedEnd | undefined): readonly FreedLine[] {
  if (!answer) throw new Error('a reservation was not answered')
  const { code, line, open, freed } = answer
  if (code === null) return freed ?? []
  const kind = [...endingRefusals, platformRefusals.notFound].find(
    (one) => one.code === (code === 'reservation_not_found' ? platformRefusals.notFound.code : code),
  )
  if (!kind) throw new Error(`a reservation was not ended: ${code}`)
  throw new Refusal(kind, line === null ? undefined : `line ${line}: ${open ?? 'nothing'} is open`)
}
