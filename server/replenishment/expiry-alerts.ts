import { daysAfter } from '../platform/time.ts'

/** What is to be said of a batch by the day: that it has expired, or within how many days it will. */
export type ExpiryAlert = { readonly kind: 'expired' } | { readonly kind: 'expiring'; readonly horizonDays: number }

/**
 * The alert of a batch of which there is something: expired from the day after `expiresOn` on; before, the shortest of the
 * horizons that it has come within, so that whoever has seen it at 90 days is told again at 30. A batch that expires
 * today is within every horizon.
 */
export function expiryAlert(
  expiresOn: string,
  given: { today: string; horizons: readonly number[] },
): ExpiryAlert | null {
  const { today, horizons } = given
  if (expiresOn < today) return { kind: 'expired' }
  const reached = horizons.filter((days) => expiresOn <= daysAfter(today, days)).toSorted((a, b) => a - b)
  return reached[0] === undefined ? null : { kind: 'expiring', horizonDays: reached[0] }
}
