import { expect, test } from 'vitest'
import { Refusal } from '../platform/refusal.ts'
import { planChange } from './plan-change.ts'

// Times are days of January 2026; today is the 10th. Each standing version is `id:from-until`, without until: no end.
const day = (text: string | undefined) => (text ? new Date(`2026-01-${text}T00:00:00Z`) : null)
const dayOf = (date: Date | null | undefined) => date?.toISOString().slice(8, 10) ?? ''
const standingOf = (text: string) =>
  text.split(' ').flatMap((one) => {
    const [, id = '', from, until] = /^(\w+):(\d\d)-(\d\d)?$/.exec(one) ?? []
    return from ? [{ id, from: day(from) as Date, until: day(until) }] : []
  })

// what stands | from | until | cut | withdrawn | period | what comes back | or the refusal
const table = `
                    | 10 |    |   |   | 10-   |       |
                    | 15 |    |   |   | 15-   |       |
                    | 09 |    |   |   |       |       | setting_in_past
                    | 10 | 10 |   |   |       |       | setting_period_empty
                    | 12 | 11 |   |   |       |       | setting_period_empty
                    | 12 | 14 |   |   | 12-14 | 14-   |
  a:01-             | 10 |    | a |   | 10-   |       |
  a:01-             | 20 |    | a |   | 20-   |       |
  a:01-             | 20 | 25 | a |   | 20-25 | 25-a  |
  a:01-20 b:20-     | 10 |    | a |   | 10-20 |       |
  a:01-20 b:20-     | 15 | 18 | a |   | 15-18 | 18-20a |
  a:01-20 b:20-     | 15 | 20 | a |   | 15-20 |       |
  a:01-20 b:20-     | 15 | 21 |   |   |       |       | setting_overlaps
  a:01-20 b:20-     | 20 |    |   | b | 20-   |       |
  a:01-20 b:20-     | 20 | 22 |   | b | 20-22 | 22-b  |
  a:01-20 b:20-     | 25 |    | b |   | 25-   |       |
  b:20-             | 10 |    |   |   | 10-20 |       |
`
const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))

test.each(rows)(
  'over %j, a value from the %s to the %s',
  (standing, from, until, cut, withdrawn, period, back, refused) => {
    const times = { from: day(from) as Date, until: day(until), now: day('10') as Date }
    const run = () => planChange(standingOf(standing ?? ''), times)
    if (refused) {
      expect(run).toThrow(expect.objectContaining({ kind: expect.objectContaining({ code: refused }) }))
      expect(run).toThrow(Refusal)
      return
    }
    const plan = run()
    const resumed = plan.resumes
      ? `${dayOf(plan.resumes.from)}-${dayOf(plan.resumes.until)}${plan.before?.id ?? ''}`
      : ''
    expect([
      plan.cut?.id ?? '',
      plan.withdrawn?.id ?? '',
      `${dayOf(plan.period.from)}-${dayOf(plan.period.until)}`,
      resumed,
    ]).toEqual([cut, withdrawn, period, back])
  },
)
