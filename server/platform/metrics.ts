import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Databases } from './database.ts'

export type Metrics = ReturnType<typeof createMetrics>

/** The counters of one server, in Prometheus' own types. Labels hold operation names and statuses, never ids or people. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requests: new Counter({
      name: 'comptoir_requests_total',
      help: 'Requests by operation and status.',
      labelNames: ['operation', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'comptoir_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['operation'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    batchSize: new Histogram({
      name: 'comptoir_batch_size',
      help: 'Commands that were committed together.',
      labelNames: ['operation'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 500],
      registers,
    }),
    batchWaiting: new Gauge({
      name: 'comptoir_batch_waiting',
      help: 'Commands that wait for the batch in flight.',
      labelNames: ['operation'],
      registers,
    }),
    retries: new Counter({
      name: 'comptoir_transaction_retries_total',
      help: 'Transactions run again after a serialization failure, a deadlock or a moved shard.',
      labelNames: ['reason'],
      registers,
    }),
    jobs: new Counter({
      name: 'comptoir_jobs_total',
      help: 'Jobs by task and result.',
      labelNames: ['task', 'result'],
      registers,
    }),
  }
}

/** Counts why a transaction is run again. */
export function retryCounter({ retries }: Pick<Metrics, 'retries'>): (error: Error) => void {
  return (error) => retries.inc({ reason: (error as { code?: string }).code ?? 'other' })
}

/** Adds the gauges that are read when Prometheus asks: connections of each pool, jobs waiting, late and dead. */
export function watchDatabases({ registry }: Metrics, databases: Databases): void {
  const registers = [registry]
  const pools = { app: databases.app, read: databases.read, identity: databases.identity, jobs: databases.jobs }
  new Gauge({
    name: 'comptoir_pool_connections',
    help: 'Connections of each pool: open, idle, and requests waiting for one.',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, { totalCount, idleCount, waitingCount }] of Object.entries(pools)) {
        this.set({ pool, state: 'open' }, totalCount)
        this.set({ pool, state: 'idle' }, idleCount)
        this.set({ pool, state: 'waiting' }, waitingCount)
      }
    },
  })
  new Gauge({
    name: 'comptoir_job_queue',
    help: 'Jobs that are due, jobs that are dead, and the age in seconds of the oldest due one.',
    labelNames: ['measure'],
    registers,
    async collect() {
      // Without its database this gauge is empty; the others must still tell why.
      this.reset()
      const found = await databases.jobs
        .query(
          `SELECT count(*) FILTER (WHERE attempts < max_attempts AND run_at <= now()) AS due,
                  count(*) FILTER (WHERE attempts >= max_attempts) AS dead,
                  coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE attempts < max_attempts AND run_at <= now())), 0) AS lag
           FROM graphile_worker.jobs`,
        )
        .catch(() => undefined)
      const row = found?.rows[0]
      if (!row) return
      this.set({ measure: 'due' }, Number(row.due))
      this.set({ measure: 'dead' }, Number(row.dead))
      this.set({ measure: 'lag_seconds' }, Number(row.lag))
    },
  })
}
