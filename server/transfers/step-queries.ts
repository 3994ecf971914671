import { sql } from 'kysely'
import type { Action, State } from './contract.ts'
import type { Scope } from './queries.ts'
import type { Outcome } from './settle-parts.ts'

/** The steps of transfers, by transfer, in their order. */
export async function stepsOf({ db, tenantId }: Scope, transferIds: readonly string[]) {
  const steps = await db
    .selectFrom('transfers.step')
    .select([
      'id',
      'transfer_id',
      sql<Action>`action`.as('action'),
      sql<State>`state`.as('state'),
      'reason',
      'actor_id',
      'recorded_at',
    ])
    .where('tenant_id', '=', tenantId)
    .where('transfer_id', '=', sql<string>`any(${transferIds}::uuid[])`)
    .orderBy('number')
    .execute()
  return Map.groupBy(steps, (step) => step.transfer_id)
}

/** What left of a transfer, and what became of it, in the order of lines and, of each, of what expires first. */
export async function partsOf({ client, tenantId }: Pick<Scope, 'client' | 'tenantId'>, transferId: string) {
  const { rows } = await client.query<PartRow>({
    name: 'transfers-parts-of',
    text: `SELECT p.id, p.line_id, p.variant_id, p.batch_id, p.quantity, p.open_quantity, p.open_value, p.damaged_quantity,
                  coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'arrived'), 0) AS arrived_quantity,
                  coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'written_off'), 0) AS written_off_quantity,
                  coalesce(sum(o.quantity) FILTER (WHERE o.kind = 'taken_back'), 0) AS taken_back_quantity
           FROM transfers.part p
           LEFT JOIN transfers.outcome o ON o.tenant_id = p.tenant_id AND o.part_id = p.id
           WHERE p.tenant_id = $1 AND p.transfer_id = $2
           GROUP BY p.tenant_id, p.id
           ORDER BY p.position`,
    values: [tenantId, transferId],
  })
  return rows
}

export interface PartRow {
  readonly id: string
  readonly line_id: string
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
  readonly open_quantity: string
  readonly open_value: string
  readonly damaged_quantity: string
  readonly arrived_quantity: string
  readonly written_off_quantity: string
  readonly taken_back_quantity: string
}

/** A step as transfers.record takes it. */
export interface NewStep {
  readonly id: string
  readonly transfer_id: string
  readonly version: number
  readonly action: Action
  readonly state: State
  readonly reason: string | null
  readonly actor_id: string | null
  readonly parts?: readonly {
    readonly id: string
    readonly line_id: string
    readonly variant_id: string
    readonly batch_id: string | null
    readonly quantity: string
    readonly value: string
  }[]
  readonly outcomes?: readonly (Outcome & { readonly id: string })[]
}

/** Moves transfers on; answers for each step, in order, with the version of its transfer now or what was wrong. */
export async function recordSteps(
  { client, tenantId }: Pick<Scope, 'client' | 'tenantId'>,
  steps: readonly NewStep[],
): Promise<{ version: number | null; code: string | null }[]> {
  const { rows } = await client.query({
    name: 'transfers-record',
    text: 'SELECT version, code FROM transfers.record($1, $2)',
    values: [tenantId, JSON.stringify(steps)],
  })
  return rows
}
