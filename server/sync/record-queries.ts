import type { Transaction } from '../platform/database.ts'
import type { outcomes } from './contract.ts'
import type { noteKinds } from './slip.ts'

type Scope = Transaction & { readonly tenantId: string }

export interface NewSlip {
  readonly id: string
  readonly session_id: string | null
  readonly sequence: number
  /** Of the register, where it took one. */
  readonly number: number | null
  readonly previous_hash: string
  readonly hash: string
  readonly text_hash: string
  readonly made_at: string | null
  readonly sale_id: string | null
  readonly fault: string | null
  readonly detail: string | null
}

export interface NewNote {
  readonly id: string
  readonly kind: (typeof noteKinds)[number] | null
  /** The session, customer or ticket. */
  readonly subject_id: string | null
  /** Which session stands for the one that it opened. */
  readonly session_id: string | null
  readonly hash: string
  readonly made_at: string | null
  readonly cashier_id: string | null
  readonly fault: string | null
}

export interface NewException {
  readonly id: string
  /** Of a slip with its sale, or of a note. */
  readonly slip_id: string | null
  readonly note_id: string | null
  readonly sale_id: string | null
  readonly session_id: string | null
  readonly kind: string
  readonly line: number | null
  readonly detail: string
}

export interface NewPush {
  readonly register_id: string
  readonly branch_id: string
  readonly device_id: string
  readonly employee_id: string
  readonly from_sequence: number
  readonly last_sequence: number
  readonly head_hash: string | null
  readonly notes: readonly NewNote[]
  readonly slips: readonly NewSlip[]
  readonly exceptions: readonly NewException[]
  readonly resolutions: readonly {
    readonly id: string
    readonly slip_id: string
    readonly outcome: (typeof outcomes)[number]
    readonly reason: string
  }[]
  readonly statements: readonly {
    readonly id: string
    readonly session_id: string
    readonly last_sequence: number
    readonly head_hash: string
  }[]
}

/** Records what became of a push and moves its register on; answers false, with nothing written, when that has moved meanwhile. */
export async function recordPush({ client, tenantId }: Scope, push: NewPush): Promise<boolean> {
  const { rows } = await client.query({
    name: 'sync-record',
    text: 'SELECT r AS code FROM sync.record($1, $2) AS r',
    values: [tenantId, JSON.stringify([push])],
  })
  return rows[0]?.code === null
}

/** Settles an exception, or a slip that was set aside. */
export async function recordResolution(
  { client, tenantId }: Scope,
  resolution: {
    readonly id: string
    readonly exception_id: string | null
    readonly slip_id: string | null
    readonly outcome: (typeof outcomes)[number]
    readonly reason: string
    readonly actor_id: string
  },
): Promise<void> {
  await client.query({
    name: 'sync-resolve',
    text: 'SELECT sync.resolve($1, $2)',
    values: [tenantId, JSON.stringify([resolution])],
  })
}

/** Begins work that may be undone without the rest of the transaction. */
export async function beginAttempt({ client }: Scope): Promise<void> {
  await client.query('SAVEPOINT attempt')
}

/** Keeps what was done since the attempt began. */
export async function endAttempt({ client }: Scope): Promise<void> {
  await client.query('RELEASE SAVEPOINT attempt')
}

/** Undoes what was done since the attempt began. */
export async function undoAttempt({ client }: Scope): Promise<void> {
  await client.query('ROLLBACK TO SAVEPOINT attempt')
}
