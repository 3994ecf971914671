import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LineAmounts, shareRefund } from '../../server/basket/index.ts'
import { money, toMinorText, toText } from '../../server/platform/money.ts'

const cases = readFileSync(join(import.meta.dirname, 'refund.txt'), 'utf8')
  .replace(/^#.*\n/gm, '')
  .split(/^case +/m)
  .slice(1)
  .map((text) => {
    const [title = '', ...lines] = text.trim().split('\n')
    const of = (word: string) => lines.flatMap((line) => new RegExp(`^${word} +(.*)$`).exec(line)?.[1] ?? [])
    return { title, sold: of('sold')[0] ?? '', back: of('back') }
  })

test('there are cases, each of its own', () => {
  expect(cases.length).toBeGreaterThanOrEqual(8)
  expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length)
})

test.each(cases)('$title', ({ sold, back }) => {
  const [minor = '', quantity = '', gross = '', discount = '', net_discount = '', net = '', taxes = ''] =
    sold.split(' ')
  const minor_unit = Number(minor)
  const line: LineAmounts = { quantity, gross, discount, net_discount, net, taxes: taxes.split(',') }
  const zero = toMinorText(money('0'), minor_unit)
  const nothing = { quantity: '0', gross: zero, discount: zero, net_discount: zero, net: zero }
  let before: LineAmounts = { ...nothing, taxes: line.taxes.map(() => zero) }
  for (const expected of back) {
    const [asked = ''] = expected.split(' | ')
    const now = shareRefund(line, before, { quantity: asked, minor_unit })
    const said = [now.gross, now.discount, now.net_discount, now.net, now.taxes.join(','), now.total]
    expect(`${asked} | ${said.join(' ')}`).toBe(expected)
    before = sumOf(before, now)
  }
  expect(before).toEqual({ ...line, quantity: toText(money(quantity)) })

  function sumOf(one: LineAmounts, other: LineAmounts): LineAmounts {
    const add = (a: string, b = '0') => toMinorText(money(a).plus(b), minor_unit)
    return {
      quantity: toText(money(one.quantity).plus(other.quantity)),
      gross: add(one.gross, other.gross),
      discount: add(one.discount, other.discount),
      net_discount: add(one.net_discount, other.net_discount),
      net: add(one.net, other.net),
      taxes: one.taxes.map((tax, at) => add(tax, other.taxes[at])),
    }
  }
})
