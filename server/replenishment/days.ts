import { later } from '../platform/time.ts'

const dayMs = 86_400_000

/** The day so many days after another, or before it. */
export function daysLater(day: string, days: number): string {
  return later(new Date(`${day}T00:00:00Z`), days * dayMs)
    .toISOString()
    .slice(0, 10)
}
