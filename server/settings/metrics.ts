import { Gauge } from 'prom-client'
import type { Databases } from '../platform/database.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Settings } from './read.ts'

/** Adds the gauge of the settings that this process read at its start and that have changed since. */
export function watchSettings({ registry }: Metrics, databases: Databases, settings: Pick<Settings, 'pending'>): void {
  new Gauge({
    name: 'comptoir_settings_pending_restart',
    help: 'Settings that were changed and count for this process after its next start.',
    registers: [registry],
    async collect() {
      // Without its database this gauge is empty; the others must still tell why.
      this.reset()
      const pending = await settings.pending(databases.app).catch(() => undefined)
      if (pending) this.set(pending.length)
    },
  })
}
