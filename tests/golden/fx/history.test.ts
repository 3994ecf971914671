import { afterAll, beforeAll, expect, test } from 'vitest'
import { money } from '../../../server/platform/money.ts'
import { ecbSlice, importRates, readSlice } from '../../harness/rates.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../harness/server.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  await importRates(server, ecbSlice)
})
afterAll(() => server?.close())

const rateOf = (from: string, to: string, on: string) => owner.client.call('fx.get-rate', { from, to, on })

// currencies that came, went and were exchanged; each day has more than 500 pairs
test.each(['1999-01-04', '2008-12-31', '2014-04-17', '2026-04-13'])(
  'on %s every cross through the euro is what dividing the two quotes gives, to ten digits',
  async (day) => {
    const euros = readSlice().get(day) ?? new Map<string, string>()
    expect(euros.size).toBeGreaterThan(25)
    for (const [from, one] of euros) {
      const answers = await Promise.all(Array.from(euros.keys(), (to) => rateOf(from, to, day)))
      for (const { to, rate, quoted_on } of answers) {
        const divided = money(euros.get(to) ?? '').dividedBy(one)
        const error = money(rate).minus(divided).abs().dividedBy(divided)
        expect(error.lessThanOrEqualTo('1e-10'), `${from} to ${to}: ${rate}, not ${divided}`).toBe(true)
        expect(quoted_on).toBe(day)
      }
    }
  },
)

// the day asked for | why nothing is quoted | the day that stands for it
test.each([
  ['1999-12-25', 'Christmas Day, a Saturday', '1999-12-24'],
  ['2000-04-21', 'Good Friday', '2000-04-20'],
  ['2000-04-24', 'Easter Monday', '2000-04-20'],
  ['2000-12-26', 'Boxing Day, after a weekend', '2000-12-22'],
  ['2002-01-01', 'New Year', '2001-12-28'],
  ['2005-03-28', 'Easter Monday', '2005-03-24'],
  ['2010-04-05', 'Easter Monday', '2010-04-01'],
  ['2011-12-26', 'Boxing Day, after a weekend', '2011-12-23'],
  ['2014-12-28', 'the Sunday after Christmas', '2014-12-24'],
  ['2017-12-25', 'Christmas Day, a Monday', '2017-12-22'],
  ['2020-04-12', 'Easter Sunday', '2020-04-09'],
  ['2023-12-26', 'Boxing Day', '2023-12-22'],
  ['2025-12-28', 'the Sunday after Christmas', '2025-12-24'],
  ['2026-04-06', 'Easter Monday', '2026-04-02'],
  ['2026-04-11', 'a Saturday', '2026-04-10'],
  ['2026-04-12', 'a Sunday', '2026-04-10'],
])('%s, %s, is answered by %s', async (on, _, quoted_on) => {
  expect(await rateOf('USD', 'JPY', on)).toMatchObject({ on, quoted_on })
})

test.each([
  ['HRK', '2022-12-30', 'the last day of the kuna'],
  ['SIT', '2006-12-22', 'the last days of the tolar'],
  ['TRL', '2004-12-31', 'the last day of the old lira'],
  ['BGN', '2025-12-31', 'the last day of the lev'],
])('%s is still answered for %s, %s, and not for today', async (code, day) => {
  const { rate } = await rateOf('EUR', code, day)
  expect(money(rate).greaterThan(0)).toBe(true)
  await expect(rateOf('EUR', code, '2026-04-13')).rejects.toMatchObject({ problem: { code: 'rate_too_old' } })
})

test('the dirham, which the bank does not quote, crosses with all that it does once it is entered by hand', async () => {
  const day = '2026-04-13'
  await expect(rateOf('MAD', 'EUR', day)).rejects.toMatchObject({ problem: { code: 'rate_not_found' } })
  await owner.client.call('fx.record-rates', {
    source: 'Bank Al-Maghrib',
    rates: [{ base: 'EUR', quote: 'MAD', quoted_on: '2026-04-10', rate: '10.8234' }],
  })
  for (const [code, rate] of readSlice().get(day) ?? []) {
    const answer = await rateOf('MAD', code, day)
    const divided = money(rate).dividedBy('10.8234')
    expect(money(answer.rate).minus(divided).abs().dividedBy(divided).lessThanOrEqualTo('1e-10'), code).toBe(true)
    expect(answer.quoted_on).toBe('2026-04-10')
    expect(answer.path.map(({ origin }) => origin)).toEqual(code === 'EUR' ? ['own'] : ['own', 'public'])
  }
})
