import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { announceSigningKeys, watchChains, writeAudit } from './audit/index.ts'
import { createJobs } from './background-work.ts'
import { declaredSettings } from './declared-settings.ts'
import { addEvents, type EventMetrics, measureEvents } from './events/index.ts'
import { createAuth, createPeople, tillSessionDaysSetting } from './identity/index.ts'
import { addImageFiles } from './images/index.ts'
import { addImportFiles } from './imports/index.ts'
import { watchCertificates } from './integrity/index.ts'
import {
  countMails,
  createMailer,
  fromSetting,
  mailFile,
  type Postbox,
  replyToSetting,
  smtpUrlSetting,
} from './messaging/index.ts'
import { addPages, addWeb } from './pages/index.ts'
import { addPaymentCallbacks, createSimulator, deliverTo, type Providers } from './payments/index.ts'
import type { Config } from './platform/config.ts'
import { type Databases, openDatabases } from './platform/database.ts'
import { createEncryption, loadEncryptionKeys } from './platform/encryption.ts'
import { createExecutor } from './platform/execute.ts'
import { createHttp, type HttpOptions } from './platform/http.ts'
import { type Job, runJob, startJobs } from './platform/jobs.ts'
import type { Log } from './platform/log.ts'
import { createMetrics, type Metrics, watchDatabases } from './platform/metrics.ts'
import { pendingMigrations } from './platform/migrate.ts'
import type { Operation } from './platform/operation.ts'
import type { RoleKind } from './platform/roles.ts'
import type { SigningKey } from './platform/signing-keys.ts'
import { withDevices } from './registers/index.ts'
import { constraints, createOperations, importParts } from './registry.ts'
import { createSettings, type Setting, type Settings, settingFaults, watchSettings } from './settings/index.ts'
import { createAuthenticate, isHidden, isInvited } from './tenants/index.ts'
import { tillPermissions } from './till-permissions.ts'

interface ComposeOptions {
  readonly config: Config
  readonly urls: Record<RoleKind, string>
  readonly authSecret: string
  readonly signingKeys: () => readonly SigningKey[]
  readonly log: Log
  readonly more?: { operations?: readonly Operation[]; jobs?: readonly Job[]; settings?: readonly Setting[] }
}

export type Product = Awaited<ReturnType<typeof compose>>

/**
 * Puts the product together over a migrated database: pools → operations → execution → HTTP. Nothing listens yet.
 * `more` adds operations and jobs, for tests of the platform itself.
 */
export async function compose(options: ComposeOptions) {
  const { config, log, more, authSecret: secret } = options
  const { environment, signUpOpen, ecbRatesUrl } = config
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  const databases = openDatabases(options.urls, config, (message) => log.warn(message))
  const metrics = createMetrics()
  const encryption = createEncryption(() => loadEncryptionKeys(config))
  const declared = [...declaredSettings, ...(more?.settings ?? [])]
  const settings = createSettings({ declared, environment, encryption })
  const mailer = createMailer({ encryption, databases })
  const postbox = composePostbox({ config, publicUrl, databases, metrics, settings })
  const readSetting = <T>(setting: Setting<T>) => settings.read({ client: databases.app }, setting)
  const people = composePeople({ pool: databases.identity, secret, publicUrl, encryption, readSetting })
  const sealing = { keys: options.signingKeys, directory: join(config.dataDir, 'checkpoints') }
  const invited = (token: string, email: string) => isInvited(databases.app, { token, email })
  const imageDirectory = join(config.dataDir, 'images')
  const importDirectory = join(config.dataDir, 'imports')
  const imports = { directory: importDirectory, ...importParts(settings), writeAudit, constraints }
  const providers = composeProviders(config, { secret, app: () => http })
  const places = { publicUrl, imageDirectory, imports }
  const declaring = { signUpOpen, sealing, mailer, settings, ...places, providers, isInvited: invited }
  const registered = createOperations(people, { ...declaring, checks: databases.checks })
  const operations: readonly Operation[] = [...registered, ...(more?.operations ?? [])]
  const jobs = [...createJobs({ ...declaring, people, postbox, ecbRatesUrl }), ...(more?.jobs ?? [])]
  watchDatabases(metrics, databases)
  watchChains(metrics, databases)
  watchCertificates(metrics, databases)
  watchSettings(metrics, databases, settings)
  const execute = createExecutor({
    databases,
    writeAudit,
    environment,
    constraints,
    isHidden,
    batchQueueLimit: config.batchQueueLimit,
    repetitionSecret: createHmac('sha256', secret).update('comptoir: repeated commands').digest(),
    metrics,
    log,
  })
  const state: { wait: string | undefined } = { wait: undefined }
  const tillSessionDays = () => readSetting(tillSessionDaysSetting)
  const eventMetrics = measureEvents(metrics)
  const parts = { databases, operations, execute, metrics, eventMetrics, log, state, publicUrl, tillSessionDays }
  const http: FastifyInstance = await composeHttp(config, { ...parts, imageDirectory, importDirectory, providers })
  return {
    databases,
    encryption,
    settings,
    providers,
    mailer,
    log,
    people,
    operations,
    jobs,
    sealing,
    importDirectory,
    execute,
    http,
    metrics,
    state,
    runJob: (job: Job, payload: unknown) => runJob(job, payload, { databases, log, environment }),
    async startJobs() {
      await announceSigningKeys(databases, sealing)
      await checkSettings(databases, settings, log)
      if (!config.localOnly) await warnOfNoMailServer(postbox, log)
      const { jobsConcurrency: concurrency } = config
      return startJobs({ jobs, databases, concurrency, metrics, log, environment })
    },
  }
}

/** The HTTP server: operations and what stands beside them, pages and files of images. */
async function composeHttp(
  config: Config,
  parts: Pick<HttpOptions, 'operations' | 'execute' | 'publicUrl' | 'metrics' | 'log'> & {
    databases: Databases
    state: { readonly wait: string | undefined }
    tillSessionDays: () => Promise<number>
    eventMetrics: EventMetrics
    imageDirectory: string
    importDirectory: string
    providers: Providers
  },
) {
  const { databases, state, tillSessionDays, eventMetrics, imageDirectory, importDirectory, providers, ...options } =
    parts
  const people = createAuthenticate({ pool: databases.app, tillSessionDays, tillPermissions })
  const guard = {
    authenticate: withDevices(people, databases.app),
    isServing: () => state.wait === undefined,
  }
  const readiness = async () => state.wait ?? whyNotReady(databases)
  const http = await createHttp({ ...limitsOf(config), ...options, ...guard, readiness })
  addPages(http)
  await addWeb(http)
  const isSecure = options.publicUrl.startsWith('https:')
  addImageFiles(http, { ...guard, pool: databases.app, directory: imageDirectory, isSecure })
  addImportFiles(http, { ...guard, pool: databases.app, directory: importDirectory, publicUrl: options.publicUrl })
  const { log } = options
  addEvents(http, { ...guard, pool: databases.app, isSecure, isHidden, metrics: eventMetrics, log })
  const { environment } = config
  addPaymentCallbacks(http, { ...guard, databases, providers, writeAudit, environment, log })
  return http
}

/** Whom payments are asked of. The simulator, which moves no money, is there only where it was asked for. */
function composeProviders(
  { dataDir, paymentSimulator }: Config,
  { secret, app }: { secret: string; app: () => FastifyInstance },
): Providers {
  if (!paymentSimulator) return new Map()
  const simulator = createSimulator({
    directory: join(dataDir, 'payment-simulator'),
    secret: createHmac('sha256', secret).update('comptoir: messages of the payment simulator').digest(),
    deliver: deliverTo(app),
  })
  return new Map([[simulator.name, simulator]])
}

function composePeople(parts: Omit<Parameters<typeof createPeople>[0], 'auth'>) {
  return createPeople({ ...parts, auth: createAuth(parts) })
}

function limitsOf({ trustProxy, rateLimitPerMinute, signInLimitPerMinute, bodyTimeoutMs, metricsToken }: Config) {
  return { trustProxy, rateLimitPerMinute, signInLimitPerMinute, bodyTimeoutMs, metricsToken }
}

/** What the database lacks to serve; undefined when it lacks nothing. */
async function whyNotReady({ app }: Databases): Promise<string | undefined> {
  return app.query('SELECT').then(
    async () => ((await pendingMigrations(app)) ? 'the database is not migrated to this version' : undefined),
    () => 'the database cannot be reached',
  )
}

function composePostbox(parts: {
  config: Config
  publicUrl: string
  databases: Databases
  metrics: Metrics
  settings: Settings
}): Postbox {
  const { config, publicUrl, databases, metrics, settings } = parts
  const nowhere = { client: databases.app }
  return {
    encryption: settings.encryption,
    dataDir: config.dataDir,
    mails: countMails(metrics),
    smtpUrl: async () => config.smtpUrl ?? (await settings.read(nowhere, smtpUrlSetting)) ?? undefined,
    async sender({ inTenant }, { tenantId, branchId }) {
      const from = config.mailFrom ?? (await settings.read(nowhere, fromSetting))
      const replyTo = await inTenant(tenantId, ({ client }) =>
        settings.read({ client, tenantId }, replyToSetting, { branchId }),
      )
      return { from: from ?? `Comptoir <no-reply@${new URL(publicUrl).hostname}>`, replyTo }
    },
  }
}

async function warnOfNoMailServer(postbox: Postbox, log: Log): Promise<void> {
  const url = await postbox.smtpUrl()
  if (url !== undefined) return
  log.warn(`SMTP_URL is not set: mails reach nobody and are written to ${mailFile(postbox.dataDir)}`)
}

/** Notes what the settings are that need a restart, and says which of the installation's do not fit any more. */
async function checkSettings({ app }: Databases, settings: Settings, log: Log): Promise<void> {
  await settings.remember(app)
  for (const fault of await settingFaults(app, settings, null)) log.error(fault)
}
