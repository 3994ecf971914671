import fc from 'fast-check'
import { expect, test } from 'vitest'
import { money, roundToMinorUnit } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { convertLines, type GivenLine, splitLines } from './convert-lines.ts'

const minorUnits: Record<string, number> = { EUR: 2, JPY: 0, KWD: 3 }
const rates: Record<string, string> = { 'USD EUR': '0.856', 'USD JPY': '150.5', 'GBP EUR': '1.1487' }
const books = {
  accountOf: (id: string) => {
    const [, currency = ''] = id.split(' ')
    return currency in minorUnits ? { currency, minor_unit: minorUnits[currency] ?? 0 } : undefined
  },
  roundingAccountOf: (currency: string) => (currency === 'KWD' ? undefined : `rounding ${currency}`),
  rateOf: (from: string, to: string) => rates[`${from} ${to}`] ?? 'none',
  round: false,
}

/** `bank EUR: 10 EUR`, or `bank EUR: 10 USD`, with `@ 0.8` for a rate and `= 8` for an amount. */
function readLine(text: string): GivenLine {
  const [, account_id = '', given = '', currency = '', , fx_rate, , amount] =
    /^(.+): (\S+) (\S+)( @ (\S+))?( = (\S+))?$/.exec(text) ?? []
  if (account_id.endsWith(currency)) return { account_id, amount: given }
  return { account_id, transaction_currency: currency, transaction_amount: given, fx_rate, amount }
}

function answerOf(lines: string, round = false): string {
  try {
    const given = lines.split(', ').map(readLine)
    const { lines: made, foreign_amounts = [] } = splitLines(convertLines(given, { ...books, round }))
    const foreign = foreign_amounts.map(
      ({ line, currency, amount, rate }) => `${line}: ${amount} ${currency} @ ${rate}`,
    )
    return [...made.map(({ account_id, amount }) => `${account_id} ${amount}`), ...foreign].join(', ')
  } catch (error) {
    if (error instanceof Refusal) return `${error.kind.code}: ${error.message}`
    throw error
  }
}

test.each([
  [
    'at the rate of the day',
    'a EUR: 100 USD, b EUR: -100 USD',
    'a EUR 85.6, b EUR -85.6, 1: 100 USD @ 0.856, 2: -100 USD @ 0.856',
  ],
  ['at the rate given', 'a EUR: 100 USD @ 0.9, b EUR: -90 EUR', 'a EUR 90, b EUR -90, 1: 100 USD @ 0.9'],
  [
    'at the rate between two amounts',
    'a EUR: 100 USD = 87.5, b EUR: -87.5 EUR',
    'a EUR 87.5, b EUR -87.5, 1: 100 USD @ 0.875',
  ],
  [
    'with all three given',
    'a EUR: 100 USD @ 0.8754 = 87.54, b EUR: -87.54 EUR',
    'a EUR 87.54, b EUR -87.54, 1: 100 USD @ 0.8754',
  ],
  [
    'into a currency without decimals',
    'a JPY: 10.01 USD, b JPY: -10.01 USD',
    'a JPY 1507, b JPY -1507, 1: 10.01 USD @ 150.5, 2: -10.01 USD @ 150.5',
  ],
  [
    'what rounding leaves goes to its account',
    'a EUR: 0.03 USD, b EUR: -0.01 USD, c EUR: -0.02 USD',
    'a EUR 0.03, b EUR -0.01, c EUR -0.02, 1: 0.03 USD @ 0.856, 2: -0.01 USD @ 0.856, 3: -0.02 USD @ 0.856',
  ],
  [
    'the same, a cent left over',
    'a EUR: 0.06 USD, b EUR: -0.03 USD, c EUR: -0.03 USD',
    'a EUR 0.05, b EUR -0.03, c EUR -0.03, rounding EUR 0.01, 1: 0.06 USD @ 0.856, 2: -0.03 USD @ 0.856, 3: -0.03 USD @ 0.856',
  ],
  [
    'what rounds to nothing is left out',
    'a EUR: 100 USD, b EUR: 0.01 USD @ 0.1, c EUR: -85.6 EUR',
    'a EUR 85.6, c EUR -85.6, 1: 100 USD @ 0.856',
  ],
  [
    'two foreign currencies in one journal',
    'a EUR: 100 USD, b EUR: -74.52 GBP',
    'a EUR 85.6, b EUR -85.6, 1: 100 USD @ 0.856, 2: -74.52 GBP @ 1.1487',
  ],
  [
    'a difference that rounding does not explain',
    'a EUR: 100 USD, b EUR: -85.61 EUR',
    'journal_unbalanced: debits less credits are -0.01 EUR',
  ],
  [
    'a journal that does not balance abroad',
    'a EUR: 100 USD @ 0.0001, b EUR: -99 USD @ 0.0001',
    'journal_unbalanced: debits less credits are 1 USD',
  ],
  [
    'a cent left over and no account for it',
    'a KWD: 0.009 USD @ 0.3, b KWD: -0.0045 USD @ 0.3, c KWD: -0.0045 USD @ 0.3',
    'rounding_account_missing: No account takes rounding differences',
  ],
  [
    'two amounts no rate leads between',
    'a EUR: 999999999999999 USD = 0.0001, b EUR: -0.0001 EUR',
    'rate_out_of_range: 999999999999999 for 0.0001 is no rate',
  ],
])('%s', (_, lines, answer) => {
  expect(answerOf(lines)).toBe(answer)
})

test.each([
  [
    'both sides round to the same: nothing is left',
    'a EUR: 100 USD @ 0.90005, b EUR: -90.005 EUR',
    'a EUR 90.01, b EUR -90.01, 1: 100 USD @ 0.90005',
  ],
  [
    'what both leave goes to its account once',
    'a EUR: 100 USD @ 0.90005, b EUR: -45.0025 EUR, c EUR: -45.0025 EUR',
    'a EUR 90.01, b EUR -45, c EUR -45, rounding EUR -0.01, 1: 100 USD @ 0.90005',
  ],
  [
    'what rounds to nothing is left out, whichever it is',
    'a EUR: 100 USD, b EUR: 0.01 USD @ 0.1, c EUR: -85.596 EUR, d EUR: -0.004 EUR',
    'a EUR 85.6, c EUR -85.6, 1: 100 USD @ 0.856',
  ],
  [
    'a difference that rounding does not explain',
    'a EUR: 100 USD @ 0.90005, b EUR: -90.0249 EUR',
    'journal_unbalanced: debits less credits are -0.0149 EUR',
  ],
  [
    'the rate between two amounts is that of the rounded one',
    'a EUR: 7 USD = 90.005, b EUR: -90.005 EUR',
    'a EUR 90.01, b EUR -90.01, 1: 7 USD @ 12.858571428571428571',
  ],
])('rounded too: %s', (_, lines, answer) => {
  expect(answerOf(lines, true)).toBe(answer)
})

test('whatever balances abroad balances at home, each line is its rate rounded', () => {
  const cents = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 20 })
  const millionths = fc.integer({ min: 1, max: 2_000_000_000 })
  fc.assert(
    fc.property(cents, millionths, fc.constantFrom('EUR', 'JPY'), (amounts, rate, home) => {
      const all = [...amounts, -amounts.reduce((sum, one) => sum + one, 0)]
      const fx_rate = money(`${rate}e-6`).toFixed()
      const given = all.map((cent, index) => ({
        account_id: `${index} ${home}`,
        transaction_currency: 'USD',
        transaction_amount: money(`${cent}e-2`).toFixed(),
        fx_rate,
      }))
      const lines = convertLines(given, books)
      expect(lines.reduce((sum, { amount }) => sum.plus(amount), money('0')).isZero()).toBe(true)
      for (const { amount, foreign } of lines) {
        if (!foreign) continue
        const exact = money(foreign.amount).times(foreign.rate)
        expect(roundToMinorUnit(exact, minorUnits[home] ?? 0).equals(amount)).toBe(true)
      }
    }),
  )
})
