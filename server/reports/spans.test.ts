import fc from 'fast-check'
import { expect, test } from 'vitest'
import { daysAfter } from '../platform/time.ts'
import { spansOf } from './spans.ts'

const day = fc.nat(1_500).map((days) => daysAfter('2023-06-15', days))

test('every day of a period is in its spans once, no other day is, and months and years are whole', () => {
  fc.assert(
    fc.property(day, fc.nat(900), (from, days) => {
      const until = daysAfter(from, days)
      const spans = spansOf({ from, until })
      const times = new Map<string, number>()
      for (const { unit, sign, from: first, until: last } of spans) {
        const bounds = { day: /./, month: /-01$/, year: /-01-01$/ }[unit]
        expect([first, daysAfter(last, 1)].every((one) => bounds.test(one))).toBe(true)
        for (let at = first; at <= last; at = daysAfter(at, 1)) times.set(at, (times.get(at) ?? 0) + sign)
      }
      const counted = [...times].filter(([, count]) => count !== 0)
      expect(counted.every(([at, count]) => count === 1 && at >= from && at <= until)).toBe(true)
      expect(counted.length).toBe(days + 1)
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['a year until today', '2026-01-01', '2026-11-22', ['+year 2026-01-01', '-month 2026-12-01', '-day 2026-11-23']],
  ['the begin of a year', '2026-01-01', '2026-02-03', ['+month 2026-01-01', '+day 2026-02-01']],
  ['a month but for a day', '2026-03-02', '2026-03-31', ['+month 2026-03-01', '-day 2026-03-01']],
  ['a week', '2026-03-02', '2026-03-08', ['+day 2026-03-02']],
  ['all of two years', '2024-01-01', '2025-12-31', ['+year 2024-01-01']],
])('%s is read in few spans', (_, from, until, wanted) => {
  const told = spansOf({ from, until }).map((one) => `${one.sign === 1 ? '+' : '-'}${one.unit} ${one.from}`)
  expect(told.toSorted()).toEqual(wanted.toSorted())
})
