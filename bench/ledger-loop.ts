import { Client } from 'pg'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { answerParent } from './child.ts'
import { quantileOf, type Sample } from './measure.ts'

/** A legal entity with the accounts that are posted to. */
export interface Books {
  readonly tenantId: string
  readonly entityId: string
  readonly accounts: readonly string[]
}

export interface LedgerLoop {
  /** Connection URL of the role of requests. */
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Client number i posts to books[i modulo their number]. */
  readonly books: readonly Books[]
  /** How many journals go into one call, and so into one transaction. */
  readonly batch: number
  /** True: one line of each journal is on the first account of its books. */
  readonly hot: boolean
  /** True: each journal gets its entry in the audit chain, as commands do. */
  readonly sealed: boolean
}

export interface LedgerSample extends Sample {
  readonly journals: number
}

/** Calls ledger.record as the product does: one transaction a call, its statements sent without waiting in between. */
answerParent(async (loop: LedgerLoop): Promise<LedgerSample> => {
  // For each round anew: PostgreSQL has a hundred connections, and the yardsticks and the server need theirs.
  const connections = await Promise.all(Array.from({ length: loop.clients }, () => connect(loop.url)))
  const times: number[] = []
  const began = performance.now()
  const end = began + loop.seconds * 1000
  await Promise.all(
    connections.map(async (client, index) => {
      const books = loop.books[index % loop.books.length]!
      for (let now = began; now < end; ) {
        await post(client, books, loop)
        const then = performance.now()
        times.push(then - now)
        now = then
      }
    }),
  )
  const elapsed = performance.now() - began
  await Promise.all(connections.map((client) => client.end()))
  const sorted = Float64Array.from(times).sort()
  const journals = sorted.length * loop.batch
  return {
    journals,
    perSecond: (journals / elapsed) * 1000,
    p50: quantileOf(sorted, 0.5),
    p99: quantileOf(sorted, 0.99),
  }
})

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, pipeline: true } as ConstructorParameters<typeof Client>[0])
  await client.connect()
  return client
}

async function post(client: Client, books: Books, { batch, hot, sealed }: LedgerLoop): Promise<void> {
  const { tenantId } = books
  const journals = Array.from({ length: batch }, () => journalOf(books, hot))
  const run = (name: keyof typeof statements, values: string[] = []) =>
    client.query({ name, text: statements[name], values })
  const [, , recorded] = await Promise.all([
    run('begin'),
    run('tenant', [tenantId]),
    run('record', [tenantId, JSON.stringify(journals)]),
    sealed && run('seal', [tenantId, JSON.stringify(journals.map(entryOf))]),
    run('commit'),
  ])
  const refused = recorded.rows.find((row) => row.code !== null)
  if (refused) throw new Error(`a journal was refused: ${refused.code} ${refused.detail}`)
}

const statements = {
  begin: 'BEGIN',
  tenant: 'SELECT platform.set_tenant($1)',
  record: 'SELECT effective_on, code, detail FROM ledger.record($1, $2)',
  seal: 'SELECT FROM audit.record($1, $2)',
  commit: 'COMMIT',
}

function journalOf({ entityId, accounts }: Books, hot: boolean) {
  const id = uuidv7()
  const debit = hot ? 0 : randomBelow(accounts.length)
  const credit = (debit + 1 + randomBelow(accounts.length - 1)) % accounts.length
  return {
    id,
    entity_id: entityId,
    document_type: 'sale',
    document_id: id,
    document_on: '2026-01-15',
    if_closed: 'refuse',
    lines: [
      { account_id: accounts[debit], amount: '12.50' },
      { account_id: accounts[credit], amount: '-12.50' },
    ],
  }
}

function entryOf(journal: ReturnType<typeof journalOf>) {
  return {
    event: 'ledger.post-journal',
    severity: 'info',
    resource_type: 'journal',
    resource_id: journal.id,
    input: journal,
  }
}

function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}
