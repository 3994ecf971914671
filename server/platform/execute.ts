import type { AuditWriter } from './audit-entry.ts'
import { auditEntry } from './audit-entry.ts'
import { createBatcher } from './batch.ts'
import { type Databases, inReadTransaction, inTransaction, refusalOfDatabase, withRetries } from './database.ts'
import { findAnswers, repetitionOf } from './idempotency.ts'
import { nobody } from './identifiers.ts'
import type { Metrics } from './metrics.ts'
import type { Caller, Change, Command, Operation, Query } from './operation.ts'
import { type FieldError, platformRefusals, Refusal, type RefusalKind, refusalOfConstraint } from './refusal.ts'
import { type Item, type Outcome, runItems } from './run-items.ts'

export interface ExecutorOptions {
  databases: Databases
  writeAudit: AuditWriter
  /** Constraint name → refusal, of every module. */
  constraints: ReadonlyMap<string, RefusalKind>
  batchQueueLimit: number
  metrics: Metrics
}

export interface ExecuteRequest {
  operation: Operation
  input: unknown
  caller: Caller
  idempotencyKey?: string | undefined
  address?: string
  device?: string
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly replayed: boolean
  /** Set by commands that begin or end a browser's session. */
  readonly session?: { token: string; expiresAt: Date } | null
}

export type Execute = (request: ExecuteRequest) => Promise<Answer>

/**
 * Makes the one way operations run: scope and permission, parse, then one transaction with idempotency, handler, audit.
 * What it throws is a `Refusal`, or an error nobody foresaw.
 */
export function createExecutor(options: ExecutorOptions): Execute {
  const { databases, metrics } = options
  const again = (error: Error) => metrics.retries.inc({ reason: (error as { code?: string }).code ?? 'other' })
  const runTogether = (operation: Command, tenantId: string, items: readonly Item[]) =>
    withRetries(
      () =>
        inTransaction(databases.app, tenantId, (tx) => runItems(tx, operation, tenantId, items, options.writeAudit)),
      again,
    )
  const joinBatch = createBatcher({ run: runTogether, queueLimit: options.batchQueueLimit, metrics })

  return async ({ operation, input, caller, idempotencyKey, address = '', device = '' }) => {
    assertAllowed(operation, caller)
    const parsed = parseInput(operation, input)
    try {
      if (operation.kind === 'query') return answerOf(operation, await runQuery(operation, parsed))
      if (operation.outside) return await runOutside(operation, parsed)
      return await runCommand(operation, parsed)
    } catch (error) {
      throw asRefusal(error, options.constraints)
    }

    async function runQuery(query: Query, value: unknown) {
      const tenantId = query.scope === 'tenant' && caller.tenantId ? caller.tenantId : nobody
      const pool = query.analytic ? databases.read : databases.app
      return inReadTransaction(pool, tenantId, (tx) =>
        query.handle({ ...tx, caller, tenantId, now: new Date() }, value),
      )
    }

    async function runCommand(command: Command, value: unknown): Promise<Answer> {
      const tenantId = command.scope === 'tenant' && caller.tenantId ? caller.tenantId : nobody
      const item: Item = { input: value, caller, repetition: repetitionOf(command, caller, value, idempotencyKey) }
      try {
        const outcome = command.batch ? await joinBatch(command, tenantId, item) : await alone(command, tenantId, item)
        if (outcome instanceof Refusal) throw outcome
        return outcome
      } catch (error) {
        // The first of two equal commands may have made the second one fail: then its answer is the answer.
        const stored = await answerOfTwin(tenantId, item)
        if (stored instanceof Refusal) throw stored
        if (stored) return stored
        throw error
      }
    }

    async function alone(command: Command, tenantId: string, item: Item): Promise<Outcome> {
      const [outcome] = await runTogether(command, tenantId, [item])
      if (!outcome) throw new Error(`${command.name} gave no outcome`)
      return outcome
    }

    async function answerOfTwin(tenantId: string, item: Item): Promise<Outcome | undefined> {
      if (item.repetition.ids.length === 0) return undefined
      const [stored] = await inReadTransaction(databases.app, tenantId, (tx) =>
        findAnswers(tx, tenantId, [item.repetition]),
      )
      return stored instanceof Refusal || !stored ? stored : { ...stored, replayed: true }
    }

    async function runOutside(command: Command, value: unknown): Promise<Answer> {
      const changes: Change[] = []
      let session: Answer['session']
      let actor = caller
      const context = {
        caller,
        now: new Date(),
        address,
        device,
        changed: (change: Change) => changes.push(change),
        identified: (userId: string, sessionId: string | null) => {
          actor = { ...caller, userId, sessionId }
        },
        setSession: (next: Answer['session']) => {
          session = next
        },
      }
      const output = await command.handle?.(context, value)
      await inTransaction(databases.app, nobody, (tx) =>
        options.writeAudit(tx, nobody, [auditEntry(command, actor, value, changes)]),
      )
      return { ...answerOf(command, output), ...(session === undefined ? {} : { session }) }
    }
  }
}

/** Parses the input by the operation's schema. Refuses with `invalid_input` and a list of fields. */
export function parseInput(operation: Operation, input: unknown): unknown {
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

/** The answer of an output: parsed by the schema, so that nothing it does not name gets out. */
export function answerOf(operation: Operation, output: unknown): Answer {
  const body = operation.output.parse(output) ?? null
  const status = body === null ? 204 : operation.route.startsWith('POST') ? 201 : 200
  return { status, body, replayed: false }
}

function assertAllowed(operation: Operation, caller: Caller): void {
  if (operation.scope === 'anyone') return
  if (caller.userId === null) throw new Refusal(platformRefusals.unauthenticated)
  if (operation.scope === 'person') {
    // An integration stands for one tenant, not for the person who made its key.
    if (caller.apiKeyId !== null) throw new Refusal(platformRefusals.forbidden)
    return
  }
  if (caller.tenantId === null) throw new Refusal(platformRefusals.tenantRequired)
  if (!holds(caller.permissions, operation.permission)) {
    throw new Refusal(platformRefusals.forbidden, `This needs the permission ${operation.permission}`)
  }
}

/** True when the permissions contain the one asked for; `*` contains all, null asks for none. */
export function holds(permissions: ReadonlySet<string>, permission: string | null): boolean {
  return permission === null || permissions.has('*') || permissions.has(permission)
}

function asRefusal(error: unknown, constraints: ReadonlyMap<string, RefusalKind>): unknown {
  if (error instanceof Refusal) return error
  const violated = refusalOfConstraint(error, constraints)
  if (violated) return violated
  return refusalOfDatabase(error) ?? error
}
