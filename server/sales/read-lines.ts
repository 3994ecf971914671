import type { z } from 'zod'
import { inStoreCodesSetting, quantityOf, readCode, variantNotFound } from '../catalog/index.ts'
import { batchNotFound } from '../inventory/index.ts'
import { currencyMismatch } from '../payments/index.ts'
import { type Money, money, roundTo, toText } from '../platform/money.ts'
import { type Judge, orElse, Refusal, refuse, refuseAtOnce } from '../platform/refusal.ts'
import { type checkoutInput, kitEmpty, notSellable, prescriptionRequired } from './contract.ts'
import type { PlaceHeld } from './queries.ts'
import { type SellableGoods, settingOf, type World } from './world.ts'

export type WrittenLine = z.output<typeof checkoutInput>['lines'][number] & {
  /** It was paid already: so much of these goods at this price, whatever they cost and a label says. */
  readonly was_paid?: true
}

/** A line that was read: whose goods, how much in their unit, and what a label said. */
export interface ReadLine {
  readonly written: WrittenLine
  readonly goods: SellableGoods
  /** Null where only the price of the whole was printed. */
  readonly quantity: string | null
  /** Of the whole line, as printed; of one label where it was paid already. */
  readonly printedPrice: string | null
  /** Printed by a scale, under a number that the shop gave these goods for it. */
  readonly isOfScale: boolean
  readonly batch_id: string | null | 'fefo'
  /** What leaves the shelf for one of it. */
  readonly parts: readonly { readonly variant_id: string; readonly quantity: string }[]
}

/** Says of a refusal which line it is about. */
export function atLine<T>(at: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Refusal && !error.fields ? ofLine(error, at) : error
  }
}

/** The same about a line of the basket. */
export function ofLine({ kind, message }: Refusal, at: number): Refusal {
  return new Refusal(kind, `line ${at + 1}: ${message}`, [{ path: `lines.${at}`, code: kind.code, message }])
}

/** Reads a line. Refuses what nobody sells, and what cannot be counted. */
export function readLine(world: World, place: PlaceHeld, written: WrittenLine, judge: Judge = refuseAtOnce): ReadLine {
  const read = scanned(world, place, written)
  const goods = world.goods.get(written.variant_id ?? read?.bearer.variant_id ?? '') ?? refuse(variantNotFound)
  if (goods.is_deleted) judge(new Refusal(variantNotFound))
  if (!goods.is_sellable) judge(new Refusal(notSellable, `${goods.name} is not for sale`))
  const parts = orElse(judge, () => partsOf(world, goods), [])
  const needsPrescription = [goods, ...parts.map((part) => world.goods.get(part.variant_id))].some(
    (one) => one?.is_prescription_only,
  )
  if (needsPrescription && written.prescription === undefined) judge(new Refusal(prescriptionRequired))
  const isCounted = written.pack_id !== undefined || written.unit_id !== undefined || written.was_paid === true
  const times = money(written.quantity ?? '1')
  const printed = read && !isCounted ? read : undefined
  return {
    written,
    goods,
    quantity: printed
      ? timesOf(goods, printed.quantity, times)
      : orElse(judge, () => quantityOf(goods, { ...written, quantity: toText(times) }), toText(times)),
    printedPrice: printedPriceOf(written, read, printed ? times : money('1')),
    isOfScale: read?.found_by === 'in_store',
    batch_id: orElse(
      judge,
      () => batchOf(world, place, { goods, batchId: written.batch_id, lot: read?.lot ?? null }),
      'fefo',
    ),
    parts,
  }
}

function scanned(world: World, place: PlaceHeld, written: WrittenLine) {
  if (written.variant_id === undefined) return readBarcode(world, place, written.barcode)
  if (!written.was_paid || written.barcode === undefined) return undefined
  // It counts as what it was sold as, whatever its code stands for since.
  const read = orElse(
    () => {},
    () => readBarcode(world, place, written.barcode),
    undefined,
  )
  return read?.bearer.variant_id === written.variant_id ? read : undefined
}

function printedPriceOf(
  { pack_id, unit_id }: WrittenLine,
  read: ReturnType<typeof readBarcode> | undefined,
  times: Money,
): string | null {
  if (!read?.price || pack_id !== undefined || unit_id !== undefined) return null
  return toText(money(read.price).times(times))
}

function readBarcode(world: World, place: PlaceHeld, code: string | undefined) {
  const { bearers } = world.held
  const read = readCode(code ?? refuse(variantNotFound), {
    byBarcode: (key) => bearers?.find((one) => one.key === key),
    bySku: (sku) => bearers?.find((one) => one.sku_key === sku.toUpperCase()),
    templates: settingOf(world, inStoreCodesSetting, place.id),
    today: place.today,
  })
  if (read.currency_number !== null && read.currency_number !== place.currency_number)
    refuse(currencyMismatch, 'The label has its price in another currency')
  return read
}

function timesOf(goods: SellableGoods, quantity: string | null, times: Money): string | null {
  return quantity === null ? null : quantityOf(goods, { quantity: toText(money(quantity).times(times)) })
}

/** The batch that is named, or whose lot is on the label; goods that lie in no batch are sold whatever the label says. */
function batchOf(
  { held }: World,
  place: PlaceHeld,
  { goods, batchId, lot }: { goods: SellableGoods; batchId: string | undefined; lot: string | null },
): string | 'fefo' {
  if (batchId === undefined && lot === null) return 'fefo'
  const found = held.batches?.find(
    (one) => one.variant_id === goods.variant_id && (batchId === undefined ? one.number === lot : one.id === batchId),
  )
  if (found) return found.id
  const shelf = held.stock?.find((one) => one.branch_id === place.id && one.variant_id === goods.variant_id)
  const isInBatches = shelf?.levels.some(({ batch_id }) => batch_id !== null) ?? false
  return batchId === undefined && !isInBatches ? 'fefo' : refuse(batchNotFound)
}

function partsOf({ held, goods }: World, { kind, variant_id }: SellableGoods): ReadLine['parts'] {
  if (kind === 'service') return []
  if (kind === 'stocked') return [{ variant_id, quantity: '1' }]
  const parts = (held.kit_lines ?? []).filter(({ kit_id }) => kit_id === variant_id)
  if (parts.length === 0) refuse(kitEmpty)
  return parts.filter((part) => goods.get(part.variant_id)?.kind === 'stocked')
}

/** So much of a part as leaves the shelf for a quantity, in the unit of the part. */
export function quantityOfPart(quantity: string, part: string): string {
  return toText(roundTo(money(quantity).times(part), 6, 'half_up'))
}
