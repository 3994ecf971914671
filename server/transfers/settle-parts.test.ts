import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { money, toText } from '../platform/money.ts'
import { Refusal } from '../platform/refusal.ts'
import { everythingOpen, type Given, type OpenPart, settleParts, stateAfter } from './settle-parts.ts'

const part = (open_quantity: string, open_value: string, damaged_quantity = '0', id = 'a'): OpenPart => ({
  id,
  open_quantity,
  open_value,
  damaged_quantity,
})
const given = (quantity: string, damaged_quantity = '0', part_id = 'a'): Given => ({
  part_id,
  quantity,
  damaged_quantity,
})

function settle(parts: OpenPart[], said: Given[], minorUnit = 2): string {
  try {
    const { outcomes, left } = settleParts(parts, said, { kind: 'arrived', minorUnit })
    const became = outcomes.map((one) => `${one.kind} ${one.quantity} worth ${one.value}`).join(', ') || 'nothing'
    const rest = left.map((one) => `${one.open_quantity} worth ${one.open_value}, ${one.damaged_quantity} damaged`)
    return `${became}; left ${rest.join(' and ')}`
  } catch (error) {
    if (error instanceof Refusal) return error.kind.code
    throw error
  }
}

test.each<[what: string, parts: OpenPart[], said: Given[], result: string]>([
  ['all of it', [part('3', '10')], [given('3')], 'arrived 3 worth 10; left 0 worth 0, 0 damaged'],
  ['a share, rounded', [part('3', '10')], [given('1')], 'arrived 1 worth 3.33; left 2 worth 6.67, 0 damaged'],
  ['the last takes the rest', [part('2', '6.67')], [given('2')], 'arrived 2 worth 6.67; left 0 worth 0, 0 damaged'],
  ['a cent among three', [part('3', '0.01')], [given('2')], 'arrived 2 worth 0.01; left 1 worth 0, 0 damaged'],
  ['what is worth nothing', [part('3', '0')], [given('2')], 'arrived 2 worth 0; left 1 worth 0, 0 damaged'],
  [
    'damaged goods stay on the way',
    [part('5', '5')],
    [given('3', '2')],
    'arrived 3 worth 3, damaged 2 worth 0; left 2 worth 2, 2 damaged',
  ],
  [
    'damaged goods that turn out good',
    [part('2', '2', '2')],
    [given('1')],
    'arrived 1 worth 1; left 1 worth 1, 1 damaged',
  ],
  [
    'more damaged later',
    [part('4', '4', '1')],
    [given('2', '1')],
    'arrived 2 worth 2, damaged 1 worth 0; left 2 worth 2, 2 damaged',
  ],
  ['nothing of a part', [part('4', '4')], [given('0')], 'nothing; left 4 worth 4, 0 damaged'],
  ['more than is open', [part('4', '4')], [given('4.000001')], 'transfer_over_receipt'],
  ['more than is open of what is damaged', [part('2', '2', '2')], [given('3')], 'transfer_over_receipt'],
  ['more with what is damaged', [part('4', '4')], [given('3', '2')], 'transfer_over_receipt'],
  ['the same damaged twice', [part('2', '2', '2')], [given('0', '1')], 'transfer_over_receipt'],
  ['of what is all gone', [part('0', '0')], [given('1')], 'transfer_over_receipt'],
  ['a part named twice', [part('4', '4')], [given('1'), given('1')], 'transfer_part_twice'],
  ['a part of another transfer', [part('4', '4')], [given('1', '0', 'b')], 'transfer_part_not_found'],
])('%s', (_, parts, said, result) => {
  expect(settle(parts, said)).toBe(result)
})

test('a currency without decimals is shared in whole units', () => {
  expect(settle([part('3', '100')], [given('1')], 0)).toBe('arrived 1 worth 33; left 2 worth 67, 0 damaged')
})

describe('a transfer is', () => {
  const cases: [what: string, left: OpenPart[], before: 'in_transit' | 'short', isLast: boolean, state: string][] = [
    ['completed when nothing is left', [part('0', '0')], 'in_transit', false, 'completed'],
    ['in transit while more is expected', [part('1', '1')], 'in_transit', false, 'in_transit'],
    ['short when nothing more is expected', [part('1', '1')], 'in_transit', true, 'short'],
    ['short when all that is left came damaged', [part('1', '1', '1')], 'in_transit', false, 'short'],
    ['short as long as something is', [part('1', '1')], 'short', false, 'short'],
    ['completed when the last of a shortage is settled', [part('0', '0')], 'short', true, 'completed'],
  ]
  test.each(cases)('%s', (_, left, before, isLast, state) => {
    expect(stateAfter(left, { before, isLast })).toBe(state)
  })
})

test('however a part is settled bit by bit, its quantities and cents add up, and nothing is left', () => {
  const bits = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(bits, fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.constantFrom(0, 2, 3), (quantities, units, minor) => {
      const value = money(String(units)).times(money('10').pow(-minor))
      const total = quantities.reduce((sum, one) => sum + one, 0)
      let left: readonly OpenPart[] = [part(String(total), toText(value))]
      let sum = money('0')
      for (const quantity of quantities) {
        const kind = (['arrived', 'written_off', 'taken_back'] as const)[quantity % 3] ?? 'arrived'
        const settled = settleParts(left, [given(String(quantity))], { kind, minorUnit: minor })
        for (const outcome of settled.outcomes) {
          expect(money(outcome.value).isNegative()).toBe(false)
          expect(money(outcome.value).decimalPlaces()).toBeLessThanOrEqual(minor)
          sum = sum.plus(outcome.value)
        }
        left = settled.left
        expect(money(left[0]?.open_value ?? '-1').isNegative()).toBe(false)
      }
      expect(left).toEqual([part('0', '0')])
      expect(toText(sum)).toBe(toText(value))
      expect(everythingOpen(left)).toEqual([])
    }),
  )
})
