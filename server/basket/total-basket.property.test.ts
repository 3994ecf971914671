import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../platform/refusal.ts'
import { calculateTax, type RoundingRule, type TaxComponent } from '../tax/index.ts'
import { shareRefund } from './share-refund.ts'
import { type Basket, type BasketLine, type Reduction, totalBasket } from './total-basket.ts'

// Another arithmetic than the product's: fractions of whole numbers, which lose nothing.
interface Fraction {
  readonly n: bigint
  readonly d: bigint
}
const fraction = (n: bigint, d = 1n): Fraction => (d < 0n ? { n: -n, d: -d } : { n, d })
const plus = (a: Fraction, b: Fraction) => fraction(a.n * b.d + b.n * a.d, a.d * b.d)
const minus = (a: Fraction, b: Fraction) => plus(a, fraction(-b.n, b.d))
const times = (a: Fraction, b: Fraction) => fraction(a.n * b.n, a.d * b.d)
const over = (a: Fraction, b: Fraction) => fraction(a.n * b.d, a.d * b.n)
const isBelow = (a: Fraction, b: Fraction) => a.n * b.d < b.n * a.d
const zero = fraction(0n)
const one = fraction(1n)
const hundred = fraction(100n)

function parse(text: string): Fraction {
  const [whole = '', decimals = ''] = text.split('.')
  return fraction(BigInt(whole + decimals), 10n ** BigInt(decimals.length))
}

const unitsIn = (minorUnit: number) => fraction(10n ** BigInt(minorUnit))

/** In minor units, of which it must be a whole number. */
function units(text: string, minorUnit: number): bigint {
  const { n, d } = times(parse(text), unitsIn(minorUnit))
  expect(n % d).toBe(0n)
  return n / d
}

const round = ({ n, d }: Fraction): bigint => (2n * n + d) / (2n * d)

function decimal(parts: bigint, decimals: number): string {
  if (decimals === 0) return `${parts}`
  const digits = `${parts}`.padStart(decimals + 1, '0')
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

const parts = (max: number, decimals: number, min = 0) =>
  fc.integer({ min, max }).map((some) => decimal(BigInt(some), decimals))
const percents = parts(1_000_000, 4, 1).map((percent): Reduction => ({ percent }))
const stacks: fc.Arbitrary<TaxComponent[]> = fc
  .array(fc.record({ rate: fc.constantFrom('0', '5', '5.5', '9.975', '10', '20', '25.5'), compound: fc.boolean() }), {
    maxLength: 3,
  })
  .map((all) => all.map((tax, at) => ({ ...tax, jurisdiction_code: `XX-${at}`, name: 'Tax' })))
const rules: fc.Arbitrary<RoundingRule> = fc.record({
  rounding: fc.constantFrom('line', 'document'),
  rounding_mode: fc.constantFrom('half_up', 'half_even', 'down', 'up'),
  rounding_of: fc.constantFrom('each', 'combined'),
})

const basketsIn = (minor_unit: number): fc.Arbitrary<Basket> => {
  const reductions = fc.option(
    fc.oneof(
      percents,
      parts(30_000, minor_unit, 1).map((amount): Reduction => ({ amount })),
    ),
    { nil: undefined },
  )
  const line: fc.Arbitrary<BasketLine> = fc.record({
    quantity: parts(20_000, 3, 1),
    list_price: parts(90_000_000, 6, 1),
    unit_price: fc.option(parts(90_000_000, 6), { nil: undefined }),
    price_reason: fc.constant('As the manager says'),
    discount: reductions,
    components: stacks,
  })
  return fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    discount: reductions,
    prices_include_tax: fc.boolean(),
    minor_unit: fc.constant(minor_unit),
    rule: rules,
  })
}
const baskets = fc.constantFrom(0, 2, 3).chain(basketsIn)

/** What a reduction takes off in minor units, or that it is more than there is. */
function offOf(reduction: Reduction | undefined, whole: bigint, minorUnit: number): bigint | 'beyond' {
  if (!reduction) return 0n
  if ('percent' in reduction) return round(over(times(fraction(whole), parse(reduction.percent)), hundred))
  const off = units(reduction.amount, minorUnit)
  return off > whole ? 'beyond' : off
}

/** Which part of the whole it is, exactly. */
function partOf(reduction: Reduction | undefined, whole: bigint, minorUnit: number): Fraction {
  if (!reduction) return zero
  if ('percent' in reduction) return over(parse(reduction.percent), hundred)
  return fraction(units(reduction.amount, minorUnit), whole)
}

interface Worked {
  readonly gross: bigint
  readonly off: bigint
  readonly left: bigint
}

/** The basket in whole minor units up to what the lines come to, or the refusal that is due. */
function workOut({ lines, discount, minor_unit }: Basket): { worked: Worked[]; off: bigint; left: bigint } | string {
  const worked: Worked[] = []
  for (const { quantity, list_price, unit_price, discount: own } of lines) {
    const price = parse(unit_price ?? list_price ?? '')
    const gross = round(times(times(parse(quantity), price), unitsIn(minor_unit)))
    const off = offOf(own, gross, minor_unit)
    if (off === 'beyond') return 'discount_beyond_line'
    worked.push({ gross, off, left: gross - off })
  }
  const left = worked.reduce((sum, line) => sum + line.left, 0n)
  const off = offOf(discount, left, minor_unit)
  return off === 'beyond' ? 'discount_beyond_basket' : { worked, off, left }
}

function totalOrCode(basket: Basket) {
  try {
    return totalBasket(basket)
  } catch (error) {
    if (error instanceof Refusal) return error.kind.code
    throw error
  }
}

/** Checks what holds for every basket that is not refused, and that those are refused that should be. */
function check(
  holds: (
    basket: Basket,
    totalled: ReturnType<typeof totalBasket>,
    exact: Exclude<ReturnType<typeof workOut>, string>,
  ) => void,
) {
  fc.assert(
    fc.property(baskets, (basket) => {
      const exact = workOut(basket)
      const totalled = totalOrCode(basket)
      if (typeof exact === 'string' || typeof totalled === 'string') expect(totalled).toBe(exact)
      else holds(basket, totalled, exact)
    }),
    { numRuns: 300 },
  )
}

test('the lines make the basket to the last unit, in every amount', () => {
  check(({ minor_unit }, { lines, ...totals }) => {
    const fields = [
      'list_amount',
      'gross',
      'line_discount',
      'basket_discount',
      'net_discount',
      'net',
      'tax',
      'total',
    ] as const
    for (const field of fields)
      expect(
        lines.reduce((sum, line) => sum + units(line[field], minor_unit), 0n),
        field,
      ).toBe(units(totals[field], minor_unit))
    for (const amounts of [totals, ...lines])
      expect(units(amounts.net, minor_unit) + units(amounts.tax, minor_unit)).toBe(units(amounts.total, minor_unit))
  })
})

test('the discount of a basket is shared out within one unit of its exact share, and no line falls below zero', () => {
  check(({ minor_unit }, totalled, { worked, off, left }) => {
    expect(units(totalled.basket_discount, minor_unit)).toBe(off)
    for (const [at, line] of totalled.lines.entries()) {
      const { gross = 0n, off: own = 0n, left: kept = 0n } = worked[at] ?? {}
      const share = units(line.basket_discount, minor_unit)
      expect([units(line.gross, minor_unit), units(line.line_discount, minor_unit)]).toEqual([gross, own])
      expect(share >= 0n && share <= kept).toBe(true)
      const exact = left === 0n ? zero : fraction(kept * off, left)
      const apart = minus(fraction(share), exact)
      expect(isBelow(apart, one) && isBelow(fraction(-1n), apart)).toBe(true)
    }
  })
})

test('tax is that of what is left of each line', () => {
  check((basket, totalled, { worked }) => {
    const taxed = calculateTax({
      ...basket,
      lines: totalled.lines.map((line, at) => ({
        quantity: '1',
        unit_price: decimal(
          (worked[at]?.left ?? 0n) - units(line.basket_discount, basket.minor_unit),
          basket.minor_unit,
        ),
        components: basket.lines[at]?.components ?? [],
      })),
    })
    expect([totalled.net, totalled.tax, totalled.total]).toEqual([taxed.net, taxed.tax, taxed.gross])
    expect(totalled.lines.map(({ components }) => components)).toEqual(taxed.lines.map(({ components }) => components))
  })
})

test('how far below the list price something goes is never told less than it is, nor a ten-thousandth more', () => {
  check(({ lines, discount, minor_unit }, totalled, { worked, left }) => {
    const ofBasket = partOf(discount, left, minor_unit)
    const judged = lines.map(({ quantity, list_price, unit_price, discount: own }, at) => {
      const whole = times(parse(quantity), parse(list_price ?? ''))
      const charged = times(parse(quantity), parse(unit_price ?? list_price ?? ''))
      const ofLine = partOf(own, worked[at]?.gross ?? 0n, minor_unit)
      const lost = minus(whole, times(charged, times(minus(one, ofLine), minus(one, ofBasket))))
      return { whole, lost: isBelow(lost, zero) ? zero : lost }
    })
    const sum = (all: Fraction[]) => all.reduce(plus, zero)
    const expected = [
      ...judged,
      { whole: sum(judged.map(({ whole }) => whole)), lost: sum(judged.map(({ lost }) => lost)) },
    ]
    for (const [at, { discount_percent }] of [...totalled.lines, totalled].entries()) {
      const { whole = one, lost = zero } = expected[at] ?? {}
      const exact = over(times(lost, hundred), whole)
      expect(isBelow(parse(discount_percent), exact)).toBe(false)
      expect(isBelow(minus(parse(discount_percent), exact), fraction(1n, 10_000n))).toBe(true)
    }
  })
})

test('refunds of a line, in whatever pieces, come to what was paid for it and never to more on the way', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(baskets, pieces, (basket, split) => {
      const quantity = decimal(
        split.reduce((sum, piece) => sum + BigInt(piece), 0n),
        3,
      )
      const totalled = totalOrCode({
        ...basket,
        lines: basket.lines.slice(0, 1).map((line) => ({ ...line, quantity, discount: undefined })),
        discount: { percent: '7.5' },
      })
      if (typeof totalled === 'string') throw new Error(totalled)
      const [line] = totalled.lines
      if (!line) throw new Error('a basket without lines')
      const { minor_unit, prices_include_tax } = basket
      const sold = {
        ...{ quantity, gross: line.gross, discount: line.basket_discount, net_discount: line.net_discount },
        ...{ net: line.net, taxes: line.components.map(({ tax }) => tax) },
      }
      const add = (a: string, b: string, decimals: number) => decimal(units(a, decimals) + units(b, decimals), decimals)
      let back = {
        quantity: '0',
        gross: '0',
        discount: '0',
        net_discount: '0',
        net: '0',
        taxes: sold.taxes.map(() => '0'),
      }
      for (const piece of split) {
        const now = shareRefund(sold, back, { quantity: decimal(BigInt(piece), 3), minor_unit })
        expect(isBelow(parse(now.total), zero) || isBelow(parse(now.discount), zero)).toBe(false)
        const taxed = prices_include_tax ? now.total : now.net
        expect(units(now.gross, minor_unit) - units(now.discount, minor_unit)).toBe(units(taxed, minor_unit))
        back = {
          quantity: add(back.quantity, now.quantity, 3),
          gross: add(back.gross, now.gross, minor_unit),
          discount: add(back.discount, now.discount, minor_unit),
          net_discount: add(back.net_discount, now.net_discount, minor_unit),
          net: add(back.net, now.net, minor_unit),
          taxes: back.taxes.map((tax, at) => add(tax, now.taxes[at] ?? '', minor_unit)),
        }
        expect(isBelow(parse(sold.net), parse(back.net))).toBe(false)
      }
      expect(back).toEqual(sold)
      expect(() => shareRefund(sold, back, { quantity: '0.001', minor_unit })).toThrow('0 can still be returned')
    }),
  )
})
