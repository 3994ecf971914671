import type { z } from 'zod'
import { entriesAbout } from '../audit/index.ts'
import type { Caller, OutsideContext, Person, QueryContext } from '../platform/operation.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { findVisits, recordVisit } from './attempt-queries.ts'
import { eventCursor, type listInput, securityChange, type securityEvent, type securityEvents } from './contract.ts'
import type { Identity } from './people.ts'

export type SecurityEvent = (typeof securityEvents)[number]

/** Enters events in the audit entries of this request, about the person; `listEvents` finds them there. */
export function noteEvents(
  context: Pick<OutsideContext<Caller>, 'changed'>,
  userId: string,
  ...events: readonly SecurityEvent[]
): void {
  for (const event of events) {
    context.changed({ resource: 'user', id: userId, new: { security_event: event }, schema: securityChange })
  }
}

/** The same, and keeps where the request came from, in a table that can forget it. */
export async function note(
  { pool }: Pick<Identity, 'pool'>,
  context: OutsideContext<Caller>,
  userId: string,
  ...events: readonly SecurityEvent[]
): Promise<void> {
  const { caller, address, device, now } = context
  await recordVisit(pool, { requestId: caller.requestId, userId, address, device, signedIn: false, now })
  noteEvents(context, userId, ...events)
}

/** A page of what happened to the account of who asks, newest first: the audit chain, and where it came from. */
export async function listEvents(
  { pool }: Pick<Identity, 'pool'>,
  context: QueryContext<Person>,
  { limit, cursor }: z.output<typeof listInput>,
) {
  const { userId } = context.caller
  const about = { resource_type: 'user', resource_id: userId }
  const entries = await entriesAbout(context, about, limit, readCursor(cursor, eventCursor))
  const { items, next_cursor } = toPage(entries, limit, ({ recorded_at, seq }) => [recorded_at, seq])
  const visits = await findVisits(
    pool,
    userId,
    items.flatMap(({ request_id }) => request_id ?? []),
  )
  return {
    items: items.flatMap((entry): z.input<typeof securityEvent>[] => {
      const change = securityChange.safeParse(entry.new_values)
      if (!change.success) return []
      const { address = null, device = null } = visits.get(entry.request_id ?? '') ?? {}
      return [
        { event: change.data.security_event, at: entry.recorded_at, session_id: entry.session_id, address, device },
      ]
    }),
    next_cursor,
  }
}
