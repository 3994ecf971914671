import fc from 'fast-check'
import { expect, test } from 'vitest'
import { money, roundToMinorUnit, toText } from '../platform/money.ts'
import { roundingAccountMissing } from './contract.ts'
import { convertLines, type Line, type LineAccount } from './convert-lines.ts'

const accounts: Record<string, LineAccount> = {
  euros: { currency: 'EUR', minor_unit: 2 },
  bank: { currency: 'EUR', minor_unit: 2 },
  yen: { currency: 'JPY', minor_unit: 0 },
  dinars: { currency: 'KWD', minor_unit: 3 },
}
const accountOf = (id: string) => accounts[id]
const roundingOf = (currency: string) => `rounding ${currency}`
const unanswered = () => {
  throw new Error('nothing here is made in another currency')
}
const roundLines = (
  lines: readonly Line[],
  account: (id: string) => LineAccount | undefined,
  rounding: (currency: string) => string | undefined,
) => convertLines(lines, { accountOf: account, roundingAccountOf: rounding, rateOf: unanswered, round: true })
const linesOf = (text: string): Line[] =>
  text.split(', ').map((one) => {
    const [account_id = '', amount = ''] = one.split(' ')
    return { account_id, amount }
  })
const textOf = (lines: readonly Line[]) => lines.map(({ account_id, amount }) => `${account_id} ${amount}`).join(', ')

// what it is about, lines, lines rounded
test.each([
  ['nothing to round', 'euros 10.01, bank -10.01', 'euros 10.01, bank -10.01'],
  ['zeros behind the decimals', 'euros 10.0100, bank -10.01', 'euros 10.01, bank -10.01'],
  ['halves go away from zero', 'euros 10.005, bank -10.005', 'euros 10.01, bank -10.01'],
  [
    'thirds leave a cent',
    'euros 3.3333, euros 3.3333, euros 3.3334, bank -10',
    'euros 3.33, euros 3.33, euros 3.33, bank -10, rounding EUR 0.01',
  ],
  [
    'halves on one side leave a cent the other way',
    'euros 0.005, euros 0.005, bank -0.01',
    'euros 0.01, euros 0.01, bank -0.01, rounding EUR -0.01',
  ],
  ['what rounds to zero is left out', 'euros 10, bank -9.999, bank -0.001', 'euros 10, bank -10'],
  ['no decimals', 'yen 10.5, yen -10.5', 'yen 11, yen -11'],
  ['three decimals', 'dinars 1.2345, dinars -1.2345', 'dinars 1.235, dinars -1.235'],
  [
    'currencies by themselves',
    'euros 0.014, bank -0.007, bank -0.007, yen 1.4, yen -0.7, yen -0.7',
    'euros 0.01, bank -0.01, bank -0.01, yen 1, yen -1, yen -1, rounding EUR 0.01, rounding JPY 1',
  ],
  ['all stays as it is where an account is not known', 'nobody 1.2345, euros 1.005', 'nobody 1.2345, euros 1.005'],
])('%s', (_, lines, rounded) => {
  expect(textOf(roundLines(linesOf(lines), accountOf, roundingOf))).toBe(rounded)
})

// lines that do not balance to the last decimal, and by how much
test.each([
  ['euros 10.005, bank -9', '1.005 EUR'],
  ['euros 10.004, bank -10', '0.004 EUR'],
  ['euros 10, bank -10, yen 1, yen -0.9999', '0.0001 JPY'],
])('%s is refused: rounding mends no mistake', (lines, difference) => {
  expect(() => roundLines(linesOf(lines), accountOf, roundingOf)).toThrow(`debits less credits are ${difference}`)
})

test('without an account for rounding differences it refuses where one is needed, and only there', () => {
  const none = () => undefined
  const needed = () => roundLines(linesOf('euros 0.005, euros 0.005, bank -0.01'), accountOf, none)
  expect(needed).toThrow(expect.objectContaining({ kind: roundingAccountMissing }))
  expect(roundLines(linesOf('euros 1.005, bank -1.005'), accountOf, none)).toHaveLength(2)
})

const amounts = fc.integer({ min: -10_000_000, max: 10_000_000 }).map((count) => toText(money(`${count}`).div(10_000)))
const line = fc.record({ account_id: fc.constantFrom(...Object.keys(accounts)), amount: amounts })
/** Lines that balance: what is left of each currency goes back on one of its accounts. */
const journal = fc.array(line, { maxLength: 30 }).map((lines) => {
  const left = Object.entries({ EUR: 'bank', JPY: 'yen', KWD: 'dinars' }).map(([currency, account_id]) => {
    const sum = sumOf(lines, (id) => accounts[id]?.currency === currency)
    return { account_id, amount: toText(sum.negated()) }
  })
  return [...lines, ...left]
})
const sumOf = (lines: readonly Line[], isOf: (id: string) => boolean) =>
  lines.filter(({ account_id }) => isOf(account_id)).reduce((sum, { amount }) => sum.plus(amount), money('0'))

test('every amount fits its currency, and each currency balances', () => {
  const property = fc.property(journal, (lines) => {
    const rounded = roundLines(lines, accountOf, roundingOf)
    for (const { currency, minor_unit } of Object.values(accounts)) {
      const isOf = (id: string) => accounts[id]?.currency === currency || id === roundingOf(currency)
      expect(toText(sumOf(rounded, isOf))).toBe('0')
      for (const { amount } of rounded.filter(({ account_id }) => isOf(account_id))) {
        expect(toText(roundToMinorUnit(money(amount), minor_unit))).toBe(amount)
        expect(amount).not.toBe('0')
      }
    }
  })
  fc.assert(property, { numRuns: 500 })
})

test('no amount moves by more than half a minor unit, the difference by no more than that a line', () => {
  const property = fc.property(journal, (lines) => {
    const rounded = roundLines(lines, accountOf, roundingOf)
    const half = (minorUnit: number) => money('0.5').div(money('10').pow(minorUnit))
    const kept = rounded.filter(({ account_id }) => account_id in accounts)
    const expected = lines
      .map(({ account_id, amount }) => roundToMinorUnit(money(amount), accounts[account_id]?.minor_unit ?? 0))
      .filter((amount) => !amount.isZero())
    expect(kept.map(({ amount }) => amount)).toEqual(expected.map(toText))
    for (const { currency, minor_unit } of Object.values(accounts)) {
      const count = lines.filter(({ account_id }) => accounts[account_id]?.currency === currency).length
      const difference = sumOf(rounded, (id) => id === roundingOf(currency)).abs()
      expect(difference.lte(half(minor_unit).times(count + 1))).toBe(true)
    }
  })
  fc.assert(property, { numRuns: 500 })
})

test('rounding again changes nothing', () => {
  const withRounding = (id: string) =>
    accounts[id] ?? Object.values(accounts).find((one) => id === roundingOf(one.currency))
  const property = fc.property(journal, (lines) => {
    const once = roundLines(lines, withRounding, roundingOf)
    expect(roundLines(once, withRounding, roundingOf)).toEqual(once)
  })
  fc.assert(property, { numRuns: 500 })
})
