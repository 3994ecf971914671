import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import { uuidv7 } from '../server/platform/identifiers.ts'
import type { Operations } from '../server/registry.ts'
import { asSuperuser, runCli, type ServerProcess, startServerProcess, temporaryDirectory } from './harness/process.ts'
import { until } from './harness/until.ts'

const clients = 16
let directory: { path: string; remove(): Promise<void> }
let server: ServerProcess
let cookie: string
let books: { entity_id: string; accounts: string[] }

const start = async () => {
  server = await startServerProcess({ DATA_DIR: directory.path })
}

beforeAll(async () => {
  directory = await temporaryDirectory()
  await start()
  const { headers } = await createClient<Operations>({ url: server.url }).request('identity.sign-in', server.demo ?? {})
  cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const client = createClient<Operations>({ url: server.url, headers: { cookie } })
  const [entity] = (await client.call('tenants.list-entities', {})).items
  const { items } = await client.call('ledger.list-accounts', { entity_id: entity?.id ?? '', limit: 20 })
  books = { entity_id: entity?.id ?? '', accounts: items.map(({ id }) => id) }
})
afterAll(async () => {
  await server.end('SIGTERM')
  await directory.remove()
})

/** Clients that post one journal after the other, each until it is acknowledged; what arrives at once goes in one batch. */
function posters() {
  const acknowledged: string[] = []
  let open = true
  const done = Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let count = client; open; count += 7) {
        const id = uuidv7()
        const body = JSON.stringify(journalOf(id, count))
        while (!(await posted(body))) await until('the server answers again', alive, 60)
        acknowledged.push(id)
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

function journalOf(id: string, count: number) {
  const { accounts, entity_id } = books
  const debit = accounts[count % accounts.length]
  const credit = accounts[(count + 1 + (count % 5)) % accounts.length]
  const amount = `${(count % 90) + 1}.25`
  return {
    id,
    entity_id,
    document_on: '2026-01-15',
    lines: [
      { account_id: debit, amount },
      { account_id: credit, amount: `-${amount}` },
    ],
  }
}

async function posted(body: string): Promise<boolean> {
  try {
    const response = await fetch(`${server.url}/v1/journals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
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
  'kill -9 of %s between and during batches: ledger and chain agree, and hold each acknowledged journal once',
  async (_, kill, restart) => {
    const posting = posters()
    for (const round of [1, 2, 3]) {
      const before = posting.acknowledged.length
      await until('journals flow', () => posting.acknowledged.length > before + 40 * round)
      await kill()
      await restart()
      await until('the server serves again', alive, 60)
    }
    await posting.stop()

    const { journals, sealed, sum } = await asSuperuser(directory.path, async (client) => {
      const { rows } = await client.query(
        `SELECT array(SELECT id::text FROM ledger.journal ORDER BY 1) AS journals,
                array(SELECT resource_id FROM audit.entry WHERE event = 'ledger.post-journal' ORDER BY 1) AS sealed,
                (SELECT sum(balance) FROM ledger.account)::text AS sum`,
      )
      return rows[0]
    })
    expect(sealed, 'each journal has its entry in the chain, and no other').toEqual(journals)
    expect(journals).toEqual(expect.arrayContaining(posting.acknowledged))
    expect(sum).toBe('0.0000')
    const verified = await runCli(['verify'], { DATA_DIR: directory.path })
    expect(verified).toMatchObject({ code: 0, errors: '' })
  },
  180_000,
)
