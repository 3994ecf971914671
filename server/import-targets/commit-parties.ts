import type { Made, RowOutcome, TargetRow } from '../imports/index.ts'
import {
  addAddress,
  addTaxNumber,
  changeParty,
  createParties,
  type NewParty,
  partyAddress,
  partyTaxNumber,
  setRole,
} from '../parties/index.ts'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import type { PartyOptions, PartyRow } from './parties.ts'
import { findKnownParties, type KnownParty } from './party-queries.ts'

export type PartyRole = 'customer' | 'supplier'

interface Manner {
  readonly as: PartyRole
  readonly options: PartyOptions
}

/**
 * Makes and changes parties in the order of their rows: new ones that follow one another in lists, others one by one. What is refused
 * of a change is thrown, and ends the batch.
 */
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
  let fresh: PartyRow[] = []
  const makeFresh = async () => {
    if (fresh.length > 0) outcomes.push(...(await makeParties(context, manner, fresh)))
    fresh = []
  }
  for (const { values } of rows) {
    const holder = values.email === undefined ? undefined : byEmail.get(values.email)
    // Whoever has this address and another code is somebody else: that is refused when they are made.
    const isThem = values.code === undefined || (holder?.role?.code ?? null) === null
    const known = (values.code === undefined ? undefined : byCode.get(values.code)) ?? (isThem ? holder : undefined)
    if (known === undefined) {
      fresh.push(values)
      continue
    }
    await makeFresh()
    outcomes.push(await changeKnown(withSchemas(context), manner, { row: values, known }))
  }
  await makeFresh()
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

async function makeParties(
  context: CommandContext,
  { as, options }: Manner,
  rows: readonly PartyRow[],
): Promise<RowOutcome[]> {
  const made = await createParties(
    context,
    rows.map((row) => newPartyOf(as, options, row)),
  )
  return made.map((one, at): RowOutcome => {
    if (one instanceof Refusal) return one
    const row = rows[at]
    const name = `party ${row?.code ?? row?.email ?? row?.name}`
    return { what: 'created', made: [{ resource: 'party', id: one.id, what: 'created', version_after: 1, name }] }
  })
}

function newPartyOf(as: PartyRole, options: PartyOptions, row: PartyRow): NewParty {
  const { kind = as === 'customer' ? 'person' : 'organisation', name, email, phone, note } = row
  const { street, city, postal_code, tax_number } = row
  const country = row.country ?? options.country ?? ''
  const place = definedOf({ street, city, postal_code })
  const scheme = options.tax_scheme ?? 'VAT'
  return {
    kind,
    name,
    ...definedOf({ email, phone, note }),
    role: as,
    terms: termsOf(row),
    addresses: Object.keys(place).length > 0 ? [{ purpose: 'billing', country, ...place }] : [],
    tax_numbers: tax_number === undefined ? [] : [{ country, scheme, number: tax_number }],
  }
}

function termsOf({ code, payment_days, payment_terms, currency, lead_time_days, minimum_order }: PartyRow) {
  return definedOf({ code, payment_days, payment_terms, currency, lead_time_days, minimum_order })
}

/** A row of somebody who is there. */
interface Known {
  readonly row: PartyRow
  readonly known: KnownParty
}

async function changeKnown(context: CommandContext, manner: Manner, { row, known }: Known): Promise<RowOutcome> {
  const old: Record<string, unknown> = {}
  const party = await change(context, known, row, old)
  const details = [
    ...(await setTerms(context, manner.as, { row, known })),
    ...(await addDetails(context, manner.options, { row, known })),
  ]
  const isChanged = Object.keys(old).length > 0
  const what = isChanged || details.length > 0 ? 'updated' : 'skipped'
  const name = `party ${row.code ?? row.email ?? row.name}`
  // What belongs to them is told by itself, with a version of its own.
  const itself: Made = { resource: 'party', id: party.id, what, name }
  const made = isChanged ? { ...itself, version_after: party.version, old } : itself
  return { what, made: [made, ...details.map((one) => ({ ...one, name: `${one.resource} of ${name}` }))] }
}

async function change(context: CommandContext, known: KnownParty, row: PartyRow, old: Record<string, unknown>) {
  const said = definedOf({ name: row.name, email: row.email, phone: row.phone, note: row.note })
  const names = (Object.keys(said) as (keyof typeof said)[]).filter((one) => said[one] !== known[one])
  if (names.length === 0) return known
  for (const one of names) old[one] = known[one]
  const values = Object.fromEntries(names.map((one) => [one, said[one]]))
  return changeParty(context, { id: known.id, version: known.version, ...values })
}

type Detail = Omit<Made, 'name'>

async function setTerms(context: CommandContext, as: PartyRole, { row, known }: Known): Promise<Detail[]> {
  const said = termsOf(row)
  const { id, role } = known
  const names = (Object.keys(said) as (keyof typeof said)[]).filter((one) => said[one] !== role?.[one])
  if (names.length === 0 && role && !role.is_ended) return []
  const { roles } = await setRole(context, { id, role: as, version: role?.version ?? 0, ...said })
  const held = roles.find((one) => one.role === as)
  if (!held) return []
  const made = { resource: 'party_role', id: held.id, version_after: held.version } as const
  if (!role) return [{ ...made, what: 'created' }]
  const old = Object.fromEntries(names.map((one) => [one, role[one]]))
  return [{ ...made, what: 'updated', old: { ...old, is_ended: role.is_ended } }]
}

async function addDetails(context: CommandContext, options: PartyOptions, { row, known }: Known): Promise<Detail[]> {
  const { street, city, postal_code, tax_number } = row
  const country = row.country ?? options.country ?? ''
  const has = (one: { street: string | null; city: string | null; postal_code: string | null }) =>
    one.street === (street ?? null) && one.city === (city ?? null) && one.postal_code === (postal_code ?? null)
  const isPlaced = [street, city, postal_code].some((part) => part !== undefined)
  const added: Detail[] = []
  if (isPlaced && !known.addresses.some(has)) {
    const place = definedOf({ street, city, postal_code })
    const { id, version } = await addAddress(context, { party_id: known.id, purpose: 'billing', country, ...place })
    added.push({ resource: 'party_address', id, what: 'created', version_after: version })
  }
  if (tax_number !== undefined && !known.tax_numbers.includes(tax_number)) {
    const scheme = options.tax_scheme ?? 'VAT'
    const { id, version } = await addTaxNumber(context, { party_id: known.id, country, scheme, number: tax_number })
    added.push({ resource: 'party_tax_number', id, what: 'created', version_after: version })
  }
  return added
}
