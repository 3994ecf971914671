import { join } from 'node:path'
import { announceSigningKeys, watchChains, writeAudit } from './audit/index.ts'
import { createAuth, createPeople } from './identity/index.ts'
import type { Config } from './platform/config.ts'
import { openDatabases } from './platform/database.ts'
import { createExecutor } from './platform/execute.ts'
import { createHttp } from './platform/http.ts'
import { type Job, runJob, startJobs } from './platform/jobs.ts'
import type { Log } from './platform/log.ts'
import { createMetrics, watchDatabases } from './platform/metrics.ts'
import { pendingMigrations } from './platform/migrate.ts'
import type { Operation } from './platform/operation.ts'
import type { RoleKind } from './platform/roles.ts'
import type { SigningKey } from './platform/signing-keys.ts'
import { constraints, createJobs, createOperations } from './registry.ts'
import { authenticate } from './tenants/index.ts'

export type Product = Awaited<ReturnType<typeof compose>>

/**
 * Puts the product together over a migrated database: pools → operations → execution → HTTP. Nothing listens yet.
 * `more` adds operations and jobs, for tests of the platform itself.
 */
export async function compose(options: {
  config: Config
  urls: Record<RoleKind, string>
  authSecret: string
  signingKeys: () => readonly SigningKey[]
  log: Log
  more?: { operations?: readonly Operation[]; jobs?: readonly Job[] }
}) {
  const { config, log, more } = options
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  const databases = openDatabases(options.urls, config, (message) => log.warn(message))
  const auth = createAuth({ pool: databases.identity, secret: options.authSecret, publicUrl })
  const people = createPeople(auth, databases.identity)
  const sealing = { keys: options.signingKeys, directory: join(config.dataDir, 'checkpoints') }
  const registered = createOperations(people, { signUpOpen: config.signUpOpen, sealing })
  const operations: readonly Operation[] = [...registered, ...(more?.operations ?? [])]
  const jobs = [...createJobs(sealing, config.ecbRatesUrl), ...(more?.jobs ?? [])]
  const metrics = createMetrics()
  watchDatabases(metrics, databases)
  watchChains(metrics, databases)
  const execute = createExecutor({
    databases,
    writeAudit,
    environment: config.environment,
    constraints,
    batchQueueLimit: config.batchQueueLimit,
    metrics,
    log,
  })
  const state: { wait: string | undefined } = { wait: undefined }
  const http = await createHttp({
    trustProxy: config.trustProxy,
    rateLimitPerMinute: config.rateLimitPerMinute,
    signInLimitPerMinute: config.signInLimitPerMinute,
    metricsToken: config.metricsToken,
    operations,
    execute,
    authenticate: (credentials, requestId) => authenticate(databases.app, credentials, requestId),
    async readiness() {
      if (state.wait !== undefined) return state.wait
      return databases.app.query('SELECT').then(
        async () =>
          (await pendingMigrations(databases.app)) ? 'the database is not migrated to this version' : undefined,
        () => 'the database cannot be reached',
      )
    },
    isServing: () => state.wait === undefined,
    publicUrl,
    metrics,
    log,
  })
  return {
    databases,
    people,
    operations,
    jobs,
    sealing,
    execute,
    http,
    metrics,
    state,
    runJob: (job: Job, payload: unknown) => runJob(job, payload, { databases, log, environment: config.environment }),
    async startJobs() {
      await announceSigningKeys(databases, sealing)
      const { jobsConcurrency: concurrency, environment } = config
      return startJobs({ jobs, databases, concurrency, metrics, log, environment })
    },
  }
}
