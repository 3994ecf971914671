import { Client } from 'pg'
import { answerParent } from './child.ts'
import { quantileOf, type Sample } from './measure.ts'

export interface TpcbLoop {
  readonly url: string
  readonly clients: number
  readonly scale: number
  readonly seconds: number
}

/** The transaction of pgbench's built-in TPC-B script through our driver: prepared, one statement after the other. */
answerParent(async ({ url, clients, scale, seconds }: TpcbLoop): Promise<Sample> => {
  connections ??= await Promise.all(Array.from({ length: clients }, () => connect(url)))
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(
    connections.map(async (client) => {
      for (let now = began; now < end; ) {
        await transact(client, scale)
        const then = performance.now()
        times.push(then - now)
        now = then
      }
    }),
  )
  const elapsed = performance.now() - began
  const sorted = Float64Array.from(times).sort()
  return { perSecond: (sorted.length / elapsed) * 1000, p50: quantileOf(sorted, 0.5), p99: quantileOf(sorted, 0.99) }
})

let connections: Client[] | undefined

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

async function transact(client: Client, scale: number): Promise<void> {
  const accountId = randomUpTo(100_000 * scale)
  const branchId = randomUpTo(scale)
  const tellerId = randomUpTo(10 * scale)
  const delta = randomUpTo(10_001) - 5_001
  const run = (name: keyof typeof statements, values: number[] = []) =>
    client.query({ name, text: statements[name], values })
  await run('begin')
  await run('account', [delta, accountId])
  await run('balance', [accountId])
  await run('teller', [delta, tellerId])
  await run('branch', [delta, branchId])
  await run('history', [tellerId, branchId, accountId, delta])
  await run('end')
}

const statements = {
  begin: 'BEGIN',
  account: 'UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2',
  balance: 'SELECT abalance FROM pgbench_accounts WHERE aid = $1',
  teller: 'UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2',
  branch: 'UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2',
  history: 'INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)',
  end: 'END',
}

function randomUpTo(most: number): number {
  return 1 + Math.floor(Math.random() * most)
}
