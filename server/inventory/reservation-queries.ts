import { sql } from 'kysely'
import type { Transaction } from '../platform/database.ts'
import type { BatchContext, Caller } from '../platform/operation.ts'

interface Scope {
  readonly db: Transaction['db']
  readonly tenantId: string
}

type Recorder = Pick<BatchContext, 'client' | 'tenantId'>

export type ReservationKind = 'order' | 'quarantine'

/** Stock to be kept. `item` is the line that was asked for, from 1, which several batches may serve. */
export interface NewReservation {
  readonly id: string
  readonly branch_id: string
  readonly kind: ReservationKind
  readonly document_type: string
  readonly document_id: string
  readonly reason: string | null
  readonly note: string | null
  /** Null for what is in quarantine. */
  readonly expires_at: string | null
  readonly actor_id: string | null
  /** Somebody has it in hands: it is kept though less lies there by the books. */
  readonly is_at_hand?: boolean
  readonly lines: readonly NewReservationLine[]
}

export interface NewReservationLine {
  readonly item: number
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
}

/** What was wrong with a reservation: a code, the line it is about, from 1, and what may still be kept there. */
export interface RecordedReservation {
  readonly code: string | null
  readonly line: number | null
  readonly available: string | null
}

/** Keeps stock, each reservation whole or not at all; answers for each, in order. */
export async function recordReservations(
  { client, tenantId }: Recorder,
  reservations: readonly NewReservation[],
): Promise<RecordedReservation[]> {
  const { rows } = await client.query({
    name: 'inventory-reserve',
    text: 'SELECT code, line, available FROM inventory.reserve($1, $2)',
    values: [tenantId, JSON.stringify(reservations)],
  })
  return rows
}

/** What is to become of a reservation; all that is open of it unless lines are given, and of a line unless a quantity is. */
export interface ReservationEnd {
  readonly reservation_id: string
  readonly action: 'release' | 'consume'
  readonly note: string | null
  readonly actor_id: string | null
  readonly lines: readonly { readonly line: number; readonly quantity?: string | undefined }[] | null
}

/** What is free again, or may be taken by the document it was kept for. */
export interface FreedLine {
  readonly line: number
  readonly item: number
  readonly branch_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
}

export interface RecordedEnd {
  readonly code: string | null
  /** The line of the reservation it is about. */
  readonly line: number | null
  /** What is open there. */
  readonly open: string | null
  readonly freed: readonly FreedLine[] | null
}

/** Ends reservations, whole or in part; answers for each change, in order. */
export async function recordEnds(
  { client, tenantId }: Recorder,
  ends: readonly ReservationEnd[],
): Promise<RecordedEnd[]> {
  const { rows } = await client.query({
    name: 'inventory-end-reservations',
    text: 'SELECT code, line, open, freed FROM inventory.end_reservations($1, $2)',
    values: [tenantId, JSON.stringify(ends)],
  })
  return rows
}

/** Keeps orders until another time; answers for each, in order. */
export async function recordExtensions(
  { client, tenantId }: Recorder,
  changes: readonly { reservation_id: string; expires_at: string; actor_id: string | null }[],
): Promise<{ code: 'reservation_not_found' | 'reservation_over' | null }[]> {
  const { rows } = await client.query({
    name: 'inventory-extend-reservations',
    text: 'SELECT code FROM inventory.extend_reservations($1, $2)',
    values: [tenantId, JSON.stringify(changes)],
  })
  return rows
}

/** Ends what is kept for orders longer than it may be, but for stock that somebody is at work on. */
export async function expireReservations({
  client,
  tenantId,
}: Recorder): Promise<{ reservation_id: string; line: number; quantity: string }[]> {
  const { rows } = await client.query(
    'SELECT reservation_id, line, trim_scale(quantity) AS quantity FROM inventory.expire_reservations($1)',
    [tenantId],
  )
  return rows
}

/** Reservations by their ids, with their lines; those that there are not are left out. */
export async function findReservations({ db, tenantId }: Scope, ids: readonly string[]) {
  const heads = await reservations({ db, tenantId }).where('r.id', '=', sql<string>`any(${ids}::uuid[])`).execute()
  return withLines({ db, tenantId }, heads)
}

/** One reservation of a kind. */
export async function findReservation(scope: Scope, kind: ReservationKind, id: string) {
  const [found] = await findReservations(scope, [id])
  return found?.kind === kind ? found : undefined
}

/** A page of the reservations of a kind that the caller works with, by id, and one row more when there is a next page. */
export async function listReservations(
  { db, tenantId, caller: { scope } }: Scope & { caller: Pick<Caller, 'scope'> },
  filter: {
    kind: ReservationKind
    branch_id?: string | undefined
    variant_id?: string | undefined
    document_id?: string | undefined
    reason?: string | undefined
    status: 'open' | 'all'
    limit: number
  },
  after: string | undefined,
) {
  const { kind, branch_id, variant_id, document_id, reason, status, limit } = filter
  const heads = await reservations({ db, tenantId })
    .where('r.kind', '=', kind)
    .$if(scope !== null, (qb) => qb.where('r.branch_id', '=', sql<string>`any(${scope?.branchIds}::uuid[])`))
    .$if(branch_id !== undefined, (qb) => qb.where('r.branch_id', '=', branch_id ?? ''))
    .$if(document_id !== undefined, (qb) => qb.where('r.document_id', '=', document_id ?? ''))
    .$if(reason !== undefined, (qb) => qb.where('r.reason', '=', reason ?? ''))
    .$if(status === 'open' || variant_id !== undefined, (qb) =>
      qb.where('r.id', 'in', (eb) =>
        eb
          .selectFrom('inventory.reservation_line as l')
          .innerJoin('inventory.level as v', (on) =>
            on.onRef('v.id', '=', 'l.level_id').on('v.tenant_id', '=', tenantId),
          )
          .select('l.reservation_id')
          .where('l.tenant_id', '=', tenantId)
          .$if(status === 'open', (lines) => lines.where('l.is_open', '=', true))
          .$if(variant_id !== undefined, (lines) => lines.where('v.variant_id', '=', variant_id ?? '')),
      ),
    )
    .$if(after !== undefined, (qb) => qb.where('r.id', '>', after ?? ''))
    .orderBy('r.id')
    .limit(limit + 1)
    .execute()
  return withLines({ db, tenantId }, heads)
}

/** What has expired of a branch and is in nobody's hands: by batch, with what is available or kept for orders. */
export function findExpiredLevels({ db, tenantId }: Scope, branchId: string, today: string) {
  return db
    .selectFrom('inventory.batch as b')
    .innerJoin('inventory.level as l', (on) => on.onRef('l.batch_id', '=', 'b.id').on('l.tenant_id', '=', tenantId))
    .select(['l.branch_id', 'l.variant_id', 'l.batch_id'])
    .where('b.tenant_id', '=', tenantId)
    .where('b.expires_on', '<', today)
    .where('l.branch_id', '=', branchId)
    .where('l.on_hand', '>', '0')
    .orderBy('l.variant_id')
    .orderBy('l.place')
    .execute()
}

const headColumns = [
  'r.id',
  'r.branch_id',
  'r.kind',
  'r.document_type',
  'r.document_id',
  'r.reason',
  'r.note',
  'r.actor_id',
  'r.recorded_at',
] as const

function reservations({ db, tenantId }: Scope) {
  return db.selectFrom('inventory.reservation as r').select(headColumns).where('r.tenant_id', '=', tenantId)
}

async function withLines<Head extends { id: string }>({ db, tenantId }: Scope, heads: readonly Head[]) {
  const rows = await db
    .selectFrom('inventory.reservation_line as l')
    .innerJoin('inventory.level as v', (on) => on.onRef('v.id', '=', 'l.level_id').on('v.tenant_id', '=', tenantId))
    .select([
      'l.reservation_id',
      'l.line',
      'l.item',
      'v.variant_id',
      'v.batch_id',
      sql<string>`trim_scale(l.quantity)`.as('quantity'),
      sql<string>`trim_scale(l.open)`.as('open'),
      'l.expires_at',
    ])
    .where('l.tenant_id', '=', tenantId)
    .where('l.reservation_id', '=', sql<string>`any(${heads.map(({ id }) => id)}::uuid[])`)
    .orderBy('l.reservation_id')
    .orderBy('l.line')
    .execute()
  const linesOf = Map.groupBy(rows, (row) => row.reservation_id)
  return heads.map((head) => ({
    ...head,
    lines: (linesOf.get(head.id) ?? []).map(({ reservation_id, ...line }) => line),
  }))
}
