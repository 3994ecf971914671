import type { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { findOpenSession } from '../cash/index.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { readBoundDevice } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import type { noteInFull, standing } from './contract.ts'
import { findNote } from './note-queries.ts'
import { standOf } from './read-chain.ts'
import { formats } from './slip.ts'

/** What a till is told of the server with every answer: one that is older or newer says so, and waits. */
export function serverTold({ now }: Pick<QueryContext, 'now'>) {
  return { server_version: manifest.version, formats: [...formats], now }
}

/** Where a device stands: what it seals next, after what, and which session is open on its register. */
export async function standingOf(context: QueryContext, id: string): Promise<z.input<typeof standing>> {
  const { branchId, registerId, registerCode, lastSequence } = await readBoundDevice(context, id)
  const { hash } = await standOf(context, { id, registerId })
  const session = await findOpenSession(context, registerId)
  return {
    ...{ device_id: id, branch_id: branchId, register_id: registerId, register_code: registerCode },
    ...{ next_sequence: lastSequence + 1, head_hash: hash },
    session: session
      ? {
          ...{ id: session.id, opened_by: session.opened_by, opened_at: session.opened_at },
          ...{ float_amount: session.float_amount, currency: session.currency, status: 'open' },
        }
      : null,
    ...serverTold(context),
  }
}

/** A note of a device of a branch that the caller works with, with its text as far as that is kept. Refuses with `not_found`. */
export async function openNote(
  context: QueryContext,
  { encryption }: Pick<Settings, 'encryption'>,
  id: string,
): Promise<z.input<typeof noteInFull>> {
  const { sealed, ...found } = (await findNote(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return { ...found, body: sealed === null ? null : encryption.open(sealed, notePlace(context, id)) }
}

/** Where the text of a note that was not done as it says stands. */
export function notePlace({ tenantId }: { readonly tenantId: string }, id: string) {
  return { table: 'sync.kept_note', column: 'sealed', tenantId, row: id }
}
