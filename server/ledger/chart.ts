export const accountTypes = ['asset', 'liability', 'equity', 'income', 'expense'] as const

/** What an account is; a debit raises assets and expenses, a credit raises the others. */
export type AccountType = (typeof accountTypes)[number]

/** What the product itself posts to; exactly one account of each chart serves each purpose. */
export const purposes = [
  // Money: drawers, the safe, the way to the bank, and tenders that others still have to pay out.
  'cash',
  'safe',
  'cash_in_transit',
  'bank',
  'cheques',
  'card_clearing',
  'mobile_wallet_clearing',
  'platform_clearing',
  // What was sold elsewhere, or before, and settled there.
  'history_clearing',
  // Customers, suppliers and staff.
  'customers',
  'customer_deposits',
  'vouchers',
  'suppliers',
  'supplier_deposits',
  'goods_received_not_invoiced',
  'staff_receivables',
  'wages_payable',
  'tips_payable',
  // Tax.
  'vat_collected',
  'vat_deductible',
  'vat_due',
  'vat_withheld_by_customers',
  'vat_withheld_from_suppliers',
  // Stock at cost.
  'inventory',
  'raw_materials',
  'work_in_progress',
  'finished_goods',
  'purchases_in_transit',
  'transfers_in_transit',
  // Owners.
  'capital',
  'owner_draws',
  'retained_earnings',
  'year_result',
  'opening_balances',
  // Income.
  'sales',
  'sales_returns',
  'discounts_given',
  'delivery_income',
  'other_income',
  'cash_over',
  'fx_gains',
  // Cost of what was sold, lost, found and made.
  'cost_of_sales',
  'stock_loss',
  'stock_expired',
  'stock_gain',
  'purchase_price_variance',
  'discounts_received',
  'production_costs_absorbed',
  'production_variance',
  // Expenses.
  'wages',
  'rent',
  'delivery_costs',
  'platform_fees',
  'payment_fees',
  'bad_debts',
  'cash_short',
  'rounding_differences',
  'fx_losses',
  'other_expenses',
] as const

/** One of `purposes`. */
export type Purpose = (typeof purposes)[number]

/** What books that were opened earlier have no account for: it is opened when something is first posted to it. */
export const laterPurposes: readonly string[] = ['history_clearing'] satisfies Purpose[]

/** An account as a chart presets it; `purpose` is absent where the product never posts there by itself. */
export interface ChartAccount {
  code: string
  name: string
  type: AccountType
  purpose?: Purpose
}

/** A preset chart. `locale` is the language of the names, `source` says which official plan the codes are from. */
export interface Chart {
  id: string
  name: string
  locale: string
  source: string
  accounts: readonly ChartAccount[]
}

/** How a chart is written down: code, name and purpose of each account, under its type. */
export interface ChartTable extends Omit<Chart, 'accounts'> {
  accounts: Readonly<Record<AccountType, readonly (readonly [code: string, name: string, purpose?: Purpose])[]>>
}
