import { describe, expect, test } from 'vitest'
import { offlineSale } from '../../tests/harness/devices.ts'
import { judgeSlip } from './judge-slip.ts'
import { type SlipSale, slip } from './slip.ts'

const ids = { variant_id: crypto.randomUUID(), tender_id: crypto.randomUUID() }
const sale = slip.shape.sale.parse(offlineSale({ ...ids, quantity: '3', unit_price: '4.99' }))
const [line] = sale.lines
if (!line) throw new Error('a sale without lines')
const [tender] = sale.tenders
if (!tender) throw new Error('a sale without tenders')

test('a sale as the basket totals it adds up', () => {
  expect(sale).toMatchObject({ gross: '14.97', net: '12.47', tax: '2.50', total: '14.97', paid: '14.97' })
  expect(judgeSlip(sale, 2)).toBeUndefined()
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
  const whole: SlipSale = {
    ...{ ...sale, ...all, lines: [{ ...line, ...discounted }] },
    ...{ rounding: '-0.02', due: '12.98', paid: '20.00', change: '7.02' },
    tenders: [{ ...tender, amount: '20.00' }],
  }
  expect(judgeSlip(whole, 2)).toBeUndefined()
})

describe('a sale whose figures were changed does not add up', () => {
  const inLine = (change: Partial<typeof line>): Partial<SlipSale> => ({ lines: [{ ...line, ...change }] })
  test.each<[string, Partial<SlipSale>, string]>([
    ['a price', inLine({ unit_price: '0.99' }), 'Line 1: quantity times price is 2.97, not 14.97.'],
    ['a quantity', inLine({ quantity: '2' }), 'Line 1: quantity times price is 9.98, not 14.97.'],
    ['nothing of it', inLine({ quantity: '0', gross: '0.00' }), 'Line 1: there is nothing of it.'],
    ['a discount', inLine({ line_discount: '5.00' }), 'Line 1: 9.97 is left after discounts, not 14.97.'],
    ['a discount beyond the line', inLine({ line_discount: '15.00' }), 'Line 1: 15 is taken off 14.97.'],
    [
      'the net of a discount',
      inLine({ net_discount: '1.00' }),
      'Line 1: a discount without its tax is larger than with it.',
    ],
    ['a net', inLine({ net: '2.48' }), 'Line 1: net and tax do not make the total.'],
    ['a tax', inLine({ tax: '0.00', net: '14.97' }), 'Line 1: its taxes do not make its tax.'],
    ['no taxes', inLine({ components: [] }), 'Line 1: its taxes do not make its tax.'],
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
