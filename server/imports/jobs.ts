import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { systemEntry } from '../platform/audit-entry.ts'
import { type Databases, refusalOfDatabase } from '../platform/database.ts'
import { addJobs, type Job, type JobContext, job, queuedJob } from '../platform/jobs.ts'
import { traceOf } from '../platform/log.ts'
import { platformRefusals, Refusal } from '../platform/refusal.ts'
import { later, now } from '../platform/time.ts'
import { checkFile } from './check-file.ts'
import { commitRows, RowFailed } from './commit-rows.ts'
import { rowFailed } from './contract.ts'
import { dryRunRows } from './dry-run.ts'
import { findKept, keptBefore, removeKept } from './files.ts'
import { expireImports, noteUploads, purgeFiles } from './purge-queries.ts'
import { findAbandoned, findImport } from './queries.ts'
import { workJob } from './run-import.ts'
import { undoRows } from './undo-rows.ts'
import { endRun, type ImportDependencies, openWork, type Work, WorkTaken } from './work.ts'

const dayMs = 86_400_000
/** Whoever works on an import says so more often. */
const silentMs = 20_000
const expiredAtOnce = 20
/** How often work that waited too long for locks, or took too long, is begun anew at once. */
const mostTries = 5

interface Parts extends ImportDependencies {
  readonly allTenants: (pool: Databases['jobs']) => Promise<string[]>
}

/** Works on one import: checks, runs dry, commits or takes back, whatever its state asks for. */
export function workOnImport(dependencies: ImportDependencies): Job {
  return job({
    ...workJob,
    payload: z.object({ tenant_id: z.string(), import_id: z.string() }),
    handle: (context, { tenant_id, import_id }) =>
      workOn(dependencies, context, { tenantId: tenant_id, importId: import_id }),
  })
}

/** Goes on with imports that a server left when it ended: all of them when one starts. */
export function resumeImports(parts: Parts): Job {
  return job({
    name: 'imports.resume',
    payload: z.unknown(),
    atStart: true,
    handle: (context) => resume(parts, context, context.now),
  })
}

/** Each minute, goes on with imports that nobody has worked on for a while, as where one of several servers ended. */
export function resumeAbandonedImports(parts: Parts): Job {
  return job({
    name: 'imports.resume-abandoned',
    payload: z.unknown(),
    cron: '* * * * *',
    skipsMissed: true,
    handle: (context) => resume(parts, context, later(context.now, -silentMs)),
  })
}

/** Every night, ends the time of imports: empties what they say of people, and removes files that no import needs any more. */
export function purgeImports(parts: Parts): Job {
  return job({
    name: 'imports.purge-files',
    payload: z.unknown(),
    cron: '40 3 * * *',
    async handle(context) {
      for (const tenantId of await parts.allTenants(context.databases.jobs)) {
        await noteOld(parts, context, tenantId)
        for (let expired = expiredAtOnce; expired === expiredAtOnce; )
          expired = await purgeSome(parts, context, tenantId)
      }
    },
  })
}

async function resume(parts: Parts, context: JobContext, before: Date): Promise<void> {
  for (const tenantId of await parts.allTenants(context.databases.jobs)) {
    await context.inTenant(tenantId, async (tx) => {
      const ids = await findAbandoned({ ...tx, tenantId }, before)
      const jobs = ids.map((import_id) => queuedJob(workJob, { tenant_id: tenantId, import_id }))
      await addJobs(tx, tenantId, jobs)
    })
  }
}

async function workOn(
  dependencies: ImportDependencies,
  context: JobContext,
  which: { tenantId: string; importId: string },
  tries = 1,
): Promise<void> {
  const work = await openWork(dependencies, context, which)
  if (!work) return
  try {
    // What comes out again needs its file no more.
    if (work.import.status !== 'undoing')
      await findKept({ directory: dependencies.directory, tenantId: work.tenantId, sha256: work.import.sha256 })
    await withTightHeap(() => workByStatus(work, context))
  } catch (error) {
    if (error instanceof WorkTaken) return
    const passing = refusalOfDatabase(error)
    // A database that is away comes back: the job is tried again, and goes on where it was.
    if (passing?.kind === platformRefusals.unavailable && !context.lastAttempt) throw error
    if (passing && passing.kind !== platformRefusals.unavailable && tries < mostTries)
      return workOn(dependencies, context, which, tries + 1)
    const fault = faultOf(passing ?? error)
    if (fault.code === platformRefusals.internal.code)
      context.log.error({ importId: work.import.id, err: traceOf(error) }, 'an import came to no end')
    const goesBack = await stop(work, fault)
    if (goesBack) await workOn(dependencies, context, which)
  }
}

async function workByStatus(work: Work, context: JobContext): Promise<void> {
  switch (work.import.status) {
    case 'checking':
      return checkFile(work, context)
    case 'trying':
      return dryRunRows(work, context)
    case 'committing':
      return commitRows(work, context)
    case 'undoing':
      return undoRows(work)
    default:
  }
}

interface Ending {
  readonly code: string
  readonly message: string
}

/** Why a run ends, for people. Of what nobody foresaw the log knows more; its own words may quote what rows say. */
function faultOf(error: unknown): Ending {
  if (error instanceof RowFailed) return { code: rowFailed.code, message: error.message }
  if (error instanceof Refusal) return { code: error.kind.code, message: error.message }
  const message = 'Something went wrong that nobody foresaw: the log of the server says more. It can be begun again'
  return { code: platformRefusals.internal.code, message }
}

/** Ends a run that cannot go on. Answers whether what is in has to be taken back now. */
function stop(work: Work, { code, message }: Ending): Promise<boolean> {
  return work.transaction(async (tx) => {
    const { id, status, mode } = work.import
    const held = await findImport({ ...tx, tenantId: work.tenantId }, id, true)
    if (held?.status !== status) return false
    const goesBack = status === 'committing' && mode === 'all_or_nothing'
    const isIn = status === 'committing' || status === 'undoing'
    const ended = isIn ? 'stopped' : 'failed'
    const next = goesBack ? 'undoing' : ended
    await endRun(work, tx, 'imports.stop-import', {
      ...{ status: next, fault: message.slice(0, 2_000), fault_code: code },
      ...(goesBack ? { began_at: now() } : {}),
    })
    return goesBack
  })
}

/** Each file goes with an entry of its own, that says what it was and why; each import whose time is over with another. */
async function purgeSome(parts: Parts, { inTenant, environment }: JobContext, tenantId: string): Promise<number> {
  return inTenant(tenantId, async (tx) => {
    const scope = { ...tx, tenantId }
    const at = now()
    const expired = await expireImports(scope, at, expiredAtOnce)
    const files = await purgeFiles(scope, at, later(at, -dayMs))
    // Before the commit, while they are held: nobody keeps one of them anew meanwhile.
    for (const { sha256 } of files) await removeKept({ directory: parts.directory, tenantId, sha256 })
    const notice = { severity: 'notice', environment } as const
    const entries = [
      ...expired.map(({ id, sha256 }) => {
        const of = { resource_type: 'import', resource_id: id, new_values: { sha256, file_name: hidden } }
        return systemEntry({ ...notice, event: 'imports.expire-import', ...of })
      }),
      ...files.map(({ sha256, bytes, imports }) => {
        const reason = imports.length > 0 ? 'its time is over' : 'nobody imported it'
        const values = { sha256, bytes, imports: [...imports], reason }
        return systemEntry({
          ...{ ...notice, event: 'imports.purge-file', resource_type: 'import_file', resource_id: sha256 },
          new_values: imports.length > 0 ? { ...values, file_name: hidden } : values,
        })
      }),
    ]
    if (entries.length > 0) await parts.writeAudit(tx, tenantId, entries)
    return expired.length
  })
}

/** The chain says of what is personal that it was there, and no more. */
const hidden = '(personal)'

/** What was uploaded and never imported goes after a day. */
async function noteOld(parts: Parts, { inTenant, now: at }: JobContext, tenantId: string): Promise<void> {
  const old = await keptBefore({ directory: parts.directory, tenantId }, later(at, -dayMs))
  if (old.length > 0) await inTenant(tenantId, (tx) => noteUploads({ ...tx, tenantId }, old))
}

/** How much garbage may gather until it is collected, in percent of what is in use; 0: as V8 has it. */
const tightPercent = 25
let atWork = 0

/**
 * Runs work with a heap that is kept small: rows become garbage a little too late to be cheap, and V8 would let the heap double
 * before it collects them. It sets its limit when it collects, so it does once when the work begins.
 */
async function withTightHeap<T>(work: () => Promise<T>): Promise<T> {
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
