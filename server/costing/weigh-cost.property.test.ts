import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Money, money } from '../platform/money.ts'
import { type CostChange, type CostState, type Weighed, weighCost } from './weigh-cost.ts'

const scaled = (max: number, decimals: number) =>
  fc.integer({ min: 1, max }).map((units) => (units / 10 ** decimals).toFixed(decimals))
const quantity = fc.oneof(scaled(40, 0), scaled(9_000_000, 6))
const unit_cost = fc.oneof(scaled(5_000, 2), scaled(5_000_000, 6), fc.constant('0'))
const against = fc.constant('other')
const change: fc.Arbitrary<CostChange> = fc.oneof(
  fc.record({ kind: fc.constant('receipt' as const), quantity, unit_cost, against }),
  fc.record({ kind: fc.constant('issue' as const), quantity, against }),
  fc.record({ kind: fc.constant('found' as const), quantity }),
  fc.record({ kind: fc.constant('return' as const), quantity, of: fc.constant(null) }),
  fc.record({ kind: fc.constant('supplier_return' as const), quantity, unit_cost, against }),
)
const minorUnit = fc.constantFrom(0, 2, 3)
const empty: CostState = { quantity: '0', value: '0', last_cost: '0' }
const sum = (amounts: readonly string[]) => amounts.reduce((total, one) => total.plus(money(one)), money('0'))

/** Runs changes one after the other; calls back with what each came to. */
function run(
  changes: readonly CostChange[],
  unit: number,
  see: (weighed: Weighed, before: CostState) => void,
): CostState {
  return changes.reduce((state, one) => {
    const weighed = weighCost(state, one, unit)
    see(weighed, state)
    return weighed.state
  }, empty)
}

test('every journal balances, in whole minor units, and what it says of the stock is what the stock gains', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), minorUnit, (changes, unit) => {
      run(changes, unit, ({ lines, value }) => {
        expect(sum(lines.map(({ amount }) => amount)).isZero()).toBe(true)
        expect(lines.every(({ amount }) => money(amount).decimalPlaces() <= unit && !money(amount).isZero())).toBe(true)
        expect(lines.find(({ purpose }) => purpose === 'inventory')?.amount ?? '0').toBe(value)
      })
    }),
  )
})

test('the values of the movements add up to the value of the stock, and without a quantity there is no value', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), minorUnit, (changes, unit) => {
      const values: string[] = []
      const left = run(changes, unit, ({ value, state }) => {
        values.push(value)
        expect(sum(values)).toEqual(money(state.value))
        if (money(state.quantity).isZero()) expect(state.value).toBe('0')
      })
      const last = money(left.quantity)
      if (last.isZero()) return
      const goes = last.isNegative()
        ? ({ kind: 'receipt', quantity: last.abs().toFixed(), unit_cost: '3.21', against: 'other' } as const)
        : ({ kind: 'issue', quantity: last.toFixed(), against: 'other' } as const)
      expect(weighCost(left, goes, unit).state).toMatchObject({ quantity: '0', value: '0' })
    }),
  )
})

test('stock is never worth less than nothing while some is there, nor more than nothing while some is owed', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), minorUnit, (changes, unit) => {
      run(changes, unit, ({ state }) => {
        const [there, value] = [money(state.quantity), money(state.value)]
        const product: Money = there.times(value)
        expect(product.isNegative() && !product.isZero(), JSON.stringify(state)).toBe(false)
      })
    }),
  )
})

test('what is sold and brought back, at once or bit by bit, leaves the stock worth what it was', () => {
  fc.assert(
    fc.property(
      scaled(500_000, 2),
      fc.integer({ min: 2, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      (cost, count, each) => {
        const received = weighCost(
          empty,
          { kind: 'receipt', quantity: `${count * 2}`, unit_cost: cost, against: 'other' },
          2,
        )
        const sold = weighCost(received.state, { kind: 'issue', quantity: `${count}`, against: 'other' }, 2)
        const value = money(sold.value).abs()
        let [state, back, worth] = [sold.state, 0, money('0')]
        while (back < count) {
          const next = Math.min(each, count - back)
          const of = {
            quantity: `${count}`,
            value: value.toFixed(),
            returned_quantity: `${back}`,
            returned_value: worth.toFixed(),
          }
          const returned = weighCost(state, { kind: 'return', quantity: `${next}`, of }, 2)
          ;[state, back, worth] = [returned.state, back + next, worth.plus(returned.value)]
        }
        expect(state).toEqual(received.state)
      },
    ),
  )
})

test('more than was sold is not brought back, and nothing comes or goes without a quantity', () => {
  const of = { quantity: '2', value: '10', returned_quantity: '1', returned_value: '5' }
  expect(() => weighCost(empty, { kind: 'return', quantity: '2', of }, 2)).toThrow('more comes back than has left')
  expect(() => weighCost(empty, { kind: 'found', quantity: '0' }, 2)).toThrow('above zero')
})
