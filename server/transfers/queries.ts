import { type SqlBool, sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { State } from './contract.ts'

const now = sql<Date>`transaction_timestamp()`

export interface Scope {
  readonly db: Transaction['db']
  readonly client: Transaction['client']
  readonly tenantId: string
}

const transferColumns = [
  'id',
  'number',
  'entity_id',
  'currency',
  'from_branch_id',
  'to_branch_id',
  sql<State>`state`.as('state'),
  'notes',
  'expected_on',
  'requested_by',
  'version',
  'created_at',
  'updated_at',
] as const

/** A transfer as it is kept. */
export type TransferRow = NonNullable<Awaited<ReturnType<typeof findTransfer>>>

/** One transfer; with `lock`, held until the end of the transaction. */
export function findTransfer({ db, tenantId }: Scope, id: string, lock = false) {
  return db
    .selectFrom('transfers.transfer')
    .select(transferColumns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .$if(lock, (qb) => qb.forNoKeyUpdate())
    .executeTakeFirst()
}

export interface TransferFilter {
  readonly number?: string | undefined
  readonly branch_id?: string | undefined
  readonly direction?: 'out' | 'in' | undefined
  readonly state?: State | undefined
  readonly variant_id?: string | undefined
  readonly batch_id?: string | undefined
  readonly limit: number
}

/** A page of the transfers that the caller's branches send or get, newest first, and one row more when there is a next page. */
export function listTransfers(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  { number, branch_id, direction, state, variant_id, batch_id, limit }: TransferFilter,
  after: string | undefined,
) {
  const lineWith = (condition: ReturnType<typeof sql<SqlBool>>) => sql<SqlBool>`EXISTS (
    SELECT FROM transfers.line l LEFT JOIN transfers.part p ON p.tenant_id = l.tenant_id AND p.line_id = l.id
    WHERE l.tenant_id = ${tenantId} AND l.transfer_id = transfers.transfer.id AND l.deleted_at IS NULL AND ${condition})`
  return db
    .selectFrom('transfers.transfer')
    .select(transferColumns)
    .where('tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where(isAt(scope?.branchIds ?? [])))
    .$if(number !== undefined, (qb) => qb.where('number', '=', number ?? ''))
    .$if(branch_id !== undefined, (qb) => qb.where(isAt([branch_id ?? ''], direction)))
    .$if(state !== undefined, (qb) => qb.where('state', '=', state ?? 'pending'))
    .$if(variant_id !== undefined, (qb) => qb.where(lineWith(sql`l.variant_id = ${variant_id}`)))
    .$if(batch_id !== undefined, (qb) => qb.where(lineWith(sql`${batch_id}::uuid IN (l.batch_id, p.batch_id)`)))
    .$if(after !== undefined, (qb) => qb.where('number', '<', after ?? ''))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute()
}

/** What tells these transfers apart, of those that leave or reach a branch that the caller works with. */
export function lookUpTransfers(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  ids: readonly string[],
) {
  return db
    .selectFrom('transfers.transfer')
    .select(['id', 'number', 'from_branch_id', 'to_branch_id', sql<State>`state`.as('state')])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .$if(scope !== null, (qb) => qb.where(isAt(scope?.branchIds ?? [])))
    .orderBy('id')
    .execute()
}

/** That one of these branches sends a transfer, or gets it, or either. */
function isAt(branchIds: readonly string[], direction?: 'out' | 'in') {
  const from = sql<SqlBool>`from_branch_id = any(${branchIds}::uuid[])`
  const to = sql<SqlBool>`to_branch_id = any(${branchIds}::uuid[])`
  if (direction === 'out') return from
  return direction === 'in' ? to : sql<SqlBool>`(${from} OR ${to})`
}

export interface NewTransfer {
  readonly id: string
  readonly number: string
  readonly entity_id: string
  readonly currency: string
  readonly from_branch_id: string
  readonly to_branch_id: string
  readonly notes: string | null
  readonly expected_on: string | null
  readonly requested_by: string | null
}

/** Makes a pending transfer without lines. */
export async function insertTransfer({ db, tenantId }: Scope, row: NewTransfer): Promise<void> {
  await db
    .insertInto('transfers.transfer')
    .values({ tenant_id: tenantId, ...row })
    .execute()
}

/** Changes the fields given of a transfer and counts its version up. */
export async function updateTransfer(
  { db, tenantId }: Scope,
  id: string,
  values: { to_branch_id?: string; notes?: string | null; expected_on?: string | null },
): Promise<void> {
  await db
    .updateTable('transfers.transfer')
    .set((eb) => ({ ...values, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute()
}

export interface NewLine {
  readonly id: string
  readonly position: number
  readonly variant_id: string
  readonly batch_id: string | null
  readonly name: string
  readonly sku: string | null
  readonly quantity: string
  readonly given_quantity: string
  readonly pack_id: string | null
  readonly unit_id: string | null
}

/** Makes the lines of a transfer those given. */
export async function putLines({ db, tenantId }: Scope, transferId: string, lines: readonly NewLine[]): Promise<void> {
  await db
    .updateTable('transfers.line')
    .set((eb) => ({ deleted_at: now, version: eb('version', '+', 1), updated_at: now }))
    .where('tenant_id', '=', tenantId)
    .where('transfer_id', '=', transferId)
    .where('deleted_at', 'is', null)
    .execute()
  await db
    .insertInto('transfers.line')
    .values(lines.map((line) => ({ tenant_id: tenantId, transfer_id: transferId, ...line })))
    .execute()
}

/** The lines of a transfer, in their order. */
export function linesOf({ db, tenantId }: Scope, transferId: string) {
  return db
    .selectFrom('transfers.line')
    .select([
      'id',
      'position',
      'variant_id',
      'batch_id',
      'name',
      'sku',
      'quantity',
      'given_quantity',
      'pack_id',
      'unit_id',
    ])
    .where('tenant_id', '=', tenantId)
    .where('transfer_id', '=', transferId)
    .where('deleted_at', 'is', null)
    .orderBy('position')
    .execute()
}

/** What is on its way, joined by branches and variant, in the order of these, and one row more when there is a next page. */
export async function listInTransit(
  { client, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: { branch_id?: string | undefined; variant_id?: string | undefined; limit: number },
  after: readonly [from: string, to: string, variant: string] | undefined,
) {
  const { rows } = await client.query<{
    from_branch_id: string
    to_branch_id: string
    variant_id: string
    quantity: string
    value: string
    currency: string
    transfers: number
  }>({
    name: 'transfers-list-in-transit',
    text: `SELECT from_branch_id, to_branch_id, variant_id, sum(quantity) AS quantity, sum(value) AS value, currency,
                  count(DISTINCT transfer_id)::integer AS transfers
           FROM transfers.read_in_transit
           WHERE tenant_id = $1 AND ($2::uuid[] IS NULL OR from_branch_id = ANY ($2) OR to_branch_id = ANY ($2))
             AND ($3::uuid IS NULL OR $3 IN (from_branch_id, to_branch_id)) AND ($4::uuid IS NULL OR variant_id = $4)
             AND ($5::uuid IS NULL OR (from_branch_id, to_branch_id, variant_id) > ($5, $6::uuid, $7::uuid))
           GROUP BY from_branch_id, to_branch_id, variant_id, currency
           ORDER BY from_branch_id, to_branch_id, variant_id
           LIMIT $8`,
    values: [
      tenantId,
      scope?.branchIds ?? null,
      filter.branch_id ?? null,
      filter.variant_id ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      after?.[2] ?? null,
      filter.limit + 1,
    ],
  })
  return rows
}

/** Whether anything of one of these variants is on its way. */
export async function isOnTheWay(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  variantIds: readonly string[],
): Promise<boolean> {
  const { rows } = await client.query({
    name: 'transfers-is-on-the-way',
    text: `SELECT EXISTS (
             SELECT FROM transfers.part WHERE tenant_id = $1 AND variant_id = ANY ($2::uuid[]) AND open_quantity > 0) AS found`,
    values: [tenantId, variantIds],
  })
  return rows[0]?.found === true
}
