import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { assertCurrency } from '../reference/index.ts'
import {
  type addAddressInput,
  address,
  type addTaxNumberInput,
  type createPartyInput,
  emailTaken,
  partyInFull,
  type Role,
  roleCodeTaken,
  taxNumber,
  taxNumberMalformed,
  taxNumberTaken,
} from './contract.ts'
import {
  type AddressRow,
  insertParties,
  type PartyRow,
  type RoleRow,
  readTaken,
  type Taken,
  type TaxNumberRow,
} from './many-party-queries.ts'
import { isTrader, nameOf } from './parties.ts'
import type { Terms } from './role-queries.ts'
import { assertTermsFit } from './roles.ts'
import { fold, termsOf } from './search-terms.ts'
import { isTaxNumber } from './tax-number-form.ts'

type OfParty<T> = Omit<T, 'id' | 'party_id'>

/** Somebody to be made, with what belongs to them, as the commands take it that make these things one by one; in no group. */
export interface NewParty extends Omit<z.output<typeof createPartyInput>, 'id' | 'roles'> {
  readonly role: Role
  readonly terms: Omit<Terms, 'group_id'>
  readonly addresses: readonly OfParty<z.output<typeof addAddressInput>>[]
  readonly tax_numbers: readonly OfParty<z.output<typeof addTaxNumberInput>>[]
}

/** Somebody who is right. */
interface Draft {
  readonly party: PartyRow & { readonly name: string }
  readonly role: RoleRow
  readonly addresses: readonly AddressRow[]
  readonly taxNumbers: readonly TaxNumberRow[]
}

/**
 * Makes many parties, each right or refused by itself, in the order of the list: the second of two with one e-mail address, code or
 * tax number is refused. Answers with their ids; versions are 1. When somebody else takes one of these at the same moment, all of it
 * is judged again. A country that is not there refuses the whole list with `unknown_country`.
 */
export async function createParties(
  context: CommandContext,
  given: readonly NewParty[],
): Promise<({ readonly id: string } | Refusal)[]> {
  const world = await readWorld(context, given)
  const judged = given.map((one) => attempt(() => take(world, draftOf(context, one))))
  const drafts = judged.filter((one): one is Draft => !(one instanceof Refusal))
  const made = await insertParties(context, {
    parties: drafts.map(({ party }) => party),
    roles: drafts.map(({ role }) => role),
    addresses: drafts.flatMap(({ addresses }) => addresses),
    taxNumbers: drafts.flatMap(({ taxNumbers }) => taxNumbers),
    terms: drafts.map(findableBy),
  }).catch(runAgainIfTaken)
  announce(context, made)
  return judged.map((one) => (one instanceof Refusal ? one : { id: one.party.id }))
}

interface World extends Taken {
  readonly currencies: ReadonlyMap<string, Refusal | undefined>
}

async function readWorld(context: CommandContext, given: readonly NewParty[]): Promise<World> {
  const taken = await readTaken(context, {
    emails: given.flatMap(({ email }) => email ?? []),
    codes: given.flatMap(({ role, terms: { code } }) => (code ? { role, code } : [])),
    numbers: given.flatMap(({ tax_numbers }) => tax_numbers),
  })
  const currencies = new Map<string, Refusal | undefined>()
  for (const currency of new Set(given.flatMap(({ terms }) => terms.currency ?? [])))
    currencies.set(currency, await refusalOf(assertCurrency(context, currency)))
  return { ...taken, currencies }
}

function draftOf({ newId }: CommandContext, { role, terms, addresses, tax_numbers, ...values }: NewParty): Draft {
  const party_id = newId()
  const name = nameOf({ first_name: null, last_name: null, ...definedOf(values) })
  const approval = isTrader(role) ? 'pending' : null
  return {
    party: { ...definedOf(values), id: party_id, name, sort_name: fold(name) },
    role: { ...definedOf(terms), id: newId(), party_id, role, approval },
    addresses: addresses.map((one) => ({ ...one, id: newId(), party_id })),
    taxNumbers: tax_numbers.map((one) => ({ ...one, id: newId(), party_id })),
  }
}

/** Judges somebody on what there is and on those before; what they take is taken from then on. */
function take(world: World, draft: Draft): Draft {
  const { party, role, taxNumbers } = draft
  assertTermsFit(role.role, role)
  const currency = world.currencies.get(role.currency ?? '')
  if (currency) throw currency
  if (taxNumbers.some((one) => !isTaxNumber(one))) refuse(taxNumberMalformed)
  const numbers = taxNumbers.map(({ country, scheme, number }) => `${country} ${scheme} ${number}`)
  const email = party.email ?? undefined
  const code = role.code ? `${role.role} ${role.code}` : undefined
  if (email !== undefined && world.emails.has(email)) refuse(emailTaken)
  if (code !== undefined && world.codes.has(code)) refuse(roleCodeTaken)
  if (new Set(numbers).size < numbers.length || numbers.some((one) => world.numbers.has(one))) refuse(taxNumberTaken)
  if (email !== undefined) world.emails.add(email)
  if (code !== undefined) world.codes.add(code)
  for (const one of numbers) world.numbers.add(one)
  return draft
}

function findableBy({ party, role, taxNumbers }: Draft) {
  const terms = termsOf({
    names: [party.name, party.legal_name ?? null, party.first_name ?? null, party.last_name ?? null],
    emails: [party.email ?? null],
    phones: [party.phone ?? null],
    codes: [role.code ?? null, ...taxNumbers.map(({ number }) => number)],
  })
  return { party_id: party.id, terms }
}

/** An entry for each thing; what is personal of an address or a tax number stays out by its own schema, whoever made it. */
function announce(context: CommandContext, made: Awaited<ReturnType<typeof insertParties>>): void {
  const rolesOf = Map.groupBy(made.roles, ({ party_id }) => party_id)
  const addressesOf = Map.groupBy(made.addresses, ({ party_id }) => party_id)
  const numbersOf = Map.groupBy(made.taxNumbers, ({ party_id }) => party_id)
  for (const party of made.parties) {
    const [addresses, tax_numbers] = [addressesOf.get(party.id) ?? [], numbersOf.get(party.id) ?? []]
    const whole = { ...party, roles: rolesOf.get(party.id) ?? [], contacts: [], addresses, tax_numbers }
    context.changed({ resource: 'party', id: party.id, new: whole, schema: partyInFull })
    for (const one of addresses)
      context.changed({ resource: 'party_address', id: one.id, new: { ...one }, schema: address })
    for (const one of tax_numbers)
      context.changed({ resource: 'party_tax_number', id: one.id, new: { ...one }, schema: taxNumber })
  }
}

function attempt<T>(work: () => T): T | Refusal {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

async function refusalOf(work: Promise<void>): Promise<Refusal | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

const unique = new Set(['party_email_key', 'party_role_code_key', 'tax_number_key'])

/** What was free when it was read has been taken since: a serialization failure, which is run again and then sees it. */
function runAgainIfTaken(error: unknown): never {
  if (!unique.has((error as { constraint?: string }).constraint ?? '')) throw error
  throw Object.assign(new Error('somebody took an address, a code or a number meanwhile', { cause: error }), {
    code: '40001',
  })
}
