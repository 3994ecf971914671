import fc from 'fast-check'
import { expect, test } from 'vitest'
import { money, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import type { GivenLine, Kind } from './contract.ts'
import { sumLines, totalLines } from './total-lines.ts'

const goods = '0190a0a0-0000-7000-8000-000000000001'
const rules = { kind: 'sale', isPriceWithTax: true, minorUnit: 2 } as const

type Case = readonly [
  line: Partial<GivenLine>,
  more: { isPriceWithTax?: boolean; minorUnit?: number; kind?: Kind },
  is: string,
]

// quantity and price, the rules, and then role, gross, discount without tax, net, tax
const cases: Case[] = [
  [{ quantity: '3', unit_price: '2.335' }, {}, 'sold 7.01 0 7.01 0'],
  [{ quantity: '-3', unit_price: '2.335' }, {}, 'returned -7.01 0 -7.01 0'],
  [{ quantity: '1', unit_price: '0.005' }, {}, 'sold 0.01 0 0.01 0'],
  [{ quantity: '1', unit_price: '0.004' }, {}, 'sold 0 0 0 0'],
  [{ quantity: '1', unit_price: '2.5' }, { minorUnit: 0 }, 'sold 3 0 3 0'],
  [{ quantity: '0.333333', unit_price: '1' }, { minorUnit: 3 }, 'sold 0.333 0 0.333 0'],
  [{ quantity: '1', unit_price: '12', tax_rate: '20' }, {}, 'sold 12 0 10 2'],
  [{ quantity: '1', unit_price: '10', tax_rate: '20' }, { isPriceWithTax: false }, 'sold 10 0 10 2'],
  [{ quantity: '1', unit_price: '12', tax: '1.99' }, {}, 'sold 12 0 10.01 1.99'],
  [{ quantity: '1', unit_price: '12', tax: '2.04', tax_rate: '20' }, {}, 'sold 12 0 9.96 2.04'],
  [{ quantity: '1', unit_price: '12', discount: '2.4', tax_rate: '20' }, {}, 'sold 12 2 8 1.6'],
  [{ quantity: '1', unit_price: '12', discount: '2.4', tax: '1.6' }, {}, 'sold 12 2 8 1.6'],
  [{ quantity: '-1', unit_price: '12', discount: '-12', tax_rate: '20' }, {}, 'returned -12 -10 0 0'],
  [{ quantity: '1', unit_price: '10', discount: '1', tax_rate: '20' }, { isPriceWithTax: false }, 'sold 10 1 9 1.8'],
  [{ quantity: '-4', unit_price: '0' }, {}, 'stock_adjustment 0 0 0 0'],
  [{ quantity: '-4', unit_price: '0' }, { kind: 'credit' }, 'returned 0 0 0 0'],
  [{ quantity: '4', unit_price: '0' }, {}, 'sold 0 0 0 0'],
]

test.each(cases)('%j by %j is %s', (line, more, is) => {
  const given = { variant_id: goods, ...line } as GivenLine
  const [one] = totalLines([given], { ...rules, ...more })
  const amounts = one && [one.gross, one.net_discount, one.net, one.tax].map(toText)
  expect([one?.role, ...(amounts ?? [])].join(' ')).toBe(is)
})

const wrong: [line: Partial<GivenLine>, kind: Kind, code: string][] = [
  [{ variant_id: undefined }, 'sale', 'goods_missing'],
  [{}, 'adjustment', 'goods_on_adjustment'],
  [{ variant_id: undefined, tax_rate: '20' }, 'adjustment', 'goods_on_adjustment'],
  [{ discount: '12.01' }, 'sale', 'discount_beyond_amount'],
  [{ discount: '-1' }, 'sale', 'discount_beyond_amount'],
  [{ unit_price: '0', discount: '1' }, 'sale', 'discount_beyond_amount'],
  [{ tax: '12.01' }, 'sale', 'tax_beyond_amount'],
  [{ tax: '-1' }, 'sale', 'tax_beyond_amount'],
  [{ unit_price: '0', tax: '1' }, 'sale', 'tax_beyond_amount'],
  [{ tax: '1.001' }, 'sale', 'document_amount_too_fine'],
  [{ discount: '1.001' }, 'sale', 'document_amount_too_fine'],
  [{ quantity: '9999999999999', unit_price: '9999999999999' }, 'sale', 'document_too_large'],
]

test.each(wrong)('a line with %j of a document of the kind %s is refused as %s', (line, kind, code) => {
  const given = { variant_id: goods, quantity: '1', unit_price: '12', ...line } as GivenLine
  const attempt = () => totalLines([given], { ...rules, kind })
  expect(attempt).toThrow(Refusal)
  expect(attempt).toThrow(expect.objectContaining({ kind: expect.objectContaining({ code }) }))
})

const amount = fc
  .integer({ min: 0, max: 10_000_000 })
  .map((value) => `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, '0')}`)
const sample = fc.record({
  quantity: fc.integer({ min: 1, max: 500 }).map(String),
  unit_price: amount,
  tax_rate: fc.option(fc.constantFrom('0', '5.5', '10', '20'), { nil: undefined }),
})

test('documents add up to the minor unit, are at most half a unit a line from exact, and negated when they go back', () => {
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 30 }), fc.boolean(), (given, isPriceWithTax) => {
      const lines = given.map((line) => ({ variant_id: goods, ...line })) as GivenLine[]
      const back = lines.map((line) => ({ ...line, quantity: `-${line.quantity}` }))
      const [there, returned] = [lines, back].map((some, at) => {
        const totalled = totalLines(some, { ...rules, kind: at === 0 ? 'sale' : 'credit', isPriceWithTax })
        return { totalled, sums: sumLines(totalled) }
      })
      if (!there || !returned) throw new Error('nothing was totalled')
      const { sold, discount, tax, total } = there.sums
      expect(toText(sold.minus(discount).plus(tax))).toBe(toText(total))
      expect(total.decimalPlaces()).toBeLessThanOrEqual(2)
      const exact = lines.reduce((sum, line) => sum.plus(money(line.quantity).times(line.unit_price)), money('0'))
      const gross = there.totalled.reduce((sum, line) => sum.plus(line.gross), money('0'))
      expect(gross.minus(exact).abs().lessThanOrEqualTo(money('0.005').times(lines.length))).toBe(true)
      expect(toText(returned.sums.total.negated())).toBe(toText(total))
      expect(toText(returned.sums.returned.negated())).toBe(toText(sold))
    }),
    { numRuns: 200 },
  )
})
