import { type JobHelpers, Logger, parseCronItems, type Runner, run } from 'graphile-worker'
import type { z } from 'zod'
import { type Databases, inTransaction, type Transaction } from './database.ts'
import { type Log, traceOf } from './log.ts'
import type { Metrics } from './metrics.ts'
import { now } from './time.ts'

/** How often a job is tried before it is dead; the last try comes about half a day after the first. */
export const defaultAttempts = 12

export interface JobContext {
  readonly databases: Databases
  readonly log: Log
  readonly now: Date
  /** The name of the installation, for audit entries. */
  readonly environment: string
  /** True when a failure now is the last one: the job is then dead. */
  readonly lastAttempt: boolean
  /** Runs work in one transaction of one tenant, as the role of requests. */
  inTenant<T>(tenantId: string, work: (tx: Transaction) => Promise<T>): Promise<T>
}

/** Background work. It may run more than once, so it must be safe to repeat. */
export interface Job<P extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly payload: P
  /** When it runs by itself, in cron's five fields, UTC; its payload is then empty. */
  readonly cron?: string
  /** Its next run makes up for those that were missed, which are not run. */
  readonly skipsMissed?: boolean
  /** Also runs when the worker starts; its payload is then empty. */
  readonly atStart?: boolean
  readonly handle: (context: JobContext, payload: z.output<P>) => Promise<void>
}

/** Declares a job. Commands add it with `context.enqueue`; it is retried with exponential back-off, then dead and visible. */
export function job<P extends z.ZodType>(definition: Job<P>): Job<P> {
  return definition
}

/** Starts the worker on the jobs role's pool. `stop` waits for the jobs at work. */
export async function startJobs(options: {
  jobs: readonly Job[]
  databases: Databases
  concurrency: number
  metrics: Metrics
  log: Log
  environment: string
}): Promise<{ stop(): Promise<void> }> {
  const { metrics, log } = options
  const taskList = Object.fromEntries(
    options.jobs.map((one) => [
      one.name,
      async (payload: unknown, { job: { attempts, max_attempts: most } }: JobHelpers) => {
        try {
          await runJob(one, payload, { ...options, lastAttempt: attempts >= most })
          metrics.jobs.inc({ task: one.name, result: 'done' })
        } catch (error) {
          metrics.jobs.inc({ task: one.name, result: 'failed' })
          throw error
        }
      },
    ]),
  )
  const cron = options.jobs.flatMap(({ name: task, cron: match, skipsMissed }) => {
    if (match === undefined) return []
    return [{ task, match, options: { backfillPeriod: skipsMissed ? 0 : 86_400_000, maxAttempts: defaultAttempts } }]
  })
  const runner: Runner = await run({
    pgPool: options.databases.jobs,
    concurrency: options.concurrency,
    noHandleSignals: true,
    pollInterval: 1_000,
    taskList,
    parsedCronItems: parseCronItems(cron),
    logger: new Logger(() => (level, message, { failure, job: failed, error } = {}) => {
      // The worker's own sentence quotes the error, and errors quote values; the dead job keeps it.
      const { task_identifier: task } = Object(failed)
      if (failure) log.error({ job: true, task, err: traceOf(error) }, 'a job failed')
      else if (level === 'error') log.error({ job: true }, message)
      else if (level === 'warning') log.warn({ job: true }, message)
    }),
  })
  for (const { name } of options.jobs.filter(({ atStart }) => atStart))
    await runner.addJob(name, {}, { jobKey: `${name} at start`, maxAttempts: defaultAttempts })
  return { stop: () => runner.stop() }
}

/** Runs one job now, as the worker would. */
export async function runJob(
  job: Job,
  payload: unknown,
  {
    databases,
    log,
    environment,
    lastAttempt = false,
  }: Pick<JobContext, 'databases' | 'log' | 'environment'> & { lastAttempt?: boolean },
): Promise<void> {
  const context: JobContext = {
    databases,
    log,
    environment,
    lastAttempt,
    now: now(),
    inTenant: (tenantId, work) => inTransaction(databases.app, tenantId, work),
  }
  await job.handle(context, job.payload.parse(payload))
}

/** A job on its way into the queue. */
export interface QueuedJob {
  readonly task: string
  readonly payload: Record<string, unknown>
  readonly key: string | null
  readonly run_at: Date | null
  readonly max_attempts: number
}

/** A job to be run as soon as it is added. */
export function queuedJob({ name }: { name: string }, payload: Record<string, unknown>): QueuedJob {
  return { task: name, payload, key: null, run_at: null, max_attempts: defaultAttempts }
}

/** Adds jobs of the transaction's tenant; they run after its commit. Commands use `context.enqueue`. */
export async function addJobs(tx: Transaction, tenantId: string, jobs: readonly QueuedJob[]): Promise<void> {
  if (jobs.length === 0) return
  await tx.client.query('SELECT platform.enqueue($1, $2)', [tenantId, JSON.stringify(jobs)])
}

export interface DeadJob {
  readonly id: string
  readonly task: string
  readonly attempts: number
  readonly last_error: string | null
  readonly created_at: Date
}

/** The jobs that used up their attempts, newest first, at most 1,000. */
export async function deadJobs(databases: Databases): Promise<DeadJob[]> {
  const { rows } = await databases.jobs.query(
    `SELECT id, task_identifier AS task, attempts, last_error, created_at
     FROM graphile_worker.jobs WHERE attempts >= max_attempts ORDER BY id DESC LIMIT 1000`,
  )
  return rows
}

/** Gives dead jobs a fresh set of attempts, starting now. Returns how many were dead. */
export async function reviveJobs(databases: Databases, ids: readonly string[]): Promise<number> {
  const { rowCount } = await databases.jobs.query(
    `SELECT FROM graphile_worker.reschedule_jobs(
       array(SELECT j.id FROM graphile_worker.jobs j WHERE j.id = ANY ($1::bigint[]) AND j.attempts >= j.max_attempts), now(), NULL, 0)`,
    [ids],
  )
  return rowCount ?? 0
}
