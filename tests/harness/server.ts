import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { compose, type Product } from '../../server/compose.ts'
import { openMail, queuedMail } from '../../server/messaging/mail.ts'
import { type CallOptions, createClient } from '../../server/platform/client.ts'
import { parseConfig } from '../../server/platform/config.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import type { Job } from '../../server/platform/jobs.ts'
import { createLog } from '../../server/platform/log.ts'
import type { Operation } from '../../server/platform/operation.ts'
import { type SigningKey, signingKeyOf } from '../../server/platform/signing-keys.ts'
import type { Operations } from '../../server/registry.ts'
import type { Setting } from '../../server/settings/index.ts'
import { createTestDatabase, type TestDatabase, withClient } from './postgres.ts'

export interface TestServer {
  readonly url: string
  readonly product: Product
  readonly database: TestDatabase
  /** Its own, removed at the end. */
  readonly dataDir: string
  close(): Promise<void>
}

export interface TestServerOptions {
  /** Use this database instead of one of its own; it is then not dropped at the end. */
  database?: TestDatabase
  env?: Record<string, string>
  signingKeys?: () => readonly SigningKey[]
  more?: { operations?: readonly Operation[]; jobs?: readonly Job[]; settings?: readonly Setting[] }
}

/** What sessions of test servers rest on. */
export const testAuthSecret = 'b'.repeat(40)
/** The key that signs checkpoints in tests. */
export const testKey = signingKeyOf(Buffer.alloc(32, 7))

type Front = (server: Pick<TestServer, 'url' | 'database' | 'dataDir'>, env: Record<string, string>) => Promise<Fronted>
interface Fronted {
  readonly url: string
  close(): Promise<void>
}

let front: Front | undefined

/** Says what requests to servers of this file go through until it ends, as another server beside each. */
export function goThrough(made: Front): void {
  front = made
  afterAll(() => {
    front = undefined
  })
}

/** A whole server on a free port of 127.0.0.1, on a database of its own. No jobs run unless `product.startJobs` is called. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase(inject('postgresPort')))
  const dataDir = await mkdtemp(join(tmpdir(), 'comptoir-test-data-'))
  const config = parseConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    RATE_LIMIT_PER_MINUTE: '1000000',
    SIGN_IN_LIMIT_PER_MINUTE: '1000000',
    LOG_LEVEL: 'silent',
    ECB_RATES_URL: 'none',
    PAYMENT_SIMULATOR: 'true',
    ...options.env,
  })
  const product = await compose({
    config,
    urls: database.roleUrls,
    authSecret: testAuthSecret,
    signingKeys: options.signingKeys ?? (() => [testKey]),
    log: createLog(config.logLevel),
    ...(options.more ? { more: options.more } : {}),
  })
  await product.http.listen({ host: '127.0.0.1', port: 0 })
  const { port } = product.http.server.address() as AddressInfo
  const own = { url: `http://127.0.0.1:${port}`, database, dataDir }
  const fronted = await front?.(own, options.env ?? {})
  return {
    ...own,
    url: fronted?.url ?? own.url,
    product,
    async close() {
      await fronted?.close()
      await product.http.close()
      await product.databases.end()
      if (!options.database) await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export type TestClient = ReturnType<typeof createClient<Operations>>

const clients = new WeakMap<object, TestClient>()

/** A client of a server that shows these headers. What the server can do is read once for all of its clients. */
export function clientOf(server: Pick<TestServer, 'url'>, headers: Record<string, string> = {}): TestClient {
  const bare = clients.get(server) ?? createClient<Operations>({ url: server.url })
  clients.set(server, bare)
  const shown = (call: CallOptions = {}) => ({ ...call, headers: { ...headers, ...call.headers } })
  return {
    call: (name, input, call) => bare.call(name, input, shown(call)),
    request: (name, input, call) => bare.request(name, input, shown(call)),
    operations: bare.operations,
  }
}

export interface TestPerson {
  readonly email: string
  readonly password: string
  readonly userId: string
  readonly cookie: string
  readonly client: TestClient
}

let people = 0

/** A person with an account, signed in. */
export async function signUpPerson(server: Pick<TestServer, 'url'>): Promise<TestPerson> {
  const email = `person-${process.pid}-${++people}@example.org`
  const password = 'correct horse battery'
  const stranger = clientOf(server)
  await stranger.call('identity.sign-up', { name: 'Amina Test', email, password })
  const { headers, body } = await stranger.request('identity.sign-in', { email, password })
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const { user_id: userId } = body as { user_id: string }
  return { email, password, userId, cookie, client: clientOf(server, { cookie }) }
}

export interface TestOwner extends TestPerson {
  readonly tenantId: string
  readonly entityId: string
  readonly branchId: string
  readonly employeeId: string
}

/** A client that shows this cookie, or none. */
export function clientWith(server: Pick<TestServer, 'url'>, cookie?: string): TestClient {
  return clientOf(server, cookie === undefined ? {} : { cookie })
}

const paris = { time_zone: 'Europe/Paris', country: 'FR', currency: 'EUR' }

/** A person who owns a tenant of their own, in Paris unless said otherwise. */
export async function signUpOwner(server: Pick<TestServer, 'url'>, place = paris): Promise<TestOwner> {
  const person = await signUpPerson(server)
  const tenant = await person.client.call('tenants.create-tenant', { legal_name: `Shop ${uuidv7()}`, ...place })
  return {
    ...person,
    tenantId: tenant.id,
    entityId: tenant.entity_id,
    branchId: tenant.branch_id,
    employeeId: tenant.employee_id,
    client: clientOf(server, { cookie: person.cookie, 'comptoir-tenant': tenant.id }),
  }
}

/** Invites a person into the owner's tenant with these roles and this scope; the person accepts. */
export async function hire(
  server: Pick<TestServer, 'database' | 'product'>,
  owner: TestOwner,
  person: TestPerson,
  roleIds: string[] = [],
  scope: { entity_ids?: string[]; region_ids?: string[]; branch_ids?: string[] } | null = null,
) {
  const { email } = person
  await owner.client.call('tenants.add-employee', { email, display_name: 'Karim', role_ids: roleIds, scope })
  return person.client.call('tenants.accept-invitation', { token: await invitationTo(server, email) })
}

/** The token in the newest invitation to an address, out of the queue of mails. */
export async function invitationTo(
  { database, product }: Pick<TestServer, 'database' | 'product'>,
  email: string,
): Promise<string> {
  const { rows } = await withClient(database.superuserUrl, (client) =>
    client.query(
      `SELECT payload FROM graphile_worker._private_jobs WHERE payload->>'kind' = 'invitation' ORDER BY id DESC`,
    ),
  )
  const mails = rows.map(({ payload }) => openMail(product.encryption, queuedMail.parse(payload)))
  return tokenIn(mails.find(({ to }) => to === email)?.text)
}

/** The token in the link of an invitation. */
export function tokenIn(text = ''): string {
  const [, token] = /\/invitation#(\S+)/.exec(text) ?? []
  if (!token) throw new Error('there is no invitation')
  return token
}

/** A person at work in a tenant. */
export function clientIn(server: Pick<TestServer, 'url'>, { cookie }: TestPerson, tenantId: string): TestClient {
  return clientOf(server, { cookie, 'comptoir-tenant': tenantId })
}
