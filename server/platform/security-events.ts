import { type Auditing, refusalEntries } from './audit-entry.ts'
import { type Databases, inTransaction, withRetries } from './database.ts'
import { type Log, traceOf } from './log.ts'
import { type Metrics, retryCounter } from './metrics.ts'
import type { Caller, Change, Command, Operation } from './operation.ts'
import type { RefusalKind } from './refusal.ts'

interface Recorder extends Auditing {
  readonly databases: Databases
  readonly log: Log
  readonly metrics: Metrics
}

interface Refused {
  readonly operation: Operation
  readonly caller: Caller
  readonly refusal: RefusalKind
  /** What failed, as the command has named it. */
  readonly changes?: readonly Change[]
}

const forbiddenStatus = 403

/** Enters what an employee, or a key, was forbidden in the chain of the tenant. Whatever else was refused is left out. */
export async function recordForbidden(recorder: Recorder, refused: Refused): Promise<void> {
  const { caller, refusal } = refused
  if (refusal.status !== forbiddenStatus || caller.tenantId === null || caller.employeeId === null) return
  await record(recorder, caller.tenantId, refused)
}

/**
 * Enters in a chain a failed attempt at a command that invites guessing, such as a sign-in, and what any command that
 * commits by itself has named before it was refused. Answers whether that was so.
 */
export async function recordFailure(
  recorder: Recorder,
  chain: string,
  refused: Refused & { operation: Command },
): Promise<boolean> {
  const isWorthAnEntry = refused.operation.guessable !== undefined || (refused.changes ?? []).length > 0
  if (isWorthAnEntry) await record(recorder, chain, refused)
  return isWorthAnEntry
}

/** The answer to the caller is the refusal, whether or not it could be entered. */
async function record(recorder: Recorder, chain: string, refused: Refused): Promise<void> {
  const { databases, writeAudit, environment, log, metrics } = recorder
  const { operation, caller, refusal, changes = [] } = refused
  const entries = refusalEntries(operation, { caller, environment }, { refusal, changes })
  const enter = () => inTransaction(databases.app, chain, (tx) => writeAudit(tx, chain, entries))
  await withRetries(enter, retryCounter(metrics)).catch((error: unknown) => {
    const { requestId } = caller
    log.error(
      { requestId, tenantId: chain, operation: operation.name, code: refusal.code, err: traceOf(error) },
      'a refusal could not be entered in the audit chain',
    )
  })
}
