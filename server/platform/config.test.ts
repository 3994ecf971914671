import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, configVariables, isLoopback, parseConfig } from './config.ts'

const url = 'postgresql://owner:password@db.example:5432/comptoir'

/** The lines in which a wrong environment is told, without the first. */
function complaints(variables: Record<string, string>): string[] {
  try {
    parseConfig(variables)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const [first, ...lines] = (error as Error).message.split('\n')
    expect(first).toBe('The configuration is wrong:')
    return lines.map((line) => line.trim())
  }
}

// variable, values it does not take, what the complaint says
const wrong: [variable: string, values: string[], complaint: string][] = [
  [
    'DATABASE_URL',
    ['localhost', 'mysql://a:b@host/db', 'postgresql://host', 'postgresql://host/', 'postgresql:///db'],
    'must look like postgresql://',
  ],
  ['DATABASE_APP_URL', ['http://a:b@host/db'], 'must look like postgresql://'],
  ['DATABASE_IDENTITY_URL', ['x'], 'must look like postgresql://'],
  ['DATABASE_JOBS_URL', ['x'], 'must look like postgresql://'],
  ['DATABASE_READ_URL', ['x'], 'must look like postgresql://'],
  ['DATABASE_ROLE_PREFIX', ['Shop', '1shop', 'my-shop', 'shop"', 'a'.repeat(32)], 'must be lower-case letters'],
  ['DATABASE_POOL_SIZE', ['1', '501'], 'must be between 2 and 500'],
  ['DATABASE_POOL_SIZE', ['ten', '10.5', '-10', '1e1', '0x10', ' 10'], 'must be a whole number'],
  ['STATEMENT_TIMEOUT_MS', ['99', '3600001'], 'must be between 100 and 3600000'],
  ['LOCK_TIMEOUT_MS', ['49', '600001'], 'must be between 50 and 600000'],
  ['BODY_TIMEOUT_MS', ['99', '3600001'], 'must be between 100 and 3600000'],
  ['BATCH_QUEUE_LIMIT', ['0', '100001'], 'must be between 1 and 100000'],
  ['JOBS_CONCURRENCY', ['101'], 'must be between 0 and 100'],
  ['PORT', ['65536', '99999999999999999999'], 'must be between 0 and 65535'],
  ['PORT', ['http', '-1', '4000.0'], 'must be a whole number'],
  [
    'PUBLIC_URL',
    ['shop.example', 'ftp://shop.example', 'javascript:alert(1)', 'https://'],
    'must be an http or https address',
  ],
  ['TRUST_PROXY', ['true', '*', 'proxy.example', '10.0.0.1, 10.0.0.2', '10.0.0.1,'], 'must be none, or the addresses'],
  ['TRUST_PROXY', ['dead', '999.1.1.1', '10.0.0.0/33', '...', '::1::'], 'must be none, or the addresses'],
  ['RATE_LIMIT_PER_MINUTE', ['0'], 'must be between 1 and 10000000'],
  ['SIGN_IN_LIMIT_PER_MINUTE', ['0'], 'must be between 1 and 10000000'],
  ['ENVIRONMENT', ['Production', '1st', 'my shop', '-', 'a'.repeat(33)], 'must be lower-case letters'],
  ['LOG_LEVEL', ['verbose', 'INFO'], 'expected one of'],
  ['PAYMENT_SIMULATOR', ['yes', '1', 'TRUE'], 'must be true or false'],
  ['ECB_RATES_URL', ['off', 'ecb.europa.eu', 'file:///rates.xml'], 'must be none, or an http or https address'],
  ['SIGN_UP', ['yes', 'OPEN'], 'expected one of'],
  ['DEMO', ['on', 'FILLED'], 'expected one of'],
  ['AUTH_SECRET', ['a'.repeat(31)], 'must be at least 32 characters'],
  [
    'AUDIT_SIGNING_KEY',
    ['a'.repeat(44), `${'a'.repeat(43)}=,`, `${'a'.repeat(43)}=, ${'b'.repeat(43)}=`],
    'must be 32 random bytes',
  ],
  ['ENCRYPTION_KEY', ['a'.repeat(44), `${'a'.repeat(43)}=,`], 'must be 32 random bytes'],
  [
    'SMTP_URL',
    ['mail.example.org', 'http://mail.example.org', 'smtp://', 'smtp:///', 'smtp://a@b/path', 'smtp://host?tls=maybe'],
    'must look like smtp://',
  ],
  [
    'MAIL_FROM',
    ['shop', 'a@example.org\r\nBcc: b@example.org', 'Shop\n <a@example.org>', 'a@example.org, b@example.org', '<>'],
    'must look like Shop',
  ],
  ['METRICS_TOKEN', ['a'.repeat(15)], 'must be at least 16 characters'],
  ['COMPTOIR_URL', ['localhost', 'ftp://shop.example.org'], 'must be an http or https address'],
]

const freeText = ['HOST', 'DATA_DIR', 'COMPTOIR_API_KEY', 'COMPTOIR_PASSWORD', 'XDG_CONFIG_HOME']

describe('a wrong environment', () => {
  test.each(wrong)('%s does not take %j', (variable, values, complaint) => {
    for (const value of values) {
      expect([value, complaints({ [variable]: value })]).toEqual([
        value,
        [expect.stringMatching(new RegExp(`^${variable} .*${complaint}`))],
      ])
    }
  })

  test('is told whole: every wrong variable at once, one line each', () => {
    const all = Object.fromEntries(wrong.map(([variable, values]) => [variable, values[0] ?? '']))
    const named = complaints(all).map((line) => line.split(' ')[0])
    expect(named.toSorted()).toEqual(Object.keys(all).toSorted())
    expect(Object.keys(all)).toHaveLength(configVariables.length - freeText.length)
  })

  test('is told without its values, which may be secrets', () => {
    const secrets = {
      AUTH_SECRET: 'short secret',
      AUDIT_SIGNING_KEY: 'half a key',
      METRICS_TOKEN: 'my token',
      ENCRYPTION_KEY: 'half a seal',
      SMTP_URL: 'smtp://me:hunter3@',
      DATABASE_URL: 'mysql://me:hunter2@host/db',
    }
    const told = complaints(secrets).join('\n')
    expect(told).not.toMatch(/short secret|half a key|half a seal|my token|hunter[23]/)
  })

  test('holds the URL of a role without that of the owner', () => {
    const roles = { DATABASE_APP_URL: url, DATABASE_IDENTITY_URL: url, DATABASE_JOBS_URL: url, DATABASE_READ_URL: url }
    for (const [variable, value] of Object.entries(roles)) {
      expect(complaints({ [variable]: value })).toEqual([`${variable} needs DATABASE_URL beside it`])
      expect(complaints({ [variable]: value, DATABASE_URL: url })).toEqual([])
    }
    expect(complaints(roles)).toEqual(Object.keys(roles).map((variable) => `${variable} needs DATABASE_URL beside it`))
  })
})

describe('an empty environment', () => {
  test('gives the defaults', () => {
    expect(parseConfig({})).toEqual({
      databaseUrl: undefined,
      roleUrls: { app: undefined, identity: undefined, jobs: undefined, read: undefined },
      rolePrefix: 'comptoir',
      poolSize: 10,
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 5_000,
      bodyTimeoutMs: 60_000,
      batchQueueLimit: 1_000,
      jobsConcurrency: 2,
      host: '127.0.0.1',
      port: 4000,
      publicUrl: undefined,
      demo: 'filled',
      dataDir: resolve('.data'),
      trustProxy: false,
      rateLimitPerMinute: 1_200,
      signInLimitPerMinute: 20,
      environment: 'local',
      logLevel: 'info',
      localOnly: true,
      signUpOpen: true,
      ecbRatesUrl: 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml',
      paymentSimulator: undefined,
      authSecret: undefined,
      auditSigningKeys: undefined,
      encryptionKeys: undefined,
      smtpUrl: undefined,
      mailFrom: undefined,
      metricsToken: undefined,
      commandLine: {
        url: undefined,
        apiKey: undefined,
        password: undefined,
        configHome: expect.stringMatching(/\.config$/),
      },
    })
  })

  test('is the same as one of empty strings, and what is not ours is left alone', () => {
    const empty = Object.fromEntries(configVariables.map((variable) => [variable, '']))
    expect(parseConfig({ ...empty, HOME: '/root', DATABASE_PASSWORD: 'x' })).toEqual(parseConfig({}))
  })
})

// variables, what they make of the configuration
const taken: [variables: Record<string, string>, made: Partial<ReturnType<typeof parseConfig>>][] = [
  [{ DATABASE_URL: url }, { databaseUrl: url }],
  [{ DATABASE_URL: 'postgres://u@[::1]/db?sslmode=require' }, { databaseUrl: 'postgres://u@[::1]/db?sslmode=require' }],
  [
    { DATABASE_URL: url, DATABASE_READ_URL: `${url}_replica` },
    { roleUrls: { app: undefined, identity: undefined, jobs: undefined, read: `${url}_replica` } },
  ],
  [{ PORT: '0' }, { port: 0 }],
  [{ PORT: '65535' }, { port: 65_535 }],
  [{ JOBS_CONCURRENCY: '0' }, { jobsConcurrency: 0 }],
  [{ PUBLIC_URL: 'https://shop.example' }, { publicUrl: 'https://shop.example' }],
  [{ DATA_DIR: '/var/lib/comptoir' }, { dataDir: '/var/lib/comptoir' }],
  [{ TRUST_PROXY: 'none' }, { trustProxy: false }],
  [{ TRUST_PROXY: '127.0.0.1,::1,10.0.0.0/8' }, { trustProxy: ['127.0.0.1', '::1', '10.0.0.0/8'] }],
  [{ HOST: '0.0.0.0' }, { localOnly: false, signUpOpen: false, environment: 'production' }],
  [{ HOST: '::1' }, { localOnly: true, signUpOpen: true, environment: 'local' }],
  [{ ENVIRONMENT: 'staging-2' }, { localOnly: true, environment: 'staging-2' }],
  [{ PUBLIC_URL: 'https://shop.example.org' }, { localOnly: false, signUpOpen: false }],
  [{ PUBLIC_URL: 'http://localhost:4000' }, { localOnly: true, signUpOpen: true }],
  [{ HOST: '0.0.0.0', SIGN_UP: 'open' }, { signUpOpen: true }],
  [{ SIGN_UP: 'closed' }, { signUpOpen: false }],
]

test.each(taken)('%j gives %j', (variables, made) => {
  expect(parseConfig(variables)).toMatchObject(made)
})

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.10', false],
  ['shop.example', false],
])('only this machine reaches %s: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})

test('.env.example documents every variable, no other, and each with its default', () => {
  const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')
  const lines = [...text.matchAll(/^#? ?([A-Z][A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value])
  expect(lines.map(([name]) => name).toSorted()).toEqual(configVariables.toSorted())
  expect(parseConfig(Object.fromEntries(lines))).toEqual(parseConfig({}))
})
