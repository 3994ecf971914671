import { expect, test } from 'vitest'
import { Refusal } from '../platform/refusal.ts'
import { roundCash, usualCashRule } from './cash-rounding.ts'
import { settlePayment } from './settle-payment.ts'
import { totalBasket } from './total-basket.ts'

// What is owed in which currency and what is paid (c: in cash); then rounding, due, paid and change, or what is refused.
const table: [what: string, owed: string, currency: string, paid: string, expected: string][] = [
  ['cash with change', '37.50', 'MAD', '50.00c', '0.00 37.50 50.00 12.50'],
  ['cash to the cent', '37.50', 'MAD', '37.50c', '0.00 37.50 37.50 0.00'],
  ['a card to the cent', '37.50', 'MAD', '37.50', '0.00 37.50 37.50 0.00'],
  ['a card and cash', '37.50', 'MAD', '30.00 10.00c', '0.00 37.50 40.00 2.50'],
  ['two cards', '37.50', 'MAD', '30.00 7.50', '0.00 37.50 37.50 0.00'],
  ['cash rounded down', '9.97', 'CHF', '10.00c', '-0.02 9.95 10.00 0.05'],
  ['cash rounded up', '9.98', 'CHF', '10.00c', '0.02 10.00 10.00 0.00'],
  ['a card is not rounded', '9.97', 'CHF', '9.97', '0.00 9.97 9.97 0.00'],
  ['what the card leaves is rounded', '9.97', 'CHF', '5.00 5.00c', '-0.02 9.95 10.00 0.05'],
  ['next to nothing left in cash is nothing', '5.02', 'CHF', '5.00 0c', '-0.02 5.00 5.00 0.00'],
  ['halves of a step go up', '0.25', 'DKK', '1.00c', '0.25 0.50 1.00 0.50'],
  ['a step of five whole units', '1232', 'HUF', '2000c', '-2 1230 2000 770'],
  ['three decimals', '1.234', 'KWD', '2.000c', '0.000 1.234 2.000 0.766'],
  ['nothing for nothing', '0.00', 'MAD', '', '0.00 0.00 0.00 0.00'],
  ['nothing for something', '1.00', 'MAD', '', 'payment_short'],
  ['a cent short', '37.50', 'MAD', '37.49c', 'payment_short'],
  ['a card a cent short', '9.97', 'CHF', '9.95', 'payment_short'],
  ['a card that pays too much', '37.50', 'MAD', '40.00', 'payment_over'],
  ['a card that pays too much, with cash', '37.50', 'MAD', '40.00 5.00c', 'payment_over'],
  ['less than nothing', '37.50', 'MAD', '40.00c -2.50', 'payment_negative'],
  ['parts of a cent', '37.50', 'MAD', '37.505c', 'amount_too_fine'],
]
const decimals: Readonly<Record<string, number>> = { KWD: 3, HUF: 0 }

test.each(table)('%s: %s %s', (_, owed, currency, paid, expected) => {
  const tendered = paid
    .split(' ')
    .filter(Boolean)
    .map((text) => ({ is_cash: text.endsWith('c'), amount: text.replace('c', '') }))
  const said = () => {
    try {
      const minor_unit = decimals[currency] ?? 2
      const settled = settlePayment(owed, tendered, { cash_rule: usualCashRule(currency), minor_unit })
      return `${settled.rounding} ${settled.due} ${settled.paid} ${settled.change}`
    } catch (error) {
      if (error instanceof Refusal) return error.kind.code
      throw error
    }
  }
  expect(said()).toBe(expected)
})

test('money that goes back in cash is rounded as money that comes in', () => {
  expect(roundCash('-9.97', usualCashRule('CHF'), 2)).toBe('-9.95')
  expect(roundCash('9.975', null, 2)).toBe('9.98')
  expect(roundCash('-0.02', usualCashRule('CHF'), 2)).toBe('0.00')
})

test('a basket of a thousand lines is totalled, one of ten thousand refused', () => {
  const line = { quantity: '1', list_price: '0.99', components: [] }
  const rule = { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'each' } as const
  const basket = { discount: { percent: '3' }, prices_include_tax: true, minor_unit: 2, rule }
  expect(totalBasket({ ...basket, lines: Array.from({ length: 1_000 }, () => line) }).total).toBe('960.30')
  expect(() => totalBasket({ ...basket, lines: Array.from({ length: 10_000 }, () => line) })).toThrow(
    'A basket holds at most 1,000 lines',
  )
})
