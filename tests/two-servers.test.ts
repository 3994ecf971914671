import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { migrationNames } from '../server/platform/migrate.ts'
import { roleKinds } from '../server/platform/roles.ts'
import type { Operations } from '../server/registry.ts'
import { writtenMails } from './harness/mail.ts'
import { createTestDatabase, type TestDatabase, withClient } from './harness/postgres.ts'
import {
  type Launched,
  launchServer,
  type ServerProcess,
  startServerProcess,
  temporaryDirectory,
  untilServing,
} from './harness/process.ts'
import { signUpOwner, type TestOwner, tokenIn } from './harness/server.ts'
import { until } from './harness/until.ts'

let directory: { path: string; remove(): Promise<void> }
const databases: TestDatabase[] = []
const launches: Launched[] = []

async function newDatabase(options = {}): Promise<TestDatabase> {
  const database = await createTestDatabase(inject('postgresPort'), options)
  databases.push(database)
  return database
}

/** The environment of one of the two: the same addresses, secret and key, another data directory. */
function environmentOf(database: TestDatabase, name: string): Record<string, string> {
  const urls = roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, database.roleUrls[kind]])
  return {
    DATA_DIR: dataDirOf(database, name),
    ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64'),
    DATABASE_URL: database.ownerUrl,
    LOCK_TIMEOUT_MS: '60000',
    AUTH_SECRET: 'the same secret for both of the servers',
    ...Object.fromEntries(urls),
  }
}

function dataDirOf(database: TestDatabase, name: string): string {
  return join(directory.path, `${database.name}-${name}`)
}

beforeAll(async () => {
  directory = await temporaryDirectory()
})

afterAll(async () => {
  for (const { child, ended } of launches) {
    child.kill('SIGKILL')
    await ended
  }
  for (const database of databases) await database.drop()
  await directory.remove()
})

describe('two servers on one database', () => {
  let servers: [ServerProcess, ServerProcess]
  let owner: TestOwner
  let database: TestDatabase

  beforeAll(async () => {
    database = await newDatabase()
    const start = (name: string) => startServerProcess(environmentOf(database, name))
    servers = [await start('one'), await start('two')]
    owner = await signUpOwner(servers[0])
  })
  afterAll(async () => {
    expect(await Promise.all(servers.map((server) => server.end('SIGTERM')))).toEqual([0, 0])
  })

  const clientAt = (server: ServerProcess, headers: Record<string, string> = { cookie: owner.cookie }) =>
    createClient<Operations>({ url: server.url, headers: { 'comptoir-tenant': owner.tenantId, ...headers } })

  /** Invites somebody at one of the two; they accept with the letter that either of them wrote. */
  async function hireAt(server: ServerProcess, { client, email }: TestOwner, roleIds: string[] = []) {
    await clientAt(server).call('tenants.add-employee', { email, display_name: 'Clerk', role_ids: roleIds })
    const written = () =>
      Promise.all(['one', 'two'].map((name) => writtenMails({ dataDir: dataDirOf(database, name) })))
    const isLetter = ({ to, text }: { to: string; text: string }) => to === email && text.includes('/invitation#')
    const letter = await until('the invitation', async () => (await written()).flat().find(isLetter))
    return client.call('tenants.accept-invitation', { token: tokenIn(letter.text) })
  }

  test('a session made at one works at the other, and ended there is refused here at the next request', async () => {
    const [one, two] = servers
    const { email, password } = owner
    const { headers } = await createClient<Operations>(one).request('identity.sign-in', { email, password })
    const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(await clientAt(two, { cookie }).call('identity.get-me', {})).toMatchObject({ email })
    await clientAt(two, { cookie }).call('identity.sign-out', {})
    await expect(clientAt(one, { cookie }).call('identity.get-me', {})).rejects.toMatchObject({
      problem: { status: 401, code: 'unauthenticated' },
    })
  })

  test('an API key revoked at one, and a person suspended there, are refused by the other at the next request', async () => {
    const [one, two] = servers
    const key = await clientAt(one).call('tenants.create-api-key', {
      name: 'till',
      permissions: ['tenants.view-tenant'],
      expires_at: '2099-01-01T00:00:00Z',
    })
    const till = clientAt(two, { authorization: `Bearer ${key.secret}` })
    expect(await till.call('tenants.get-tenant', {})).toMatchObject({ id: owner.tenantId })
    await clientAt(one).call('tenants.revoke-api-key', { id: key.id, version: key.version })
    await expect(till.call('tenants.get-tenant', {})).rejects.toMatchObject({ problem: { status: 401 } })

    const clerk = await signUpOwner(two)
    const { id: employeeId, version } = await hireAt(one, clerk)
    const place = clientAt(two, { cookie: clerk.cookie })
    await expect(place.call('tenants.list-branches', {})).rejects.toMatchObject({ problem: { status: 403 } })
    await clientAt(one).call('tenants.update-employee', { id: employeeId, version, status: 'suspended' })
    await expect(place.call('tenants.list-branches', {})).rejects.toMatchObject({
      problem: { status: 404, code: 'tenant_not_found' },
    })
  })

  test('a session that switches its tenant at one works there at the other from the next request on', async () => {
    const [one, two] = servers
    const clerk = await signUpOwner(two)
    await hireAt(one, clerk)
    const bare = (server: ServerProcess) =>
      createClient<Operations>({ url: server.url, headers: { cookie: clerk.cookie } })
    const placeAt = async (server: ServerProcess) => (await bare(server).call('tenants.get-workplace', {})).tenant.id
    await expect(placeAt(two)).rejects.toMatchObject({ problem: { code: 'tenant_required' } })
    for (const tenantId of [owner.tenantId, clerk.tenantId, owner.tenantId]) {
      await bare(one).call('tenants.switch-tenant', { tenant_id: tenantId })
      expect(await placeAt(two)).toBe(tenantId)
    }
  })

  test('a permission, a scope and a feature taken away at one are gone at the other at the next request', async () => {
    const [one, two] = servers
    const clerk = await signUpOwner(two)
    const permissions = ['tenants.view-tenant', 'ledger.view-books']
    const role = await clientAt(one).call('tenants.create-role', { name: 'clerk', permissions })
    const hired = await hireAt(one, clerk, [role.id])
    const there = clientAt(two, { cookie: clerk.cookie })
    const readBooks = () => there.call('ledger.get-books', { id: owner.entityId })
    const refusedAs = async (code: string) => expect(readBooks()).rejects.toMatchObject({ problem: { code } })
    await readBooks()

    const scope = { entity_ids: [], region_ids: [], branch_ids: [owner.branchId] }
    await clientAt(one).call('tenants.update-employee', { id: hired.id, version: hired.version, scope })
    await refusedAs('not_found')
    await clientAt(one).call('tenants.update-employee', { id: hired.id, version: hired.version + 1, scope: null })
    await readBooks()

    const switchTo = async (features: string[]) => {
      const { version } = await clientAt(one).call('tenants.list-features', {})
      await clientAt(one).call('tenants.set-features', { version, features })
    }
    await switchTo(['tax'])
    await refusedAs('not_found')
    await switchTo(['ledger', 'tax'])
    await readBooks()

    const { id, version } = role
    await clientAt(one).call('tenants.update-role', { id, version, permissions: ['tenants.view-tenant'] })
    await refusedAs('forbidden')
  })

  test('40 duplicates of one command, sent to both at once, happen once and get one answer', async () => {
    const create = (server: ServerProcess) =>
      clientAt(server).request(
        'tenants.create-branch',
        { entity_id: owner.entityId, code: 'ONCE', name: 'Once', time_zone: 'UTC' },
        { idempotencyKey: 'forty-of-a-kind' },
      )
    const answers = await Promise.all(Array.from({ length: 40 }, (_, count) => create(servers[count % 2 ? 1 : 0])))
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
    const { items } = await clientAt(servers[1]).call('tenants.list-branches', { limit: 200 })
    expect(items.filter((branch) => branch.code === 'ONCE')).toHaveLength(1)
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query(
        "SELECT count(*)::int AS entries FROM audit.entry WHERE tenant_id = $1 AND event = 'tenants.create-branch'",
        [owner.tenantId],
      ),
    )
    expect(rows).toEqual([{ entries: 1 }])
  })

  /** How many jobs of this task the servers ran, each by its own count. */
  async function runsOf(task: string): Promise<number[]> {
    const counts = servers.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      const lines = text
        .split('\n')
        .filter((line) => line.includes(`task="${task}"`) && line.startsWith('comptoir_jobs'))
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    })
    return Promise.all(counts)
  }

  test('jobs that both servers take from one queue run once each', async () => {
    const task = 'tenants.purge-idempotency-keys'
    const before = await runsOf(task)
    const waiting = (client: pg.Client, condition: string) =>
      client.query(`SELECT FROM graphile_worker._private_jobs WHERE ${condition}`)
    await withClient(database.superuserUrl, async (client) => {
      // Held here, the jobs fill every hand of both servers.
      await client.query('BEGIN; LOCK TABLE platform.idempotency_key IN ACCESS EXCLUSIVE MODE')
      await withClient(database.superuserUrl, (other) =>
        other.query(`SELECT graphile_worker.add_job('${task}') FROM generate_series(1, 30)`),
      )
      await until('four jobs are at work', async () => (await waiting(client, 'locked_at IS NOT NULL')).rowCount === 4)
      await client.query('COMMIT')
      await until('all jobs are done', async () => (await waiting(client, 'true')).rowCount === 0)
    })
    const runs = (await runsOf(task)).map((count, at) => count - (before[at] ?? 0))
    expect(runs.reduce((sum, one) => sum + one, 0)).toBe(30)
    expect(Math.min(...runs)).toBeGreaterThanOrEqual(2)
  })
})

describe('two servers that start at the same moment', () => {
  const launchAt = (database: TestDatabase, name: string) => {
    const launched = launchServer({ ...environmentOf(database, name), LOG_LEVEL: 'info' })
    launches.push(launched)
    return launched
  }
  const listening = ({ output }: Launched) => /Server listening at (http:[^"]+)/.exec(output())?.[1]

  test('on an unmigrated database: one migrates, the other waits and says so', async () => {
    const database = await newDatabase({ migrated: false })
    const readyz = async (launched: Launched) => {
      const response = await fetch(`${listening(launched)}/readyz`)
      return `${response.status} ${((await response.json()) as { reason?: string }).reason}`
    }
    const [one, two] = [launchAt(database, 'one'), launchAt(database, 'two')]
    await withClient(database.ownerUrl, async (third) => {
      // As a third process that migrates: both have to wait for it, then one for the other.
      await third.query("SELECT pg_advisory_lock(hashtext('comptoir migrate'))")
      for (const launched of [one, two]) {
        await until('it listens', () => listening(launched))
        await until('it says that it waits', async () =>
          (await readyz(launched)).startsWith('503 another process migrates the database'),
        )
      }
    })
    const servers = [await untilServing(one), await untilServing(two)]
    for (const launched of [one, two]) expect(await readyz(launched)).toBe('200 undefined')
    const migrating = [one, two].filter(({ output }) => output().includes('### MIGRATION 0001_platform'))
    expect(migrating).toHaveLength(1)
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query("SELECT resource_id FROM audit.entry WHERE event = 'platform.migrate-up' ORDER BY seq"),
    )
    expect(rows.map((row) => row.resource_id)).toEqual(migrationNames())
    for (const server of servers) await signUpOwner(server)
    expect(await Promise.all(servers.map((server) => server.end('SIGINT')))).toEqual([0, 0])
  })

  test('after a night without one: what cron would have started then runs once', async () => {
    const database = await newDatabase()
    const first = await startServerProcess(environmentOf(database, 'first'))
    await first.end('SIGTERM')
    const cron = await withClient(database.superuserUrl, async (client) => {
      const { rows } = await client.query(
        `UPDATE graphile_worker._private_known_crontabs
         SET known_since = now() - interval '2 days', last_execution = date_trunc('minute', now() - interval '1 day')
         RETURNING identifier`,
      )
      // Nobody is there to run them, so that all that are added can be counted.
      return rows.map((row) => row.identifier as string).toSorted()
    })
    const env = (name: string) => ({ ...environmentOf(database, name), JOBS_CONCURRENCY: '0' })
    const servers = await Promise.all(['one', 'two'].map((name) => startServerProcess(env(name))))
    const added = await withClient(database.superuserUrl, async (client) => {
      const { rows } = await client.query('SELECT task_identifier AS task FROM graphile_worker.jobs ORDER BY 1')
      return rows.map((row) => row.task)
    })
    // Not what looks every minute or hour at how things are now: its next run does for those that were missed.
    const looking = [
      'imports.resume-abandoned',
      'inventory.expire-reservations',
      'quality.queue-runs',
      'replenishment.refresh-alerts',
    ]
    const missed = cron.filter((name) => !looking.includes(name))
    expect(missed.length).toBe(cron.length - looking.length)
    // What runs at every start is added once by both, too.
    const atStart = [
      'catalog.add-missing-units',
      'imports.resume',
      'payments.add-missing-tenders',
      'tax.add-missing-classes',
    ]
    expect(added).toEqual([...missed, ...atStart].toSorted())
    expect(await Promise.all(servers.map((server) => server.end('SIGTERM')))).toEqual([0, 0])
  })
})
