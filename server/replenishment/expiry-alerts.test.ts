import { expect, test } from 'vitest'
import { expiryAlert } from './expiry-alerts.ts'

test.each<[expiresOn: string, horizons: number[], alert: string | null]>([
  ['2026-06-14', [90, 30, 7], 'expired'],
  ['2026-06-14', [], 'expired'],
  ['2026-06-15', [90, 30, 7], 'within 7'],
  ['2026-06-22', [90, 30, 7], 'within 7'],
  ['2026-06-23', [90, 30, 7], 'within 30'],
  ['2026-07-15', [7, 30, 90], 'within 30'],
  ['2026-07-16', [90, 30, 7], 'within 90'],
  ['2026-09-13', [90, 30, 7], 'within 90'],
  ['2026-09-14', [90, 30, 7], null],
  ['2026-06-15', [], null],
])('a batch that expires on %s, of horizons %j, on the 15th of June: %s', (expiresOn, horizons, alert) => {
  const found = expiryAlert(expiresOn, { today: '2026-06-15', horizons })
  const told = found?.kind === 'expiring' ? `within ${found.horizonDays}` : (found?.kind ?? null)
  expect(told).toBe(alert)
})
