import { type AuditWriter, auditEntries } from '../platform/audit-entry.ts'
import { type Transaction, together, withRetries } from '../platform/database.ts'
import { uuidv7 } from '../platform/identifiers.ts'
import { addJobs, type JobContext, type QueuedJob, queuedJob } from '../platform/jobs.ts'
import type { Change, Command, CommandContext, Employee } from '../platform/operation.ts'
import { type RefusalKind, refusalOfConstraint, refuse } from '../platform/refusal.ts'
import { now } from '../platform/time.ts'
import { byId, importShown, type Status, targetNotFound } from './contract.ts'
import { pathOf } from './files.ts'
import { commitWithoutWaiting, findImport, type ImportRow, type ImportValues, updateImport } from './queries.ts'
import type { Reading } from './read-rows.ts'
import { readFixes } from './row-queries.ts'
import type { Target } from './target.ts'

/** What working on imports needs. */
export interface ImportDependencies {
  /** Where the files are. */
  readonly directory: string
  readonly targets: readonly Target[]
  readonly writeAudit: AuditWriter
  /** Has the rules of quality judged that are about these datasets, once the transaction has committed. */
  judge(context: CommandContext, datasets: readonly string[]): Promise<void>
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
  /** How long a transaction of this run held at most what others wait for, in milliseconds. */
  readonly longestHoldMs: number
  /** How long the last transaction held it. */
  readonly lastHoldMs: number
  /** Runs work in one transaction, again where a second try mends it. It holds nothing but what the work locks. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Has the quality of what the rows became judged after a run. */
  judge(context: CommandContext): Promise<void>
  /** What the commands did that ran in a transaction: it goes into the chain and the queue. */
  seal(tx: Transaction, event: string, done: Done): Promise<void>
}

interface Done {
  readonly changes: readonly Change[]
  readonly jobs: readonly QueuedJob[]
}

/** Somebody stopped the work, changed the import, or is at work on it as well: it is left as it is. */
export class WorkTaken extends Error {}

/** Reads what work on an import needs; undefined when there is nothing to do. Its file may be gone. */
export async function openWork(
  dependencies: ImportDependencies,
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
  const target = targetOf(dependencies.targets, row.target)
  const { format, mapping, conventions, sha256 } = row
  const path = pathOf({ directory: dependencies.directory, tenantId, sha256 })
  let longestHoldMs = row.longest_hold_ms ?? 0
  let lastHoldMs = 0
  return {
    tenantId,
    import: row,
    target,
    fields: new Set(Object.keys(mapping)),
    reading: { path, format, target, mapping, conventions, fixes, sha256 },
    caller: callerOf(tenantId, row),
    get longestHoldMs() {
      return longestHoldMs
    },
    get lastHoldMs() {
      return lastHoldMs
    },
    async transaction(work) {
      let began: number | undefined
      const onHold = () => {
        began ??= performance.now()
      }
      try {
        return await withRetries(
          () =>
            inTenant(tenantId, (tx) => {
              began = undefined
              return work({ ...tx, onHold })
            }),
          () => {},
        )
      } catch (error) {
        throw refusalOfConstraint(error, dependencies.constraints) ?? error
      } finally {
        lastHoldMs = began === undefined ? 0 : performance.now() - began
        longestHoldMs = Math.max(longestHoldMs, Math.ceil(lastHoldMs))
      }
    },
    judge: (context) => dependencies.judge(context, [...target.datasets, 'import_rows']),
    async seal(tx, event, { changes, jobs }) {
      const command = { name: event, input: byId, output: importShown } as unknown as Command
      const entries = auditEntries(
        command,
        { caller: callerOf(tenantId, row), environment },
        { input: { id: row.id }, changes },
      )
      tx.onHold?.()
      await addJobs(tx, tenantId, jobs)
      await dependencies.writeAudit(tx, tenantId, entries)
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

/** Notes how far a run is; nobody needs to be told for it to go on, and nobody waits for the disk to have it. */
export async function noteProgress(work: Work, tx: Transaction, values: ImportValues): Promise<void> {
  const noted = { longest_hold_ms: work.longestHoldMs, ...values, worked_at: now() }
  const scope = { ...tx, tenantId: work.tenantId }
  await together([commitWithoutWaiting(scope), updateImport(scope, work.import.id, noted, false)])
}

/** Ends a run that changed things, and has their quality judged. */
export async function endChange(work: Work, tx: Transaction, event: string, values: ImportValues): Promise<void> {
  const context = commandContext(work, tx)
  await work.judge(context)
  await endRun(work, tx, event, values, context.done.jobs)
}

/** Ends a run, with an entry in the chain by which browsers hear of it. */
export async function endRun(
  work: Work,
  tx: Transaction,
  event: string,
  values: ImportValues,
  jobs: readonly QueuedJob[] = [],
): Promise<void> {
  const scope = { ...tx, tenantId: work.tenantId }
  await updateImport(scope, work.import.id, { longest_hold_ms: work.longestHoldMs, ...values, worked_at: now() })
  const { status, fault_code, failed_rows, created_rows, updated_rows, skipped_rows } =
    (await findImport(scope, work.import.id)) ?? {}
  const change = {
    resource: 'import',
    id: work.import.id,
    new: { status, fault_code, failed_rows, created_rows, updated_rows, skipped_rows },
  }
  await work.seal(tx, event, { changes: [change], jobs })
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

/** How often a check and a dry run note how far they are. */
export const noteEveryMs = 500

/**
 * What a batch took that began then, for its size: how long it held what others wait for, or half of all it took where that is more,
 * so that one which holds nothing is not without end either. In milliseconds.
 */
export function timeOfBatch({ lastHoldMs }: Pick<Work, 'lastHoldMs'>, began: number): number {
  return Math.max(lastHoldMs, (performance.now() - began) / 2)
}

/** How many rows go into a batch, so that it holds its locks about as long as it may. */
interface BatchSize {
  readonly rows: number
  /** Notes how long a batch of so many rows took. */
  note(rows: number, ms: number): void
}

/** Locks of the tenant are held so long by a batch, and less than 100 ms where one is slower than those before. */
const aimMs = 45
const mostMs = 2 * aimMs
const fewest = 1
const most = 2_000
const atFirst = 4
/** What rows may take of a batch that takes long without any. */
const leastShareMs = 10
/** How much of what was seen before counts beside what was seen last. */
const keeps = 0.95
const keepsAfterLong = 0.4
/** So often a batch is half as large, to tell what rows take from what each batch takes beside them. */
const lookEvery = 4

/**
 * Begins small and grows at most by half from batch to batch. What a row takes, and what a batch takes beside its rows, is told
 * from the sizes and times of the last batches by least squares; a batch aims at a time, or at twice what it takes without rows
 * where that is more, and at no more than twice its aim. After one that took longer than that the next is half as large.
 */
export function batchSize(): BatchSize {
  let rows = atFirst
  let batches = 0
  let sums = { weight: 0, rows: 0, ms: 0, squares: 0, products: 0 }
  return {
    get rows() {
      if (batches % lookEvery !== lookEvery - 1) return rows
      return rows === 1 ? 2 : Math.ceil(rows / 2)
    },
    note(done, ms) {
      batches += 1
      // The first one also pays for plans and connections.
      if (batches === 1) return
      const isLong = ms > mostMs
      sums = plusBatch(sums, done, Math.min(ms, 3 * mostMs), isLong ? keepsAfterLong : keeps)
      const { each, beside } = costsOf(sums)
      const least = Math.max(leastShareMs, beside / 8)
      const share = Math.max(least, Math.min(mostMs, Math.max(aimMs, 2 * beside)) - beside)
      const next = Math.min(Math.floor(share / each), isLong && each * done > least ? Math.ceil(done / 2) : most)
      rows = Math.max(fewest, Math.min(most, next, Math.ceil(rows * 1.5)))
    },
  }
}

interface Sums {
  readonly weight: number
  readonly rows: number
  readonly ms: number
  readonly squares: number
  readonly products: number
}

function plusBatch(sums: Sums, rows: number, ms: number, kept: number): Sums {
  return {
    weight: sums.weight * kept + 1,
    rows: sums.rows * kept + rows,
    ms: sums.ms * kept + ms,
    squares: sums.squares * kept + rows * rows,
    products: sums.products * kept + rows * ms,
  }
}

/** What a row takes, and what a batch takes beside its rows, in milliseconds. */
function costsOf({ weight, rows, ms, squares, products }: Sums): { each: number; beside: number } {
  const [meanRows, meanMs] = [rows / weight, Math.max(ms / weight, 0.01)]
  const spread = squares / weight - meanRows ** 2
  const whole = meanMs / meanRows
  // Sizes that are all the same tell nothing: half of the time is then taken to be beside the rows.
  const slope = spread > (meanRows / 10) ** 2 ? (products / weight - meanRows * meanMs) / spread : whole / 2
  const each = Math.min(whole, Math.max(slope, whole / 20))
  return { each, beside: meanMs - each * meanRows }
}
