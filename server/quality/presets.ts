import type { RuleConfig, Severity } from './contract.ts'
import type { DatasetName } from './datasets.ts'

interface Preset {
  readonly dataset: DatasetName
  readonly rule_key: string
  readonly name: string
  readonly severity: Severity
  readonly config: RuleConfig
}

const mailForm = '^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$'
const aboveZero = { is: 'above', value: '0' } as const
const yes = { is: 'equal', value: 'true' } as const

/** Rules to start with. Those that fail are about what would mislead whoever computes with it. */
export const presetRules: readonly Preset[] = [
  {
    dataset: 'products',
    rule_key: 'products-in-a-category',
    name: 'Products have a category',
    severity: 'WARN',
    config: {
      kind: 'not_null',
      column: 'category_id',
      when: [{ column: 'is_discontinued', is: 'equal', value: 'false' }],
    },
  },
  {
    dataset: 'products',
    rule_key: 'products-do-not-vanish',
    name: 'The number of products drops by no more than a fifth',
    severity: 'WARN',
    config: { kind: 'row_count_change', max_drop_percent: 20, when: [] },
  },
  {
    dataset: 'variants',
    rule_key: 'stocked-goods-have-a-barcode',
    name: 'Stocked goods on sale have a barcode',
    severity: 'WARN',
    config: {
      kind: 'not_null',
      column: 'barcode',
      when: [
        { column: 'kind', is: 'equal', value: 'stocked' },
        { column: 'is_sellable', ...yes },
      ],
    },
  },
  {
    dataset: 'prices',
    rule_key: 'prices-above-zero',
    name: 'Prices are above zero',
    severity: 'WARN',
    config: { kind: 'range', column: 'unit_price', above: '0', when: [] },
  },
  {
    dataset: 'customers',
    rule_key: 'customers-mail-form',
    name: 'E-mail addresses of customers have the form of one',
    severity: 'WARN',
    config: { kind: 'pattern', column: 'email', pattern: mailForm, ignores_case: false, when: [] },
  },
  {
    dataset: 'customers',
    rule_key: 'customers-once',
    name: 'No two customers share a telephone number',
    severity: 'WARN',
    config: { kind: 'unique', columns: ['phone'], ignores_case: false, when: [] },
  },
  {
    dataset: 'suppliers',
    rule_key: 'suppliers-mail-form',
    name: 'E-mail addresses of suppliers have the form of one',
    severity: 'WARN',
    config: { kind: 'pattern', column: 'email', pattern: mailForm, ignores_case: false, when: [] },
  },
  {
    dataset: 'suppliers',
    rule_key: 'suppliers-have-a-lead-time',
    name: 'Suppliers have a lead time',
    severity: 'WARN',
    config: { kind: 'not_null', column: 'lead_time_days', when: [] },
  },
  {
    dataset: 'batches',
    rule_key: 'batches-have-an-expiry',
    name: 'Batches in stock whose expiry is tracked have one',
    severity: 'FAIL',
    config: {
      kind: 'not_null',
      column: 'expires_on',
      when: [
        { column: 'is_expiry_tracked', ...yes },
        { column: 'on_hand', ...aboveZero },
      ],
    },
  },
  {
    dataset: 'stock_levels',
    rule_key: 'stock-not-negative',
    name: 'Stock is not below zero',
    severity: 'FAIL',
    config: { kind: 'range', column: 'on_hand', at_least: '0', when: [] },
  },
  {
    dataset: 'stock_levels',
    rule_key: 'stock-has-a-cost',
    name: 'Goods in stock have a cost',
    severity: 'WARN',
    config: { kind: 'range', column: 'unit_cost', above: '0', when: [{ column: 'on_hand', ...aboveZero }] },
  },
  {
    dataset: 'sales',
    rule_key: 'sales-lately',
    name: 'Something was sold within seven days',
    severity: 'WARN',
    config: { kind: 'freshness', max_age_hours: 168, when: [{ column: 'kind', is: 'equal', value: 'sale' }] },
  },
  {
    dataset: 'sales_lines',
    rule_key: 'sold-prices-not-negative',
    name: 'Nothing was sold below zero',
    severity: 'FAIL',
    config: { kind: 'range', column: 'unit_price', at_least: '0', within_days: 31, when: [] },
  },
  {
    dataset: 'sales_lines',
    rule_key: 'sold-goods-are-there',
    name: 'Goods that were sold lately are still in the catalogue',
    severity: 'WARN',
    config: {
      kind: 'reference',
      column: 'variant_id',
      of: { dataset: 'variants', column: 'id' },
      within_days: 31,
      when: [],
    },
  },
  {
    dataset: 'earlier_lines',
    rule_key: 'earlier-prices-not-negative',
    name: 'Nothing was sold below zero earlier',
    severity: 'FAIL',
    config: {
      kind: 'range',
      column: 'unit_price',
      at_least: '0',
      when: [{ column: 'role', is: 'not_equal', value: 'adjustment' }],
    },
  },
  {
    dataset: 'import_rows',
    rule_key: 'imported-rows-are-in',
    name: 'No row of a file was rejected lately',
    severity: 'WARN',
    config: {
      kind: 'pattern',
      column: 'outcome',
      pattern: '^(created|updated|skipped)$',
      ignores_case: false,
      within_days: 31,
      when: [],
    },
  },
]
