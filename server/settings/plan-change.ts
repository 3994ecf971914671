import { refuse } from '../platform/refusal.ts'
import { settingInPast, settingOverlaps, settingPeriodEmpty } from './contract.ts'

/** A version that stands, as far as its time goes. `until` null: without end. */
export interface Period {
  readonly id: string
  readonly from: Date
  readonly until: Date | null
}

export interface Plan<P extends Period> {
  /** Ends where the new one begins. */
  readonly cut: P | undefined
  /** Begins at the same instant: the new one takes its place. */
  readonly withdrawn: P | undefined
  /** What is in force just before the new one comes into force, or would have been. */
  readonly before: P | undefined
  readonly period: { readonly from: Date; readonly until: Date | null }
  /** When what was in force before comes back. */
  readonly resumes: { readonly from: Date; readonly until: Date | null } | undefined
}

/**
 * How a new version finds room among those that stand, in the order of their time. Without an end it holds until the next
 * one that is planned. Refuses a beginning in the past, an empty time, and an end beyond the next one that is planned.
 */
export function planChange<P extends Period>(
  standing: readonly P[],
  { from, until, now }: { from: Date; until: Date | null; now: Date },
): Plan<P> {
  if (from < now) refuse(settingInPast)
  if (until && until <= from) refuse(settingPeriodEmpty)
  const next = standing.find((one) => one.from > from)
  if (until && next && until > next.from)
    refuse(settingOverlaps, `Another value is planned from ${next.from.toISOString()}`)
  const withdrawn = standing.find((one) => one.from.getTime() === from.getTime())
  const cut = standing.find((one) => one.from < from && (one.until === null || one.until > from))
  const end = until ?? next?.from ?? null
  const leavesRoom = until !== null && (next === undefined || until < next.from)
  return {
    cut,
    withdrawn,
    before: withdrawn ?? cut,
    period: { from, until: end },
    resumes: leavesRoom ? { from: until, until: next?.from ?? null } : undefined,
  }
}
