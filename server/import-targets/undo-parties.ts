import type { ImportedThing } from '../imports/index.ts'
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
  for (const { resource_id: id, old } of parties) {
    const version = versions.get(id)
    // What goes anyway is not changed first.
    if (version !== undefined && old && !made.has(id))
      versions.set(id, (await changeParty(own, { id, version, ...old })).version)
  }
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
  for (const { resource, resource_id: id, what, old } of things) {
    const found = held.get(id)
    if (!found || going.has(found.party_id)) continue
    const { version } = found
    if (resource === 'party_address') await removeAddress(context, { id, version })
    else if (resource === 'party_tax_number') await endTaxNumber(context, { id, version })
    else held.set(id, { ...found, version: await undoRole(context, found, what === 'created' ? undefined : old) })
  }
}

/** Says of a role what was said before, and ends it where it was not held; answers with its version. */
async function undoRole(
  context: CommandContext,
  held: PartyDetail,
  old: ImportedThing['old'] | undefined,
): Promise<number> {
  const { is_ended = true, ...terms } = { ...old }
  const role = held.role as PartyRole
  const { party_id: id } = held
  let { version } = held
  const versionIn = ({ roles }: Awaited<ReturnType<typeof endRole>>) =>
    roles.find((one) => one.role === role)?.version ?? version
  if (Object.keys(terms).length > 0) version = versionIn(await setRole(context, { id, role, version, ...terms }))
  if (is_ended) version = versionIn(await endRole(context, { id, role, version }))
  return version
}
