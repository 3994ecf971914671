import { describe, expect, test } from 'vitest'
import { type AccountType, type Purpose, purposes } from './chart.ts'
import { chartOf, charts } from './charts.ts'

// The longest prefix of a code decides. A plan's classes are its first digits; finer prefixes where a class is mixed.
const typeOfClass: Record<string, Record<string, AccountType>> = {
  morocco: { 1: 'equity', 3: 'asset', 4: 'liability', 5: 'asset', 6: 'expense', 7: 'income' },
  france: {
    1: 'equity',
    3: 'asset',
    40: 'liability',
    409: 'asset',
    41: 'asset',
    419: 'liability',
    42: 'liability',
    425: 'asset',
    43: 'liability',
    44: 'liability',
    4456: 'asset',
    467: 'asset',
    5: 'asset',
    6: 'expense',
    7: 'income',
    89: 'equity',
  },
  mexico: {
    1: 'asset',
    2: 'liability',
    3: 'equity',
    4: 'income',
    5: 'expense',
    6: 'expense',
    701: 'expense',
    702: 'income',
    703: 'expense',
    704: 'income',
  },
  colombia: { 1: 'asset', 2: 'liability', 3: 'equity', 4: 'income', 5: 'expense', 6: 'expense', 7: 'expense' },
  argentina: { 1: 'asset', 2: 'liability', 3: 'equity', 4: 'income', 5: 'expense' },
  international: { 1: 'asset', 2: 'liability', 3: 'equity', 4: 'income', 5: 'expense', 6: 'expense' },
}

const result: AccountType[] = ['income', 'expense']

// VAT to be deducted stands on the debit side of a liability in some plans; corrections of cost are income in others.
const typesOfPurpose: [AccountType[], Purpose[]][] = [
  [
    ['asset'],
    [
      ...(['cash', 'safe', 'cash_in_transit', 'bank', 'cheques', 'card_clearing', 'mobile_wallet_clearing'] as const),
      ...(['platform_clearing', 'history_clearing', 'customers', 'supplier_deposits', 'staff_receivables'] as const),
      ...(['vat_withheld_by_customers', 'inventory', 'raw_materials', 'work_in_progress', 'finished_goods'] as const),
      ...(['purchases_in_transit', 'transfers_in_transit'] as const),
    ],
  ],
  [['asset', 'liability'], ['vat_deductible']],
  [
    ['liability'],
    [
      ...(['suppliers', 'goods_received_not_invoiced', 'customer_deposits', 'vouchers', 'wages_payable'] as const),
      ...(['tips_payable', 'vat_collected', 'vat_due', 'vat_withheld_from_suppliers'] as const),
    ],
  ],
  [['equity'], ['capital', 'owner_draws', 'retained_earnings', 'year_result', 'opening_balances']],
  [
    ['income'],
    ['sales', 'sales_returns', 'discounts_given', 'delivery_income', 'other_income', 'cash_over', 'fx_gains'],
  ],
  [result, ['stock_gain', 'discounts_received', 'production_costs_absorbed', 'rounding_differences']],
  [
    ['expense'],
    [
      ...(['cost_of_sales', 'stock_loss', 'stock_expired', 'purchase_price_variance', 'production_variance'] as const),
      ...(['wages', 'rent', 'delivery_costs', 'platform_fees', 'payment_fees', 'bad_debts', 'cash_short'] as const),
      ...(['fx_losses', 'other_expenses'] as const),
    ],
  ],
]

describe.each(charts)('the chart $id', ({ id, name, locale, source, accounts }) => {
  test('serves every purpose exactly once', () => {
    const served = accounts.flatMap(({ purpose }) => purpose ?? [])
    expect(served.toSorted()).toEqual(purposes.toSorted())
  })

  test('has unique codes, in order', () => {
    const codes = accounts.map(({ code }) => code)
    expect(codes).toEqual([...new Set(codes)].toSorted())
  })

  test('has well-formed codes and names, and says where it is from', () => {
    for (const account of accounts) {
      expect(account.code).toMatch(/^[A-Z0-9][A-Z0-9.-]{0,15}$/)
      expect(account.name).toMatch(/^\S.{0,98}\S$/)
    }
    expect(name).toMatch(/^\S.*\S$/)
    expect(source).toMatch(/^\S.*\S$/)
    expect(Intl.getCanonicalLocales(locale)).toEqual([locale])
  })

  test('has no two accounts of one type with the same name', () => {
    const names = accounts.map((account) => `${account.type} ${account.name}`)
    expect(names).toHaveLength(new Set(names).size)
  })

  test('gives each account the type of its class', () => {
    const classes = Object.entries(typeOfClass[id]!).toSorted(([one], [other]) => other.length - one.length)
    const expected = accounts.map(({ code }) => [code, classes.find(([prefix]) => code.startsWith(prefix))?.[1]])
    expect(accounts.map(({ code, type }) => [code, type])).toEqual(expected)
  })

  test('gives each purpose an account of a fitting type', () => {
    for (const { code, type, purpose } of accounts.filter((account) => account.purpose)) {
      const types = typesOfPurpose.find(([, served]) => served.some((one) => one === purpose))?.[0]
      expect(types, `${code} for ${purpose}`).toContain(type)
    }
  })
})

test('no two charts share an id', () => {
  expect(new Set(charts.map(({ id }) => id)).size).toBe(charts.length)
})

test.each([
  ['MA', 'morocco'],
  ['FR', 'france'],
  ['RE', 'france'],
  ['MX', 'mexico'],
  ['CO', 'colombia'],
  ['AR', 'argentina'],
  ['US', 'international'],
  ['GB', 'international'],
  ['JP', 'international'],
])('businesses of %s use the chart %s', (country, id) => {
  expect(chartOf(country).id).toBe(id)
})
