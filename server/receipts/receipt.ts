/** What a receipt tells. Amounts and quantities are decimal strings; names are those that the sale was made with, but those of people. */
export interface Receipt {
  readonly kind: 'sale' | 'refund' | 'exchange'
  /** Of the register and its sequence. */
  readonly number: string
  /** Of the sale that goods come back from. */
  readonly original_number: string | null
  /** Null for the first print, then 1, 2, 3. */
  readonly copy: number | null
  readonly made_at: Date
  /** Of the branch. */
  readonly time_zone: string
  readonly currency: string
  /** Decimals of the currency. */
  readonly minor_unit: number
  readonly seller: {
    readonly legal_name: string
    readonly tax_number: string | null
    readonly branch_name: string
    readonly address: string | null
    readonly phone: string | null
  }
  readonly register: string
  readonly cashier: string | null
  readonly customer: string | null
  readonly prices_include_tax: boolean
  readonly lines: readonly ReceiptLine[]
  /** Of all lines together. */
  readonly discount: string
  readonly net: string
  readonly tax: string
  /** What rounding in cash adds. */
  readonly rounding: string
  /** With tax and rounding. */
  readonly total: string
  readonly taxes: readonly { name: string; rate: string; base: string; tax: string }[]
  readonly payments: readonly { name: string; amount: string; reference: string | null }[]
  readonly change: string
}

export interface ReceiptLine {
  readonly name: string
  readonly sku: string | null
  /** Below zero for what comes back. */
  readonly quantity: string
  readonly unit: string | null
  readonly unit_price: string
  /** Of the line, and its share of that of the basket. */
  readonly discount: string
  /** After it, as prices are told: with tax or without. */
  readonly amount: string
  /** What it was taken from, or went back to, with the last day of each. */
  readonly batches: readonly { readonly number: string; readonly expires_on: string | null }[]
}
