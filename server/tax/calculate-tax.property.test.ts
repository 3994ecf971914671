import fc from 'fast-check'
import { expect, test } from 'vitest'
import { calculateTax, type RoundingRule, type TaxComponent, type TaxLine } from './calculate-tax.ts'

// Another arithmetic than the product's: fractions of whole numbers, which lose nothing.
interface Fraction {
  readonly n: bigint
  readonly d: bigint
}
const fraction = (n: bigint, d = 1n): Fraction => (d < 0n ? { n: -n, d: -d } : { n, d })
const zero = fraction(0n)
const one = fraction(1n)
const plus = (a: Fraction, b: Fraction) => fraction(a.n * b.d + b.n * a.d, a.d * b.d)
const minus = (a: Fraction, b: Fraction) => plus(a, fraction(-b.n, b.d))
const times = (a: Fraction, b: Fraction) => fraction(a.n * b.n, a.d * b.d)
const over = (a: Fraction, b: Fraction) => fraction(a.n * b.d, a.d * b.n)
const total = (all: readonly Fraction[]) => all.reduce(plus, zero)
const isBelow = (a: Fraction, b: Fraction) => a.n * b.d < b.n * a.d
const size = (a: Fraction) => fraction(a.n < 0n ? -a.n : a.n, a.d)

function parse(text: string): Fraction {
  const [whole = '', decimals = ''] = text.split('.')
  return fraction(BigInt(whole + decimals), 10n ** BigInt(decimals.length))
}

/** In minor units. */
function units(text: string, minorUnit: number): bigint {
  const { n, d } = times(parse(text), fraction(10n ** BigInt(minorUnit)))
  expect(n % d).toBe(0n)
  return n / d
}

function round({ n, d }: Fraction, mode: RoundingRule['rounding_mode']): bigint {
  const sign = n < 0n ? -1n : 1n
  const whole = (sign * n) / d
  const rest = (sign * n) % d
  const up = {
    half_up: 2n * rest >= d,
    half_even: 2n * rest > d || (2n * rest === d && whole % 2n === 1n),
    down: false,
    up: rest > 0n,
  }[mode]
  return sign * (up ? whole + 1n : whole)
}

const percent = fc.oneof(
  fc.constantFrom(
    '0',
    '2.1',
    '5',
    '5.5',
    '7',
    '7.25',
    '8',
    '8.1',
    '9.975',
    '10',
    '16',
    '19',
    '20',
    '21',
    '25.5',
    '100',
  ),
  fc.integer({ min: 0, max: 100_000_000 }).map((parts) => decimal(BigInt(parts), 6)),
)
const stacks: fc.Arbitrary<TaxComponent[]> = fc
  .array(fc.record({ rate: percent, compound: fc.boolean() }), { maxLength: 4 })
  .map((all) => all.map((tax, at) => ({ ...tax, jurisdiction_code: `XX-${at}`, name: 'Tax' })))
const linesOf = (someStacks: TaxComponent[][]) =>
  fc.array(
    fc.record({
      quantity: fc.integer({ min: -5_000, max: 20_000 }).map((parts) => decimal(BigInt(parts), 3)),
      unit_price: fc.integer({ min: 0, max: 2_000_000_000 }).map((parts) => decimal(BigInt(parts), 6)),
      components: fc.constantFrom(...someStacks),
    }),
    { minLength: 1, maxLength: 12 },
  )
const rules: fc.Arbitrary<RoundingRule> = fc.record({
  rounding: fc.constantFrom('line', 'document'),
  rounding_mode: fc.constantFrom('half_up', 'half_even', 'down', 'up'),
  rounding_of: fc.constantFrom('each', 'combined'),
})
const documents = fc.array(stacks, { minLength: 1, maxLength: 3 }).chain((some) =>
  fc.record({
    lines: linesOf(some),
    prices_include_tax: fc.boolean(),
    minor_unit: fc.constantFrom(0, 2, 3),
    rule: rules,
  }),
)

function decimal(parts: bigint, decimals: number): string {
  const digits = `${parts < 0n ? -parts : parts}`.padStart(decimals + 1, '0')
  return `${parts < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** What each tax of a line is of a unit of its amount, before any rounding. */
function partsOf(components: readonly TaxComponent[], inPrice: boolean): Fraction[] {
  const parts: Fraction[] = []
  for (const { rate, compound } of components)
    parts.push(over(times(compound ? plus(one, total(parts)) : one, parse(rate)), fraction(100n)))
  return inPrice ? parts.map((part) => over(part, plus(one, total(parts)))) : parts
}

const amountOf = ({ quantity, unit_price }: TaxLine, minorUnit: number) =>
  round(times(times(parse(quantity), parse(unit_price)), fraction(10n ** BigInt(minorUnit))), 'half_up')

test('the taxes of the lines, of the document and of its parts agree, and net and tax make gross', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const { minor_unit } = document
      const taxed = calculateTax(document)
      const sumOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + units(text, minor_unit), 0n)
      for (const field of ['net', 'tax', 'gross'] as const)
        expect(sumOf(taxed.lines.map((line) => line[field]))).toBe(units(taxed[field], minor_unit))
      for (const amounts of [taxed, ...taxed.lines]) {
        expect(sumOf([amounts.net, amounts.tax])).toBe(units(amounts.gross, minor_unit))
        expect(sumOf(amounts.components.map(({ tax }) => tax))).toBe(units(amounts.tax, minor_unit))
      }
      for (const [at, line] of document.lines.entries()) {
        const kept = document.prices_include_tax ? taxed.lines[at]?.gross : taxed.lines[at]?.net
        expect(units(kept ?? '', minor_unit)).toBe(amountOf(line, minor_unit))
      }
    }),
  )
})

test('what the rule rounds as one is the exact tax, rounded once', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const { lines, minor_unit, rule } = document
      const taxed = calculateTax(document)
      const cells = lines.flatMap((line, at) => {
        const amount = fraction(amountOf(line, minor_unit))
        return partsOf(line.components, document.prices_include_tax).map((part, position) => ({
          exact: times(amount, part),
          rounded: units(taxed.lines[at]?.components[position]?.tax ?? '', minor_unit),
          line: rule.rounding === 'line' ? at : 'all',
          tax: JSON.stringify(rule.rounding_of === 'each' ? sameTax(line.components[position]) : 'all'),
        }))
      })
      for (const unit of Map.groupBy(cells, ({ line, tax }) => `${line} ${tax}`).values())
        expect(unit.reduce((sum, { rounded }) => sum + rounded, 0n)).toBe(
          round(total(unit.map(({ exact }) => exact)), rule.rounding_mode),
        )
      const reach = rule.rounding_of === 'each' ? one : fraction(2n)
      for (const { exact, rounded } of cells) expect(isBelow(size(minus(exact, fraction(rounded))), reach)).toBe(true)
    }),
  )
})

/** The rate as a number, for 5.5 and 5.500000 are one tax. */
function sameTax(component: TaxComponent | undefined) {
  const { n, d } = parse(component?.rate ?? '')
  return [component?.jurisdiction_code, `${(n * 1_000_000n) / d}`, component?.compound]
}

test('a document of negatives has the negative of every amount', () => {
  const turned = (text: string) => {
    if (text.startsWith('-')) return text.slice(1)
    return /[1-9]/.test(text) ? `-${text}` : text
  }
  fc.assert(
    fc.property(documents, (document) => {
      const back = { ...document, lines: document.lines.map((line) => ({ ...line, quantity: turned(line.quantity) })) }
      const expected = JSON.parse(JSON.stringify(calculateTax(document)), (key, value) =>
        ['net', 'tax', 'gross', 'base'].includes(key) ? turned(value) : value,
      )
      expect(calculateTax(back)).toEqual(expected)
    }),
  )
})

test('a price that a tax was added to gives back that tax', () => {
  fc.assert(
    fc.property(
      fc.record({
        components: stacks,
        amounts: fc.array(fc.integer({ min: -1_000_000, max: 10_000_000 }), { minLength: 1, maxLength: 8 }),
        rounding: fc.constantFrom('line' as const, 'document' as const),
        minor_unit: fc.constantFrom(0, 2, 3),
      }),
      ({ components, amounts, rounding, minor_unit }) => {
        const rule = { rounding, rounding_mode: 'half_even', rounding_of: 'combined' } as const
        const line = (unit_price: string) => ({ quantity: '1', unit_price, components })
        const price = (amount: number) => (minor_unit === 0 ? `${amount}` : decimal(BigInt(amount), minor_unit))
        const added = calculateTax({
          lines: amounts.map((amount) => line(price(amount))),
          prices_include_tax: false,
          minor_unit,
          rule,
        })
        const taken = calculateTax({
          lines: added.lines.map(({ gross }) => line(gross)),
          prices_include_tax: true,
          minor_unit,
          rule,
        })
        expect([taken.net, taken.tax, taken.gross]).toEqual([added.net, added.tax, added.gross])
      },
    ),
  )
})
