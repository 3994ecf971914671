import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { Caller } from '../platform/operation.ts'
import type { outcomes } from './contract.ts'
import type { noteKinds } from './slip.ts'

export interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

type Scoped = Scope & { readonly caller: Pick<Caller, 'scope'> }

export interface Resolution {
  readonly id: string
  readonly outcome: (typeof outcomes)[number]
  readonly reason: string
  readonly actor_id: string
  readonly recorded_at: Date
}

const resolution = sql<Resolution | null>`CASE WHEN o.id IS NOT NULL THEN jsonb_build_object(
  'id', o.id, 'outcome', o.outcome, 'reason', o.reason, 'actor_id', o.actor_id, 'recorded_at', o.recorded_at) END`

/** When the last slip of a device says that it was made before this number of a register, no later than it came. */
export async function madeBefore(
  { db, tenantId }: Scope,
  { deviceId, registerId, sequence }: { deviceId: string; registerId: string; sequence: number },
): Promise<Date | undefined> {
  const found = await db
    .selectFrom('sync.slip')
    .select(sql<Date>`least(made_at, recorded_at)`.as('made_at'))
    .where('tenant_id', '=', tenantId)
    .where('device_id', '=', deviceId)
    .where('register_id', '=', registerId)
    .where('sequence', '<', String(sequence))
    .where('sale_id', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.made_at
}

function exceptions({ db, tenantId }: Scope) {
  return db
    .selectFrom('sync.exception as e')
    .leftJoin('sync.slip as s', (join) => join.onRef('s.tenant_id', '=', 'e.tenant_id').onRef('s.id', '=', 'e.slip_id'))
    .leftJoin('sync.note as n', (join) => join.onRef('n.tenant_id', '=', 'e.tenant_id').onRef('n.id', '=', 'e.note_id'))
    .innerJoin('registers.register as r', (join) =>
      join
        .onRef('r.tenant_id', '=', 'e.tenant_id')
        .on('r.id', '=', sql<string>`coalesce(s.register_id, n.register_id)`),
    )
    .leftJoin('sales.sale as v', (join) =>
      join.onRef('v.tenant_id', '=', 'e.tenant_id').onRef('v.id', '=', 'e.sale_id'),
    )
    .leftJoin('sync.resolution as o', (join) =>
      join.onRef('o.tenant_id', '=', 'e.tenant_id').onRef('o.exception_id', '=', 'e.id'),
    )
    .where('e.tenant_id', '=', tenantId)
    .select([
      'e.id',
      'e.kind',
      'e.line',
      'e.detail',
      'e.branch_id',
      'r.id as register_id',
      'r.code as register_code',
      sql<string>`coalesce(s.device_id, n.device_id)`.as('device_id'),
      'e.session_id',
      'e.sale_id',
      sql<{ id: string; kind: (typeof noteKinds)[number] | null; subject_id: string | null } | null>`
        CASE WHEN n.id IS NOT NULL THEN jsonb_build_object('id', n.id, 'kind', n.kind, 'subject_id', n.subject_id) END`.as(
        'note',
      ),
      sql<number | null>`s.sequence::float8`.as('sequence'),
      'v.number as receipt_number',
      sql<string | null>`coalesce(v.employee_id, n.cashier_id)`.as('cashier_id'),
      brought.as('brought_by'),
      sql<Date | null>`coalesce(s.made_at, n.made_at)`.as('made_at'),
      'e.recorded_at as raised_at',
      resolution.as('resolution'),
    ])
}

/** Who brought the slip in place of its device. */
const brought = sql<string | null>`CASE WHEN EXISTS (
  SELECT FROM sync.exception b WHERE b.tenant_id = e.tenant_id AND (b.slip_id = e.slip_id OR b.note_id = e.note_id)
    AND b.kind IN ('device_revoked', 'device_unbound')) THEN coalesce(s.employee_id, n.employee_id) END`

/** One exception. */
export function findException(scope: Scope, id: string) {
  return exceptions(scope).where('e.id', '=', id).executeTakeFirst()
}

export interface Filter {
  readonly branch_id?: string | undefined
  readonly is_resolved?: boolean | undefined
  readonly limit: number
}

/** A page of the exceptions of branches that the caller works with, newest first, and one row more when there is a next page. */
export function listExceptions(
  scope: Scoped,
  filter: Filter & { session_id?: string | undefined; kind?: string | undefined },
  before: string | undefined,
) {
  const part = scope.caller.scope
  return exceptions(scope)
    .$if(part !== null, (qb) => qb.where('e.branch_id', '=', sql<string>`any(${part?.branchIds}::uuid[])`))
    .$if(filter.branch_id !== undefined, (qb) => qb.where('e.branch_id', '=', filter.branch_id ?? ''))
    .$if(filter.session_id !== undefined, (qb) => qb.where('e.session_id', '=', filter.session_id ?? ''))
    .$if(filter.kind !== undefined, (qb) => qb.where('e.kind', '=', filter.kind ?? ''))
    .$if(filter.is_resolved === true, (qb) => qb.where('o.id', 'is not', null))
    .$if(filter.is_resolved === false, (qb) => qb.where('o.id', 'is', null))
    .$if(before !== undefined, (qb) => qb.where('e.id', '<', before ?? ''))
    .orderBy('e.id', 'desc')
    .limit(filter.limit + 1)
    .execute()
}

/** Of these sales, those with an exception that nobody has settled. */
export async function salesUnsettled(
  { db, tenantId }: Scope,
  saleIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('sync.exception as e')
    .leftJoin('sync.resolution as o', (join) =>
      join.onRef('o.tenant_id', '=', 'e.tenant_id').onRef('o.exception_id', '=', 'e.id'),
    )
    .select('e.sale_id')
    .distinct()
    .where('e.tenant_id', '=', tenantId)
    .where('e.sale_id', '=', sql<string>`any(${saleIds}::uuid[])`)
    .where('o.id', 'is', null)
    .execute()
  return new Set(rows.flatMap(({ sale_id }) => sale_id ?? []))
}

function setAside({ db, tenantId }: Scope) {
  return db
    .selectFrom('sync.slip as s')
    .innerJoin('registers.register as r', (join) =>
      join.onRef('r.tenant_id', '=', 's.tenant_id').onRef('r.id', '=', 's.register_id'),
    )
    .leftJoin('sync.resolution as o', (join) =>
      join.onRef('o.tenant_id', '=', 's.tenant_id').onRef('o.slip_id', '=', 's.id'),
    )
    .where('s.tenant_id', '=', tenantId)
    .where('s.fault', 'is not', null)
    .select([
      's.id',
      sql<string>`s.fault`.as('code'),
      sql<string>`coalesce(s.detail, '')`.as('detail'),
      's.branch_id',
      's.register_id',
      'r.code as register_code',
      's.device_id',
      's.session_id',
      sql<number>`s.sequence::float8`.as('sequence'),
      's.hash',
      's.previous_hash',
      's.recorded_at as received_at',
      resolution.as('resolution'),
    ])
}

/** One slip that was set aside. */
export function findSetAside(scope: Scope, id: string) {
  return setAside(scope).where('s.id', '=', id).executeTakeFirst()
}

/** A page of the slips set aside in branches that the caller works with, newest first, and one more when there is a next page. */
export function listSetAside(scope: Scoped, filter: Filter, before: string | undefined) {
  const part = scope.caller.scope
  return setAside(scope)
    .$if(part !== null, (qb) => qb.where('s.branch_id', '=', sql<string>`any(${part?.branchIds}::uuid[])`))
    .$if(filter.branch_id !== undefined, (qb) => qb.where('s.branch_id', '=', filter.branch_id ?? ''))
    .$if(filter.is_resolved === true, (qb) => qb.where('o.id', 'is not', null))
    .$if(filter.is_resolved === false, (qb) => qb.where('o.id', 'is', null))
    .$if(before !== undefined, (qb) => qb.where('s.id', '<', before ?? ''))
    .orderBy('s.id', 'desc')
    .limit(filter.limit + 1)
    .execute()
}

/** The text of a slip that was set aside, sealed. */
export function findKeptText({ db, tenantId }: Scope, id: string) {
  return db
    .selectFrom('sync.kept_text')
    .select('sealed')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Keeps the texts of slips that were set aside. */
export async function keepTexts({ db, tenantId }: Scope, texts: readonly { id: string; sealed: string }[]) {
  if (texts.length === 0) return
  await db
    .insertInto('sync.kept_text')
    .values(texts.map((text) => ({ tenant_id: tenantId, ...text })))
    .execute()
}
