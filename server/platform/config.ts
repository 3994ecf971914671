import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { OperatorError } from './explain.ts'

const postgresUrl = z.string().refine((text) => /^postgres(ql)?:\/\/[^/]+\/[^/?]+/.test(text) && URL.canParse(text), {
  error: 'must look like postgresql://user:password@host:5432/database',
})
const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= from && value <= to, { error: `must be between ${from} and ${to}` })

const keyList = z.string().regex(/^[A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)*$/, {
  error: 'must be 32 random bytes in base64, or several of these with commas between them, the newest first',
})

const environment = z.object({
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_APP_URL: postgresUrl.optional(),
  DATABASE_IDENTITY_URL: postgresUrl.optional(),
  DATABASE_JOBS_URL: postgresUrl.optional(),
  DATABASE_READ_URL: postgresUrl.optional(),
  DATABASE_ROLE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, { error: 'must be lower-case letters, digits and _, beginning with a letter' })
    .default('comptoir'),
  DATABASE_POOL_SIZE: wholeNumber(2, 500).default(10),
  STATEMENT_TIMEOUT_MS: wholeNumber(100, 3_600_000).default(30_000),
  LOCK_TIMEOUT_MS: wholeNumber(50, 600_000).default(5_000),
  BODY_TIMEOUT_MS: wholeNumber(100, 3_600_000).default(60_000),
  BATCH_QUEUE_LIMIT: wholeNumber(1, 100_000).default(1_000),
  JOBS_CONCURRENCY: wholeNumber(0, 100).default(2),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  TRUST_PROXY: z
    .string()
    .refine((text) => text === 'none' || text.split(',').every(isNetwork), {
      error: 'must be none, or the addresses of the proxies in front, separated by commas',
    })
    .default('none'),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1, 10_000_000).default(1_200),
  SIGN_IN_LIMIT_PER_MINUTE: wholeNumber(1, 10_000_000).default(20),
  ENVIRONMENT: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'must be lower-case letters, digits and -, beginning with a letter' })
    .optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ECB_RATES_URL: z
    .string()
    .refine((text) => text === 'none' || (/^https?:\/\/./.test(text) && URL.canParse(text)), {
      error: 'must be none, or an http or https address',
    })
    .default('https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml'),
  PAYMENT_SIMULATOR: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  DEMO: z.enum(['filled', 'empty', 'off']).default('filled'),
  SIGN_UP: z.enum(['open', 'closed']).optional(),
  AUTH_SECRET: z.string().min(32, { error: 'must be at least 32 characters' }).optional(),
  AUDIT_SIGNING_KEY: keyList.optional(),
  ENCRYPTION_KEY: keyList.optional(),
  SMTP_URL: z
    .string()
    .refine(isSmtpUrl, { error: 'must look like smtp://user:password@host:587, or smtps://host:465' })
    .optional(),
  MAIL_FROM: z
    .string()
    .refine(isSender, { error: 'must look like Shop <shop@example.org>, or shop@example.org' })
    .optional(),
  COMPTOIR_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  COMPTOIR_API_KEY: z.string().optional(),
  COMPTOIR_PASSWORD: z.string().optional(),
  XDG_CONFIG_HOME: z.string().optional(),
  METRICS_TOKEN: z.string().min(16, { error: 'must be at least 16 characters' }).optional(),
})

/** Everything the environment decides, parsed. `databaseUrl` undefined means the embedded PostgreSQL under `dataDir`. */
export type Config = ReturnType<typeof parseConfig>

/** A wrong environment: one line a wrong value, each naming its variable. */
export class ConfigError extends OperatorError {}

/** Parses the environment (empty strings count as unset). Throws `ConfigError` naming every wrong value at once. */
export function parseConfig(variables: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new ConfigError(`The configuration is wrong:\n  ${lines.join('\n  ')}`)
  }
  const env = parsed.data
  if (!env.DATABASE_URL) {
    const roles = ['DATABASE_APP_URL', 'DATABASE_IDENTITY_URL', 'DATABASE_JOBS_URL', 'DATABASE_READ_URL'] as const
    const lines = roles.filter((name) => env[name]).map((name) => `${name} needs DATABASE_URL beside it`)
    if (lines.length > 0) throw new ConfigError(`The configuration is wrong:\n  ${lines.join('\n  ')}`)
  }
  return {
    databaseUrl: env.DATABASE_URL,
    roleUrls: {
      app: env.DATABASE_APP_URL,
      identity: env.DATABASE_IDENTITY_URL,
      jobs: env.DATABASE_JOBS_URL,
      read: env.DATABASE_READ_URL,
    },
    rolePrefix: env.DATABASE_ROLE_PREFIX,
    poolSize: env.DATABASE_POOL_SIZE,
    statementTimeoutMs: env.STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: env.LOCK_TIMEOUT_MS,
    bodyTimeoutMs: env.BODY_TIMEOUT_MS,
    batchQueueLimit: env.BATCH_QUEUE_LIMIT,
    jobsConcurrency: env.JOBS_CONCURRENCY,
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL,
    dataDir: resolve(env.DATA_DIR),
    trustProxy: env.TRUST_PROXY === 'none' ? false : env.TRUST_PROXY.split(','),
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    signInLimitPerMinute: env.SIGN_IN_LIMIT_PER_MINUTE,
    environment: env.ENVIRONMENT ?? (isLocalOnly(env) ? 'local' : 'production'),
    logLevel: env.LOG_LEVEL,
    localOnly: isLocalOnly(env),
    signUpOpen: env.SIGN_UP === undefined ? isLocalOnly(env) : env.SIGN_UP === 'open',
    ecbRatesUrl: env.ECB_RATES_URL === 'none' ? undefined : env.ECB_RATES_URL,
    paymentSimulator: env.PAYMENT_SIMULATOR === undefined ? undefined : env.PAYMENT_SIMULATOR === 'true',
    demo: env.DEMO,
    authSecret: env.AUTH_SECRET,
    auditSigningKeys: env.AUDIT_SIGNING_KEY?.split(','),
    encryptionKeys: env.ENCRYPTION_KEY?.split(','),
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM,
    metricsToken: env.METRICS_TOKEN,
    commandLine: {
      url: env.COMPTOIR_URL,
      apiKey: env.COMPTOIR_API_KEY,
      password: env.COMPTOIR_PASSWORD,
      configHome: env.XDG_CONFIG_HOME ?? join(homedir(), '.config'),
    },
  }
}

/** Neither bound to an address that others reach, nor published by a proxy in front. */
function isLocalOnly({ HOST, PUBLIC_URL }: { HOST: string; PUBLIC_URL?: string | undefined }): boolean {
  return isLoopback(HOST) && (PUBLIC_URL === undefined || isLoopback(new URL(PUBLIC_URL).hostname))
}

/** True when only this machine can reach the given bind address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** True for the address of a mail server: `smtp` begins in the open, `smtps` with TLS. */
export function isSmtpUrl(text: string): boolean {
  return (
    /^smtps?:\/\/[^/?#\s]+\/?(\?tls=(never|always))?$/.test(text) && URL.canParse(text) && new URL(text).hostname !== ''
  )
}

/** True for a sender: an e-mail address, or a name of one line and the address in angle brackets. */
export function isSender(text: string): boolean {
  const [, name = '', address = text] = /^([^<>\p{Cc}"]{1,100}) <([^<>]+)>$/u.exec(text) ?? []
  return z.email().max(254).safeParse(address).success && name.isWellFormed()
}

/** True for an address, or a network as address/bits. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
  return isIP(address) > 0 && fits && more.length === 0
}

/** The names of all variables, for the check that `.env.example` documents each. */
export const configVariables: readonly string[] = Object.keys(environment.shape)
