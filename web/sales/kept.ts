import type { Counter, CounterGoods, Part } from '../../server/basket/counter.ts'
import type { Dimension } from '../../server/codes/read-code.ts'
import type { KnownTender } from '../../server/payments/settle-tenders.ts'
import type { RoundingMode } from '../../server/platform/money.ts'
import { money } from '../../server/platform/money.ts'
import { dayIn } from '../../server/platform/time.ts'
import { type TaxesHeld, taxGroundOf } from '../../server/tax/tax-ground.ts'

/** What `assortment.get-ground` answers, as far as rules need it. */
export interface Ground {
  readonly branch: {
    readonly id: string
    readonly time_zone: string
    readonly currency: string
    readonly currency_number: string | null
    readonly minor_unit: number
  }
  readonly settings: {
    readonly prices_include_tax: boolean | null
    readonly in_store_codes: readonly string[]
    readonly cash_step: string | null
    readonly cash_rounding_mode: RoundingMode
    readonly discount_limit_percent: number
    readonly override_limit_percent: number
  }
  readonly taxes: TaxesHeld
  readonly days: readonly string[]
  readonly tenders: readonly KnownTender[]
  readonly units: readonly {
    readonly id: string
    readonly code: string
    readonly dimension: Dimension
    readonly size: string
    readonly decimals: number
  }[]
  readonly price_lists: readonly {
    readonly id: string
    readonly includes_tax: boolean
    readonly branch_id: string | null
    readonly channel_id: string | null
    readonly customer_group_id: string | null
    readonly ended_on: string | null
  }[]
  readonly channels: readonly { readonly id: string }[]
}

/** An item of `assortment.list-goods`, as far as rules need it. */
export interface KeptGoods extends Omit<CounterGoods, 'unit' | 'units' | 'is_deleted'> {
  readonly unit_id: string
  readonly barcodes: readonly { readonly key: string; readonly pack_id: string | null }[]
  readonly parts: readonly Part[]
  readonly prices: readonly {
    readonly id: string
    readonly price_list_id: string
    readonly unit_price: string
    readonly min_quantity: string
    readonly valid_from: string
    readonly valid_through: string | null
  }[]
}

/** An item of `assortment.list-stock`. */
export interface KeptStock {
  readonly levels: readonly {
    readonly batch_id: string | null
    readonly number: string | null
    readonly expires_on: string | null
    readonly is_blocked: boolean
    readonly available: string
  }[]
}

/** What a till keeps on its device. Each look-up answers at once: whatever a basket names is in memory. */
export interface Kept {
  readonly ground: Ground
  goods(variantId: string): KeptGoods | undefined
  goodsOfBarcode(key: string): KeptGoods | undefined
  goodsOfSku(sku: string): KeptGoods | undefined
  stock(variantId: string): KeptStock | undefined
  customer(id: string): { readonly group_id: string | null } | undefined
}

/** What a till keeps as what its baskets are priced on, at a time by its clock. */
export function counterOf(kept: Kept, at: Date): Counter {
  const { ground } = kept
  const { branch, settings } = ground
  const today = dayIn(branch.time_zone, at)
  // Who was out of reach for longer goes on with the last taxes that it knows of.
  const taxed = ground.days.includes(today) ? today : (ground.days.at(-1) ?? today)
  const lists = new Map(ground.price_lists.map((one) => [one.id, one]))
  const bearerOf = (goods: KeptGoods | undefined, packId: string | null) => {
    const unit = goods && ground.units.find(({ id }) => id === goods.unit_id)
    if (!goods || !unit) return undefined
    const pack_quantity = goods.packs.find(({ id }) => id === packId)?.quantity ?? null
    const { dimension, size: unit_size, decimals: unit_decimals } = unit
    return { variant_id: goods.variant_id, pack_quantity, dimension, unit_size, unit_decimals }
  }
  return {
    place: { ...branch, today },
    templates: () => settings.in_store_codes,
    taxes: () => taxGroundOf(ground.taxes, { id: branch.id, today: taxed, set: () => settings.prices_include_tax }),
    goodsOf: (id) => inFull(ground, kept.goods(id)),
    bearerOf(key) {
      const goods = kept.goodsOfBarcode(key)
      return bearerOf(goods, goods?.barcodes.find((one) => one.key === key)?.pack_id ?? null)
    },
    bearerOfSku: (sku) => bearerOf(kept.goodsOfSku(sku), null),
    partsOf: (id) => kept.goods(id)?.parts ?? [],
    pricesOf: (id) =>
      (kept.goods(id)?.prices ?? []).flatMap((price) => {
        const list = lists.get(price.price_list_id)
        const isInForce = price.valid_from <= today && (price.valid_through === null || price.valid_through >= today)
        if (!list || !isInForce || (list.ended_on !== null && list.ended_on <= today)) return []
        return { ...list, id: price.id, unit_price: price.unit_price, min_quantity: price.min_quantity }
      }),
    batchOf: (id, named) =>
      kept
        .stock(id)
        ?.levels.find(({ batch_id, number }) => ('id' in named ? batch_id === named.id : number === named.number))
        ?.batch_id ?? undefined,
    isInBatches: (id) => kept.stock(id)?.levels.some(({ batch_id }) => batch_id !== null) ?? false,
    groupOf: (id) => kept.customer(id)?.group_id,
    hasChannel: (id) => ground.channels.some((one) => one.id === id),
  }
}

function inFull({ units }: Ground, goods: KeptGoods | undefined): CounterGoods | undefined {
  const unit = goods && units.find(({ id }) => id === goods.unit_id)
  if (!goods || !unit) return undefined
  return { ...goods, unit, units: units.filter(({ dimension }) => dimension === unit.dimension), is_deleted: false }
}

/** What lies there of some variants, as the rule of batches takes it; of what is not kept in batches, too. */
export function shelvesOf(kept: Kept, variantIds: readonly string[]) {
  return [...new Set(variantIds)].flatMap((variant_id) =>
    (kept.stock(variant_id)?.levels ?? []).map((level) => ({ ...level, variant_id })),
  )
}

/** How cash is rounded here. */
export function cashRoundingOf({ settings }: Ground) {
  const { cash_step, cash_rounding_mode } = settings
  return { step: cash_step === null || money(cash_step).isZero() ? null : cash_step, mode: cash_rounding_mode }
}
