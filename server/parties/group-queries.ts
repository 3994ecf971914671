import { sql } from 'kysely'
import type { Scope } from './queries.ts'

const now = sql<Date>`transaction_timestamp()`
const groupColumns = ['id', 'code', 'name', 'version', 'created_at', 'updated_at'] as const

/** A page of the customer groups that have not ended, by code, and one row more when there is a next page. */
export function listGroups({ db, tenantId }: Scope, limit: number, after: string | undefined) {
  return db
    .selectFrom('parties.customer_group')
    .select(groupColumns)
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .$if(after !== undefined, (qb) => qb.where('code', '>', after ?? ''))
    .orderBy('code')
    .limit(limit + 1)
    .execute()
}

/** One customer group, held until the end of the transaction. */
export function lockGroup({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('parties.customer_group')
    .select(groupColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** One customer group; `share` keeps it from being ended; `ended` finds those that have ended, too. */
export function findGroup(
  { db, tenantId }: Pick<Scope, 'db' | 'tenantId'>,
  id: string,
  { lock, ended = false }: { lock?: 'share'; ended?: boolean } = {},
) {
  return db
    .selectFrom('parties.customer_group')
    .select(['id', 'code', 'name'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(!ended, (qb) => qb.where('deleted_at', 'is', null))
    .$if(lock === 'share', (qb) => qb.forShare())
    .executeTakeFirst()
}

/** Makes a customer group. */
export function insertGroup({ db, tenantId }: Scope, row: { id: string; code: string; name: string }) {
  return db
    .insertInto('parties.customer_group')
    .values({ tenant_id: tenantId, ...row })
    .returning(groupColumns)
    .executeTakeFirstOrThrow()
}

/** Changes the fields given and counts the version up. */
export function updateGroup(
  { db, tenantId }: Scope,
  id: string,
  values: { code?: string; name?: string; deleted_at?: Date },
) {
  return db
    .updateTable('parties.customer_group')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(groupColumns)
    .executeTakeFirstOrThrow()
}

/** Whether a party that is not deleted is in a group, in a role that has not ended. */
export async function isGroupHeld({ db, tenantId }: Scope, id: string): Promise<boolean> {
  const found = await db
    .selectFrom('parties.party_role')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('group_id', '=', id)
    .where('ended_at', 'is', null)
    .where('is_of_open_party', '=', true)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** Takes everybody out of a group. */
export async function emptyGroup({ db, tenantId }: Scope, id: string): Promise<void> {
  await db
    .updateTable('parties.party_role')
    .set((eb) => ({ group_id: null, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('group_id', '=', id)
    .execute()
}
