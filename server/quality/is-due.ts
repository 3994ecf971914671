import { dayIn, later } from '../platform/time.ts'
import type { ScheduledRule } from './run-queries.ts'

const hourMs = 3_600_000

/**
 * True when the hour, or the day, of a rule has begun since the schedule last asked for it, or since it was made. The day of a rule
 * begins at its hour in the time zone; where the clocks change, an hour earlier or later that day.
 */
export function isDue(
  {
    schedule,
    daily_hour,
    created_at,
    queued_at,
  }: Pick<ScheduledRule, 'schedule' | 'daily_hour' | 'created_at' | 'queued_at'>,
  { now, timeZone }: { now: Date; timeZone: string },
): boolean {
  const slotOf = (at: Date) =>
    schedule === 'hourly' ? at.toISOString().slice(0, 13) : dayIn(timeZone, later(at, -(daily_hour ?? 0) * hourMs))
  return slotOf(now) > slotOf(queued_at ?? created_at)
}
