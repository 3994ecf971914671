import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import {
  type addAddressInput,
  type addContactInput,
  type addTaxNumberInput,
  type byVersion,
  detailRemoved,
  taxNumberMalformed,
  type updateAddressInput,
  type updateContactInput,
} from './contract.ts'
import {
  findAddress,
  findContact,
  findTaxNumber,
  insertAddress,
  insertContact,
  insertTaxNumber,
  removeTaxNumber,
  updateAddress,
  updateContact,
} from './detail-queries.ts'
import { assertOpen, holdOpenParty, refreshTerms } from './parties.ts'
import { lockParty } from './queries.ts'
import { isTaxNumber } from './tax-number-form.ts'

type Input<T extends z.ZodType> = z.output<T>

/** Adds a person to ask for at a party. */
export async function addContact(context: CommandContext, input: Input<typeof addContactInput>) {
  await holdOpenParty(context, input.party_id)
  const made = await insertContact(context, { ...definedOf(input), id: input.id ?? context.newId() })
  await refreshTerms(context, input.party_id)
  context.changed({ resource: 'party_contact', id: made.id, new: made })
  return made
}

/** Changes a contact. */
export async function changeContact(
  context: CommandContext,
  { id, version, ...values }: Input<typeof updateContactInput>,
) {
  const old = await hold(context, findContact, { id, version })
  const changed = await updateContact(context, id, definedOf(values))
  await refreshTerms(context, old.party_id)
  context.changed({ resource: 'party_contact', id, old, new: changed })
  return changed
}

/** Removes a contact. */
export async function removeContact(context: CommandContext, input: Input<typeof byVersion>) {
  const old = await hold(context, findContact, input)
  const changed = await updateContact(context, input.id, { deleted_at: context.now })
  await refreshTerms(context, old.party_id)
  context.changed({ resource: 'party_contact', id: input.id, old, new: changed })
  return changed
}

/** Adds an address to a party. */
export async function addAddress(context: CommandContext, input: Input<typeof addAddressInput>) {
  await holdOpenParty(context, input.party_id)
  const made = await insertAddress(context, { ...definedOf(input), id: input.id ?? context.newId() })
  context.changed({ resource: 'party_address', id: made.id, new: made })
  return made
}

/** Changes an address. */
export async function changeAddress(
  context: CommandContext,
  { id, version, ...values }: Input<typeof updateAddressInput>,
) {
  const old = await hold(context, findAddress, { id, version })
  const changed = await updateAddress(context, id, definedOf(values))
  context.changed({ resource: 'party_address', id, old, new: changed })
  return changed
}

/** Removes an address. */
export async function removeAddress(context: CommandContext, input: Input<typeof byVersion>) {
  const old = await hold(context, findAddress, input)
  const changed = await updateAddress(context, input.id, { deleted_at: context.now })
  context.changed({ resource: 'party_address', id: input.id, old, new: changed })
  return changed
}

/** Adds a tax number to a party. */
export async function addTaxNumber(context: CommandContext, input: Input<typeof addTaxNumberInput>) {
  await holdOpenParty(context, input.party_id)
  if (!isTaxNumber(input)) refuse(taxNumberMalformed)
  const made = await insertTaxNumber(context, { ...input, id: input.id ?? context.newId() })
  await refreshTerms(context, input.party_id)
  context.changed({ resource: 'party_tax_number', id: made.id, new: made })
  return made
}

/** Removes a tax number. */
export async function endTaxNumber(context: CommandContext, input: Input<typeof byVersion>) {
  const old = await hold(context, findTaxNumber, input)
  const changed = await removeTaxNumber(context, input.id, context.now)
  await refreshTerms(context, old.party_id)
  context.changed({ resource: 'party_tax_number', id: input.id, old, new: changed })
  return changed
}

interface Detail {
  readonly party_id: string
  readonly version: number
  readonly deleted_at: Date | null
}

/** Something of a party, under the lock of the party, so that nobody anonymises it meanwhile. */
async function hold<D extends Detail>(
  context: CommandContext,
  find: (context: CommandContext, id: string) => Promise<D | undefined>,
  { id, version }: { id: string; version: number },
): Promise<D> {
  const { party_id } = (await find(context, id)) ?? refuse(platformRefusals.notFound)
  const party = (await lockParty(context, party_id)) ?? refuse(platformRefusals.notFound)
  assertOpen(party)
  const old = (await find(context, id)) ?? refuse(platformRefusals.notFound)
  if (old.deleted_at) refuse(detailRemoved)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  return old
}
