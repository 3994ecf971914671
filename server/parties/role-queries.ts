import { sql } from 'kysely'
import { money, toText } from '../platform/money.ts'
import type { Role } from './contract.ts'
import type { Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`

const roleColumns = [
  'id',
  'party_id',
  sql<Role>`role`.as('role'),
  'code',
  sql<'pending' | 'approved' | 'rejected' | 'suspended' | null>`approval`.as('approval'),
  'group_id',
  'lead_time_days',
  'payment_days',
  'payment_terms',
  'currency',
  'minimum_order',
  'ended_at',
  'version',
  'created_at',
  'updated_at',
] as const

/** The roles of these parties, ended ones included, in the order they were given. */
export async function rolesOf({ db, tenantId }: Scope, partyIds: readonly string[]) {
  const rows = await db
    .selectFrom('parties.party_role')
    .select(roleColumns)
    .where('tenant_id', '=', tenantId)
    .where('party_id', '=', sql<string>`any(${partyIds}::uuid[])`)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    ...row,
    lead_time_days: shortest(row.lead_time_days),
    minimum_order: shortest(row.minimum_order),
  }))
}

/** Whether a party is a supplier now. */
export async function isSupplier({ db, tenantId }: Pick<Scope, 'db' | 'tenantId'>, partyId: string): Promise<boolean> {
  const found = await db
    .selectFrom('parties.party_role as r')
    .innerJoin('parties.party as p', (on) =>
      on.onRef('p.tenant_id', '=', 'r.tenant_id').onRef('p.id', '=', 'r.party_id'),
    )
    .select('r.id')
    .where('r.tenant_id', '=', tenantId)
    .where('r.party_id', '=', partyId)
    .where('r.role', '=', 'supplier')
    .where('r.ended_at', 'is', null)
    .where('p.deleted_at', 'is', null)
    .executeTakeFirst()
  return found !== undefined
}

export interface Terms {
  readonly code?: string | null
  readonly group_id?: string | null
  readonly lead_time_days?: string | null
  readonly payment_days?: number | null
  readonly payment_terms?: string | null
  readonly currency?: string | null
  readonly minimum_order?: string | null
}

/** Gives a party a role. Vendors and retailers wait for approval. */
export async function insertRole(
  { db, tenantId }: Scope,
  row: Terms & { id: string; party_id: string; role: Role; approval: 'pending' | null },
): Promise<void> {
  await db
    .insertInto('parties.party_role')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** Changes the terms given and counts the version up. */
export async function updateRole(
  { db, tenantId }: Scope,
  id: string,
  values: Terms & { ended_at: Date | null },
): Promise<void> {
  await db
    .updateTable('parties.party_role')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

export interface NewDecision {
  readonly id: string
  readonly party_role_id: string
  readonly decision: string
  readonly reason: string | null
  readonly actor_id: string
}

/** Records a decision on a vendor or retailer; answers with its number, or with what is wrong. */
export async function recordDecision(
  { client, tenantId }: Scope,
  decision: NewDecision,
): Promise<{ number: number | null; code: 'role_not_found' | 'already_decided' | null }> {
  const { rows } = await client.query({
    name: 'parties-decide',
    text: 'SELECT number, code FROM parties.decide($1, $2)',
    values: [tenantId, JSON.stringify([decision])],
  })
  return rows[0]
}

/** The decisions on a party in a role, the last one first. */
export function listDecisions({ db, tenantId }: Scope, partyRoleId: string) {
  return db
    .selectFrom('parties.approval')
    .select([
      'id',
      'number',
      sql<'approved' | 'rejected' | 'suspended'>`decision`.as('decision'),
      'reason',
      'actor_id',
      'recorded_at',
    ])
    .where('tenant_id', '=', tenantId)
    .where('party_role_id', '=', partyRoleId)
    .orderBy('number', 'desc')
    .execute()
}

/** Without the zeros that a column fills up with. */
function shortest(amount: string | null): string | null {
  return amount === null ? null : toText(money(amount))
}
