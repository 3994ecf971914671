import { Gauge } from 'prom-client'
import { z } from 'zod'
import type { Databases } from '../platform/database.ts'
import type { Metrics } from '../platform/metrics.ts'
import { lastRun } from './verification-queries.ts'
import { runEvent, runValues } from './verify-chains.ts'

const run = z.object({ new_values: runValues })

/**
 * Adds the gauge of what the last nightly verification found. It is read from the platform's chain, so every server on
 * the database tells the same, also after a restart.
 */
export function watchChains({ registry }: Metrics, databases: Databases): void {
  new Gauge({
    name: 'comptoir_audit_faults',
    help: 'What the last nightly verification found: broken chains, chains it could not read, books that do not tie, and faults in the isolation of tenants.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      // Without its database this gauge is empty; the others must still tell why, also while requests hold their pool.
      this.reset()
      const body = await lastRun(databases.read, runEvent).catch(() => undefined)
      const found = body === undefined ? undefined : run.safeParse(JSON.parse(body)).data?.new_values
      if (!found) return
      this.set({ kind: 'broken_chain' }, found.broken_chains)
      this.set({ kind: 'unverified_chain' }, found.unverified_chains)
      this.set({ kind: 'broken_books' }, found.broken_books)
      this.set({ kind: 'broken_stock' }, found.broken_stock)
      this.set({ kind: 'isolation' }, found.catalogue_faults)
    },
  })
}
