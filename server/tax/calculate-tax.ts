import {
  type Money,
  money,
  type RoundingMode,
  roundTo,
  roundToMinorUnit,
  shareOut,
  toMinorText,
} from '../platform/money.ts'

/** One tax on a line: a rate in percent that some jurisdiction raises. */
export interface TaxComponent {
  readonly jurisdiction_code: string
  readonly name: string
  /** In percent, a decimal string. */
  readonly rate: string
  /** Raised on the price and on the taxes that stand before it. */
  readonly compound: boolean
}

export interface TaxLine {
  /** Below zero for what is taken back. */
  readonly quantity: string
  readonly unit_price: string
  /** Taken off the whole line, in the same terms as the price and with the sign of the quantity. */
  readonly discount?: string | undefined
  /** The taxes of its class, in order; none for what is exempt or outside the tax. */
  readonly components: readonly TaxComponent[]
}

/** How a jurisdiction rounds, as `tax.jurisdiction` says with its source. */
export interface RoundingRule {
  /** `line`: the tax of each line; `document`: each tax of the whole document, once. */
  readonly rounding: 'line' | 'document'
  readonly rounding_mode: RoundingMode
  /** `each`: every tax by itself; `combined`: all taxes of the line or document, as one. */
  readonly rounding_of: 'each' | 'combined'
}

export interface TaxedComponent extends TaxComponent {
  readonly base: string
  readonly tax: string
}

export interface TaxedAmounts {
  readonly net: string
  readonly tax: string
  readonly gross: string
  readonly components: TaxedComponent[]
}

export interface TaxedDocument extends TaxedAmounts {
  readonly lines: TaxedAmounts[]
}

interface Cell {
  readonly line: number
  readonly component: TaxComponent
  readonly key: string
  readonly exact: Money
}

/** Far beyond any minor unit, and short of the digits that a division may have lost. */
const exactDecimals = 20

/**
 * The taxes of a document, line by line and for each tax.
 *
 * A line's amount is quantity times price less discount, rounded to the minor unit, halves away from zero (EN 16931-1,
 * BT-131 and BR-DEC-23). Without tax in the price, a tax is this amount times its rate (Directive 2006/112/EC art. 78
 * and 93); with it, the tax is the part of the amount that rate / (100 + rate) makes, over all taxes of the line
 * together. A compound tax has the taxes before it in its base.
 *
 * What is rounded is the exact tax of a line, or of all lines that bear it (EN 16931-1 BR-CO-17: once for each rate), and
 * either each tax by itself or the sum of all of the line or invoice (Streamlined Sales and Use Tax Agreement section
 * 324: tax "on an item or an invoice basis", the rule "applied to the aggregated state and local taxes"). The rounded tax is shared out to lines and taxes by largest
 * remainder, so that the taxes of the lines sum to the taxes of the document in every rule, net and tax make gross,
 * and a document of negatives has the negatives of all amounts.
 */
export function calculateTax(document: {
  readonly lines: readonly TaxLine[]
  readonly prices_include_tax: boolean
  /** Decimals of the currency. */
  readonly minor_unit: number
  readonly rule: RoundingRule
}): TaxedDocument {
  const { lines, prices_include_tax, minor_unit, rule } = document
  const amounts = lines.map((line) => amountOf(line, minor_unit))
  const cells = lines.flatMap((line, at) => exactTaxes(line, at, amounts[at] ?? money('0'), prices_include_tax))
  const taxes = roundCells(cells, rule, minor_unit)
  const text = (amount: Money) => toMinorText(amount, minor_unit)

  const taxed = lines.map((line, at) => {
    const amount = amounts[at] ?? money('0')
    const ofLine = line.components.map((component) => taxes.get(cellKey(at, component)) ?? money('0'))
    const tax = sum(ofLine)
    const net = prices_include_tax ? amount.minus(tax) : amount
    const components = line.components.map((component, position) => ({
      component,
      base: component.compound ? net.plus(sum(ofLine.slice(0, position))) : net,
      tax: ofLine[position] ?? money('0'),
    }))
    return { net, tax, gross: net.plus(tax), components }
  })
  const asText = ({ net, tax, gross, components }: (typeof taxed)[number]): TaxedAmounts => ({
    net: text(net),
    tax: text(tax),
    gross: text(gross),
    components: components.map((one) => ({ ...one.component, base: text(one.base), tax: text(one.tax) })),
  })
  return {
    ...asText({
      net: sum(taxed.map((line) => line.net)),
      tax: sum(taxed.map((line) => line.tax)),
      gross: sum(taxed.map((line) => line.gross)),
      components: totals(taxed.flatMap((line) => line.components)),
    }),
    lines: taxed.map(asText),
  }
}

function amountOf({ quantity, unit_price, discount = '0' }: TaxLine, minorUnit: number): Money {
  return roundToMinorUnit(money(quantity).times(money(unit_price)).minus(money(discount)), minorUnit)
}

function exactTaxes(line: TaxLine, at: number, amount: Money, inPrice: boolean): Cell[] {
  const parts: Money[] = []
  for (const { rate, compound } of line.components) {
    const base = compound ? sum(parts).plus(1) : money('1')
    parts.push(base.times(money(rate)).dividedBy(100))
  }
  const divisor = inPrice ? sum(parts).plus(1) : money('1')
  return line.components.map((component, position) => ({
    line: at,
    component,
    key: keyOf(component),
    exact: amount.times(parts[position] ?? 0).dividedBy(divisor),
  }))
}

/** Rounds what the rule rounds as one, and shares it out to its taxes, then to their lines. */
function roundCells(cells: readonly Cell[], rule: RoundingRule, minorUnit: number): Map<string, Money> {
  const rounded = new Map<string, Money>()
  const unitOf = ({ line, key }: Cell) =>
    `${rule.rounding === 'line' ? line : ''}\n${rule.rounding_of === 'each' ? key : ''}`
  for (const unit of Map.groupBy(cells, unitOf).values()) {
    const columns = [...Map.groupBy(unit, ({ key }) => key).values()]
    const exact = columns.map((column) => settled(sum(column.map((cell) => cell.exact))))
    const total = roundTo(settled(sum(exact)), minorUnit, rule.rounding_mode)
    for (const [position, share] of shareOut(total, exact, minorUnit).entries()) {
      const column = columns[position] ?? []
      const parts = column.map((cell) => settled(cell.exact))
      for (const [index, tax] of shareOut(share, parts, minorUnit).entries()) {
        const cell = column[index]
        if (cell) rounded.set(cellKey(cell.line, cell.component), tax)
      }
    }
  }
  return rounded
}

/** Takes off what a division has left behind the last digit that counts, lest a half be taken for less. */
function settled(amount: Money): Money {
  return roundTo(amount, exactDecimals, 'half_up')
}

function totals(components: readonly { component: TaxComponent; base: Money; tax: Money }[]) {
  return [...Map.groupBy(components, ({ component }) => keyOf(component)).values()].flatMap((same) =>
    same.slice(0, 1).map(({ component }) => ({
      component,
      base: sum(same.map((one) => one.base)),
      tax: sum(same.map((one) => one.tax)),
    })),
  )
}

/** What counts as one tax on a document: Directive 2006/112/EC art. 226(8) to (10) asks for base and tax by rate. */
function keyOf({ jurisdiction_code, name, rate, compound }: TaxComponent): string {
  return JSON.stringify([jurisdiction_code, name, money(rate), compound])
}

function cellKey(line: number, component: TaxComponent): string {
  return `${line}\n${keyOf(component)}`
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, amount) => total.plus(amount), money('0'))
}
