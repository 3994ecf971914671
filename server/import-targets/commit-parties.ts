import type { Made, RowOutcome, TargetRow } from '../imports/index.ts'
import {
  addAddress,
  addTaxNumber,
  changeParty,
  createParty,
  partyAddress,
  partyTaxNumber,
  setRole,
} from '../parties/index.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import type { PartyOptions, PartyRow } from './parties.ts'
import { findKnownParties, findParty, type KnownParty } from './party-queries.ts'

export type PartyRole = 'customer' | 'supplier'

interface Manner {
  readonly as: PartyRole
  readonly options: PartyOptions
}

/** Makes and changes parties, one after the other; what is refused is thrown, and ends the batch. */
export async function commitParties(
  context: CommandContext,
  manner: Manner,
  rows: readonly TargetRow<PartyRow>[],
): Promise<RowOutcome[]> {
  const found = await findKnownParties(context, manner.as, {
    codes: rows.flatMap(({ values }) => values.code ?? []),
    emails: rows.flatMap(({ values }) => values.email ?? []),
  })
  const byCode = new Map(found.map((one) => [one.role?.code ?? null, one]))
  const byEmail = new Map(found.map((one) => [one.email, one]))
  const outcomes: RowOutcome[] = []
  for (const { values } of rows) {
    const holder = values.email === undefined ? undefined : byEmail.get(values.email)
    // Whoever has this address and another code is somebody else: that is refused when they are made.
    const isThem = values.code === undefined || (holder?.role?.code ?? null) === null
    const known = (values.code === undefined ? undefined : byCode.get(values.code)) ?? (isThem ? holder : undefined)
    outcomes.push(await commitParty(withSchemas(context), manner, { row: values, known }))
  }
  return outcomes
}

/** What is personal of an address or a tax number stays out of the chain, whichever operation names it. */
export function withSchemas(context: CommandContext): CommandContext {
  const schemas: Readonly<Record<string, typeof partyAddress | typeof partyTaxNumber>> = {
    party_address: partyAddress,
    party_tax_number: partyTaxNumber,
  }
  return {
    ...context,
    changed(change) {
      const schema = change.schema ?? schemas[change.resource]
      context.changed(schema ? { ...change, schema } : change)
    },
  }
}

async function commitParty(
  context: CommandContext,
  { as, options }: Manner,
  { row, known }: { row: PartyRow; known: KnownParty | undefined },
): Promise<RowOutcome> {
  const name = `party ${row.code ?? row.email ?? row.name}`
  const old: Record<string, unknown> = {}
  const party = known ? await change(context, known, row, old) : await make(context, as, row)
  const hasTerms = await setTerms(context, as, { id: party.id, row, known, old })
  const hasDetails = await addDetails(context, options, { id: party.id, row, known })
  const isChanged = Object.keys(old).length > 0 || hasTerms || hasDetails
  const found = isChanged ? 'updated' : 'skipped'
  const what = known === undefined ? 'created' : found
  const made: Made = { resource: 'party', id: party.id, what, version_after: party.version, old, name }
  return { what, made: [made] }
}

async function make(context: CommandContext, as: PartyRole, row: PartyRow) {
  const { kind = as === 'customer' ? 'person' : 'organisation', name, email, phone, note } = row
  return createParty(context, { kind, name, ...definedOf({ email, phone, note }), roles: [as] })
}

async function change(context: CommandContext, known: KnownParty, row: PartyRow, old: Record<string, unknown>) {
  const said = definedOf({ name: row.name, email: row.email, phone: row.phone, note: row.note })
  const names = (Object.keys(said) as (keyof typeof said)[]).filter((one) => said[one] !== known[one])
  if (names.length === 0) return known
  for (const one of names) old[one] = known[one]
  const values = Object.fromEntries(names.map((one) => [one, said[one]]))
  return changeParty(context, { id: known.id, version: known.version, ...values })
}

async function setTerms(
  context: CommandContext,
  as: PartyRole,
  { id, row, known, old }: { id: string; row: PartyRow; known: KnownParty | undefined; old: Record<string, unknown> },
): Promise<boolean> {
  const { code, payment_days, payment_terms, currency, lead_time_days, minimum_order } = row
  const said = definedOf({ code, payment_days, payment_terms, currency, lead_time_days, minimum_order })
  const role = known ? known.role : (await findParty(context, as, id))?.role
  const names = (Object.keys(said) as (keyof typeof said)[]).filter((one) => said[one] !== role?.[one])
  if (names.length === 0 && role) return false
  if (known && role) old.terms = Object.fromEntries(names.map((one) => [one, role[one]]))
  await setRole(context, { id, role: as, version: role?.version ?? 0, ...said })
  return known !== undefined
}

async function addDetails(
  context: CommandContext,
  options: PartyOptions,
  { id, row, known }: { id: string; row: PartyRow; known: KnownParty | undefined },
): Promise<boolean> {
  const { street, city, postal_code, tax_number } = row
  const country = row.country ?? options.country ?? ''
  const has = (one: { street: string | null; city: string | null; postal_code: string | null }) =>
    one.street === (street ?? null) && one.city === (city ?? null) && one.postal_code === (postal_code ?? null)
  const isPlaced = [street, city, postal_code].some((part) => part !== undefined)
  const addsAddress = isPlaced && !known?.addresses.some(has)
  if (addsAddress) {
    const place = definedOf({ street, city, postal_code })
    await addAddress(context, { party_id: id, purpose: 'billing', country, ...place })
  }
  const addsNumber = tax_number !== undefined && !known?.tax_numbers.includes(tax_number)
  if (addsNumber)
    await addTaxNumber(context, { party_id: id, country, scheme: options.tax_scheme ?? 'VAT', number: tax_number })
  return addsAddress || addsNumber
}
