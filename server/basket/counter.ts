import type { Goods } from '../catalog/index.ts'
import type { Bearer } from '../codes/read-code.ts'
import type { Candidate } from '../pricing/pick-price.ts'
import type { TaxGround } from '../tax/tax-ground.ts'

/** Where something is sold, and on which day. */
export interface CounterPlace {
  /** Of the branch. */
  readonly id: string
  readonly currency: string
  /** That of ISO 4217, as labels name it. */
  readonly currency_number: string | null
  readonly minor_unit: number
  readonly today: string
}

/** What selling needs to know of a variant. */
export interface CounterGoods extends Goods {
  readonly options: readonly { readonly name: string; readonly value: string }[]
  readonly tax_class_id: string
  readonly is_prescription_only: boolean
  readonly is_open_price: boolean
}

/** A price of the lists that is in force at the place, in its currency. */
export interface CounterPrice extends Candidate {
  readonly id: string
  readonly unit_price: string
  readonly includes_tax: boolean
}

/** What of a kit, or of goods alone, leaves the shelf for one. */
export interface Part {
  readonly variant_id: string
  readonly quantity: string
}

/** What a basket is priced on: what the server holds of a branch while it decides, or what a till keeps of it. */
export interface Counter<G extends CounterGoods = CounterGoods> {
  readonly place: CounterPlace
  /** How scales print what they weighed. */
  templates(): readonly string[]
  /** Throws what `tax` refuses with where nobody knows the taxes. */
  taxes(): TaxGround
  goodsOf(variantId: string): G | undefined
  bearerOf(barcodeKey: string): Bearer | undefined
  bearerOfSku(sku: string): Bearer | undefined
  partsOf(kitId: string): readonly Part[]
  pricesOf(variantId: string): readonly CounterPrice[]
  batchOf(variantId: string, named: { readonly id: string } | { readonly number: string }): string | undefined
  /** Whether anything of it lies in a batch here. */
  isInBatches(variantId: string): boolean
  /** The group of a customer, null without one; undefined: there is no such customer. */
  groupOf(customerId: string): string | null | undefined
  hasChannel(channelId: string): boolean
}
