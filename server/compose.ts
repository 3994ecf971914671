import { join } from 'node:path'
import { announceSigningKeys, watchChains, writeAudit } from './audit/index.ts'
import { createAuth, createPeople } from './identity/index.ts'
import { countMails, createMailer, mailFile } from './messaging/index.ts'
import type { Config } from './platform/config.ts'
import { type Databases, openDatabases } from './platform/database.ts'
import { createEncryption, loadEncryptionKeys } from './platform/encryption.ts'
import { createExecutor } from './platform/execute.ts'
import { createHttp } from './platform/http.ts'
import { type Job, runJob, startJobs } from './platform/jobs.ts'
import type { Log } from './platform/log.ts'
import { createMetrics, type Metrics, watchDatabases } from './platform/metrics.ts'
import { pendingMigrations } from './platform/migrate.ts'
import type { Operation } from './platform/operation.ts'
import type { RoleKind } from './platform/roles.ts'
import type { SigningKey } from './platform/signing-keys.ts'
import { constraints, createJobs, createOperations } from './registry.ts'
import { authenticate, isHidden, isInvited } from './tenants/index.ts'

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
  const metrics = createMetrics()
  const { encryption, mailer, postbox, mailRoute } = composeMail({ config, publicUrl, databases, metrics })
  const people = composePeople({ pool: databases.identity, secret: options.authSecret, encryption, publicUrl })
  const sealing = { keys: options.signingKeys, directory: join(config.dataDir, 'checkpoints') }
  const { signUpOpen } = config
  const invited = (token: string, email: string) => isInvited(databases.app, { token, email })
  const registered = createOperations(people, { signUpOpen, sealing, mailer, publicUrl, isInvited: invited })
  const operations: readonly Operation[] = [...registered, ...(more?.operations ?? [])]
  const jobs = [...createJobs({ people, sealing, postbox, mailer }), ...(more?.jobs ?? [])]
  watchDatabases(metrics, databases)
  watchChains(metrics, databases)
  const execute = createExecutor({
    databases,
    writeAudit,
    environment: config.environment,
    constraints,
    isHidden,
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
    readiness: async () => state.wait ?? whyNotReady(databases),
    isServing: () => state.wait === undefined,
    publicUrl,
    metrics,
    log,
  })
  return {
    databases,
    encryption,
    mailer,
    log,
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
      if (mailRoute.smtpUrl === undefined && !config.localOnly)
        log.warn(`SMTP_URL is not set: mails reach nobody and are written to ${mailFile(config.dataDir)}`)
      const { jobsConcurrency: concurrency, environment } = config
      return startJobs({ jobs, databases, concurrency, metrics, log, environment })
    },
  }
}

function composePeople(parts: Omit<Parameters<typeof createPeople>[0], 'auth'>) {
  return createPeople({ ...parts, auth: createAuth(parts) })
}

/** What the database lacks to serve; undefined when it lacks nothing. */
async function whyNotReady({ app }: Databases): Promise<string | undefined> {
  return app.query('SELECT').then(
    async () => ((await pendingMigrations(app)) ? 'the database is not migrated to this version' : undefined),
    () => 'the database cannot be reached',
  )
}

function composeMail(parts: { config: Config; publicUrl: string; databases: Databases; metrics: Metrics }) {
  const { config, publicUrl, databases, metrics } = parts
  const { dataDir, smtpUrl, mailFrom } = config
  const encryption = createEncryption(() => loadEncryptionKeys(config))
  const mailRoute = { smtpUrl, from: mailFrom ?? `Comptoir <no-reply@${new URL(publicUrl).hostname}>` }
  const postbox = { encryption, dataDir, route: async () => mailRoute, mails: countMails(metrics) }
  return { encryption, mailer: createMailer({ encryption, databases }), postbox, mailRoute }
}
