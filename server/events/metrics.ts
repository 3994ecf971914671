import { Counter, Gauge } from 'prom-client'
import type { Metrics } from '../platform/metrics.ts'

export type EventMetrics = ReturnType<typeof measureEvents>

/** Adds the gauge of who listens to events, and the counter of how often changes were read for them. */
export function measureEvents({ registry }: Pick<Metrics, 'registry'>) {
  const registers = [registry]
  return {
    listeners: new Gauge({
      name: 'comptoir_event_listeners',
      help: 'Streams of events that are open.',
      registers,
    }),
    readings: new Counter({
      name: 'comptoir_event_readings_total',
      help: 'How often new entries of a chain were read, once for all who listen to its tenant.',
      registers,
    }),
  }
}
