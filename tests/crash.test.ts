import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { asSuperuser, runCli, type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'
import { until } from './harness/until.ts'

const clients = 8
let directory: { path: string; remove(): Promise<void> }
let server: ServerProcess
let cookie: string

const start = async () => {
  server = await startServerProcess({ DATA_DIR: directory.path })
}

beforeAll(async () => {
  directory = await temporaryDirectory()
  await start()
  const { headers } = await createClient<Operations>({ url: server.url }).request('identity.sign-in', server.demo ?? {})
  cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
})
afterAll(async () => {
  await server.end('SIGTERM')
  await directory.remove()
})

const signedIn = () => createClient<Operations>({ url: server.url, headers: { cookie } })

/**
 * A client without keys: it sends each thing once and does not know what became of those that were not answered.
 * Legal entities may share a name, so that one made twice shows.
 */
function keylessWriter() {
  const sent: string[] = []
  const acknowledged: string[] = []
  let open = true
  const done = (async () => {
    while (open) {
      const name = `keyless ${++codes}`
      sent.push(name)
      const body = JSON.stringify({ legal_name: name, country: 'MA', currency: 'MAD' })
      const response = await fetch(`${server.url}/v1/entities`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body,
        signal: AbortSignal.timeout(30_000),
      }).catch(() => undefined)
      if (response?.status === 201) acknowledged.push(name)
      else await until('the server answers again', alive, 60)
    }
  })()
  return {
    sent,
    acknowledged,
    async stop() {
      open = false
      await done
    },
  }
}

/** Clients that open branches one after the other, and repeat each request with its key until it is acknowledged. */
function writers(entityId: string) {
  const acknowledged: string[] = []
  const started = performance.now()
  let open = true
  const done = Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let count = 0; open; count++) {
        const name = `${started} ${client} ${count}`
        const body = JSON.stringify({ entity_id: entityId, code: codeOf(name), name, time_zone: 'UTC' })
        while (!(await posted(name, body))) await until('the server answers again', alive, 60)
        acknowledged.push(name)
      }
    }),
  )
  return {
    acknowledged,
    async stop() {
      open = false
      await done
    },
  }
}

let codes = 0
const codesByName = new Map<string, string>()
function codeOf(name: string): string {
  const code = codesByName.get(name) ?? `C${++codes}`
  codesByName.set(name, code)
  return code
}

async function posted(name: string, body: string): Promise<boolean> {
  try {
    const response = await fetch(`${server.url}/v1/branches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, 'idempotency-key': `"${name.replaceAll(' ', '-')}"` },
      body,
      signal: AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    if (response.status === 201) return true
    if (response.status === 503 || (response.status === 409 && text.includes('"busy"'))) return false
    throw new Error(`${response.status} ${text}\n${server.output()}`)
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
    throw error
  }
}

async function alive(): Promise<boolean> {
  return fetch(`${server.url}/readyz`).then(
    (response) => response.ok,
    () => false,
  )
}

interface BranchPage {
  items: { name: string }[]
  next_cursor: string | null
}

async function allBranchNames(): Promise<string[]> {
  const names: string[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const query: { limit: number; cursor?: string } = { limit: 200, ...(cursor ? { cursor } : {}) }
    const page: BranchPage = await signedIn().call('tenants.list-branches', query)
    names.push(...page.items.map((branch) => branch.name))
    cursor = page.next_cursor
  }
  return names
}

/** What the tables and the audit chain hold; the first entity, its books and the first branch came with the tenant. */
async function everythingStored() {
  return asSuperuser(directory.path, async (client) => {
    const { rows: entities } = await client.query('SELECT legal_name FROM tenants.entity')
    const { rows: branches } = await client.query('SELECT FROM tenants.branch')
    const { rows: books } = await client.query('SELECT FROM ledger.book')
    const { rows: entries } = await client.query(
      `SELECT event || ' ' || resource_type AS made, count(*)::int AS n FROM audit.entry
       WHERE event IN ('tenants.create-branch', 'tenants.create-entity') GROUP BY event, resource_type`,
    )
    return {
      entities: entities.map((row) => row.legal_name as string),
      branches: branches.length,
      books: books.length,
      entries: Object.fromEntries(entries.map((row) => [row.made, row.n])),
    }
  })
}

async function killPostgres(): Promise<void> {
  const [pid] = (await readFile(join(directory.path, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
}

const crashes: [string, () => Promise<unknown>, () => Promise<void>][] = [
  ['the server', () => server.end('SIGKILL'), start],
  ['PostgreSQL', killPostgres, async () => {}],
  ['both', () => Promise.all([killPostgres(), server.end('SIGKILL')]), start],
]

test.each(crashes)(
  'kill -9 of %s during writes loses nothing acknowledged and doubles nothing',
  async (_, kill, restart) => {
    const [entity] = (await signedIn().call('tenants.list-entities', {})).items
    const writing = writers(entity?.id ?? '')
    const keyless = keylessWriter()
    for (const round of [1, 2]) {
      const before = writing.acknowledged.length
      await until('writes flow', () => writing.acknowledged.length > before + 30 * round)
      await kill()
      await restart()
      await until('the server serves again', alive, 60)
    }
    const before = writing.acknowledged.length
    await until('writes flow again', () => writing.acknowledged.length > before + 30)
    await writing.stop()
    await keyless.stop()

    const stored = await allBranchNames()
    const mine = new Set(writing.acknowledged)
    expect(stored.filter((name) => mine.has(name)).toSorted()).toEqual([...mine].toSorted())
    expect(new Set(stored).size, 'nothing is there twice').toBe(stored.length)
    const { entities, branches, books, entries } = await everythingStored()
    const names = entities.filter((name) => keyless.sent.includes(name))
    expect(new Set(names).size, 'nothing without a key is there twice').toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(keyless.acknowledged))
    expect(entries, 'one audit entry for each thing that was made, and no other').toEqual({
      'tenants.create-branch branch': branches - 1,
      'tenants.create-entity entity': entities.length - 1,
      'tenants.create-entity books': books - 1,
    })
    expect(books, 'every entity has its books').toBe(entities.length)
    const verified = await runCli(['verify'], { DATA_DIR: directory.path })
    expect(verified).toMatchObject({ code: 0, errors: '' })
  },
  180_000,
)
