import { type Answer, answerOf } from './answer.ts'
import { type AuditEntry, type AuditWriter, auditEntry } from './audit-entry.ts'
import { setTenant, type Transaction } from './database.ts'
import { findAnswers, type Repetition, type StoredAnswer, storeAnswers } from './idempotency.ts'
import { uuidv7 } from './identifiers.ts'
import type { Caller, Change, Command } from './operation.ts'
import { redactorOf } from './redact.ts'
import { Refusal } from './refusal.ts'
import { now } from './time.ts'

/** One command on its way into a transaction. */
export interface Item {
  readonly input: unknown
  readonly caller: Caller
  readonly repetition: Repetition
}

export type Outcome = Answer | Refusal

interface Job {
  readonly task: string
  readonly payload: Record<string, unknown>
  readonly key: string | null
  readonly run_at: Date | null
}

/** What an item collects while it is decided. */
interface Draft {
  readonly item: Item
  readonly changes: Change[]
  readonly jobs: Job[]
}

/**
 * Runs commands of one operation and tenant inside one transaction: stored answers first, then the handler or the
 * batch, then answers, jobs and, last, the audit chain. One outcome an item, in order. A refusal of an item of a batch
 * drops that item only; one thrown by a handler is thrown on, for there is no other item.
 */
export async function runItems(
  tx: Transaction,
  command: Command,
  tenantId: string,
  items: readonly Item[],
  writeAudit: AuditWriter,
): Promise<Outcome[]> {
  const at = now()
  const stored = await findAnswers(
    tx,
    tenantId,
    items.map((item) => item.repetition),
  )
  const outcomes: (Outcome | undefined)[] = stored.map((answer) =>
    answer === undefined || answer instanceof Refusal ? answer : { ...answer, replayed: true },
  )
  const drafts = items.map((item): Draft => ({ item, changes: [], jobs: [] }))
  const fresh = drafts.filter((_, index) => outcomes[index] === undefined)
  const done: { draft: Draft; answer: StoredAnswer }[] = []
  let chain = tenantId

  const settle = (draft: Draft, output: unknown) => {
    const index = drafts.indexOf(draft)
    if (output instanceof Refusal) {
      outcomes[index] = output
      return
    }
    const answer = answerOf(command, output)
    outcomes[index] = answer
    done.push({ draft, answer: { status: answer.status, body: withoutSecrets(command, answer.body) } })
  }

  if (fresh.length > 0 && command.batch) await runBatch(tx, command, tenantId, at, fresh, settle)
  else if (fresh[0]) {
    const [draft] = fresh
    const enterTenant = async (next: string) => {
      chain = next
      await setTenant(tx.client, next)
    }
    const context = { ...tx, tenantId, now: at, enterTenant, caller: draft.item.caller, ...collectors(draft) }
    settle(draft, await command.handle?.(context, draft.item.input))
  }

  if (done.length > 0) {
    if (chain !== tenantId) await setTenant(tx.client, tenantId)
    await storeAnswers(
      tx,
      tenantId,
      done.map(({ draft, answer }) => ({ repetition: draft.item.repetition, answer })),
    )
    if (chain !== tenantId) await setTenant(tx.client, chain)
    await addJobs(
      tx,
      chain,
      done.flatMap(({ draft }) => draft.jobs),
    )
    const entries = done.map(
      ({ draft }): AuditEntry => auditEntry(command, draft.item.caller, draft.item.input, draft.changes),
    )
    await writeAudit(tx, chain, entries)
  }
  return outcomes as Outcome[]
}

async function runBatch(
  tx: Transaction,
  command: Command,
  tenantId: string,
  at: Date,
  drafts: readonly Draft[],
  settle: (draft: Draft, output: unknown) => void,
): Promise<void> {
  const { batch } = command
  if (!batch) return
  const context = { ...tx, tenantId, now: at }
  const world = await batch.read(
    context,
    drafts.map((draft) => draft.item.input),
  )
  const decided: { draft: Draft; decision: unknown }[] = []
  for (const draft of drafts) {
    try {
      const decision = batch.decide(world, draft.item.input, {
        now: at,
        caller: draft.item.caller as never,
        ...collectors(draft),
      })
      decided.push({ draft, decision })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      settle(draft, error)
    }
  }
  if (decided.length === 0) return
  const outputs = await batch.record(
    context,
    decided.map(({ decision }) => decision),
  )
  if (outputs.length !== decided.length)
    throw new Error(`${command.name} recorded ${outputs.length} of ${decided.length} items`)
  for (const [index, { draft }] of decided.entries()) settle(draft, outputs[index])
}

function collectors({ changes, jobs }: Draft) {
  return {
    newId: () => uuidv7(),
    changed: (change: Change) => {
      changes.push(change)
    },
    enqueue: (
      job: { name: string },
      payload: Record<string, unknown> = {},
      options: { key?: string; runAt?: Date } = {},
    ) => {
      jobs.push({ task: job.name, payload, key: options.key ?? null, run_at: options.runAt ?? null })
    },
  }
}

async function addJobs(tx: Transaction, tenantId: string, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  await tx.client.query('SELECT platform.enqueue($1, $2)', [tenantId, JSON.stringify(jobs)])
}

const secretsOf = new WeakMap<Command, (body: unknown) => unknown>()

/** An answer as it may be kept: a secret is shown once, a replay shows null in its place. */
function withoutSecrets(command: Command, body: unknown): unknown {
  let redact = secretsOf.get(command)
  if (!redact) {
    redact = redactorOf(command.output, ['secret'], () => null)
    secretsOf.set(command, redact)
  }
  return redact(body)
}
