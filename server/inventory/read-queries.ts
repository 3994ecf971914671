import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { DB } from '../../db/types.ts'
import type { QueryContext } from '../platform/operation.ts'
import type { PostingKind } from './contract.ts'

type Scope = Pick<QueryContext, 'db' | 'tenantId' | 'caller'>

const documentColumns = [
  sql<PostingKind>`p.kind`.as('kind'),
  'p.document_type',
  'p.document_id',
  'p.document_number',
  'p.document_on',
  'p.party_id',
  'p.reason',
] as const

const movementColumns = [
  'm.posting_id',
  'm.line',
  'm.branch_id',
  'm.variant_id',
  'm.batch_id',
  sql<string>`trim_scale(m.quantity)`.as('quantity'),
  sql<string>`trim_scale(m.previous_quantity)`.as('previous_quantity'),
  sql<string>`trim_scale(m.running_quantity)`.as('running_quantity'),
  sql<string | null>`trim_scale(m.unit_cost)`.as('unit_cost'),
  sql<string | null>`m.value`.as('value'),
  'm.effective_on',
  'm.recorded_at',
] as const

/** A posting, without its movements. */
export function findPosting({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('inventory.posting as p')
    .select([...documentColumns, 'p.id', 'p.note', 'p.actor_id', 'p.recorded_at'])
    .where('p.tenant_id', '=', tenantId)
    .where('p.id', '=', id)
    .executeTakeFirst()
}

/** The movements of a posting in the branches of the caller, in order. */
export function findMovements({ db, tenantId, caller: { scope } }: Scope, { id }: { id: string }) {
  return (
    db
      .selectFrom('inventory.posting as p')
      // Recorded together: the time leaves one month to look in.
      .innerJoin('inventory.movement as m', (on) =>
        on
          .onRef('m.tenant_id', '=', 'p.tenant_id')
          .onRef('m.posting_id', '=', 'p.id')
          .onRef('m.recorded_at', '=', 'p.recorded_at'),
      )
      .select(movementColumns)
      .where('p.tenant_id', '=', tenantId)
      .where('p.id', '=', id)
      .$if(scope !== null, (qb) => qb.where('m.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
      .orderBy('m.line')
      .execute()
  )
}

export interface MovementFilter {
  readonly branch_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly batch_id?: string | undefined
  readonly document_id?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly limit: number
}

/** A page of movements with their documents, the latest first, and one row more when there is a next page. */
export function listMovements(
  { db, tenantId, caller: { scope } }: Scope,
  filter: MovementFilter,
  after: readonly [recorded: string, posting: string, line: number] | undefined,
) {
  const { branch_id, variant_id, batch_id, document_id, limit } = filter
  const isOfAll = [branch_id, variant_id, batch_id, document_id].every((one) => one === undefined)
  const branchIds = scope?.branchIds ?? null
  return db
    .selectFrom(isOfAll ? latestOfEachBranch(tenantId, branchIds, filter, after) : movementTable)
    .innerJoin('inventory.posting as p', (on) =>
      on.onRef('p.tenant_id', '=', 'm.tenant_id').onRef('p.id', '=', 'm.posting_id'),
    )
    .select([
      ...movementColumns,
      ...documentColumns,
      sql<string>`(m.recorded_at AT TIME ZONE 'UTC')::text`.as('recorded_key'),
    ])
    .where('m.tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where('m.branch_id', '=', sql<string>`any(${branchIds}::uuid[])`))
    .$if(branch_id !== undefined, (qb) => qb.where('m.branch_id', '=', branch_id ?? ''))
    .$if(variant_id !== undefined, (qb) => qb.where('m.variant_id', '=', variant_id ?? ''))
    .$if(batch_id !== undefined, (qb) => qb.where('m.batch_id', '=', batch_id ?? ''))
    .$if(document_id !== undefined, (qb) => qb.where('p.document_id', '=', document_id ?? ''))
    .where(inTime(filter, after))
    .orderBy('m.recorded_at', 'desc')
    .orderBy('m.posting_id', 'desc')
    .orderBy('m.line', 'desc')
    .limit(limit + 1)
    .execute()
}

const movementTable = sql<DB['inventory.movement']>`inventory.movement`.as('m')

/** No index has the movements of a whole tenant by time, for each costs every movement: those of each branch are put together. */
function latestOfEachBranch(
  tenantId: string,
  branchIds: readonly string[] | null,
  filter: MovementFilter,
  after: Parameters<typeof listMovements>[2],
) {
  const limit = filter.limit + 1
  return sql<DB['inventory.movement']>`(
    SELECT m.* FROM tenants.branch b CROSS JOIN LATERAL (
      SELECT * FROM inventory.movement m WHERE m.tenant_id = ${tenantId} AND m.branch_id = b.id AND ${inTime(filter, after)}
      ORDER BY m.recorded_at DESC, m.posting_id DESC, m.line DESC LIMIT ${limit}) m
    WHERE b.tenant_id = ${tenantId} AND (${branchIds}::uuid[] IS NULL OR b.id = ANY (${branchIds}::uuid[]))
    ORDER BY m.recorded_at DESC, m.posting_id DESC, m.line DESC LIMIT ${limit})`.as('m')
}

/** What counts on the days asked for and is on this page. The bounds of recorded_at leave out whole months. */
function inTime({ from, until }: MovementFilter, after: Parameters<typeof listMovements>[2]): RawBuilder<SqlBool> {
  const [recorded, posting, line] = after ?? []
  const bounds = [
    // Nothing counts on a day that has not begun anywhere when it is recorded.
    ...(from === undefined ? [] : [sql`m.effective_on >= ${from}::date AND m.recorded_at >= ${from}::date - 1`]),
    ...(until === undefined ? [] : [sql`m.effective_on <= ${until}::date`]),
    ...(recorded === undefined
      ? []
      : [
          sql`m.recorded_at <= ${recorded}::timestamp AT TIME ZONE 'UTC'
            AND (m.recorded_at, m.posting_id, m.line) < (${recorded}::timestamp AT TIME ZONE 'UTC', ${posting}::uuid, ${line}::integer)`,
        ]),
  ]
  return sql<SqlBool>`${sql.join([sql`true`, ...bounds], sql` AND `)}`
}

export interface LevelFilter {
  readonly branch_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly batch_id?: string | undefined
  readonly include_empty: boolean
  readonly limit: number
}

/** A page of levels by branch, variant and batch, and one row more when there is a next page. */
export function listLevels(
  { db, tenantId, caller: { scope } }: Scope,
  { branch_id, variant_id, batch_id, include_empty, limit }: LevelFilter,
  after: readonly [branch: string, variant: string, place: string] | undefined,
) {
  return db
    .selectFrom('inventory.level as l')
    .leftJoin('inventory.batch as b', (on) =>
      on.onRef('b.tenant_id', '=', 'l.tenant_id').onRef('b.id', '=', 'l.batch_id'),
    )
    .leftJoin('inventory.cost as c', (on) =>
      on
        .onRef('c.tenant_id', '=', 'l.tenant_id')
        .onRef('c.branch_id', '=', 'l.branch_id')
        .onRef('c.variant_id', '=', 'l.variant_id'),
    )
    .select([
      'l.id',
      'l.branch_id',
      'l.variant_id',
      'l.batch_id',
      'l.place',
      'b.number as batch_number',
      'b.manufactured_on',
      'b.expires_on',
      sql<boolean>`coalesce(b.is_blocked, false)`.as('is_blocked'),
      sql<string>`trim_scale(l.on_hand)`.as('on_hand'),
      sql<string>`trim_scale(l.reserved)`.as('reserved'),
      sql<string>`trim_scale(l.available)`.as('available'),
      sql<string | null>`trim_scale(c.last_cost)`.as('unit_cost'),
      'l.version',
      'l.created_at',
      'l.updated_at',
    ])
    .where('l.tenant_id', '=', tenantId)
    .$if(scope !== null, (qb) => qb.where('l.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(branch_id !== undefined, (qb) => qb.where('l.branch_id', '=', branch_id ?? ''))
    .$if(variant_id !== undefined, (qb) => qb.where('l.variant_id', '=', variant_id ?? ''))
    .$if(batch_id !== undefined, (qb) => qb.where('l.batch_id', '=', batch_id ?? ''))
    .$if(!include_empty, (qb) => qb.where(sql<SqlBool>`(l.on_hand <> 0 OR l.reserved <> 0)`))
    .$if(after !== undefined, (qb) => {
      const [branch, variant, place] = after ?? []
      return qb.where(
        sql<SqlBool>`(l.branch_id, l.variant_id, l.place) > (${branch}::uuid, ${variant}::uuid, ${place}::uuid)`,
      )
    })
    .orderBy('l.branch_id')
    .orderBy('l.variant_id')
    .orderBy('l.place')
    .limit(limit + 1)
    .execute()
}
