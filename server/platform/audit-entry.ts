import type { Transaction } from './database.ts'
import type { Caller, Change, Operation } from './operation.ts'
import { type Redactor, redactorOf } from './redact.ts'

/** What a command leaves in the audit chain; the chain adds tenant, sequence and time. */
export interface AuditEntry {
  readonly event: string
  readonly severity: 'info' | 'notice' | 'warning'
  readonly actor_id: string | null
  readonly session_id: string | null
  readonly api_key_id: string | null
  readonly request_id: string
  readonly resource_type: string | null
  readonly resource_id: string | null
  readonly input: unknown
  readonly old_values: unknown
  readonly new_values: unknown
  /** What else it changed, when it changed more than one thing. */
  readonly more_changes?: readonly unknown[]
}

/** Appends entries to the chain of the tenant; the last statement of a transaction. */
export type AuditWriter = (tx: Transaction, tenantId: string, entries: readonly AuditEntry[]) => Promise<void>

const redactors = new WeakMap<Operation, { input: Redactor; output: Redactor }>()

/** The entry of one command. Personal values and secrets, marked in its schemas, appear by name only. */
export function auditEntry(
  operation: Operation,
  caller: Caller,
  input: unknown,
  changes: readonly Change[],
): AuditEntry {
  const redact = redactorsOf(operation)
  const [first, ...more] = changes
  return {
    event: operation.name,
    severity: 'info',
    actor_id: caller.userId,
    session_id: caller.sessionId,
    api_key_id: caller.apiKeyId,
    request_id: caller.requestId,
    resource_type: first?.resource ?? null,
    resource_id: first?.id ?? null,
    input: redact.input(input),
    old_values: first?.old ? redact.output(first.old) : null,
    new_values: first?.new ? redact.output(first.new) : null,
    ...(more.length > 0 ? { more_changes: more.map((change) => valuesOf(change, redact.output)) } : {}),
  }
}

function valuesOf({ resource, id, old, new: next }: Change, redact: Redactor) {
  return {
    resource_type: resource,
    resource_id: id,
    old_values: old ? redact(old) : null,
    new_values: next ? redact(next) : null,
  }
}

function redactorsOf(operation: Operation): { input: Redactor; output: Redactor } {
  let found = redactors.get(operation)
  if (!found) {
    found = {
      input: redactorOf(operation.input),
      output: redactorOf(operation.output),
    }
    redactors.set(operation, found)
  }
  return found
}
