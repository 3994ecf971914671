import { together } from '../platform/database.ts'
import type { Role } from './contract.ts'
import type { PartyValues, Scope } from './queries.ts'
import type { Terms } from './role-queries.ts'

export interface PartyRow extends PartyValues {
  readonly id: string
  readonly kind: 'person' | 'organisation'
}

export interface RoleRow extends Terms {
  readonly id: string
  readonly party_id: string
  readonly role: Role
  readonly approval: 'pending' | null
}

export interface AddressRow {
  readonly id: string
  readonly party_id: string
  readonly purpose: string
  readonly street?: string | null | undefined
  readonly postal_code?: string | null | undefined
  readonly city?: string | null | undefined
  readonly district?: string | null | undefined
  readonly country: string
}

export interface TaxNumberRow {
  readonly id: string
  readonly party_id: string
  readonly country: string
  readonly scheme: string
  readonly number: string
}

/** What other parties have already: e-mail addresses, codes as `role code`, tax numbers as `country scheme number`. */
export interface Taken {
  readonly emails: Set<string>
  readonly codes: Set<string>
  readonly numbers: Set<string>
}

/** Of these, what open parties have. */
export async function readTaken(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  asked: {
    readonly emails: readonly string[]
    readonly codes: readonly Pick<RoleRow, 'role' | 'code'>[]
    readonly numbers: readonly Omit<TaxNumberRow, 'id' | 'party_id'>[]
  },
): Promise<Taken> {
  const { rows } = await client.query<Record<keyof Taken, string[]>>({
    name: 'parties-read-taken',
    text: `SELECT ARRAY(SELECT email FROM parties.party WHERE tenant_id = $1 AND email = ANY ($2::text[]) AND deleted_at IS NULL) AS emails,
                  ARRAY(SELECT r.role || ' ' || r.code FROM unnest($3::text[], $4::text[]) AS w (role, code)
                        JOIN parties.party_role r ON r.tenant_id = $1 AND r.role = w.role AND r.code = w.code
                        WHERE r.ended_at IS NULL AND r.is_of_open_party) AS codes,
                  ARRAY(SELECT concat_ws(' ', n.country, n.scheme, n.number) FROM unnest($5::text[], $6::text[], $7::text[]) AS w (country, scheme, number)
                        JOIN parties.tax_number n ON n.tenant_id = $1 AND n.country = w.country AND n.scheme = w.scheme AND n.number = w.number
                        WHERE n.deleted_at IS NULL AND n.is_of_open_party) AS numbers`,
    values: [
      tenantId,
      asked.emails,
      asked.codes.map(({ role }) => role),
      asked.codes.map(({ code }) => code),
      asked.numbers.map(({ country }) => country),
      asked.numbers.map(({ scheme }) => scheme),
      asked.numbers.map(({ number }) => number),
    ],
  })
  const [found] = rows
  return { emails: new Set(found?.emails), codes: new Set(found?.codes), numbers: new Set(found?.numbers) }
}

interface Rows {
  readonly parties: readonly PartyRow[]
  readonly roles: readonly RoleRow[]
  readonly addresses: readonly AddressRow[]
  readonly taxNumbers: readonly TaxNumberRow[]
  readonly terms: readonly { readonly party_id: string; readonly terms: readonly string[] }[]
}

interface Stamped {
  readonly version: number
  readonly created_at: Date
  readonly updated_at: Date
}

/**
 * Makes parties with all that is theirs and what they are found by, in one statement each, in an order in which two of these wait
 * for one another. Answers with the rows as they are now, those of each kind in the order they were given.
 */
export async function insertParties(scope: Pick<Scope, 'client' | 'tenantId'>, rows: Rows) {
  const insert = insertInto(scope)
  // They travel together, in this order.
  const [parties, roles, addresses, taxNumbers] = await together([
    insert(partyRows, rows.parties, ({ email }) => email ?? ''),
    insert(roleRows, rows.roles, ({ role, code }) => `${role} ${code}`),
    insert(addressRows, rows.addresses, ({ id }) => id),
    insert(taxNumberRows, rows.taxNumbers, (one) => `${one.country} ${one.scheme} ${one.number}`),
    insertTerms(scope, rows.terms),
  ] as const)
  return { parties, roles, addresses, taxNumbers }
}

const stamps = 'deleted_at, version, created_at, updated_at'

const partyRows = {
  name: 'parties-insert-parties',
  text: `INSERT INTO parties.party (tenant_id, id, kind, name, sort_name, first_name, last_name, legal_name, email, phone, preferred_locale, note)
         SELECT $1, p.* FROM jsonb_to_recordset($2) AS p (id uuid, kind text, name text, sort_name text, first_name text, last_name text,
           legal_name text, email text, phone text, preferred_locale text, note text)
         RETURNING id, kind, name, first_name, last_name, legal_name, email, phone, preferred_locale, note, anonymised_at, ${stamps}`,
}

const roleRows = {
  name: 'parties-insert-roles',
  text: `INSERT INTO parties.party_role (tenant_id, id, party_id, role, approval, code, group_id, lead_time_days, payment_days, payment_terms, currency, minimum_order)
         SELECT $1, r.* FROM jsonb_to_recordset($2) AS r (id uuid, party_id uuid, role text, approval text, code text, group_id uuid,
           lead_time_days numeric, payment_days integer, payment_terms text, currency text, minimum_order numeric)
         RETURNING id, party_id, role, code, approval, group_id, trim_scale(lead_time_days)::text AS lead_time_days, payment_days, payment_terms,
           currency, trim_scale(minimum_order)::text AS minimum_order, ended_at, version, created_at, updated_at`,
}

const addressRows = {
  name: 'parties-insert-addresses',
  text: `INSERT INTO parties.address (tenant_id, id, party_id, purpose, street, postal_code, city, district, country)
         SELECT $1, a.* FROM jsonb_to_recordset($2) AS a (id uuid, party_id uuid, purpose text, street text, postal_code text, city text,
           district text, country text)
         RETURNING id, party_id, purpose, street, postal_code, city, district, country, ${stamps}`,
}

const taxNumberRows = {
  name: 'parties-insert-tax-numbers',
  text: `INSERT INTO parties.tax_number (tenant_id, id, party_id, country, scheme, number)
         SELECT $1, n.* FROM jsonb_to_recordset($2) AS n (id uuid, party_id uuid, country text, scheme text, number text)
         RETURNING id, party_id, country, scheme, number, ${stamps}`,
}

async function insertTerms({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>, terms: Rows['terms']) {
  if (terms.length === 0) return
  await client.query({
    name: 'parties-index-terms',
    text: 'SELECT parties.index_terms($1, $2)',
    values: [tenantId, JSON.stringify(terms)],
  })
}

interface Statement {
  readonly name: string
  readonly text: string
}

function insertInto({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>) {
  return async <Row extends { id: string }>(
    statement: Statement,
    rows: readonly Row[],
    key: (row: Row) => string,
  ): Promise<(Row & Stamped)[]> => {
    if (rows.length === 0) return []
    const keyed = rows.map((row) => ({ row, key: key(row) })).toSorted((a, b) => compare(a.key, b.key))
    const values = [tenantId, JSON.stringify(keyed.map(({ row }) => row))]
    const { rows: made } = await client.query<Row & Stamped>({ ...statement, values })
    const byId = new Map(made.map((one) => [one.id, one]))
    return rows.flatMap(({ id }) => byId.get(id) ?? [])
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
