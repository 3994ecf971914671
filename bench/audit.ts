import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { verifyChain } from '../server/audit/index.ts'
import type { AuditLoop, AuditSample } from './audit-loop.ts'
import { measure, type Subject, wantedOf } from './measure.ts'
import type { Result } from './report.ts'
import { openShops } from './shops.ts'
import type { Ask, Benchmark, Stage } from './stage.ts'
import { openTpcb, tpcb } from './tpcb.ts'

const tenants = 20
const mostEntries = 1_000_000
const hashing = 'hashing the same bytes'

/** How fast the audit chain is written, and how fast a million entries of it are verified. */
export const auditBenchmark: Benchmark = {
  async run(stage, options) {
    const yardsticks = await openTpcb(stage, options)
    const { shops } = await openShops(await stage.startServer(), {
      tenants: wantedOf(tenants, options) + 1,
      sessions: 1,
    })
    const [archive, ...written] = shops.map((shop) => shop.tenantId)
    const entries = Math.min(mostEntries, Math.ceil(options.seconds * 100_000))
    options.note(`Writing a chain of ${entries} entries …`)
    const ask = stage.start<AuditLoop, AuditSample>('audit-loop.ts')
    await fillChain(stage, ask, archive!, entries)
    const writing = ([1, 10, 100] as const).flatMap((batch) =>
      [1, written.length].map((count) => writer(stage, ask, written.slice(0, count), batch)),
    )
    const reader = new Client({ connectionString: stage.appUrl() })
    await reader.connect()
    try {
      const results = await measure(
        [...yardsticks, ...writing, hasher(stage, archive!, entries), verifier(reader, archive!)],
        options,
      )
      return results.concat(timeOf(results, entries))
    } finally {
      await reader.end()
    }
  },
}

function writer(stage: Stage, ask: Ask<AuditLoop, AuditSample>, places: readonly string[], batch: number): Subject {
  const clients = batch === 1 || places.length > 1 ? 32 : 4
  return {
    name: `batch ${batch}, ${places.length === 1 ? '1 tenant' : `${places.length} tenants`}, ${clients} clients`,
    unit: 'entries/s',
    run: (seconds) => ask({ url: stage.appUrl(), clients, seconds, tenants: places, batch }),
    against: { pgbench: tpcb.pgbench, driver: tpcb.driver },
  }
}

/** What the verifier cannot do without: SHA-256 of each body behind the hash before it. The bodies are read beforehand. */
function hasher(stage: Stage, tenantId: string, entries: number): Subject {
  return {
    name: hashing,
    unit: 'entries/s',
    async run() {
      let milliseconds = 0
      let hash: Buffer = Buffer.alloc(32)
      const atOnce = 50_000
      for (let from = 0; from < entries; from += atOnce) {
        const bodies = await stage.query<{ body: string }>(
          'comptoir',
          `SELECT body FROM audit.entry WHERE tenant_id = '${tenantId}' AND seq > ${from} AND seq <= ${from + atOnce} ORDER BY seq`,
        )
        const began = performance.now()
        for (const { body } of bodies) hash = createHash('sha256').update(hash).update(body, 'utf8').digest()
        milliseconds += performance.now() - began
      }
      return { perSecond: (entries / milliseconds) * 1000 }
    },
  }
}

function verifier(reader: Client, tenantId: string): Subject {
  return {
    name: 'verification',
    unit: 'entries/s',
    async run() {
      const began = performance.now()
      const verdict = await verifyChain(reader, tenantId)
      if (!verdict.intact) throw new Error(`the chain is broken at entry ${verdict.seq}: ${verdict.reason}`)
      return { perSecond: (Number(verdict.entries) / (performance.now() - began)) * 1000 }
    },
    against: { hashing },
  }
}

async function fillChain(
  stage: Stage,
  ask: Ask<AuditLoop, AuditSample>,
  tenantId: string,
  entries: number,
): Promise<void> {
  let written = 0
  while (written < entries) {
    const sample = await ask({ url: stage.appUrl(), clients: 2, seconds: 1, tenants: [tenantId], batch: 1_000 })
    written += sample.entries
  }
}

function timeOf(results: readonly Result[], entries: number): Result {
  const { value } = results.find(({ name }) => name.startsWith('verification'))!
  return { name: `verification of ${entries} entries`, value: entries / value, unit: 's', reference: null, ratio: null }
}
