import { Client } from 'pg'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { answerParent } from './child.ts'
import { quantileOf, type Sample } from './measure.ts'

export interface AuditLoop {
  /** Connection URL of the role of requests. */
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Client number i writes to tenants[i modulo their number]. */
  readonly tenants: readonly string[]
  /** How many entries go into one call, and so into one transaction. */
  readonly batch: number
}

export interface AuditSample extends Sample {
  readonly entries: number
}

/** Calls audit.record as the product does: one transaction a call, its statements sent without waiting in between. */
answerParent(async ({ url, clients, seconds, tenants, batch }: AuditLoop): Promise<AuditSample> => {
  // For each round anew: PostgreSQL has a hundred connections, and the yardsticks and the server need theirs.
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(url)))
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(
    connections.map(async (client, index) => {
      for (let now = began; now < end; ) {
        await write(client, tenants[index % tenants.length]!, batch)
        const then = performance.now()
        times.push(then - now)
        now = then
      }
    }),
  )
  const elapsed = performance.now() - began
  await Promise.all(connections.map((client) => client.end()))
  const sorted = Float64Array.from(times).sort()
  const entries = sorted.length * batch
  return { entries, perSecond: (entries / elapsed) * 1000, p50: quantileOf(sorted, 0.5), p99: quantileOf(sorted, 0.99) }
})

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, pipeline: true } as ConstructorParameters<typeof Client>[0])
  await client.connect()
  return client
}

async function write(client: Client, tenantId: string, batch: number): Promise<void> {
  const entries = Array.from({ length: batch }, () => entryOf(uuidv7()))
  await Promise.all([
    client.query({ name: 'begin', text: 'BEGIN' }),
    client.query({ name: 'tenant', text: 'SELECT platform.set_tenant($1)', values: [tenantId] }),
    client.query({
      name: 'record',
      text: 'SELECT FROM audit.record($1, $2)',
      values: [tenantId, JSON.stringify(entries)],
    }),
    client.query({ name: 'commit', text: 'COMMIT' }),
  ])
}

/** As long as the entry of a command with a few fields. */
function entryOf(id: string) {
  return {
    event: 'tenants.create-branch',
    severity: 'info',
    environment: 'bench',
    actor_id: id,
    session_id: id,
    api_key_id: null,
    request_id: id,
    resource_type: 'branch',
    resource_id: id,
    input: { entity_id: id, code: 'BENCH', name: 'A branch by the harbour', time_zone: 'Africa/Casablanca' },
    old_values: null,
    new_values: { id, entity_id: id, code: 'BENCH', name: 'A branch by the harbour', time_zone: 'Africa/Casablanca' },
  }
}
