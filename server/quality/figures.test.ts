import { expect, test } from 'vitest'
import type { RuleKind } from './contract.ts'
import { isDue } from './is-due.ts'
import { isWithin } from './judge-rules.ts'
import { scoresOf } from './scores.ts'

const due: [schedule: string, hour: number | null, last: string, now: string, isIt: boolean][] = [
  ['hourly', null, '2026-05-01T10:05:00Z', '2026-05-01T10:59:59Z', false],
  ['hourly', null, '2026-05-01T10:59:59Z', '2026-05-01T11:00:00Z', true],
  ['daily', 4, '2026-05-01T02:05:00Z', '2026-05-02T01:59:59Z', false],
  ['daily', 4, '2026-05-01T02:05:00Z', '2026-05-02T02:00:00Z', true],
  ['daily', 4, '2026-05-01T01:00:00Z', '2026-05-01T02:05:00Z', true],
  ['daily', 0, '2026-05-01T21:00:00Z', '2026-05-01T22:00:00Z', true],
  ['daily', 23, '2026-05-01T21:00:00Z', '2026-05-04T00:00:00Z', true],
]

test.each(due)(
  'a rule is due once its hour has come in the time zone of the tenant: %s at %s, after %s, at %s',
  (schedule, daily_hour, last, at, isIt) => {
    const clock = { now: new Date(at), timeZone: 'Europe/Paris' }
    const asked = { schedule, daily_hour, created_at: new Date('2020-01-01'), queued_at: new Date(last) }
    expect(isDue(asked, clock)).toBe(isIt)
    expect(isDue({ ...asked, created_at: new Date(last), queued_at: null }, clock)).toBe(isIt)
  },
)

const changes: [before: bigint, after: bigint, drop: number | undefined, rise: number | undefined, isIt: boolean][] = [
  [100n, 80n, 20, undefined, true],
  [100n, 79n, 20, undefined, false],
  [3n, 2n, 33, undefined, false],
  [3n, 2n, 34, undefined, true],
  [100n, 150n, undefined, 50, true],
  [100n, 151n, undefined, 50, false],
  [0n, 1n, undefined, 1_000, false],
  [0n, 0n, 0, 0, true],
  [10n, 1_000n, 10, undefined, true],
]

test.each(changes)(
  'from %s to %s rows is within a drop of %s and a rise of %s per cent: %s',
  (before, after, max_drop_percent, max_rise_percent, isIt) => {
    expect(isWithin({ max_drop_percent, max_rise_percent }, { before, after })).toBe(isIt)
  },
)

const result = (kind: RuleKind, rows_checked: string, rows_failed: string, status: 'failed' | 'broken' = 'failed') => ({
  kind,
  rows_checked,
  rows_failed,
  status,
})

test('scores weigh rules by the rows they were asked of, are never rounded up, and leave out what was not judged', () => {
  expect(scoresOf([])).toEqual({ completeness: null, accuracy: null })
  expect(scoresOf([result('not_null', '300', '1'), result('not_null', '100', '0')])).toEqual({
    completeness: '99.75',
    accuracy: null,
  })
  expect(
    scoresOf([result('range', '1000000', '1'), result('freshness', '10', '0'), result('unique', '0', '0')]),
  ).toEqual({ completeness: null, accuracy: '99.99' })
  expect(scoresOf([result('pattern', '5', '0'), result('custom_sql', '0', '0', 'broken')])).toEqual({
    completeness: null,
    accuracy: '100.00',
  })
})
