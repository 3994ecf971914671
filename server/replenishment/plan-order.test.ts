import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { money } from '../platform/money.ts'
import type { Demand } from './measure-demand.ts'
import { computeFigures, planOrder } from './plan-order.ts'
import { type PolicyValues, policyFields } from './resolve-policy.ts'

const nothing = Object.fromEntries(policyFields.map((field) => [field, null])) as unknown as PolicyValues

/** `mean 10 deviation 3` and so on; 73 days, 2.4 months. */
function demandOf(mean: string, deviation = '0', average = '25'): Demand {
  return {
    from: '2026-01-01',
    until: '2026-03-14',
    days: 73,
    sold: money(mean).times(73).toString(),
    mean: money(mean),
    deviation: money(deviation),
    out_of_stock_days: 0,
    average_stock: money(average),
  }
}

const figuresOf = (
  policy: Partial<PolicyValues>,
  demand: Demand,
  more: { supplierDays?: string; decimals?: number } = {},
) =>
  computeFigures({
    policy: { ...nothing, ...policy },
    demand,
    supplierDays: more.supplierDays ?? null,
    available: '30',
    decimals: more.decimals ?? 0,
  })

describe('figures', () => {
  test('are computed from demand and lead time, and rounded up to what the unit takes', () => {
    // z 1.644854·√(4·3²) = 9.8691…, 10·4 + 10 = 50, √(2·3,650·73 ÷ 36) = 121.66…
    const policy = { lead_time_days: '4.00', order_cost: '73', storage_cost_monthly: '3' }
    expect(figuresOf(policy, demandOf('10', '3'))).toEqual({
      lead_time_days: '4',
      lead_time_source: 'policy',
      lead_time_deviation_days: '0',
      review_period_days: '0',
      service_level: '95',
      safety_stock: { given: null, computed: '10', used: '10' },
      reorder_point: { given: null, computed: '50', used: '50' },
      economic_order_quantity: { given: null, computed: '122', used: '122' },
      days_of_supply: '3',
      // 730 sold in 2.4 months out of 25.
      turnover_monthly: '12.1667',
    })
    expect(figuresOf(policy, demandOf('10', '3'), { decimals: 3 }).safety_stock.computed).toBe('9.87')
  })

  test('that somebody gave count, and what they are computed to be is shown beside them', () => {
    const policy = {
      lead_time_days: '4',
      safety_stock: '25.000000',
      reorder_point: '80',
      economic_order_quantity: '200',
    }
    expect(figuresOf(policy, demandOf('10', '3'))).toMatchObject({
      safety_stock: { given: '25', computed: '10', used: '25' },
      // The computed one stands on the safety stock that counts.
      reorder_point: { given: '80', computed: '65', used: '80' },
      economic_order_quantity: { given: '200', computed: null, used: '200' },
    })
  })

  test('take the lead time of the supplier where the policy has none, and say so', () => {
    const demand = demandOf('10')
    expect(figuresOf({}, demand, { supplierDays: '3' })).toMatchObject({
      lead_time_days: '3',
      lead_time_source: 'supplier',
      reorder_point: { computed: '30' },
    })
    expect(figuresOf({ lead_time_days: '1' }, demand, { supplierDays: '3' })).toMatchObject({
      lead_time_source: 'policy',
      reorder_point: { computed: '10' },
    })
  })

  test('are not made up: without a lead time there is no reorder point, without demand no days of supply', () => {
    expect(figuresOf({}, demandOf('0'))).toMatchObject({
      lead_time_days: null,
      lead_time_source: null,
      safety_stock: { used: null },
      reorder_point: { used: null },
      economic_order_quantity: { used: null },
      days_of_supply: null,
      turnover_monthly: '0',
    })
  })
})

const planned = (
  policy: Partial<PolicyValues>,
  given: { position: string; mean?: string; pack?: string; decimals?: number },
) => {
  const { position, mean = '0', pack: packSize = null, decimals = 0 } = given
  const demand = demandOf(mean)
  const whole = { ...nothing, ...policy }
  const figures = computeFigures({ policy: whole, demand, supplierDays: null, available: position, decimals })
  const { quantity, packs, rules } = planOrder({ policy: whole, demand, decimals }, { figures, position, packSize })
  return [quantity, ...(packs === null ? [] : [`in ${packs}`]), ...rules].join(' ')
}

describe('what to order', () => {
  test.each<[policy: Partial<PolicyValues>, given: Parameters<typeof planned>[1], order: string]>([
    [{}, { position: '-5' }, '0'],
    [{ reorder_point: '10' }, { position: '11' }, '0'],
    [{ minimum_stock: '10' }, { position: '10' }, '0'],
    [{ reorder_point: '10' }, { position: '10' }, '1 at_reorder_point above_reorder_point'],
    [{ minimum_stock: '10' }, { position: '4' }, '7 below_minimum above_reorder_point'],
    [{ reorder_point: '10', reorder_quantity: '50' }, { position: '8' }, '50 at_reorder_point reorder_quantity'],
    [
      { reorder_point: '10', reorder_quantity: '5' },
      { position: '-8' },
      '19 at_reorder_point reorder_quantity raised_above_reorder_point',
    ],
    [{ reorder_point: '10', maximum_stock: '40' }, { position: '8' }, '32 at_reorder_point up_to_maximum'],
    [
      { reorder_point: '10', maximum_stock: '40', reorder_quantity: '50' },
      { position: '8' },
      '32 at_reorder_point reorder_quantity cut_to_maximum',
    ],
    [
      { reorder_point: '10', maximum_stock: '5' },
      { position: '8' },
      '0 at_reorder_point up_to_maximum raised_above_reorder_point cut_to_maximum',
    ],
    [
      { reorder_point: '10', target_days_of_supply: '30' },
      { position: '8', mean: '2.5' },
      '67 at_reorder_point up_to_days_of_supply',
    ],
    [{ reorder_point: '10', target_days_of_supply: '30' }, { position: '8' }, '3 at_reorder_point above_reorder_point'],
    [
      { reorder_point: '10', order_cost: '73', storage_cost_monthly: '3' },
      { position: '8', mean: '10' },
      '122 at_reorder_point economic_order_quantity',
    ],
    [
      { reorder_point: '10', economic_order_quantity: '60' },
      { position: '8' },
      '60 at_reorder_point economic_order_quantity',
    ],
    [{ lead_time_days: '4' }, { position: '40', mean: '10' }, '1 at_reorder_point above_reorder_point'],
    [{ lead_time_days: '4' }, { position: '41', mean: '10' }, '0'],
    [
      { reorder_point: '10', reorder_quantity: '50' },
      { position: '8', pack: '12' },
      '60 in 5 at_reorder_point reorder_quantity rounded_up_to_pack',
    ],
    [
      { reorder_point: '10', reorder_quantity: '48' },
      { position: '8', pack: '12' },
      '48 in 4 at_reorder_point reorder_quantity',
    ],
    // Three packs would be 44, beyond the maximum.
    [
      { reorder_point: '10', maximum_stock: '40' },
      { position: '8', pack: '12' },
      '24 in 2 at_reorder_point up_to_maximum cut_to_maximum',
    ],
    [
      { reorder_point: '10', maximum_stock: '15' },
      { position: '8', pack: '12' },
      '0 in 0 at_reorder_point up_to_maximum cut_to_maximum',
    ],
    [
      { reorder_point: '1', maximum_stock: '2.5' },
      { position: '1' },
      '1 at_reorder_point up_to_maximum cut_to_maximum',
    ],
    [{ reorder_point: '10.5' }, { position: '8.25', decimals: 2 }, '3.25 at_reorder_point above_reorder_point'],
    [{ reorder_point: '10.5' }, { position: '8.25' }, '4 at_reorder_point above_reorder_point'],
  ])('%j at %j: %s', (policy, given, order) => {
    expect(planned(policy, given)).toBe(order)
  })

  test('without a maximum, what is ordered takes the stock above the reorder point, so that nothing is ordered twice', () => {
    const quantity = fc
      .integer({ min: 0, max: 100_000 })
      .map((tenths) => money(String(tenths)).dividedBy(10).toString())
    const some = (one: fc.Arbitrary<string>) => fc.option(one, { nil: null })
    const policies = fc.record({
      reorder_point: some(quantity),
      minimum_stock: some(quantity),
      lead_time_days: some(quantity),
      reorder_quantity: some(quantity.map((text) => money(text).plus(1).toString())),
      target_days_of_supply: some(quantity),
    })
    fc.assert(
      fc.property(
        policies,
        quantity,
        quantity,
        some(fc.constantFrom('1', '6', '12.5')),
        (values, stock, mean, packSize) => {
          const policy = { ...nothing, ...values }
          const demand = demandOf(mean, '2')
          const figures = computeFigures({ policy, demand, supplierDays: null, available: stock, decimals: 1 })
          const plan = (position: string) => planOrder({ policy, demand, decimals: 1 }, { figures, position, packSize })
          const after = money(stock).plus(plan(stock).quantity).toString()
          expect(plan(after)).toEqual({ quantity: '0', packs: null, rules: [] })
        },
      ),
    )
  })
})
