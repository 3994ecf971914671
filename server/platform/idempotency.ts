import { createHmac } from 'node:crypto'
import type { Transaction } from './database.ts'
import { derivedUuid } from './identifiers.ts'
import { type Caller, type Operation, routeOf } from './operation.ts'
import { platformRefusals, Refusal } from './refusal.ts'

/** How a repeated command is known: the ids of its keys, and a keyed hash of what it asked. */
export interface Repetition {
  readonly ids: readonly string[]
  readonly requestHash: Buffer
}

export interface StoredAnswer {
  readonly status: number
  readonly body: unknown
}

/** Thrown when the same command was committed by somebody else since we looked; the transaction must roll back. */
export class CommittedMeanwhile extends Error {}

/**
 * The keys of a command: its Idempotency-Key, and the id its maker gave, both scoped to tenant, actor and operation.
 * IETF draft-ietf-httpapi-idempotency-key-header. What was asked may hold a PIN: a plain hash of it would give it away to
 * whoever reads the table and tries all of them, so the hash is an HMAC under `secret`, which is not in the database.
 */
export function repetitionOf(
  operation: Operation,
  caller: Caller,
  input: unknown,
  { key, secret }: { key: string | undefined; secret: Buffer },
): Repetition {
  const actor = caller.apiKeyId ?? caller.userId ?? ''
  const ownId = (input as Record<string, unknown> | null)?.[ownIdField(operation)]
  const ids: string[] = []
  if (key !== undefined) ids.push(derivedUuid(actor, operation.name, 'key', key))
  if (typeof ownId === 'string' && operation.route.startsWith('POST'))
    ids.push(derivedUuid(actor, operation.name, 'id', ownId))
  return {
    ids,
    requestHash: createHmac('sha256', secret).update(JSON.stringify(input)).digest(),
  }
}

/**
 * The field with the id that a client gives to what it makes. The id in the path of `POST /v1/journals/:id/reversal` is the
 * journal's: what it makes has its id in `reversal_id`.
 */
export function ownIdField(operation: Operation): string {
  const { path, pathFields } = routeOf(operation)
  return pathFields.includes('id') ? `${path.slice(path.lastIndexOf('/') + 1).replaceAll('-', '_')}_id` : 'id'
}

/** The stored answer of each repetition, in order; undefined where there is none, a refusal where the input differs. */
export async function findAnswers(
  tx: Transaction,
  tenantId: string,
  repetitions: readonly Repetition[],
): Promise<(StoredAnswer | Refusal | undefined)[]> {
  const ids = repetitions.flatMap((repetition) => repetition.ids)
  if (ids.length === 0) return repetitions.map(() => undefined)
  const { rows } = await tx.client.query({
    name: 'find-answers',
    text: 'SELECT id, request_hash, answer FROM platform.idempotency_key WHERE tenant_id = $1 AND id = ANY ($2::uuid[])',
    values: [tenantId, ids],
  })
  const stored = new Map(rows.map((row) => [row.id, row]))
  return repetitions.map((repetition) => {
    const row = stored.get(repetition.ids.find((one) => stored.has(one)))
    if (!row) return undefined
    return row.request_hash.equals(repetition.requestHash)
      ? row.answer
      : new Refusal(platformRefusals.idempotencyKeyReused)
  })
}

/** Stores answers beside what they answer. Waits for a concurrent duplicate; throws `CommittedMeanwhile` if it won. */
export async function storeAnswers(
  tx: Transaction,
  tenantId: string,
  answers: readonly { repetition: Repetition; answer: StoredAnswer }[],
): Promise<void> {
  const rows = answers
    .flatMap(({ repetition, answer }) =>
      repetition.ids.map((id) => ({ id, hash: repetition.requestHash, answer: JSON.stringify(answer) })),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  if (rows.length === 0) return
  const { rowCount } = await tx.client.query({
    name: 'store-answers',
    text: `INSERT INTO platform.idempotency_key (tenant_id, id, request_hash, answer)
           SELECT $1, new.id, new.request_hash, new.answer
           FROM unnest($2::uuid[], $3::bytea[], $4::json[]) AS new (id, request_hash, answer)
           ON CONFLICT (tenant_id, id) DO NOTHING`,
    values: [tenantId, rows.map((row) => row.id), rows.map((row) => row.hash), rows.map((row) => row.answer)],
  })
  if (rowCount !== rows.length) throw new CommittedMeanwhile()
}
