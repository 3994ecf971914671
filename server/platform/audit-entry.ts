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
  const [first] = changes
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
  }
}

function redactorsOf(operation: Operation): { input: Redactor; output: Redactor } {
  let found = redactors.get(operation)
  if (!found) {
    found = {
      input: redactorOf(operation.input, ['personal', 'secret']),
      output: redactorOf(operation.output, ['personal', 'secret']),
    }
    redactors.set(operation, found)
  }
  return found
}
