import { handBack, type ImportedThing, type Restored } from '../imports/index.ts'
import { changeParty, deleteParties, endRole, endTaxNumber, removeAddress, setRole } from '../parties/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { type PartyRole, withSchemas } from './commit-parties.ts'
import { findPartyDetails, type PartyDetail, versionsOfParties } from './party-queries.ts'

/**
 * Deletes the parties that rows made. Of those that were there says again what was said before, and takes back the roles, addresses and
 * tax numbers that they were given. What somebody ended meanwhile stays ended.
 */
export async function undoParties(context: CommandContext, things: readonly ImportedThing[]): Promise<void> {
  const own = withSchemas(context)
  const touched = things.filter(({ what }) => what !== 'skipped')
  const parties = touched.filter(({ resource }) => resource === 'party')
  const made = new Set(parties.filter(({ what }) => what === 'created').map((one) => one.resource_id))
  const details = touched.filter(({ resource }) => resource !== 'party')
  await undoDetails(own, details, made)
  const versions = await versionsOfParties(
    context,
    parties.map((one) => one.resource_id),
  )
  const restored: Restored[] = []
  for (const { resource_id: id, old, version_after } of parties) {
    const version = versions.get(id)
    // What goes anyway is not changed first.
    if (version === undefined || !old || made.has(id)) continue
    const { version: next } = await changeParty(own, { id, version, ...old })
    versions.set(id, next)
    restored.push({ resource: 'party', before: { id, version: (version_after ?? 0) - 1 }, now: { id, version: next } })
  }
  await handBack(own, restored)
  const ends = [...made].flatMap((id) => {
    const version = versions.get(id)
    return version === undefined ? [] : [{ id, version }]
  })
  if (ends.length > 0) await deleteParties(own, ends)
}

/** Takes back what parties were given, unless they are on the list of those who go anyway. */
async function undoDetails(
  context: CommandContext,
  things: readonly ImportedThing[],
  going: ReadonlySet<string>,
): Promise<void> {
  const ids = things.map((one) => one.resource_id)
  const held = new Map((await findPartyDetails(context, ids)).map((one) => [one.id, one]))
  const restored: Restored[] = []
  for (const { resource, resource_id: id, what, old, version_after } of things) {
    const found = held.get(id)
    if (!found || going.has(found.party_id)) continue
    const { version } = found
    // What ends here may stand there once more: it came in by each run of an import that was taken back and begun again.
    held.delete(id)
    if (resource === 'party_address') await removeAddress(context, { id, version })
    else if (resource === 'party_tax_number') await endTaxNumber(context, { id, version })
    else {
      const left = await undoRole(context, found, what === 'created' ? undefined : old)
      if (left === undefined) continue
      held.set(id, { ...found, version: left })
      restored.push({ resource, before: { id, version: (version_after ?? 0) - 1 }, now: { id, version: left } })
    }
  }
  await handBack(context, restored)
}

/** Says of a role what was said before, and ends it where it was not held; answers with its version, or undefined where it ended. */
async function undoRole(
  context: CommandContext,
  held: PartyDetail,
  old: ImportedThing['old'] | undefined,
): Promise<number | undefined> {
  const { is_ended = true, ...terms } = { ...old }
  const role = held.role as PartyRole
  const { party_id: id } = held
  let { version } = held
  const versionIn = ({ roles }: Awaited<ReturnType<typeof endRole>>) =>
    roles.find((one) => one.role === role)?.version ?? version
  if (Object.keys(terms).length > 0) version = versionIn(await setRole(context, { id, role, version, ...terms }))
  if (!is_ended) return version
  await endRole(context, { id, role, version })
  return undefined
}
