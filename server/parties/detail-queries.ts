import { sql } from 'kysely'
import type { purposes } from './contract.ts'
import type { Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`
const stamps = ['deleted_at', 'version', 'created_at', 'updated_at'] as const
const contactColumns = ['id', 'party_id', 'name', 'job_title', 'email', 'phone', ...stamps] as const
const addressColumns = [
  'id',
  'party_id',
  sql<(typeof purposes)[number]>`purpose`.as('purpose'),
  'street',
  'postal_code',
  'city',
  'district',
  'country',
  ...stamps,
] as const
const taxNumberColumns = ['id', 'party_id', 'country', 'scheme', 'number', ...stamps] as const

/** The contacts of these parties that were not removed, in the order they were added. */
export function contactsOf({ db, tenantId }: Scope, partyIds: readonly string[]) {
  return db
    .selectFrom('parties.contact')
    .select(contactColumns)
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', sql<string>`any(${partyIds}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** The addresses of these parties that were not removed, in the order they were added. */
export function addressesOf({ db, tenantId }: Scope, partyIds: readonly string[]) {
  return db
    .selectFrom('parties.address')
    .select(addressColumns)
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', sql<string>`any(${partyIds}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** The tax numbers of these parties that were not removed, in the order they were added. */
export function taxNumbersOf({ db, tenantId }: Scope, partyIds: readonly string[]) {
  return db
    .selectFrom('parties.tax_number')
    .select(taxNumberColumns)
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', sql<string>`any(${partyIds}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
}

/** One contact, removed or not. */
export function findContact({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('parties.contact')
    .select(contactColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** One address, removed or not. */
export function findAddress({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('parties.address')
    .select(addressColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** One tax number, removed or not. */
export function findTaxNumber({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('parties.tax_number')
    .select(taxNumberColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

interface Key {
  readonly id: string
  readonly party_id: string
}
interface ContactValues {
  readonly name?: string
  readonly job_title?: string | null
  readonly email?: string | null
  readonly phone?: string | null
  readonly deleted_at?: Date
}
interface AddressValues {
  readonly purpose?: string
  readonly street?: string | null
  readonly postal_code?: string | null
  readonly city?: string | null
  readonly district?: string | null
  readonly country?: string
  readonly deleted_at?: Date
}

/** Adds a contact. */
export function insertContact({ db, tenantId }: Scope, row: Key & ContactValues) {
  return db
    .insertInto('parties.contact')
    .values({ tenant_id: tenantId, ...row })
    .returning(contactColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateContact({ db, tenantId }: Scope, id: string, values: ContactValues) {
  return db
    .updateTable('parties.contact')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(contactColumns)
    .executeTakeFirstOrThrow()
}

/** Adds an address. */
export function insertAddress(
  { db, tenantId }: Scope,
  row: Key & AddressValues & { readonly purpose: string; readonly country: string },
) {
  return db
    .insertInto('parties.address')
    .values({ tenant_id: tenantId, ...row })
    .returning(addressColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateAddress({ db, tenantId }: Scope, id: string, values: AddressValues) {
  return db
    .updateTable('parties.address')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(addressColumns)
    .executeTakeFirstOrThrow()
}

/** Adds a tax number. */
export function insertTaxNumber(
  { db, tenantId }: Scope,
  row: Key & { readonly country: string; readonly scheme: string; readonly number: string },
) {
  return db
    .insertInto('parties.tax_number')
    .values({ tenant_id: tenantId, ...row })
    .returning(taxNumberColumns)
    .executeTakeFirstOrThrow()
}

/** Removes a tax number; it stays until its party is anonymised. */
export function removeTaxNumber({ db, tenantId }: Scope, id: string, at: Date) {
  return db
    .updateTable('parties.tax_number')
    .set((eb) => ({ deleted_at: at, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(taxNumberColumns)
    .executeTakeFirstOrThrow()
}
