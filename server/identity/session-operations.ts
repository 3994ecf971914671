import { z } from 'zod'
import { type OutsideContext, outsideCommand, type Person, personQuery } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import type { People } from './people.ts'
import { note } from './security-log.ts'
import { deleteTrustedDevices, listSessions, listTrustedDevices } from './session-queries.ts'

const cursorKey = z.tuple([z.uuid()])

/** Where a person is signed in, and the devices they trust. */
export function sessionOperations(people: People) {
  return [
    personQuery({
      name: 'identity.list-sessions',
      route: 'GET /v1/sessions',
      summary: 'Where the person is signed in, newest first; `current` marks the session that asks.',
      input: contract.listInput,
      output: page(contract.session),
      async handle({ caller: { userId, sessionId }, now }, { limit, cursor }) {
        const [after] = readCursor(cursor, cursorKey) ?? []
        const rows = await listSessions(people.identity.pool, { userId, now, limit, after })
        const { items, next_cursor } = toPage(rows, limit, (row) => [row.id])
        return { items: items.map((row) => ({ ...row, current: row.id === sessionId })), next_cursor }
      },
    }),
    outsideCommand({
      name: 'identity.revoke-session',
      route: 'DELETE /v1/sessions/:id',
      summary: 'End one session; what it sends next is refused.',
      severity: 'notice',
      scope: 'person',
      input: contract.byId,
      output: z.null(),
      async handle(context, { id }) {
        if (!(await people.endSession(context.caller.userId, id))) refuse(platformRefusals.notFound)
        await note(people.identity, context, context.caller.userId, 'session_revoked')
        return null
      },
    }),
    outsideCommand({
      name: 'identity.revoke-other-sessions',
      route: 'DELETE /v1/sessions',
      summary: 'Log out everywhere else: end all sessions but this one.',
      severity: 'notice',
      scope: 'person',
      input: z.strictObject({}),
      output: contract.ended,
      async handle(context) {
        const { userId, sessionId } = context.caller
        const count = await people.endOtherSessions(userId, sessionId)
        if (count > 0) await note(people.identity, context, userId, 'session_revoked')
        return { count }
      },
    }),
    personQuery({
      name: 'identity.list-trusted-devices',
      route: 'GET /v1/trusted-devices',
      summary: 'The devices on which the password alone signs the person in, newest first.',
      input: contract.listInput,
      output: page(contract.trustedDevice),
      async handle({ caller: { userId }, now }, { limit, cursor }) {
        const [after] = readCursor(cursor, cursorKey) ?? []
        const rows = await listTrustedDevices(people.identity.pool, { userId, now, limit, after })
        return toPage(rows, limit, (row) => [row.id])
      },
    }),
    outsideCommand({
      name: 'identity.revoke-trusted-device',
      route: 'DELETE /v1/trusted-devices/:id',
      summary: 'Trust a device no more: it is asked for the second factor again.',
      severity: 'notice',
      scope: 'person',
      input: contract.byId,
      output: z.null(),
      handle: (context, { id }) => revokeTrust(people, context, id),
    }),
  ] as const
}

async function revokeTrust({ identity }: People, context: OutsideContext<Person>, id: string): Promise<null> {
  const { userId } = context.caller
  if ((await deleteTrustedDevices(identity.pool, userId, id)) === 0) refuse(platformRefusals.notFound)
  await note(identity, context, userId, 'trusted_device_revoked')
  return null
}
