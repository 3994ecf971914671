import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type AuditWriter, auditEntries } from '../platform/audit-entry.ts'
import { type Transaction, withRetries } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { addJobs, type JobContext, type QueuedJob, queuedJob } from '../platform/jobs.ts'
import type { Change, Command, CommandContext, Employee } from '../platform/operation.ts'
import { type RefusalKind, refusalOfConstraint, refuse } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { byId, importShown, type Status, targetNotFound } from './contract.ts'
import { findKept } from './files.ts'
import { findImport, type ImportRow, type ImportValues, updateImport } from './queries.ts'
import type { Reading } from './read-rows.ts'
import { readFixes } from './row-queries.ts'
import type { Target } from './target.ts'

/** What working on imports needs. */
export interface Workshop {
  /** Where the files are. */
  readonly directory: string
  readonly targets: readonly Target[]
  readonly writeAudit: AuditWriter
  /** Constraint name → refusal, of every module. */
  readonly constraints: ReadonlyMap<string, RefusalKind>
}

/** An import that is being worked on, by a job that somebody started. */
export interface Work {
  readonly tenantId: string
  readonly import: ImportRow
  readonly target: Target
  readonly fields: ReadonlySet<string>
  readonly reading: Reading
  readonly caller: Employee
  /** Runs work in one transaction, again where a second try mends it. It holds nothing but what the work locks. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** What the commands did that ran in a transaction: it goes into the chain and the queue. */
  seal(tx: Transaction, event: string, done: Done): Promise<void>
}

interface Done {
  readonly changes: readonly Change[]
  readonly jobs: readonly QueuedJob[]
}

/** Somebody stopped the work, changed the import, or is at work on it as well: it is left as it is. */
export class WorkTaken extends Error {}

/** Reads what work on an import needs; undefined when there is nothing to do. Refuses with `import_file_not_found`. */
export async function openWork(
  shop: Workshop,
  { inTenant, environment }: Pick<JobContext, 'inTenant' | 'environment'>,
  { tenantId, importId }: { tenantId: string; importId: string },
): Promise<Work | undefined> {
  const found = await inTenant(tenantId, async (tx) => {
    const scope = { ...tx, tenantId }
    const row = await findImport(scope, importId)
    return row && { row, fixes: await readFixes(scope, importId) }
  })
  if (!found) return undefined
  const { row, fixes } = found
  const target = targetOf(shop.targets, row.target)
  const { path } = await findKept({ directory: shop.directory, tenantId, sha256: row.sha256 })
  const { format, mapping, conventions, sha256 } = row
  return {
    tenantId,
    import: row,
    target,
    fields: new Set(Object.keys(mapping)),
    reading: { path, format, target, mapping, conventions, fixes, sha256 },
    caller: callerOf(tenantId, row),
    transaction: (work) =>
      withRetries(
        () => inTenant(tenantId, work),
        () => {},
      ).catch((error: unknown) => {
        throw refusalOfConstraint(error, shop.constraints) ?? error
      }),
    async seal(tx, event, { changes, jobs }) {
      const command = { name: event, input: byId, output: importShown } as unknown as Command
      const entries = auditEntries(
        command,
        { caller: callerOf(tenantId, row), environment },
        { input: { id: row.id }, changes },
      )
      await addJobs(tx, tenantId, jobs)
      await shop.writeAudit(tx, tenantId, entries)
    },
  }
}

/** The target of a name. Refuses with `import_target_not_found`. */
export function targetOf(targets: readonly Target[], name: string): Target {
  return targets.find((one) => one.name === name) ?? refuse(targetNotFound)
}

/** The context of a command that works on rows, and what it did. */
export function commandContext(work: Work, tx: Transaction): CommandContext & { readonly done: Done } {
  const changes: Change[] = []
  const jobs: QueuedJob[] = []
  return {
    ...tx,
    tenantId: work.tenantId,
    caller: work.caller,
    now: now(),
    newId: () => uuidv7(),
    changed: (change) => void changes.push(change),
    enqueue: (job, payload = {}) => void jobs.push(queuedJob(job, payload)),
    enterTenant: () => Promise.reject(new Error('an import stays in its tenant')),
    done: { changes, jobs },
  }
}

/** Holds an import that is still in this state of this run. Throws `WorkTaken` otherwise, also where its cursor moved. */
export async function holdImport(
  work: Pick<Work, 'tenantId' | 'import'>,
  tx: Transaction,
  { status, run, cursor }: { status: Status; run: number; cursor?: number },
): Promise<ImportRow> {
  const held = await findImport({ ...tx, tenantId: work.tenantId }, work.import.id, true)
  if (held?.status !== status || held.run !== run) throw new WorkTaken('the import is in another state')
  if (cursor !== undefined && held.cursor_row !== cursor) throw new WorkTaken('the import went on elsewhere')
  return held
}

/** Notes how far a run is; nobody needs to be told for it to go on. */
export function noteProgress(work: Work, tx: Transaction, values: ImportValues): Promise<void> {
  return updateImport({ ...tx, tenantId: work.tenantId }, work.import.id, { ...values, worked_at: now() }, false)
}

/** Ends a run, with an entry in the chain by which browsers hear of it. */
export async function endRun(work: Work, tx: Transaction, event: string, values: ImportValues): Promise<void> {
  const scope = { ...tx, tenantId: work.tenantId }
  await updateImport(scope, work.import.id, { ...values, worked_at: now() })
  const { status, failed_rows, created_rows, updated_rows, skipped_rows } =
    (await findImport(scope, work.import.id)) ?? {}
  const change = {
    resource: 'import',
    id: work.import.id,
    new: { status, failed_rows, created_rows, updated_rows, skipped_rows },
  }
  await work.seal(tx, event, { changes: [change], jobs: [] })
}

function callerOf(tenantId: string, { user_id, employee_id, id }: ImportRow): Employee {
  return {
    requestId: id,
    userId: user_id,
    employeeId: employee_id,
    tenantId,
    sessionId: null,
    apiKeyId: null,
    deviceId: null,
    // What the target asks for was asked of the person when they started it.
    permissions: new Set(['*']),
    scope: null,
    features: new Set(),
  }
}

/** How many rows go into a batch, so that it holds its locks about as long as it may. */
interface BatchSize {
  readonly rows: number
  /** Notes how long a batch of so many rows took. */
  note(rows: number, ms: number): void
}

const fewest = 1
const most = 2_000
const atFirst = 10

/** Begins small and grows at most by half from batch to batch; one that took too long is followed by a smaller one at once. */
export function batchSize(aimMs: number): BatchSize {
  let rows = atFirst
  return {
    get rows() {
      return rows
    },
    note(done, ms) {
      const fitting = Math.floor((done * aimMs) / Math.max(ms, 1))
      rows = Math.min(most, Math.max(fewest, Math.min(fitting, Math.ceil(rows * 1.5))))
    },
  }
}

/** How much garbage may gather until it is collected, in percent of what is in use; 0: as V8 has it. */
const tightPercent = 25
let atWork = 0

/**
 * Runs work with a heap that is kept small: rows become garbage a little too late to be cheap, and V8 would let the heap double
 * before it collects them. It sets its limit when it collects, so it does once when the work begins.
 */
export async function withTightHeap<T>(work: () => Promise<T>): Promise<T> {
  if (atWork++ === 0) {
    setFlagsFromString(`--heap-growing-percent=${tightPercent}`)
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
  }
  try {
    return await work()
  } finally {
    if (--atWork === 0) setFlagsFromString('--heap-growing-percent=0')
  }
}
