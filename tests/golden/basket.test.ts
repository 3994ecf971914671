import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Basket, type BasketLine, type Reduction, totalBasket } from '../../server/basket/index.ts'
import { Refusal } from '../../server/platform/refusal.ts'
import type { RoundingRule } from '../../server/tax/index.ts'

const cases = readFileSync(join(import.meta.dirname, 'basket.txt'), 'utf8')
  .replace(/^#.*\n/gm, '')
  .split(/^case +/m)
  .slice(1)
  .map((text) => {
    const [title = '', ...lines] = text.trim().split('\n')
    const entries = lines.map((line) => /^(\w+) +(.*)$/.exec(line)?.slice(1) ?? [])
    return { title, entries: entries.map(([word = '', rest = '']) => ({ word, rest })) }
  })

test('there are at least twenty-five cases, each of its own', () => {
  expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length)
  expect(cases.filter(({ title }) => !title.startsWith('refused')).length).toBeGreaterThanOrEqual(25)
})

test.each(cases)('$title', ({ entries }) => {
  const of = (word: string) => entries.filter((one) => one.word === word).map(({ rest }) => rest)
  expect(saidOf(basketOf(of))).toEqual(
    [...of('refused'), ...of('line').map(expectedOf), ...of('total')].filter(Boolean),
  )
  const { components } = of('tax').length === 0 ? { components: [] } : totalBasket(basketOf(of))
  expect(components.map(({ rate, base, tax }) => `${rate} ${base} ${tax}`)).toEqual(of('tax'))
})

function saidOf(basket: Basket): string[] {
  try {
    const { lines, ...totals } = totalBasket(basket)
    return [...lines, totals].map(
      (one) =>
        `${one.gross} ${one.line_discount} ${one.basket_discount} ${one.net_discount} ${one.net} ${one.tax} ${one.total} | ${one.discount_percent}`,
    )
  } catch (error) {
    if (error instanceof Refusal) return [error.kind.code]
    throw error
  }
}

function expectedOf(line: string): string {
  return line.split(' | ').slice(1).join(' | ')
}

function basketOf(of: (word: string) => string[]): Basket {
  const [minor = '', prices, rounding, rounding_mode, rounding_of] = of('as')[0]?.split(' ') ?? []
  return {
    lines: of('line').map(lineOf),
    discount: reductionOf(of('basket')[0] ?? ''),
    prices_include_tax: prices === 'inclusive',
    minor_unit: Number(minor),
    rule: { rounding, rounding_mode, rounding_of } as RoundingRule,
  }
}

function lineOf(text: string): BasketLine {
  const [words = ''] = text.split(' | ')
  const [quantity = '', list = ''] = words.split(' ')
  const [, how, unit_price] = / (at|open|for) (\S+)/.exec(words) ?? []
  const rates = / tax (\S+)/.exec(words)?.[1] ?? ''
  return {
    quantity,
    list_price: list === 'none' ? null : list,
    is_open_price: how === 'open',
    unit_price,
    price_reason: how === 'at' ? 'The box is torn' : undefined,
    discount: reductionOf(words),
    components: (rates === '-' ? [] : rates.split(',')).map((rate) => ({
      jurisdiction_code: 'XX',
      name: 'Tax',
      rate: rate.replace('+', ''),
      compound: rate.endsWith('+'),
    })),
  }
}

function reductionOf(words: string): Reduction | undefined {
  const [, value = '', percent] = /less ([\d.]+)(%?)/.exec(words) ?? []
  if (value === '') return undefined
  return percent ? { percent: value } : { amount: value }
}
