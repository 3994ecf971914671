import { type Auditing, auditEntries } from './audit-entry.ts'
import { setTenant, type Transaction } from './database.ts'
import {
  type Answer,
  type AnswerToStore,
  answerOf,
  answersOf,
  findAnswers,
  type Repetition,
  rowsOf,
  type StoredAnswer,
  storeAnswers,
} from './idempotency.ts'
import { uuidv7 } from './identifiers.ts'
import { addJobs, defaultAttempts, type QueuedJob } from './jobs.ts'
import type { Batch, Caller, Change, Command, Employee, ItemContext, SealedBatch } from './operation.ts'
import { personRemoverOf, type Redactor, secretRemoverOf } from './redact.ts'
import { Refusal } from './refusal.ts'
import { now } from './time.ts'

/** One command on its way into a transaction. */
export interface Item {
  readonly input: unknown
  readonly caller: Caller
  readonly repetition: Repetition
}

export type Outcome = Answer | Refusal

/** An item with what it collects on its way. */
interface Draft {
  readonly item: Item
  readonly changes: Change[]
  readonly jobs: QueuedJob[]
  outcome: Outcome | undefined
}

interface DoneDraft extends Draft {
  readonly outcome: Answer
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
  auditing: Auditing,
): Promise<Outcome[]> {
  const at = now()
  const drafts = items.map((item): Draft => ({ item, changes: [], jobs: [], outcome: undefined }))
  const { batch } = command
  if (batch && 'write' in batch) {
    await runSealed(tx, { command, batch, auditing }, { tenantId, now: at }, drafts)
    return outcomesOf(command, drafts)
  }
  const repetitions = items.map((item) => item.repetition)
  replay(drafts, await findAnswers(tx, tenantId, repetitions))
  const fresh = drafts.filter((draft) => draft.outcome === undefined)
  let chain = tenantId
  if (batch && fresh.length > 0) await runBatch(tx, { command, batch }, { tenantId, now: at }, fresh)
  else if (fresh[0]) chain = await runHandler(tx, command, tenantId, at, fresh[0])

  const done = fresh.filter(isDone)
  if (done.length > 0) await seal(tx, command, { tenantId, chain }, done, auditing)
  return outcomesOf(command, drafts)
}

function outcomesOf(command: Command, drafts: readonly Draft[]): Outcome[] {
  return drafts.map(({ outcome }) => {
    if (!outcome) throw new Error(`${command.name} gave no outcome`)
    return outcome
  })
}

function replay(drafts: readonly Draft[], answers: readonly (StoredAnswer | Refusal | undefined)[]): void {
  for (const [index, stored] of answers.entries()) {
    const draft = drafts[index]
    if (draft && stored) draft.outcome = stored instanceof Refusal ? stored : { ...stored, replayed: true }
  }
}

/** Runs a command that is alone in its transaction. Answers the tenant in whose chain it belongs. */
async function runHandler(
  tx: Transaction,
  command: Command,
  tenantId: string,
  at: Date,
  draft: Draft,
): Promise<string> {
  let chain = tenantId
  const enterTenant = async (next: string) => {
    chain = next
    await setTenant(tx.client, next)
  }
  const context = { ...tx, tenantId, now: at, enterTenant, caller: draft.item.caller, ...collectors(draft) }
  settle(command, draft, await command.handle?.(context, draft.item.input))
  return chain
}

interface Scope {
  readonly tenantId: string
  readonly now: Date
}

// biome-ignore lint/suspicious/noExplicitAny: worlds and decisions of any operation
type AnyBatch = Batch<any, any, any, any>
// biome-ignore lint/suspicious/noExplicitAny: worlds and decisions of any operation
type AnySealedBatch = SealedBatch<any, any, any, any>

async function runBatch(
  tx: Transaction,
  { command, batch }: { command: Command; batch: AnyBatch },
  scope: Scope,
  drafts: readonly Draft[],
): Promise<void> {
  const context = { ...tx, ...scope }
  const inputs = drafts.map((draft) => draft.item.input)
  const world = await batch.read(context, inputs)
  const decided = decideAll(drafts, scope, (input, item) => batch.decide(world, input, item))
  if (decided.length === 0) return
  const decisions = decided.map(({ decision }) => decision)
  const outputs = await batch.record(context, decisions)
  if (outputs.length !== decided.length) {
    throw new Error(`${command.name} recorded ${outputs.length} of ${decided.length} items`)
  }
  for (const [index, { draft }] of decided.entries()) settle(command, draft, outputs[index])
}

/** Runs a batch in its two statements, and one more where there are jobs. */
async function runSealed(
  tx: Transaction,
  { command, batch, auditing }: { command: Command; batch: AnySealedBatch; auditing: Auditing },
  scope: Scope,
  drafts: readonly Draft[],
): Promise<void> {
  const context = { ...tx, ...scope }
  const items = drafts.map((draft) => draft.item)
  const repetitions = items.map((item) => item.repetition)
  const { world, answers } = await batch.read(
    context,
    items.map((item) => item.input),
    repetitions.flatMap(({ ids }) => ids),
  )
  replay(drafts, answersOf(answers, repetitions))
  const fresh = drafts.filter((draft) => draft.outcome === undefined)
  const decided = decideAll(fresh, scope, (input, item) => batch.decide(world, input, item))
  if (decided.length === 0) return
  for (const { draft, decision } of decided) settle(command, draft, decision.output)
  const kept = keptOf(command, fresh.filter(isDone), auditing)
  const seal = { answers: rowsOf(kept.answers), entries: kept.entries }
  const decisions = decided.map(({ decision }) => decision.decision)
  await Promise.all([batch.write(context, decisions, seal), addJobs(tx, scope.tenantId, kept.jobs)])
}

/** Judges items one after the other; one that is refused drops out. */
function decideAll<Decision>(
  drafts: readonly Draft[],
  { now: at }: Scope,
  decide: (input: unknown, item: ItemContext) => Decision,
): { draft: Draft; decision: Decision }[] {
  const decided: { draft: Draft; decision: Decision }[] = []
  for (const draft of drafts) {
    try {
      const item = { now: at, caller: draft.item.caller as Employee, ...collectors(draft) }
      decided.push({ draft, decision: decide(draft.item.input, item) })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      draft.outcome = error
    }
  }
  return decided
}

function settle(command: Command, draft: Draft, output: unknown): void {
  draft.outcome = output instanceof Refusal ? output : answerOf(command, output)
}

function isDone(draft: Draft): draft is DoneDraft {
  return draft.outcome !== undefined && !(draft.outcome instanceof Refusal)
}

/**
 * Writes what stays of the commands that were done: stored answers, jobs, audit entries. The statements go out together
 * and run in this order; the chain is last, because its head stays locked until the commit.
 */
async function seal(
  tx: Transaction,
  command: Command,
  { tenantId, chain }: { tenantId: string; chain: string },
  done: readonly DoneDraft[],
  auditing: Auditing,
): Promise<void> {
  const { answers, jobs, entries } = keptOf(command, done, auditing)
  const moved = chain !== tenantId
  await Promise.all([
    moved && setTenant(tx.client, tenantId),
    storeAnswers(tx, tenantId, answers),
    moved && setTenant(tx.client, chain),
    addJobs(tx, chain, jobs),
    auditing.writeAudit(tx, chain, entries),
  ])
}

/** What stays of commands that were done. */
function keptOf(command: Command, done: readonly DoneDraft[], { environment }: Auditing) {
  const { secrets, people } = removersOf(command)
  const answers: AnswerToStore[] = done.map(({ item: { repetition }, outcome: { status, body } }) => {
    const impersonal = people ? people(body) : body
    return {
      repetition,
      answer: { status, body: secrets(body) },
      impersonal: impersonal === body ? undefined : { status, body: impersonal },
    }
  })
  const jobs = done.flatMap((draft) => draft.jobs)
  const entries = done.flatMap(({ item: { caller, input }, changes }) =>
    auditEntries(command, { caller, environment }, { input, changes }),
  )
  return { answers, jobs, entries }
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
      jobs.push({
        task: job.name,
        payload,
        key: options.key ?? null,
        run_at: options.runAt ?? null,
        max_attempts: defaultAttempts,
      })
    },
  }
}

interface Removers {
  readonly secrets: Redactor
  /** Undefined for commands whose answers name nobody. */
  readonly people: Redactor | undefined
}

const removers = new WeakMap<Command, Removers>()

/** What of the body of an answer may be kept: a secret is shown once, a replay shows null in its place. */
function removersOf(command: Command): Removers {
  const known = removers.get(command)
  if (known) return known
  const made = { secrets: secretRemoverOf(command.output), people: personRemoverOf(command.output) }
  removers.set(command, made)
  return made
}
