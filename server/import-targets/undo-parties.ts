import type { Former } from '../imports/index.ts'
import { changeParty, deleteParty, setRole } from '../parties/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { type PartyRole, withSchemas } from './commit-parties.ts'
import { findParty } from './party-queries.ts'

/**
 * Deletes the parties that rows made; of those that they changed, says again what was said before. An address or a tax number
 * that was added to somebody who was there stays: it is no less true.
 */
export async function undoParties(context: CommandContext, as: PartyRole, formers: readonly Former[]): Promise<void> {
  const own = withSchemas(context)
  for (const { resource_id: id, what, old } of formers) {
    const known = what === 'skipped' ? undefined : await findParty(context, as, id)
    if (!known) continue
    if (what === 'created') {
      await deleteParty(own, { id, version: known.version })
      continue
    }
    const { terms, ...values } = { ...old }
    if (Object.keys(values).length > 0) await changeParty(own, { id, version: known.version, ...values })
    if (terms && known.role) await setRole(own, { id, role: as, version: known.role.version, ...terms })
  }
}
