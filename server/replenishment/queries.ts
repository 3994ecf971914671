import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { PlacedPolicy, PolicyValues } from './resolve-policy.ts'

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const policyColumns = [
  'id',
  'branch_id',
  'variant_id',
  sql<string>`lower(valid)`.as('valid_from'),
  sql<string | null>`upper(valid) - 1`.as('valid_through'),
  'minimum_stock',
  'maximum_stock',
  'reorder_point',
  'reorder_quantity',
  'safety_stock',
  'economic_order_quantity',
  'service_level',
  'supplier_id',
  'pack_id',
  'lead_time_days',
  'lead_time_deviation_days',
  'review_period_days',
  'target_days_of_supply',
  'order_cost',
  'storage_cost_monthly',
  'version',
  'created_at',
  'updated_at',
] as const

export interface PolicyFilter {
  readonly branch_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly on?: string | undefined
  readonly limit: number
}

/** A page of the policies that the caller works with, by id, and one row more when there is a next page. */
export function listPolicies(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  { branch_id, variant_id, on, limit }: PolicyFilter,
  after: string | undefined,
) {
  return db
    .selectFrom('replenishment.policy')
    .select(policyColumns)
    .where('tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) =>
      qb.where((eb) =>
        eb.or([eb('branch_id', 'is', null), eb('branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`)]),
      ),
    )
    .$if(branch_id !== undefined, (qb) => qb.where('branch_id', '=', branch_id ?? ''))
    .$if(variant_id !== undefined, (qb) => qb.where('variant_id', '=', variant_id ?? ''))
    .$if(on !== undefined, (qb) => qb.where(sql<boolean>`valid @> ${on}::date`))
    .$if(after !== undefined, (qb) => qb.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(limit + 1)
    .execute()
}

/** One policy; with `lock`, held until the end of the transaction. */
export function findPolicy({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('replenishment.policy')
    .select(policyColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface Period {
  readonly valid_from: string
  readonly valid_through: string | null
}

export interface NewPolicy extends Period, Partial<PolicyValues> {
  readonly id: string
  readonly branch_id: string | null
  readonly variant_id: string | null
}

/** Makes a policy. */
export function insertPolicy({ db, tenantId }: Scope, { valid_from, valid_through, ...row }: NewPolicy) {
  return db
    .insertInto('replenishment.policy')
    .values({ tenant_id: tenantId, ...row, valid: rangeOf({ valid_from, valid_through }) })
    .returning(policyColumns)
    .executeTakeFirstOrThrow()
}

/** Changes a policy and counts its version up. */
export function updatePolicy(
  { db, tenantId }: Scope,
  id: string,
  { valid_from, valid_through, ...values }: Period & Partial<PolicyValues>,
) {
  return db
    .updateTable('replenishment.policy')
    .set((eb) => ({
      ...values,
      valid: rangeOf({ valid_from, valid_through }),
      version: eb('version', '+', 1),
      updated_at: sql<Date>`transaction_timestamp()`,
    }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .returning(policyColumns)
    .executeTakeFirstOrThrow()
}

function rangeOf({ valid_from, valid_through }: Period) {
  return sql<string>`daterange(${valid_from}::date, ${valid_through}::date, '[]')`
}

export type DatedPolicy = PlacedPolicy & Period

/** The policies for any of these variants in any of these branches that are in force on some of the days between two. */
export async function readPolicies(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  at: { branchIds: readonly string[]; variantIds: readonly string[]; from: string; until: string },
): Promise<DatedPolicy[]> {
  const columns = `id, branch_id, variant_id, lower(valid) AS valid_from, upper(valid) - 1 AS valid_through, minimum_stock,
    maximum_stock, reorder_point, reorder_quantity, safety_stock, economic_order_quantity, service_level, supplier_id, pack_id,
    lead_time_days, lead_time_deviation_days, review_period_days, target_days_of_supply, order_cost, storage_cost_monthly`
  const inForce = `tenant_id = $1 AND (branch_id IS NULL OR branch_id = ANY ($2::uuid[])) AND valid && daterange($4::date, $5::date, '[]')`
  const { rows } = await client.query({
    name: 'replenishment-read-policies',
    text: `SELECT ${columns} FROM replenishment.policy WHERE ${inForce} AND variant_id = ANY ($3::uuid[])
           UNION ALL
           SELECT ${columns} FROM replenishment.policy WHERE ${inForce} AND variant_id IS NULL`,
    values: [tenantId, at.branchIds, at.variantIds, at.from, at.until],
  })
  return rows
}

/** In how many days these suppliers deliver; those that are none, or do not say, are left out. */
export async function readLeadTimes(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query({
    name: 'replenishment-read-lead-times',
    text: `SELECT id, lead_time_days FROM parties.read_supplier
           WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND lead_time_days IS NOT NULL`,
    values: [tenantId, ids],
  })
  return new Map(rows.map((row) => [row.id, row.lead_time_days]))
}

/** Whether a party sells to the tenant. */
export async function isSupplier({ client, tenantId }: Scope, id: string): Promise<boolean> {
  const { rows } = await client.query('SELECT FROM parties.read_supplier WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
  ])
  return rows.length > 0
}
