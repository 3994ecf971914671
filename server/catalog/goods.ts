import type { Dimension } from '../codes/read-code.ts'
import { quantityZero, unitMismatch } from '../codes/refusals.ts'
import { money, roundTo, toText } from '../platform/money.ts'
import { refusal, refuse } from '../platform/refusal.ts'

export const variantNotFound = refusal('variant_not_found', 422, 'There is no such variant')
export const packNotFound = refusal('pack_not_found', 422, 'There is no such pack of this variant')
export const tooManyDecimals = refusal('too_many_decimals', 422, 'The unit takes fewer decimals')

export interface GoodsUnit {
  readonly id: string
  readonly code: string
  readonly dimension: Dimension
  /** In the unit of its dimension, such as kilograms. */
  readonly size: string
  readonly decimals: number
}

/** What moving and counting goods needs to know of a variant. */
export interface Goods {
  readonly variant_id: string
  readonly product_id: string
  readonly name: string
  readonly sku: string | null
  readonly kind: 'stocked' | 'service' | 'kit'
  /** What its stock is counted in. */
  readonly unit: GoodsUnit
  /** The units that quantities of it may be given in: those of the same dimension. */
  readonly units: readonly GoodsUnit[]
  readonly packs: readonly { readonly id: string; readonly name: string; readonly quantity: string }[]
  readonly is_expiry_tracked: boolean
  readonly is_sellable: boolean
  readonly is_discontinued: boolean
  readonly allows_negative_stock: boolean
  /** Taken out of the catalogue; there may be stock of it all the same. */
  readonly is_deleted: boolean
}

/**
 * A quantity in the unit of the product: of packs, or in another unit of the same dimension where one is given. Refuses with
 * `quantity_zero`, `pack_not_found`, `unit_mismatch`, and `too_many_decimals` for what the unit of the product cannot count.
 */
export function quantityOf(
  goods: Goods,
  given: { readonly quantity: string; readonly pack_id?: string | undefined; readonly unit_id?: string | undefined },
): string {
  const quantity = money(given.quantity)
  if (quantity.isZero() || quantity.isNegative()) refuse(quantityZero)
  const base = quantity.times(packSize(goods, given.pack_id)).times(unitSize(goods, given.unit_id))
  // Sizes of units are quotients now and then: what is no more than their last digit is no decimal of the quantity.
  const counted = roundTo(base, goods.unit.decimals, 'half_up')
  if (counted.minus(base).abs().greaterThan('1e-12')) {
    refuse(tooManyDecimals, `${goods.unit.code} takes ${goods.unit.decimals} decimals`)
  }
  return counted.isZero() ? refuse(quantityZero) : toText(counted)
}

/** What `quantityOf` refuses with. */
export const quantityRefusals = [quantityZero, packNotFound, unitMismatch, tooManyDecimals] as const

function packSize({ packs }: Goods, packId: string | undefined): string {
  if (packId === undefined) return '1'
  return packs.find(({ id }) => id === packId)?.quantity ?? refuse(packNotFound)
}

function unitSize({ unit, units }: Goods, unitId: string | undefined) {
  if (unitId === undefined || unitId === unit.id) return money('1')
  const other = units.find(({ id }) => id === unitId) ?? refuse(unitMismatch)
  return money(other.size).dividedBy(unit.size)
}
