import type { CounterGoods, CounterPlace, CounterPrice } from '../basket/index.ts'
import type { GoodsUnit } from '../catalog/index.ts'
import type { Quote } from '../fx/index.ts'
import type { HeldStock } from '../inventory/index.ts'
import type { KeptAnswer } from '../platform/idempotency.ts'
import type { BatchContext } from '../platform/operation.ts'
import type { InForce } from '../settings/index.ts'
import type { TaxedComponent, TaxesHeld } from '../tax/index.ts'

type Scope = Pick<BatchContext, 'client' | 'tenantId'>

export interface SessionHeld {
  readonly id: string
  readonly number: number
  readonly register_id: string
  readonly branch_id: string
  readonly entity_id: string
  readonly currency: string
  readonly status: string
  readonly late_of: string | null
}

export interface RegisterHeld {
  readonly id: string
  readonly branch_id: string
  readonly code: string
  readonly is_active: boolean
  readonly last_sequence: string
  /** The device that is bound to it. */
  readonly device_id: string | null
}

export interface PlaceHeld extends CounterPlace {
  /** What receipts say of the shop; null where that was never said so. */
  readonly seller_id: string | null
  readonly entity_id: string
  readonly code: string
  readonly name: string
  readonly time_zone: string
  readonly cash_step: string | null
}

/** Who bears a code that was scanned: of its key, or of its SKU. */
export interface BearerHeld {
  readonly key: string | null
  /** As it is written, and in capitals: that is what it is looked up by. */
  readonly sku: string | null
  readonly sku_key: string | null
  readonly variant_id: string
  readonly pack_id: string | null
  readonly pack_quantity: string | null
  readonly dimension: GoodsUnit['dimension']
  readonly unit_size: string
  readonly unit_decimals: number
}

export interface GoodsHeld extends Omit<CounterGoods, 'units'> {
  readonly hsn_code: string | null
}

export interface BatchHeld {
  readonly id: string
  readonly variant_id: string
  readonly number: string
  readonly expires_on: string | null
  readonly is_blocked: boolean
}

export interface PriceHeld extends CounterPrice {
  readonly variant_id: string
  readonly currency: string
  readonly today: string
}

export interface TenderHeld {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly kind: 'cash' | 'card' | 'mobile_wallet' | 'bank_transfer' | 'other'
  readonly provider: 'simulator' | null
  readonly needs_reference: boolean
  readonly is_active: boolean
}

/** What left of which batch at which value; of what comes back, of is its place among those of the original. */
export interface Allocation {
  readonly variant_id: string
  readonly batch_id: string | null
  readonly quantity: string
  readonly value: string
  readonly of?: number
}

interface AmountsHeld {
  readonly quantity: string
  readonly gross: string
  readonly discount: string
  readonly net_discount: string
  readonly net: string
  readonly taxes: readonly TaxedComponent[]
  readonly allocations: readonly Allocation[]
}

export interface OriginalLine extends AmountsHeld {
  readonly line: number
  readonly of_line: number | null
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  readonly barcode: string | null
  readonly hsn_code: string | null
  readonly unit_code: string
  readonly list_price: string | null
  readonly unit_price: string
  readonly tax_class_id: string
  readonly tax_class_code: string
  readonly back: readonly AmountsHeld[] | null
}

export interface OriginalHeld {
  readonly id: string
  readonly kind: 'sale' | 'refund' | 'exchange'
  readonly number: string
  readonly root_id: string
  readonly entity_id: string
  readonly branch_id: string
  /** The one that numbered it. */
  readonly device_id: string | null
  readonly currency: string
  readonly customer_id: string | null
  readonly channel_id: string | null
  readonly is_price_with_tax: boolean
  readonly base_currency: string
  readonly fx_rate: string | null
  readonly total: string
  /** What the channel kept of what was sold, and what it gave back since. */
  readonly fees_taken: string
  readonly fees_returned: string
  readonly lines: readonly OriginalLine[]
}

export interface AccountHeld {
  readonly id: string
  readonly entity_id: string
  readonly currency: string
  readonly purpose: string
  readonly holder_id: string | null
  readonly code: string
  readonly name: string
}

export interface TicketHeld {
  readonly id: string
  readonly branch_id: string
  readonly state: 'open' | 'taken' | 'sold' | 'discarded'
}

/** What sales.hold answers; null in place of an empty list. */
export interface Held {
  readonly now: string
  readonly answers: readonly KeptAnswer[] | null
  readonly sessions: readonly SessionHeld[] | null
  readonly registers: readonly RegisterHeld[] | null
  /** Those that the inputs name, whether or not their sessions are of them. */
  readonly registers_named: readonly Pick<RegisterHeld, 'id' | 'branch_id'>[] | null
  readonly places: readonly PlaceHeld[] | null
  readonly bearers: readonly BearerHeld[] | null
  readonly kit_lines:
    | readonly { readonly kit_id: string; readonly variant_id: string; readonly quantity: string }[]
    | null
  readonly stock: readonly HeldStock[] | null
  readonly books: Readonly<Record<string, string | null>> | null
  readonly originals: readonly OriginalHeld[] | null
  /** Of the sales that originals began with: what all of it is worth that is not back, and what rounding in cash kept of what is. */
  readonly roots: readonly { readonly id: string; readonly worth: string; readonly carried: string }[] | null
  readonly settings: readonly (InForce & { readonly place_id: string })[] | null
  readonly quotes: readonly (Quote & { readonly on: string })[] | null
  /** Decimals of currencies; null where all is in the one of the legal entities. */
  readonly minor_units: Readonly<Record<string, number>> | null
  readonly goods: readonly GoodsHeld[] | null
  readonly units: readonly GoodsUnit[] | null
  readonly prices: readonly PriceHeld[] | null
  readonly taxes: TaxesHeld
  readonly batches: readonly BatchHeld[] | null
  readonly tenders: readonly TenderHeld[]
  readonly paid: readonly { readonly document_id: string; readonly tender_id: string; readonly amount: string }[]
  readonly authorizations: readonly {
    readonly id: string
    readonly kind: 'charge' | 'refund'
    readonly tender_id: string
    readonly branch_id: string
    readonly amount: string
    readonly currency: string
    readonly status: string
    readonly is_used: boolean
    /** Of what gives back: the sale that its charge paid for. */
    readonly origin_id: string | null
  }[]
  readonly tickets: readonly TicketHeld[] | null
  readonly channels: readonly { readonly id: string; readonly commission_rate: string }[] | null
  readonly customers: readonly { readonly id: string; readonly group_id: string | null }[] | null
  /** What is being counted, where something of it was paid already. */
  readonly frozen: readonly { readonly branch_id: string; readonly variant_id: string }[] | null
  /** Customers and channels that are named and have ended. */
  readonly ended: { readonly customers: readonly string[] | null; readonly channels: readonly string[] | null }
  readonly accounts: readonly AccountHeld[] | null
}

/** Holds and reads all that receipts are decided on, in one statement. */
export async function holdSales({ client, tenantId }: Scope, wanted: unknown): Promise<Held> {
  const { rows } = await client.query<{ held: Held }>({
    name: 'sales-hold',
    text: 'SELECT sales.hold($1, $2) AS held',
    values: [tenantId, JSON.stringify(wanted)],
  })
  const held = rows[0]?.held
  if (!held) throw new Error('sales.hold gave no answer')
  return held
}

/** What sales.record found wrong: of which part, which item of it from 1, and where. */
export interface Fault {
  readonly part: 'sale' | 'posting' | 'payment' | 'journal' | 'ticket'
  readonly item: number
  readonly code: string
  readonly line: number | null
  readonly detail: string | null
}

/** Records receipts with all that they stand for; with a fault, nothing of it may be committed. */
export async function recordSales({ client, tenantId }: Scope, receipts: unknown): Promise<Fault | undefined> {
  const { rows } = await client.query<Fault>({
    name: 'sales-record',
    text: 'SELECT part, item, code, line, detail FROM sales.record($1, $2)',
    values: [tenantId, JSON.stringify(receipts)],
  })
  return rows[0]
}

/** Empties what is personal of the sales of a customer. */
export async function forgetCustomer({ client, tenantId }: Scope, customerId: string): Promise<void> {
  await client.query({
    name: 'sales-forget-customer',
    text: 'SELECT sales.forget_customer($1, $2)',
    values: [tenantId, customerId],
  })
}
