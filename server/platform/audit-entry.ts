import type { z } from 'zod'
import type { Transaction } from './database.ts'
import type { Caller, Change, Command, Operation, Severity } from './operation.ts'
import { type Redactor, redactorOf } from './redact.ts'
import type { RefusalKind } from './refusal.ts'

/** What is left in the audit chain; the chain adds tenant, sequence and time. */
export interface AuditEntry {
  readonly event: string
  readonly severity: Severity
  /** The name of the installation, e.g. production. */
  readonly environment: string
  readonly actor_id: string | null
  readonly session_id: string | null
  readonly api_key_id: string | null
  readonly request_id: string | null
  readonly resource_type: string | null
  readonly resource_id: string | null
  readonly input: unknown
  readonly old_values: unknown
  readonly new_values: unknown
  /** The code with which it was refused; only of what was refused. */
  readonly refusal?: string
}

/** Appends entries to the chain of the tenant; the last statement of a transaction. */
export type AuditWriter = (tx: Transaction, tenantId: string, entries: readonly AuditEntry[]) => Promise<void>

/** What is needed to leave entries. */
export interface Auditing {
  readonly writeAudit: AuditWriter
  readonly environment: string
}

const redactors = new WeakMap<z.ZodType, Redactor>()

/**
 * The entries of one command: one for each thing that it changed, so that the history of a thing is found by its name,
 * and one when it changed none. The first holds the input. Personal values and secrets, marked in the schemas, appear by
 * name only.
 */
export function auditEntries(
  command: Command,
  { caller, environment }: { caller: Caller; environment: string },
  { input, changes }: { input: unknown; changes: readonly Change[] },
): AuditEntry[] {
  const common = {
    event: command.name,
    severity: command.severity ?? 'info',
    environment,
    ...actorOf(caller),
  }
  const [first, ...more] = changes
  return [
    { ...common, ...valuesOf(command, first), input: redactorFor(command.input)(input) },
    ...more.map((change) => ({ ...common, ...valuesOf(command, change), input: null })),
  ]
}

/**
 * The entries of a request that was refused: one for each thing that it named, and one when it named none. What was asked
 * stays out: nobody may have had the right to say it.
 */
export function refusalEntries(
  operation: Operation,
  { caller, environment }: { caller: Caller; environment: string },
  { refusal, changes }: { refusal: RefusalKind; changes: readonly Change[] },
): AuditEntry[] {
  const named = changes.length > 0 ? changes : [undefined]
  return named.map((change) => ({
    event: operation.name,
    severity: 'warning',
    environment,
    ...actorOf(caller),
    ...valuesOf(operation, change),
    input: null,
    refusal: refusal.code,
  }))
}

/** The entry of something that the server itself did or found. */
export function systemEntry(
  entry: Pick<AuditEntry, 'event' | 'severity' | 'environment' | 'new_values'> &
    Partial<Pick<AuditEntry, 'resource_type' | 'resource_id'>>,
): AuditEntry {
  const nobody = { actor_id: null, session_id: null, api_key_id: null, request_id: null }
  return { ...nobody, resource_type: null, resource_id: null, input: null, old_values: null, ...entry }
}

function actorOf({ userId, sessionId, apiKeyId, requestId }: Caller) {
  return { actor_id: userId, session_id: sessionId, api_key_id: apiKeyId, request_id: requestId }
}

function valuesOf({ output }: Operation, change: Change | undefined) {
  const redact = redactorFor(change?.schema ?? output)
  return {
    resource_type: change?.resource ?? null,
    resource_id: change?.id ?? null,
    old_values: change?.old ? redact(change.old) : null,
    new_values: change?.new ? redact(change.new) : null,
  }
}

function redactorFor(schema: z.ZodType): Redactor {
  let redact = redactors.get(schema)
  if (!redact) {
    redact = redactorOf(schema)
    redactors.set(schema, redact)
  }
  return redact
}
