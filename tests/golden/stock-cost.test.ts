import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CostChange, type CostState, weighCost } from '../../server/costing/index.ts'

const cases = readFileSync(join(import.meta.dirname, 'stock-cost.txt'), 'utf8')
  .split(/^case +/m)
  .slice(1)
  .map((text) => {
    const [title = '', ...lines] = text.trim().split('\n')
    return { title, lines: lines.filter((line) => line !== '' && !line.startsWith('why ')) }
  })

test('there are at least twenty cases, each of its own', () => {
  expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length)
  expect(cases.length).toBeGreaterThanOrEqual(20)
})

test.each(cases)('$title', ({ lines }) => {
  let state: CostState = { quantity: '0', value: '0', last_cost: '0' }
  let minorUnit = 2
  for (const line of lines) {
    const [words = '', ...expected] = line.split('|').map((part) => part.trim())
    const [verb = '', quantity = '0', value = '0', last_cost = '0'] = words.split(/\s+/)
    if (verb === 'unit') minorUnit = Number(quantity)
    else if (verb === 'start') state = { quantity, value, last_cost }
    else {
      const weighed = weighCost(state, changeOf(words), minorUnit)
      state = weighed.state
      const posted = weighed.lines.map(({ purpose, amount }) => `${purpose} ${amount}`).join(', ')
      expect([weighed.value, posted, `${state.quantity} ${state.value} ${state.last_cost}`], words).toEqual(expected)
    }
  }
})

const others: Readonly<Record<string, string>> = {
  sell: 'cost_of_sales',
  lose: 'stock_loss',
  expire: 'stock_expired',
  send: 'transfers_in_transit',
}

function changeOf(words: string): CostChange {
  const [verb = '', first = ''] = words.split(/\s+/)
  const after = (word: string, at = 0) => [...words.matchAll(new RegExp(`${word} (\\S+)`, 'g'))][at]?.[1] ?? '0'
  const suppliers = 'goods_received_not_invoiced'
  if (verb === 'receive') return { kind: 'receipt', quantity: first, unit_cost: after('at'), against: suppliers }
  if (verb === 'arrive')
    return { kind: 'arrival', quantity: first, value: after('worth'), against: 'transfers_in_transit' }
  if (verb === 'find') return { kind: 'found', quantity: first }
  if (verb === 'supplier')
    return { kind: 'supplier_return', quantity: after('takes'), unit_cost: after('at'), against: suppliers }
  if (verb !== 'back') return { kind: 'issue', quantity: first, against: others[verb] ?? `no account for ${verb}` }
  const of = {
    quantity: after('of'),
    value: after('worth'),
    returned_quantity: after('less'),
    returned_value: after('worth', 1),
  }
  return { kind: 'return', quantity: first, of: words.includes(' of ') ? of : null }
}
