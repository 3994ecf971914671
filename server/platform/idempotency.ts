import { createHmac } from 'node:crypto'
import type { Transaction } from './database.ts'
import { derivedUuid } from './identifiers.ts'
import { type Caller, type Cookie, type KeptAnswer, type Operation, routeOf, type Seal } from './operation.ts'
import { platformRefusals, Refusal } from './refusal.ts'

/** What an operation answers, whichever way it was called. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** True when this is the stored answer of an earlier, equal command. */
  readonly replayed: boolean
  /** Set by commands that begin a browser's session; null ends it. */
  readonly session?: Cookie | null
  /** Set by commands that let the browser be known again. */
  readonly device?: Cookie
}

/** How a repeated command is known: the ids of its keys, and a keyed hash of what it asked. */
export interface Repetition {
  readonly ids: readonly string[]
  readonly requestHash: Buffer
}

export interface StoredAnswer {
  readonly status: number
  readonly body: unknown
}

/** An answer to be kept; `impersonal` is what may stay of its body when somebody is anonymised, where it names people. */
export interface AnswerToStore {
  readonly repetition: Repetition
  readonly answer: StoredAnswer
  readonly impersonal: StoredAnswer | undefined
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
    text: `SELECT id, encode(request_hash, 'hex') AS request_hash, answer
           FROM platform.idempotency_key WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
    values: [tenantId, ids],
  })
  return answersOf(rows, repetitions)
}

/** Which of the answers that are kept is that of which repetition, as `findAnswers` answers. */
export function answersOf(
  kept: readonly KeptAnswer[],
  repetitions: readonly Repetition[],
): (StoredAnswer | Refusal | undefined)[] {
  const stored = new Map<string | undefined, KeptAnswer>(kept.map((row) => [row.id, row]))
  return repetitions.map((repetition) => {
    const row = stored.get(repetition.ids.find((one) => stored.has(one)))
    if (!row) return undefined
    return row.request_hash === repetition.requestHash.toString('hex')
      ? row.answer
      : new Refusal(platformRefusals.idempotencyKeyReused)
  })
}

/** Stores answers beside what they answer. Waits for a concurrent duplicate; throws `CommittedMeanwhile` if it won. */
export async function storeAnswers(
  tx: Transaction,
  tenantId: string,
  answers: readonly AnswerToStore[],
): Promise<void> {
  const rows = rowsOf(answers)
  if (rows.length === 0) return
  const { rowCount } = await tx.client.query({
    name: 'store-answers',
    text: `INSERT INTO platform.idempotency_key (tenant_id, id, request_hash, answer, impersonal_answer)
           SELECT $1, new.id, decode(new.request_hash, 'hex'), new.answer, new.impersonal_answer
           FROM unnest($2::uuid[], $3::text[], $4::json[], $5::json[]) AS new (id, request_hash, answer, impersonal_answer)
           ON CONFLICT (tenant_id, id) DO NOTHING`,
    values: [
      tenantId,
      rows.map((row) => row.id),
      rows.map((row) => row.request_hash),
      rows.map((row) => row.answer),
      rows.map((row) => row.impersonal_answer),
    ],
  })
  if (rowCount !== rows.length) throw new CommittedMeanwhile()
}

/** Answers as they are kept, in the order of their ids, in which they are locked. */
export function rowsOf(answers: readonly AnswerToStore[]): Seal['answers'] {
  return answers
    .flatMap(({ repetition, answer, impersonal }) =>
      repetition.ids.map((id) => ({
        id,
        request_hash: repetition.requestHash.toString('hex'),
        answer: JSON.stringify(answer),
        impersonal_answer: impersonal ? JSON.stringify(impersonal) : null,
      })),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** The answer of an output: parsed by the schema, so that nothing it does not name gets out. */
export function answerOf(operation: Operation, output: unknown): Answer {
  const body = operation.output.parse(output) ?? null
  return { status: body === null ? 204 : successStatus(operation), body, replayed: false }
}

/** The HTTP status of an answer with a body. */
export function successStatus(operation: Operation): number {
  return operation.kind === 'command' && operation.route.startsWith('POST') ? 201 : 200
}
