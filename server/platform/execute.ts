import { type Auditing, auditEntries } from './audit-entry.ts'
import { createBatcher } from './batch.ts'
import {
  type Databases,
  inReadTransaction,
  inTransaction,
  refusalOfDatabase,
  type Transaction,
  withRetries,
} from './database.ts'
import { type Answer, answerOf, CommittedMeanwhile, findAnswers, repetitionOf } from './idempotency.ts'
import { nobody } from './identifiers.ts'
import { addJobs, type QueuedJob, queuedJob } from './jobs.ts'
import type { Log } from './log.ts'
import { type Metrics, retryCounter } from './metrics.ts'
import type { Caller, Change, Command, Cookie, Operation, OutsideContext, Query } from './operation.ts'
import { type FieldError, platformRefusals, Refusal, type RefusalKind, refusalOfConstraint } from './refusal.ts'
import { type Item, type Outcome, runItems } from './run-items.ts'
import { recordFailure, recordForbidden } from './security-events.ts'
import { now } from './time.ts'

export interface ExecutorOptions extends Auditing {
  databases: Databases
  /** Constraint name → refusal, of every module. */
  constraints: ReadonlyMap<string, RefusalKind>
  batchQueueLimit: number
  /** The key of the hashes by which repeated commands are compared; the same on all servers of a database. */
  repetitionSecret: Buffer
  isHidden: IsHidden
  metrics: Metrics
  log: Log
}

export interface ExecuteRequest {
  operation: Operation
  input: unknown
  caller: Caller
  idempotencyKey?: string | undefined
  /** Where the request comes from, for sessions. */
  address?: string
  device?: string
  deviceToken?: string | undefined
  sessionToken?: string | undefined
}

/** True for what belongs to a feature that is switched off where the caller works. */
export type IsHidden = (operationName: string, caller: Caller) => boolean

/** Refusals that have their entries in a chain already. */
const recorded = new WeakSet<Refusal>()

/** Rolls back what reading wrote for items that were then all refused, such as rows that are there to be locked. */
const nothingDone = new Error('every item was refused')

export type Execute = (request: ExecuteRequest) => Promise<Answer>

/**
 * Makes the one way operations run: scope and permission, parse, then one transaction with idempotency, handler, audit.
 * What it throws is a `Refusal`, or an error nobody foresaw.
 */
export function createExecutor(options: ExecutorOptions): Execute {
  const { databases, metrics } = options
  const countRetry = retryCounter(options.metrics)
  const runTogether = (command: Command, tenantId: string, items: readonly Item[]) =>
    withRetries(async () => {
      let outcomes: Outcome[] = []
      await inTransaction(databases.app, tenantId, async (tx) => {
        outcomes = await runItems(tx, command, tenantId, items, options)
        if (outcomes.every((one) => one instanceof Refusal)) throw nothingDone
      }).catch((error: unknown) => {
        if (error !== nothingDone) throw error
      })
      return outcomes
    }, countRetry)
  const joinBatch = createBatcher({ run: runTogether, queueLimit: options.batchQueueLimit, metrics })

  const runCommand = async (command: Command, request: ExecuteRequest, input: unknown): Promise<Answer> => {
    const { caller, idempotencyKey } = request
    const tenantId = tenantOf(command, caller)
    const compared = { key: idempotencyKey, secret: options.repetitionSecret }
    const item: Item = { input, caller, repetition: repetitionOf(command, caller, input, compared) }
    try {
      const [outcome] = command.batch
        ? [await joinBatch(command, tenantId, item)]
        : await runTogether(command, tenantId, [item])
      return answerOrThrow(outcome)
    } catch (error) {
      // The first of two equal commands may have made the second one fail: then its answer is the answer.
      const stored = await answerOfTwin(databases, tenantId, item)
      if (stored === undefined) throw error
      return answerOrThrow(stored)
    }
  }

  return async (request) => {
    const { operation, caller } = request
    try {
      const refusal = refusalOf(operation, caller, options.isHidden)
      if (refusal) throw refusal
      const input = parseInput(operation, request.input)
      if (operation.kind === 'query') return await runQuery(databases, operation, caller, input)
      if (operation.outside) return await runOutside(options, operation, request, input)
      return await runCommand(operation, request, input)
    } catch (error) {
      const told = asRefusal(error, options.constraints)
      if (told instanceof Refusal && !recorded.has(told))
        await recordForbidden(options, { operation, caller, refusal: told.kind })
      throw told
    }
  }
}

async function runQuery(databases: Databases, query: Query, caller: Caller, input: unknown): Promise<Answer> {
  const tenantId = tenantOf(query, caller)
  const pool = query.analytic ? databases.read : databases.app
  const found: unknown = await inReadTransaction(pool, tenantId, (tx) =>
    query.handle({ ...tx, caller, tenantId, now: now() }, input),
  )
  return answerOf(query, typeof found === 'function' ? await found() : found)
}

/** Runs a command that commits by itself, then its jobs and its audit entries: in the chain of its tenant, or the platform's. */
async function runOutside(
  options: ExecutorOptions,
  command: Command,
  request: ExecuteRequest,
  input: unknown,
): Promise<Answer> {
  const changes: Change[] = []
  const jobs: QueuedJob[] = []
  const cookies: { session?: Cookie | null; device?: Cookie } = {}
  const { caller, address = '', device = '', deviceToken, sessionToken } = request
  let actor = caller
  const { databases, environment, writeAudit } = options
  let tenantId = tenantOf(command, caller)
  const countRetry = retryCounter(options.metrics)
  const transaction = <T>(work: (tx: Transaction) => Promise<T>) => {
    const before = { changes: changes.length, jobs: jobs.length }
    return withRetries(() => {
      // What an attempt has said that was given up did not happen.
      changes.splice(before.changes)
      jobs.splice(before.jobs)
      return inTransaction(databases.app, tenantId, work)
    }, countRetry)
  }
  const context: OutsideContext<Caller> = {
    caller,
    tenantId,
    now: now(),
    transaction,
    address,
    device,
    deviceToken,
    sessionToken,
    changed: (change) => changes.push(change),
    enqueue: (job, payload = {}) => jobs.push(queuedJob(job, payload)),
    enterTenant: (next) => {
      tenantId = next
    },
    identified: (userId, sessionId) => {
      actor = { ...caller, userId, sessionId }
    },
    setSession: (session) => {
      cookies.session = session
    },
    setDevice: (known) => {
      cookies.device = known
    },
  }
  let output: unknown
  try {
    output = await command.handle?.(context, input)
  } catch (error) {
    if (error instanceof Refusal) {
      const failed = { operation: command, caller: actor, refusal: error.kind, changes }
      if (await recordFailure(options, tenantId, failed)) recorded.add(error)
    }
    throw error
  }
  const entries = auditEntries(command, { caller: actor, environment }, { input, changes })
  await transaction(async (tx) => {
    await addJobs(tx, tenantId, jobs)
    await writeAudit(tx, tenantId, entries)
  })
  return { ...answerOf(command, output), ...cookies }
}

async function answerOfTwin(
  databases: Databases,
  tenantId: string,
  { repetition }: Item,
): Promise<Outcome | undefined> {
  if (repetition.ids.length === 0) return undefined
  const [stored] = await inReadTransaction(databases.app, tenantId, (tx) => findAnswers(tx, tenantId, [repetition]))
  return stored instanceof Refusal || !stored ? stored : { ...stored, replayed: true }
}

function answerOrThrow(outcome: Outcome | undefined): Answer {
  if (outcome instanceof Refusal) throw outcome
  if (!outcome) throw new Error('a command gave no outcome')
  return outcome
}

function tenantOf(operation: Operation, caller: Caller): string {
  return operation.scope === 'tenant' && caller.tenantId ? caller.tenantId : nobody
}

/** Refuses with `invalid_input` and a list of fields what the operation's schema does not take. */
function parseInput(operation: Operation, input: unknown): unknown {
  const parsed = operation.input.safeParse(input)
  if (parsed.success) return parsed.data
  const fields: FieldError[] = parsed.error.issues.map(
    (issue: { path: PropertyKey[]; code: string; message: string }) => ({
      path: issue.path.join('.'),
      code: issue.code,
      message: issue.message,
    }),
  )
  throw new Refusal(platformRefusals.invalidInput, undefined, fields)
}

/** True when the caller may use the operation at all; what they may not reach with it shows when it runs. */
export function allows(operation: Operation, caller: Caller, isHidden: IsHidden): boolean {
  return refusalOf(operation, caller, isHidden) === undefined
}

function refusalOf(operation: Operation, caller: Caller, isHidden: IsHidden): Refusal | undefined {
  const { scope, permission, reach, name, forCashiers = false } = operation
  if (scope === 'anyone') return undefined
  if (caller.userId === null) return new Refusal(platformRefusals.unauthenticated)
  // A PIN opens what a till needs, not what is the person's own.
  if (caller.deviceId !== null && permission === null && !forCashiers) {
    return new Refusal(platformRefusals.forbidden, 'This is not for a shared till: sign in yourself')
  }
  // An integration stands for one tenant, not for the person who made its key.
  if (scope === 'person') return caller.apiKeyId === null ? undefined : new Refusal(platformRefusals.forbidden)
  if (caller.tenantId === null) return new Refusal(platformRefusals.tenantRequired)
  if (isHidden(name, caller)) return new Refusal(platformRefusals.notFound)
  if (!holds(caller.permissions, permission)) {
    return new Refusal(platformRefusals.forbidden, `This needs the permission ${permission}`)
  }
  return reach === 'tenant' && caller.scope !== null ? new Refusal(platformRefusals.outOfScope) : undefined
}

/** True when the permissions contain the one asked for; `*` contains all, null asks for none. */
export function holds(permissions: ReadonlySet<string>, permission: string | null): boolean {
  return permission === null || permissions.has('*') || permissions.has(permission)
}

function asRefusal(error: unknown, constraints: ReadonlyMap<string, RefusalKind>): unknown {
  if (error instanceof Refusal) return error
  if (error instanceof CommittedMeanwhile) return new Refusal(platformRefusals.busy)
  return refusalOfConstraint(error, constraints) ?? refusalOfDatabase(error) ?? error
}
