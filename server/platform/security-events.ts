import { type Auditing, refusalEntry } from './audit-entry.ts'
import { type Databases, inTransaction } from './database.ts'
import { nobody } from './identifiers.ts'
import { type Log, traceOf } from './log.ts'
import type { Caller, Command, Operation } from './operation.ts'
import type { Refusal } from './refusal.ts'

interface Recorder extends Auditing {
  readonly databases: Databases
  readonly log: Log
}

interface Refused {
  readonly operation: Operation
  readonly caller: Caller
  readonly refusal: Refusal
}

const forbiddenStatus = 403

/** Enters what an employee, or a key, was forbidden in the chain of the tenant. Whatever else was refused is left out. */
export async function recordForbidden(recorder: Recorder, refused: Refused): Promise<void> {
  const { caller, refusal } = refused
  if (refusal.kind.status !== forbiddenStatus || caller.tenantId === null || caller.employeeId === null) return
  await record(recorder, caller.tenantId, refused)
}

/** Enters a failed attempt at a command that invites guessing, such as a sign-in, in the platform's chain. */
export async function recordGuess(recorder: Recorder, refused: Refused & { operation: Command }): Promise<void> {
  if (refused.operation.guessable) await record(recorder, nobody, refused)
}

/** The answer to the caller is the refusal, whether or not it could be entered. */
async function record(recorder: Recorder, chain: string, { operation, caller, refusal }: Refused): Promise<void> {
  const { databases, writeAudit, environment, log } = recorder
  const entry = refusalEntry(operation, { caller, environment }, refusal)
  await inTransaction(databases.app, chain, (tx) => writeAudit(tx, chain, [entry])).catch((error: unknown) => {
    const { requestId } = caller
    log.error(
      { requestId, tenantId: chain, operation: operation.name, code: refusal.kind.code, err: traceOf(error) },
      'a refusal could not be entered in the audit chain',
    )
  })
}
