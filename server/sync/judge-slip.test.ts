import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { offlineSale, saleOf } from '../../tests/harness/devices.ts'
import { judgeSlip } from './judge-slip.ts'
import { type SlipSale, slipSale } from './slip.ts'

const ids = { variant_id: crypto.randomUUID(), tender_id: crypto.randomUUID() }
const sale = slipSale.parse(offlineSale({ ...ids, quantity: '3', unit_price: '4.99' }))
const [line] = sale.lines
if (!line) throw new Error('a sale without lines')
const [tender] = sale.tenders
if (!tender) throw new Error('a sale without tenders')

test('a sale as the basket totals it adds up', () => {
  expect(sale).toMatchObject({ gross: '14.97', net: '12.47', tax: '2.50', total: '14.97', paid: '14.97' })
  expect(judgeSlip(sale, 2)).toBeUndefined()
})

test('a text that no column takes is no slip', () => {
  const odd = { ...line, components: line.components.map((one) => ({ ...one, jurisdiction_code: 'X\u0000' })) }
  expect(slipSale.safeParse({ ...sale, lines: [odd] }).success).toBe(false)
})

test('discounts, rounding and change add up', () => {
  const discounted = {
    ...{
      line_discount: '1.00',
      basket_discount: '0.97',
      net_discount: '1.64',
      net: '10.83',
      tax: '2.17',
      total: '13.00',
    },
    components: line.components.map((one) => ({ ...one, base: '10.83', tax: '2.17' })),
  }
  const { components: _, ...all } = discounted
  const whole: Omit<SlipSale, 'ticket_id'> = {
    ...{ ...sale, ...all, lines: [{ ...line, ...discounted }] },
    ...{ rounding: '-0.02', due: '12.98', paid: '20.00', change: '7.02' },
    tenders: [{ ...tender, amount: '20.00' }],
  }
  expect(judgeSlip(whole, 2)).toBeUndefined()
})

const inCents = (from: number, to: number) =>
  fc
    .integer({ min: from, max: to })
    .map((cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`)
const tax = fc.record({
  rate: fc.constantFrom('0', '2.1', '5.5', '7', '8.875', '20', '33.333333'),
  compound: fc.boolean(),
})
const basket = fc.record({
  lines: fc.array(
    fc.record({
      quantity: fc.constantFrom('1', '3', '0.125', '7.5', '40'),
      list_price: inCents(1, 99_999),
      discount: fc.option(fc.record({ percent: fc.constantFrom('0.5', '10', '33.3', '100') }), { nil: undefined }),
      components: fc.array(tax, { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  discount: fc.option(fc.record({ percent: fc.constantFrom('1', '12.5', '99') }), { nil: undefined }),
  prices_include_tax: fc.boolean(),
  rounding: fc.constantFrom('line' as const, 'document' as const),
  rounding_mode: fc.constantFrom('half_up' as const, 'half_even' as const, 'down' as const, 'up' as const),
  rounding_of: fc.constantFrom('each' as const, 'combined' as const),
})

test('what a till makes of any basket adds up, however taxes are rounded there', () => {
  fc.assert(
    fc.property(basket, ({ lines, discount, prices_include_tax, ...rule }) => {
      const named = lines.map(({ components, ...one }) => ({
        ...one,
        components: components.map((component, at) => ({ jurisdiction_code: 'XX', name: `T${at}`, ...component })),
      }))
      const made = saleOf(ids, { lines: named, discount, prices_include_tax, minor_unit: 2, rule })
      const whole = slipSale.parse(made)
      expect(judgeSlip(whole, 2)).toBeUndefined()
    }),
  )
})

describe('a sale whose figures were changed does not add up', () => {
  const inLine = (change: Partial<typeof line>): Partial<SlipSale> => ({ lines: [{ ...line, ...change }] })
  const inTax = (change: Partial<(typeof line.components)[number]>, times = 1) => {
    const [first] = line.components
    if (!first) throw new Error('a line without tax')
    const none = { ...first, tax: '0.00', rate: '0' }
    return inLine({ components: times === 1 ? [{ ...first, ...change }] : [first, { ...none, ...change }] })
  }
  test.each<[string, Partial<SlipSale>, string]>([
    ['a price', inLine({ unit_price: '0.99' }), 'Line 1: quantity times price is 2.97, not 14.97.'],
    ['a quantity', inLine({ quantity: '2' }), 'Line 1: quantity times price is 9.98, not 14.97.'],
    ['nothing of it', inLine({ quantity: '0', gross: '0.00' }), 'Line 1: there is nothing of it.'],
    ['a discount', inLine({ line_discount: '5.00' }), 'Line 1: 9.97 is left after discounts, not 14.97.'],
    ['a discount beyond the line', inLine({ line_discount: '15.00' }), 'Line 1: 15 is taken off 14.97.'],
    [
      'the net of a discount',
      inLine({ net_discount: '1.00' }),
      'Line 1: 0 of discounts is 0.00 without its tax, not 1.00.',
    ],
    ['a net', inLine({ net: '2.48' }), 'Line 1: net and tax do not make the total.'],
    ['a tax', inLine({ tax: '0.00', net: '14.97' }), 'Line 1: its taxes do not make its tax.'],
    ['no taxes', inLine({ components: [] }), 'Line 1: its taxes do not make its tax.'],
    ['a rate', inTax({ rate: '5' }), 'Line 1: 5 % of TVA is 0.71, not 2.50.'],
    ['what a tax is raised on', inTax({ base: '0.00' }), 'Line 1: TVA is raised on 12.47, not 0.00.'],
    ['a tax upon a tax', inTax({ compound: true }, 2), 'Line 1: TVA is raised on 14.97, not 12.47.'],
    ['a fraction of the currency', inLine({ net: '12.481' }), 'Line 1: 12.481 is finer than the currency.'],
    ['a line more', { lines: [line, line] }, 'The lines make 29.94 of gross, the sale says 14.97.'],
    ['a total', { total: '4.97' }, 'The lines make 14.97 of total, the sale says 4.97.'],
    ['what is due', { due: '4.97' }, '14.97 and 0.00 of rounding do not make 4.97.'],
    ['a tender', { tenders: [{ ...tender, amount: '4.97' }] }, 'The tenders make 4.97, the sale says 14.97.'],
    ['no tender', { tenders: [] }, 'The tenders make 0, the sale says 14.97.'],
    ['change', { change: '10.00' }, '14.97 less 10.00 is not 14.97.'],
    ['finer change', { change: '0.001' }, '0.001 is finer than the currency.'],
  ])('%s', (_, change, fault) => {
    expect(judgeSlip({ ...sale, ...change }, 2)).toBe(fault)
  })
})
