import { expect, test } from 'vitest'
import { type Measure, priceLines } from './price-lines.ts'

const units: Readonly<Record<string, Measure>> = {
  piece: { dimension: 'count', size: '1' },
  kg: { dimension: 'mass', size: '1' },
  g: { dimension: 'mass', size: '0.001' },
  ml: { dimension: 'volume', size: '0.001' },
}
const unitOf = (name: string) => units[name] ?? expect.unreachable(name)

// price of one, currency, locale, quantity that bears the label, unit, what is in one, unit of that | price | by measure
test.each<[string, string, string, string, string, string | null, string, string, string | null]>([
  ['12.5', 'EUR', 'en', '1', 'piece', null, '', '€12.50', null],
  ['12.345678', 'EUR', 'en', '1', 'piece', null, '', '€12.35', null],
  ['0.004', 'EUR', 'en', '1', 'piece', null, '', '€0.00', null],
  ['12.5', 'EUR', 'fr-FR', '1', 'piece', null, '', '12,50\u00a0€', null],
  ['1200', 'JPY', 'en', '1', 'piece', null, '', '¥1,200', null],
  ['1.2345', 'KWD', 'en', '1', 'piece', null, '', 'KWD\u00a01.235', null],
  ['3', 'EUR', 'en', '1', 'piece', '750', 'ml', '€3.00', '€4.00 / l'],
  ['3', 'EUR', 'en', '6', 'piece', '750', 'ml', '€18.00', '€4.00 / l'],
  ['2.99', 'EUR', 'en', '1', 'piece', '330', 'g', '€2.99', '€9.06 / kg'],
  ['7.9', 'EUR', 'en', '1', 'kg', null, '', '€7.90 / kg', null],
  ['0.0079', 'EUR', 'en', '1', 'g', null, '', '€7.90 / kg', null],
  ['7.9', 'EUR', 'en', '2.5', 'kg', null, '', '€19.75', '€7.90 / kg'],
  ['9999999999999.99', 'EUR', 'en', '1', 'piece', null, '', '€9,999,999,999,999.99', null],
])(
  '%s %s in %s for %s %s with %s %s in it is %s, %s',
  (unit_price, currency, locale, quantity, unit, inIt, of, price, by_measure) => {
    const minor_unit = { JPY: 0, KWD: 3 }[currency] ?? 2
    const content = inIt === null ? null : { quantity: inIt, ...unitOf(of) }
    const lines = priceLines({ unit_price, currency, minor_unit, locale }, { quantity, unit: unitOf(unit), content })
    expect(lines).toEqual({ price, by_measure })
  },
)

test('what is counted is no measure of what is in it', () => {
  const priced = { unit_price: '1', currency: 'EUR', minor_unit: 2, locale: 'en' }
  const content = { quantity: '6', ...unitOf('piece') }
  expect(() => priceLines(priced, { quantity: '1', unit: unitOf('piece'), content })).toThrow(
    expect.objectContaining({ kind: expect.objectContaining({ code: 'label_unit_unfit' }) }),
  )
})
