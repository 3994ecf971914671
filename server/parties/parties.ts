import type { z } from 'zod'
import { together } from '../platform/database.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import {
  type byVersion,
  type createPartyInput,
  partyAnonymised,
  partyDeleted,
  partyInFull,
  partyNameMissing,
  partyNotDeleted,
  partyNotFound,
  traders,
  type updatePartyInput,
} from './contract.ts'
import { addressesOf, contactsOf, taxNumbersOf } from './detail-queries.ts'
import {
  blankParty,
  endParties,
  findParties,
  forgetAnswers,
  insertParty,
  lockParties,
  lockParty,
  putTerms,
  type Scope,
  setDetailsOpen,
  updateParty,
} from './queries.ts'
import { insertRole, rolesOf } from './role-queries.ts'
import { fold, termsOf } from './search-terms.ts'

type Input<T extends z.ZodType> = z.output<T>

/** One party with everything that belongs to it; deleted and anonymised ones, too, for their documents. */
export async function readParty(context: Scope, id: string) {
  const [found] = await readParties(context, [id])
  return found ?? refuse(platformRefusals.notFound)
}

async function readParties(context: Scope, ids: readonly string[]) {
  const [found, ...theirs] = await together([
    findParties(context, ids),
    rolesOf(context, ids),
    contactsOf(context, ids),
    addressesOf(context, ids),
    taxNumbersOf(context, ids),
  ] as const)
  const [roles, contacts, addresses, numbers] = theirs
  const [rolesBy, contactsBy] = [Map.groupBy(roles, partyIdOf), Map.groupBy(contacts, partyIdOf)]
  const [addressesBy, numbersBy] = [Map.groupBy(addresses, partyIdOf), Map.groupBy(numbers, partyIdOf)]
  return found.map((party) => ({
    ...party,
    roles: rolesBy.get(party.id) ?? [],
    contacts: contactsBy.get(party.id) ?? [],
    addresses: addressesBy.get(party.id) ?? [],
    tax_numbers: numbersBy.get(party.id) ?? [],
  }))
}

function partyIdOf({ party_id }: { party_id: string }): string {
  return party_id
}

/** Adds their roles to parties. */
export async function withRoles<P extends { id: string }>(context: QueryContext, parties: readonly P[]) {
  const roles = await rolesOf(
    context,
    parties.map(({ id }) => id),
  )
  const ofParty = Map.groupBy(roles, ({ party_id }) => party_id)
  return parties.map((party) => ({ ...party, roles: ofParty.get(party.id) ?? [] }))
}

/** Makes a party in these roles. */
export async function createParty(
  context: CommandContext,
  { roles, id = context.newId(), ...values }: Input<typeof createPartyInput>,
) {
  const name = nameOf({ first_name: null, last_name: null, ...definedOf(values) })
  await insertParty(context, { ...definedOf(values), id, name, sort_name: fold(name) })
  for (const role of new Set(roles)) {
    const approval = isTrader(role) ? 'pending' : null
    await insertRole(context, { id: context.newId(), party_id: id, role, approval })
  }
  await refreshTerms(context, id)
  const made = await readParty(context, id)
  context.changed({ resource: 'party', id, new: made, schema: partyInFull })
  return made
}

/** Changes a party. A person without a name of their own is called by the first and the last one. */
export async function changeParty(context: CommandContext, { id, version, ...values }: Input<typeof updatePartyInput>) {
  const old = await holdParty(context, id, version)
  const given = definedOf(values)
  const wasComposed = old.name === composed(old)
  const isRenamed = given.first_name !== undefined || given.last_name !== undefined
  const names = { ...old, ...given, name: given.name ?? (wasComposed && isRenamed ? null : old.name) }
  const name = nameOf(names)
  await updateParty(context, id, { ...given, name, sort_name: fold(name) })
  return finish(context, old)
}

/** Deletes a party: nothing new is done with it, and its e-mail address, codes and tax numbers are free. */
export async function deleteParty(context: CommandContext, input: Input<typeof byVersion>) {
  const [deleted] = await deleteParties(context, [input])
  return deleted ?? refuse(platformRefusals.notFound)
}

/** Deletes parties as `deleteParty` does, all of them or none; answers with them in the order of the list. */
export async function deleteParties(context: CommandContext, given: readonly Input<typeof byVersion>[]) {
  const ids = given.map(({ id }) => id)
  const held = new Map((await lockParties(context, ids)).map((one) => [one.id, one]))
  const olds = given.map(({ id, version }) => assertHeld(held.get(id), version))
  await endParties(context, ids, context.now)
  await setDetailsOpen(context, ids, false)
  // What they are found by stays: they may be restored, and lists leave them out.
  const found = new Map((await readParties(context, ids)).map((one) => [one.id, one]))
  return olds.flatMap((old) => {
    const deleted = found.get(old.id)
    if (!deleted) return []
    context.changed({ resource: 'party', id: old.id, old, new: deleted, schema: partyInFull })
    return deleted
  })
}

/** Takes the deletion of a party back. */
export async function restoreParty(context: CommandContext, { id, version }: Input<typeof byVersion>) {
  const old = (await lockParty(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (old.anonymised_at) refuse(partyAnonymised)
  if (!old.deleted_at) refuse(partyNotDeleted)
  await updateParty(context, id, { deleted_at: null })
  await setDetailsOpen(context, [id], true)
  return finish(context, old)
}

/** Empties what is kept of a party elsewhere. `words`: what it was called and reached by; `codes`: those of its roles. */
export type ForgetParty = (
  context: CommandContext,
  partyId: string,
  said: { readonly words: string[]; readonly codes: string[] },
) => Promise<void>

/** Empties everything personal of a party for ever. The row and its id stay, and with them what documents say. */
export async function anonymiseParty(
  context: CommandContext,
  { id, version }: Input<typeof byVersion>,
  forget: ForgetParty,
) {
  const old = (await lockParty(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.anonymised_at) refuse(partyAnonymised)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const said = saidOf(await readParty(context, id))
  await blankParty(context, id)
  await setDetailsOpen(context, [id], false)
  await forgetAnswers(context, id)
  await putTerms(context, id, [])
  await forget(context, id, said)
  const changed = await readParty(context, id)
  context.changed({ resource: 'party', id, old, new: changed, schema: partyInFull })
  return changed
}

function saidOf(party: Awaited<ReturnType<typeof readParty>>) {
  const { name, legal_name, first_name, last_name, email, phone, roles, contacts, addresses, tax_numbers } = party
  const words = [
    ...[name, legal_name, `${first_name ?? ''} ${last_name ?? ''}`, email, phone],
    ...contacts.flatMap((one) => [one.name, one.email, one.phone]),
    ...addresses.map(({ street }) => street),
    ...tax_numbers.map(({ number }) => number),
  ]
  return { words: words.filter((one) => one !== null), codes: roles.flatMap(({ code }) => code ?? []) }
}

/** A party that something is added to, held; `party_not_found` when there is none. */
export async function holdOpenParty(context: Scope, id: string) {
  const found = (await lockParty(context, id)) ?? refuse(partyNotFound)
  assertOpen(found)
  return found
}

/** Refuses parties that nothing new is done with. */
export function assertOpen(party: { deleted_at: Date | null; anonymised_at: Date | null }): void {
  if (party.anonymised_at) refuse(partyAnonymised)
  if (party.deleted_at) refuse(partyDeleted)
}

/** Brings up to date what a party is found by. */
export async function refreshTerms(context: Scope, id: string): Promise<void> {
  const party = await readParty(context, id)
  const { contacts } = party
  const terms = termsOf({
    names: [party.name, party.legal_name, party.first_name, party.last_name, ...contacts.map(({ name }) => name)],
    emails: [party.email, ...contacts.map(({ email }) => email)],
    phones: [party.phone, ...contacts.map(({ phone }) => phone)],
    codes: [...party.roles.map(({ code }) => code), ...party.tax_numbers.map(({ number }) => number)],
  })
  await putTerms(context, id, terms)
}

/** True for roles that need approval. */
export function isTrader(role: string): boolean {
  return traders.some((trader) => trader === role)
}

async function holdParty(context: CommandContext, id: string, version: number) {
  return assertHeld(await lockParty(context, id), version)
}

function assertHeld<P extends { version: number; deleted_at: Date | null; anonymised_at: Date | null }>(
  old: P | undefined,
  version: number,
): P {
  if (!old) refuse(platformRefusals.notFound)
  assertOpen(old)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return old
}

async function finish(context: CommandContext, old: { id: string }) {
  await refreshTerms(context, old.id)
  const changed = await readParty(context, old.id)
  context.changed({ resource: 'party', id: old.id, old, new: changed, schema: partyInFull })
  return changed
}

interface Names {
  readonly name?: string | null
  readonly first_name: string | null
  readonly last_name: string | null
}

/** What a party is called: its name, or a first and a last one. Refuses with `party_name_missing`. */
export function nameOf(names: Names): string {
  const name = names.name ?? composed(names)
  return name === '' ? refuse(partyNameMissing) : name
}

function composed({ first_name, last_name }: Names): string {
  return [first_name, last_name].filter((part) => part !== null).join(' ')
}
