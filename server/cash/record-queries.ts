import type { TenderKind } from '../payments/index.ts'
import type { Transaction } from '../platform/database.ts'
import type { actions, reconciliations, statuses } from './contract.ts'
import type { movementKinds } from './movement-contract.ts'
import type { Denomination } from './queries.ts'

export interface Client {
  readonly client: Transaction['client']
  readonly tenantId: string
}

/** What whoever sells needs of a session that is held. */
export interface HeldSession {
  readonly id: string
  readonly number: string
  readonly register_id: string
  readonly branch_id: string
  readonly entity_id: string
  readonly currency: string
  readonly status: (typeof statuses)[number]
  readonly late_of: string | null
}

/**
 * Holds sessions until the end of the transaction: shared by those who sell and move cash, alone by who moves one on. Comes
 * before locks on stock and accounts. Those that there are not are left out.
 */
export async function holdSessions(
  { client, tenantId }: Client,
  ids: readonly string[],
  how: 'shared' | 'alone',
): Promise<ReadonlyMap<string, HeldSession>> {
  const { rows } = await client.query<HeldSession>({
    name: 'cash-hold',
    text: 'SELECT id, number, register_id, branch_id, entity_id, currency, status, late_of FROM cash.hold($1, $2::uuid[], $3)',
    values: [tenantId, ids, how === 'alone'],
  })
  return new Map(rows.map((row) => [row.id, row]))
}

export interface NewSession {
  readonly id: string
  /** Of its first step, and of the journal of its float. */
  readonly step_id: string
  readonly register_id: string
  readonly branch_id: string
  readonly entity_id: string
  readonly currency: string
  readonly float_amount: string
  readonly is_blind: boolean
  readonly variance_threshold: string
  readonly pay_out_limit: string
  readonly actor_id: string | null
  /** When it was, by a device that opened it offline; now unless given. */
  readonly opened_at?: Date
}

/** Opens a session; answers with its number. */
export async function insertSession({ client, tenantId }: Client, session: NewSession): Promise<string> {
  const { rows } = await client.query({
    name: 'cash-open',
    text: 'SELECT cash.open($1, $2) AS number',
    values: [tenantId, JSON.stringify(session)],
  })
  return rows[0].number
}

/** Finds or opens the late session of one that has ended; undefined when there is none such or it is open. */
export async function insertLateSession(
  { client, tenantId }: Client,
  late: { session_id: string; id: string; step_id: string; actor_id: string | null },
): Promise<{ id: string; is_new: boolean } | undefined> {
  const { rows } = await client.query<{ id: string; is_new: boolean }>({
    name: 'cash-open-late',
    text: 'SELECT id, is_new FROM cash.open_late($1, $2)',
    values: [tenantId, JSON.stringify(late)],
  })
  return rows[0]
}

export interface NewMovement {
  readonly id: string
  readonly session_id: string
  readonly kind: (typeof movementKinds)[number]
  readonly amount: string
  readonly against: string
  readonly reason: string
  readonly actor_id: string
}

/** Records cash that came into a drawer or left it. */
export async function insertMovement({ client, tenantId }: Client, movement: NewMovement): Promise<void> {
  await client.query({
    name: 'cash-record-movement',
    text: 'SELECT cash.record_movement($1, $2)',
    values: [tenantId, JSON.stringify(movement)],
  })
}

export interface NewCount {
  readonly id: string
  readonly session_id: string
  readonly notes: string | null
  readonly actor_id: string
  readonly lines: readonly {
    readonly tender_kind: TenderKind
    readonly expected: string
    readonly counted: string
    readonly denominations: readonly Denomination[]
  }[]
}

/** Records what was counted. */
export async function insertCount({ client, tenantId }: Client, count: NewCount): Promise<void> {
  await client.query({
    name: 'cash-record-count',
    text: 'SELECT cash.record_count($1, $2)',
    values: [tenantId, JSON.stringify(count)],
  })
}

export interface NewStep {
  readonly id: string
  readonly session_id: string
  /** That the session has before the step. */
  readonly version: number
  readonly action: (typeof actions)[number]
  readonly reason: string | null
  readonly amount_impact: string | null
  readonly detail: Readonly<Record<string, unknown>>
  readonly journal_id: string | null
  readonly actor_id: string
  readonly status: (typeof statuses)[number]
  readonly reconciliation: (typeof reconciliations)[number] | null
  readonly offline_transaction_count?: number
}

/** Moves a session on that is held alone. */
export async function recordStep({ client, tenantId }: Client, step: NewStep): Promise<void> {
  await client.query({
    name: 'cash-move-on',
    text: 'SELECT cash.move_on($1, $2)',
    values: [tenantId, JSON.stringify(step)],
  })
}
