import { type SqlBool, sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Role } from './contract.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const partyColumns = [
  'id',
  sql<'person' | 'organisation'>`kind`.as('kind'),
  'name',
  'first_name',
  'last_name',
  'legal_name',
  'email',
  'phone',
  'preferred_locale',
  'note',
  'deleted_at',
  'anonymised_at',
  'version',
  'created_at',
  'updated_at',
] as const

export interface PartyFilter {
  readonly role?: Role | undefined
  readonly approval?: string | undefined
  readonly group_id?: string | undefined
  /** Beginnings of terms, of which a party needs all. */
  readonly prefixes: readonly string[]
  readonly limit: number
}

/** The query for a page of parties by name, and one row more when there is a next page. Deleted ones are left out. */
export function listParties(
  { db, tenantId }: Scope,
  { role, approval, group_id, prefixes, limit }: PartyFilter,
  after: readonly [sortName: string, id: string] | undefined,
) {
  const inRole = sql<SqlBool>`EXISTS (
    SELECT FROM parties.party_role r
    WHERE r.tenant_id = ${tenantId} AND r.party_id = parties.party.id AND r.ended_at IS NULL
      AND (${role ?? null}::text IS NULL OR r.role = ${role ?? null})
      AND (${approval ?? null}::text IS NULL OR r.approval = ${approval ?? null})
      AND (${group_id ?? null}::uuid IS NULL OR r.group_id = ${group_id ?? null}))`
  // The highest code point is behind everything that begins with the prefix.
  const found = (prefix: string) => sql<SqlBool>`id IN (
    SELECT t.party_id FROM parties.term t
    WHERE t.tenant_id = ${tenantId} AND t.term >= ${prefix} AND t.term < ${`${prefix}\u{10ffff}`})`
  return db
    .selectFrom('parties.party')
    .select([...partyColumns, sql<string>`coalesce(sort_name, '')`.as('sort_name')])
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(
      [role, approval, group_id].some((one) => one !== undefined),
      (qb) => qb.where(inRole),
    )
    .where((eb) => eb.and(prefixes.map(found)))
    .$if(after !== undefined, (qb) =>
      qb.where(sql<SqlBool>`(sort_name, id) > (${after?.[0]} COLLATE "C", ${after?.[1]}::uuid)`),
    )
    .orderBy('parties.party.sort_name')
    .orderBy('id')
    .limit(limit + 1)
}

/** These parties, deleted ones included. */
export function findParties({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('parties.party')
    .select(partyColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
}

/** What these parties are called, deleted ones included; of one that was anonymised, null. */
export function lookUpParties({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('parties.party')
    .select(['id', partyColumns[1], 'name', sql<boolean>`deleted_at IS NOT NULL`.as('is_deleted')])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .execute()
}

/** One party, deleted or not, held until the end of the transaction. */
export function lockParty({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('parties.party')
    .select(partyColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** These parties, deleted ones included, held until the end of the transaction, in the order of their ids. */
export function lockParties({ db, tenantId }: Scope, ids: readonly string[]) {
  return db
    .selectFrom('parties.party')
    .select(partyColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

export interface PartyValues {
  readonly name?: string
  readonly sort_name?: string
  readonly first_name?: string | null
  readonly last_name?: string | null
  readonly legal_name?: string | null
  readonly email?: string | null
  readonly phone?: string | null
  readonly preferred_locale?: string | null
  readonly note?: string | null
}

/** Makes a party. */
export async function insertParty(
  { db, tenantId }: Scope,
  row: PartyValues & { id: string; kind: string },
): Promise<void> {
  await db
    .insertInto('parties.party')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** Changes the fields given and counts the version up. */
export async function updateParty(
  { db, tenantId }: Scope,
  id: string,
  values: PartyValues & { deleted_at?: Date | null },
): Promise<void> {
  await db
    .updateTable('parties.party')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** Deletes parties. */
export async function endParties({ db, tenantId }: Scope, ids: readonly string[], at: Date): Promise<void> {
  await db
    .updateTable('parties.party')
    .set((eb) => ({ deleted_at: at, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute()
}

/** Says of the roles and tax numbers of parties whether they are open: codes and numbers of a deleted one are free. */
export async function setDetailsOpen({ db, tenantId }: Scope, ids: readonly string[], isOpen: boolean): Promise<void> {
  for (const table of ['parties.party_role', 'parties.tax_number'] as const)
    await db
      .updateTable(table)
      .set({ is_of_open_party: isOpen })
      .where('tenant_id', '=', tenantId)
      .where('party_id', '=', sql<string>`any(${ids}::uuid[])`)
      .execute()
}

/** Empties everything personal of a party, its contacts, addresses and tax numbers, those removed earlier included. */
export async function blankParty({ db, tenantId }: Scope, id: string): Promise<void> {
  const gone = { deleted_at: sql<Date>`coalesce(deleted_at, transaction_timestamp())`, updated_at: now }
  await db
    .updateTable('parties.contact')
    .set((eb) => ({
      name: null,
      job_title: null,
      email: null,
      phone: null,
      ...gone,
      version: eb('version', '+', 1),
    }))
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', id)
    .execute()
  await db
    .updateTable('parties.address')
    .set((eb) => ({
      street: null,
      postal_code: null,
      city: null,
      district: null,
      ...gone,
      version: eb('version', '+', 1),
    }))
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', id)
    .execute()
  await db
    .updateTable('parties.tax_number')
    .set((eb) => ({ number: null, ...gone, version: eb('version', '+', 1) }))
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', id)
    .execute()
  await db
    .updateTable('parties.party')
    .set((eb) => ({
      name: null,
      sort_name: null,
      first_name: null,
      last_name: null,
      legal_name: null,
      email: null,
      phone: null,
      note: null,
      ...gone,
      anonymised_at: now,
      version: eb('version', '+', 1),
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

/** Takes everything personal out of the stored answers that name a party: whoever repeats a command is told nothing of it. */
export async function forgetAnswers({ client, tenantId }: Scope, id: string): Promise<void> {
  await client.query({
    name: 'forget-answers',
    text: 'SELECT platform.forget_answers($1, $2)',
    values: [tenantId, id],
  })
}

/** Replaces what a party is found by. */
export async function putTerms({ client, tenantId }: Scope, id: string, terms: readonly string[]): Promise<void> {
  await client.query({
    name: 'put-party-terms',
    text: 'SELECT parties.put_terms($1, $2, $3)',
    values: [tenantId, id, terms],
  })
}
