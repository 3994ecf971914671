import { generateKeyPairSync, sign } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, readFile, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { compose } from '../server/compose.ts'
import { createClient } from '../server/platform/client.ts'
import { parseConfig } from '../server/platform/config.ts'
import { type EmbeddedPostgres, startEmbedded } from '../server/platform/embedded.ts'
import { openInstallation } from '../server/platform/installation.ts'
import { createLog } from '../server/platform/log.ts'
import { query } from '../server/platform/operation.ts'
import { roleKinds } from '../server/platform/roles.ts'
import type { Operations } from '../server/registry.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import { launchServer, runCli, type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'
import { signUpOwner } from './harness/server.ts'

// Every character that an address gives a meaning to.
const password = `p@ss:w/o?r&d#%'"=\\`
const enc = encodeURIComponent

let directory: { path: string; remove(): Promise<void> }
const databases: TestDatabase[] = []
const prefixes: string[] = []

interface External {
  database: TestDatabase
  prefix: string
  /** The environment of a server on this database, with a data directory of its own. */
  env: Record<string, string>
  url(role: string, secret?: string): string
}

/** An empty database on the test's PostgreSQL, with an owner and role names of its own. */
async function newDatabase(ownerMay = 'CREATEROLE'): Promise<External> {
  const database = await createTestDatabase(inject('postgresPort'), { migrated: false })
  databases.push(database)
  const prefix = `ext_${process.pid}_${databases.length}`
  prefixes.push(prefix)
  const url = (role: string, secret = password) => {
    const { host, pathname } = new URL(database.ownerUrl)
    return `postgresql://${prefix}_${role}:${enc(secret)}@${host}${pathname}`
  }
  await asSuperuser(database, [
    `CREATE ROLE ${prefix}_owner LOGIN ${ownerMay} PASSWORD ${quoted(password)}`,
    `ALTER DATABASE ${database.name} OWNER TO ${prefix}_owner`,
  ])
  const dataDir = join(directory.path, prefix)
  return { database, prefix, url, env: { DATABASE_URL: url('owner'), DATABASE_ROLE_PREFIX: prefix, DATA_DIR: dataDir } }
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
const asSuperuser = (database: TestDatabase, statements: string[]) =>
  withClient(database.superuserUrl, async (client) => {
    for (const statement of statements) await client.query(statement)
  })

beforeAll(async () => {
  directory = await temporaryDirectory()
})

afterAll(async () => {
  for (const database of databases) await database.drop()
  const cleaner = await createTestDatabase(inject('postgresPort'), { migrated: false })
  const roles = prefixes.flatMap((prefix) => [...roleKinds, 'owner'].map((kind) => `${prefix}_${kind}`))
  await asSuperuser(
    cleaner,
    roles.map((role) => `DROP ROLE IF EXISTS ${role}`),
  )
  await cleaner.drop()
  await directory.remove()
})

/** Starts a server there, has an owner sign up, restarts it, and sees them again. */
async function expectServed({ env, database }: Pick<External, 'env' | 'database'>): Promise<void> {
  const server = await startServerProcess(env)
  expect(server.demo, 'no demo on an external database').toBeUndefined()
  const { email, password: secret } = await signUpOwner(server)
  expect(await server.end('SIGTERM')).toBe(0)
  expect(server.output()).not.toMatch(/warning/i)
  await withClient(database.superuserUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND backend_type = 'client backend'`,
    )
    expect(rows, 'connections left open').toEqual([])
  })
  expect(existsSync(join(env.DATA_DIR ?? '', 'postgres'))).toBe(false)

  const again: ServerProcess = await startServerProcess(env)
  const stranger = createClient<Operations>({ url: again.url })
  await stranger.call('identity.sign-in', { email, password: secret })
  expect(await again.end('SIGTERM')).toBe(0)
}

/** One sentence, exit code 1, and nothing of a password. */
async function expectRefusal(env: Record<string, string>, sentence: RegExp): Promise<void> {
  const launched = launchServer({ DATA_DIR: join(directory.path, 'refused'), ...env })
  expect(await launched.ended).toBe(1)
  expect(launched.output()).toMatch(sentence)
  expect(launched.output().trimEnd()).not.toContain('\n')
  for (const secret of [password, enc(password), 'only for tests', 'wrong password']) {
    expect(launched.output()).not.toContain(secret)
  }
}

test('an owner who may create roles is all that is needed: the others are made with generated passwords', async () => {
  const external = await newDatabase()
  await expectServed(external)
  const secrets = JSON.parse(await readFile(join(external.env.DATA_DIR ?? '', 'secrets.json'), 'utf8'))
  for (const kind of roleKinds) {
    const { rows } = await withClient(external.url(kind, secrets[kind]), (client) =>
      client.query('SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user'),
    )
    const plain = { rolname: `${external.prefix}_${kind}`, rolsuper: false, rolbypassrls: false, rolcreaterole: false }
    expect(rows).toEqual([plain])
  }
})

test('roles made by hand are used as given, by an owner who may create none', async () => {
  const external = await newDatabase('NOCREATEROLE')
  const { database, prefix, url } = external
  const missing = new RegExp(`^The role ${prefix}_app is missing and the owner may not create roles: .+\n$`)
  await expectRefusal(external.env, missing)
  await asSuperuser(database, [
    ...roleKinds.map((kind) => `CREATE ROLE ${prefix}_${kind} LOGIN PASSWORD ${quoted(`${kind} ${password}`)}`),
    // As docs/guides/external-postgresql.md says.
    `GRANT ${prefix}_jobs TO ${prefix}_owner WITH ADMIN TRUE, INHERIT FALSE`,
  ])
  const given = roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, url(kind, `${kind} ${password}`)])
  await expectServed({ database, env: { ...external.env, ...Object.fromEntries(given) } })
})

describe('one sentence and exit code 1 for', () => {
  let external: External
  beforeAll(async () => {
    external = await newDatabase()
  })

  test.each<[string, (given: External) => string, RegExp]>([
    ['a superuser', ({ database }) => database.superuserUrl, /^DATABASE_URL signs in as postgres, a superuser .+\n$/],
    [
      'a wrong password',
      ({ url }) => url('owner', 'wrong password'),
      /^The database refuses the connection: password authentication failed for user "\w+_owner"\.\n$/,
    ],
    [
      'a port where nothing listens',
      ({ env }) => (env.DATABASE_URL ?? '').replace(/:\d+\//, ':1/'),
      /^The database does not answer at 127\.0\.0\.1 port 1 \(ECONNREFUSED\): .+\n$/,
    ],
    [
      'a name of several addresses, where nothing listens',
      ({ env }) => (env.DATABASE_URL ?? '').replace(/@[^/]+\//, '@localhost:1/'),
      /^The database does not answer at \S+ port 1 \(ECONNREFUSED\): .+\n$/,
    ],
    [
      'an unknown name',
      ({ env }) => (env.DATABASE_URL ?? '').replace(/@[^/]+\//, '@no-such-host.invalid/'),
      /^The name no-such-host\.invalid is not known .+ the address of the database\.\n$/,
    ],
    [
      'a database that there is not',
      ({ env }) => `${env.DATABASE_URL}_lost`,
      /^The database refuses the connection: database "\w+_lost" does not exist\.\n$/,
    ],
    [
      'sslmode=require where TLS is not spoken',
      ({ env }) => `${env.DATABASE_URL}?sslmode=require`,
      /^The database does not speak TLS, which sslmode asks for: .+\n$/,
    ],
    [
      'sslmode=verify-ca without an authority',
      ({ env }) => `${env.DATABASE_URL}?sslmode=verify-ca`,
      /^DATABASE_URL cannot be used: .+sslrootcert.+\n$/,
    ],
    [
      'a certificate file that is not there',
      ({ env }) => `${env.DATABASE_URL}?sslmode=verify-full&sslrootcert=/no/such/file`,
      /^DATABASE_URL cannot be used: ENOENT.+\/no\/such\/file.+\n$/,
    ],
  ])('%s', async (_, address, sentence) => {
    await expectRefusal({ ...external.env, DATABASE_URL: address(external) }, sentence)
  })

  test('an address of the application that signs in as somebody whom tenant isolation may not bind', async () => {
    const { env, database, prefix } = external
    const sentence = new RegExp(`^DATABASE_APP_URL signs in as postgres: it must be ${prefix}_app, or set .+\n$`)
    await expectRefusal({ ...env, DATABASE_APP_URL: database.superuserUrl }, sentence)
  })

  test('a PostgreSQL older than 18, by what the server says of itself', async () => {
    const { database, prefix, env } = await newDatabase()
    await asSuperuser(database, [
      'CREATE SCHEMA old',
      'GRANT USAGE ON SCHEMA old TO PUBLIC',
      `CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql AS
       $$ SELECT CASE $1 WHEN 'server_version_num' THEN '170006' ELSE pg_catalog.current_setting($1) END $$`,
      `ALTER ROLE ${prefix}_owner IN DATABASE ${database.name} SET search_path = old, pg_catalog`,
    ])
    await expectRefusal(env, /^Comptoir needs PostgreSQL 18; this server is version 17\.\n$/)
  })
})

test('heavy queries go to DATABASE_READ_URL, the others do not', async () => {
  const { env, url, prefix } = await newDatabase()
  const given = { ...env, DATABASE_READ_URL: `${url('read', 'of the replica')}?application_name=replica` }
  const config = parseConfig({ ...given, PORT: '0', LOG_LEVEL: 'silent' })
  expect(await runCli(['migrate', 'up'], given)).toMatchObject({ code: 0, errors: '' })
  const installation = await openInstallation(config, () => {})
  const whoAmI = (kind: 'light' | 'heavy') =>
    query({
      name: `probe.read-${kind}`,
      route: `GET /v1/probe-${kind}`,
      summary: 'Which role reads.',
      permission: null,
      reach: 'any',
      analytic: kind === 'heavy',
      input: z.strictObject({}),
      output: z.object({ role: z.string() }),
      handle: async ({ client }) => (await client.query('SELECT current_user AS role')).rows[0],
    })
  const { urls, authSecret, signingKeys } = installation
  const more = { operations: [whoAmI('light'), whoAmI('heavy')] }
  const product = await compose({ config, urls, authSecret, signingKeys, log: createLog('silent'), more })
  await product.http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = product.http.server.address() as AddressInfo
  const { client } = await signUpOwner({ url: `http://127.0.0.1:${port}` })
  expect((await client.request('probe.read-light', {})).body).toEqual({ role: `${prefix}_app` })
  expect((await client.request('probe.read-heavy', {})).body).toEqual({ role: `${prefix}_read` })
  await product.http.close()
  await product.databases.end()
  await installation.stop()
})

describe('TLS', () => {
  let postgres: EmbeddedPostgres
  let certificate: string
  let env: Record<string, string>
  const owner = () => `postgresql://comptoir_owner:${enc(password)}@127.0.0.1:${postgres.port}/comptoir`

  beforeAll(async () => {
    const cluster = join(directory.path, 'tls', 'postgres')
    postgres = await startEmbedded({ directory: cluster, password, log: () => {}, durable: false })
    const { uid, gid } = await stat(cluster)
    const made = makeCertificate()
    for (const [name, content] of Object.entries({ 'server.crt': made.certificate, 'server.key': made.key })) {
      await writeFile(join(cluster, name), content, { mode: 0o600 })
      await chown(join(cluster, name), uid, gid)
    }
    certificate = join(directory.path, 'authority.pem')
    await writeFile(certificate, made.certificate)
    await withClient(`${postgres.superuserUrl()}`, async (client) => {
      await client.query(`CREATE ROLE comptoir_owner LOGIN CREATEROLE PASSWORD ${quoted(password)}`)
      await client.query('CREATE DATABASE comptoir OWNER comptoir_owner')
      await client.query('ALTER SYSTEM SET ssl = on')
      await client.query('SELECT pg_reload_conf()')
    })
    env = { DATA_DIR: join(directory.path, 'tls-data') }
  })
  afterAll(() => postgres.stop())

  test('with sslmode=require every connection is encrypted, whoever signed the certificate', async () => {
    const server = await startServerProcess({ ...env, DATABASE_URL: `${owner()}?sslmode=require` })
    await signUpOwner(server)
    const { rows } = await withClient(postgres.superuserUrl('comptoir'), (client) =>
      client.query(
        `SELECT a.usename, bool_and(s.ssl) AS ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
         WHERE a.datname = 'comptoir' AND a.usename <> 'postgres' GROUP BY 1 ORDER BY 1`,
      ),
    )
    expect(rows).toEqual(['app', 'identity', 'jobs'].map((kind) => ({ usename: `comptoir_${kind}`, ssl: true })))
    expect(await server.end('SIGTERM')).toBe(0)
    expect(server.output()).not.toMatch(/warning/i)
  })

  test.each([
    ['sslmode=verify-full, with its authority', () => `sslmode=verify-full&sslrootcert=${enc(certificate)}`],
    ['sslmode=verify-ca, with its authority', () => `sslmode=verify-ca&sslrootcert=${enc(certificate)}`],
    ['sslmode=disable', () => 'sslmode=disable'],
  ])('%s works', async (_, options) => {
    const status = await runCli(['migrate', 'status'], { ...env, DATABASE_URL: `${owner()}?${options()}` })
    expect(status).toMatchObject({ code: 0, errors: '' })
  })

  test('sslmode=verify-full refuses a certificate of an unknown authority, in one sentence', async () => {
    const url = `${owner()}?sslmode=verify-full`
    await expectRefusal({ DATABASE_URL: url }, /^The certificate of the database is not trusted \(.+\): .+\n$/)
  })
})

/** A certificate for 127.0.0.1 that vouches for itself, and its key, as PEM. Node can read certificates but makes none. */
function makeCertificate(): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
  const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content)
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
  const commonName = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('127.0.0.1')))))
  const validity = sequence(der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from('491231235959Z')))
  const address = sequence(der(0x87, Buffer.from([127, 0, 0, 1])))
  const extensions = der(0xa3, sequence(sequence(oid('551d11'), der(0x04, address))))
  const version3 = der(0xa0, der(0x02, Buffer.from([2])))
  const serial = der(0x02, Buffer.from([1]))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(version3, serial, ecdsaWithSha256, commonName, validity, commonName, key, extensions)
  const certificate = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)))
  const lines = certificate.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** One value in DER: tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const long = [0x80 + (length > 255 ? 2 : 1), ...(length > 255 ? [length >> 8] : []), length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content])
}
