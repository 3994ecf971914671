import type { actions, subjects } from './contract.ts'
import type { Scope } from './queries.ts'

type Client = Pick<Scope, 'client' | 'tenantId'>

export interface Choice {
  readonly branch_id: string
  /** Null: what the branch has. */
  readonly variant_ids: readonly string[] | null
  readonly category_id: string | null
  readonly is_due: boolean
  readonly counted_before: Date | null
}

/** The variants that a count is about. */
export async function chooseVariants({ client, tenantId }: Client, choice: Choice): Promise<string[]> {
  const { branch_id, variant_ids, category_id, is_due, counted_before } = choice
  const { rows } = await client.query({
    name: 'counts-choose',
    text: 'SELECT id FROM counts.choose($1, $2, $3::uuid[], $4, $5, $6) AS id',
    values: [tenantId, branch_id, variant_ids, category_id, is_due, counted_before],
  })
  return rows.map((row) => row.id)
}

/** Holds a count until the end of the transaction: with others who enter lines, or alone. */
export async function lockCount({ client, tenantId }: Client, id: string, how: 'shared' | 'alone'): Promise<void> {
  await client.query({
    name: 'counts-hold',
    text: 'SELECT counts.hold($1, $2, $3)',
    values: [tenantId, id, how === 'alone'],
  })
}

export interface NewCount {
  readonly id: string
  readonly number: string
  readonly branch_id: string
  readonly subject: (typeof subjects)[number]
  readonly category_id: string | null
  readonly not_counted_for_days: number | null
  readonly is_blind: boolean
  readonly frozen_until: Date | null
  readonly notes: string | null
  readonly step_id: string
  readonly actor_id: string
}

/** Opens a count of variants, with a line for each place that there is to count. */
export async function openCount({ client, tenantId }: Client, count: NewCount, variantIds: readonly string[]) {
  await client.query({
    name: 'counts-open',
    text: 'SELECT counts.open($1, $2, $3::uuid[])',
    values: [tenantId, JSON.stringify(count), variantIds],
  })
}

export interface NewEntry {
  readonly id: string
  readonly variant_id: string
  readonly batch_id: string | null
  /** In the unit of the product. */
  readonly counted: string
}

/** Enters what somebody counted; answers with the line of each, in order, or what was wrong. */
export async function enterEntries(
  { client, tenantId }: Client,
  entries: readonly NewEntry[],
  { countId, actorId }: { countId: string; actorId: string },
): Promise<({ line_id: string; code: null } | { line_id: null; code: 'count_not_open' })[]> {
  const { rows } = await client.query({
    name: 'counts-enter',
    text: 'SELECT line_id, code FROM counts.enter($1, $2, $3, $4)',
    values: [tenantId, JSON.stringify(entries), countId, actorId],
  })
  return rows
}

export interface NewStep {
  readonly id: string
  readonly count_id: string
  readonly action: (typeof actions)[number]
  readonly reason: string | null
  readonly actor_id: string
  /** Lines that are to be counted again. */
  readonly recount: readonly string[]
}

/** Moves a count on; answers with the code of what was wrong, or null. */
export async function recordStep({ client, tenantId }: Client, step: NewStep): Promise<string | null> {
  const { rows } = await client.query({
    name: 'counts-move-on',
    text: 'SELECT code FROM counts.move_on($1, $2)',
    values: [tenantId, JSON.stringify(step)],
  })
  return rows[0].code
}

/** Says that variants of a branch are to be counted again. */
export async function markForRecount(
  { client, tenantId }: Client,
  { branch_id, variant_ids, reason }: { branch_id: string; variant_ids: readonly string[]; reason: string },
): Promise<void> {
  await client.query({
    name: 'counts-require-recount',
    text: 'SELECT counts.require_recount($1, $2, $3::uuid[], $4)',
    values: [tenantId, branch_id, variant_ids, reason],
  })
}
