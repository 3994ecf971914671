import { quantityOf, variantNotFound } from '../catalog/goods.ts'
import { readCode } from '../codes/read-code.ts'
import { batchNotFound } from '../inventory/allocate-batches.ts'
import { currencyMismatch } from '../payments/refusals.ts'
import { type Money, money, roundTo, toText } from '../platform/money.ts'
import { type Judge, orElse, Refusal, refuse, refuseAtOnce } from '../platform/refusal.ts'
import type { Counter, CounterGoods, Part } from './counter.ts'
import { kitEmpty, notSellable, prescriptionRequired } from './refusals.ts'
import type { Reduction } from './total-basket.ts'

/** What is said of a line at a till: goods or what was scanned, how much of it, and what is charged otherwise than by the lists. */
export interface WrittenLine {
  readonly variant_id?: string | undefined
  readonly barcode?: string | undefined
  /** In packs or the unit given, or else of what was scanned; one. */
  readonly quantity?: string | undefined
  readonly pack_id?: string | undefined
  readonly unit_id?: string | undefined
  readonly batch_id?: string | undefined
  readonly unit_price?: string | undefined
  readonly price_reason?: string | undefined
  readonly discount?: Reduction | undefined
  readonly discount_reason?: string | undefined
  readonly prescription?: string | undefined
  /** It was paid already: so much of these goods at this price, whatever they cost and a label says. */
  readonly was_paid?: true
}

/** A line that was read: whose goods, how much in their unit, and what a label said. */
export interface ReadLine<G extends CounterGoods = CounterGoods> {
  readonly written: WrittenLine
  readonly goods: G
  /** Null where only the price of the whole was printed. */
  readonly quantity: string | null
  /** Of the whole line, as printed; of one label where it was paid already. */
  readonly printedPrice: string | null
  /** Printed by a scale, under a number that the shop gave these goods for it. */
  readonly isOfScale: boolean
  readonly batch_id: string | null | 'fefo'
  /** What leaves the shelf for one of it. */
  readonly parts: readonly Part[]
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
export function readLine<G extends CounterGoods>(
  counter: Counter<G>,
  written: WrittenLine,
  judge: Judge = refuseAtOnce,
): ReadLine<G> {
  const read = scanned(counter, written)
  const goods = counter.goodsOf(written.variant_id ?? read?.bearer.variant_id ?? '') ?? refuse(variantNotFound)
  if (goods.is_deleted) judge(new Refusal(variantNotFound))
  if (!goods.is_sellable) judge(new Refusal(notSellable, `${goods.name} is not for sale`))
  const parts = orElse(judge, () => partsOf(counter, goods), [])
  const needsPrescription = [goods, ...parts.map((part) => counter.goodsOf(part.variant_id))].some(
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
      () => batchOf(counter, { goods, batchId: written.batch_id, lot: read?.lot ?? null }),
      'fefo',
    ),
    parts,
  }
}

function scanned(counter: Counter, written: WrittenLine) {
  if (written.variant_id === undefined) return readBarcode(counter, written.barcode)
  if (!written.was_paid || written.barcode === undefined) return undefined
  // It counts as what it was sold as, whatever its code stands for since.
  const read = orElse(
    () => {},
    () => readBarcode(counter, written.barcode),
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

function readBarcode(counter: Counter, code: string | undefined) {
  const { place } = counter
  const read = readCode(code ?? refuse(variantNotFound), {
    byBarcode: (key) => counter.bearerOf(key),
    bySku: (sku) => counter.bearerOfSku(sku),
    templates: () => counter.templates(),
    today: place.today,
  })
  if (read.currency_number !== null && read.currency_number !== place.currency_number)
    refuse(currencyMismatch, 'The label has its price in another currency')
  return read
}

function timesOf(goods: CounterGoods, quantity: string | null, times: Money): string | null {
  return quantity === null ? null : quantityOf(goods, { quantity: toText(money(quantity).times(times)) })
}

/** The batch that is named, or whose lot is on the label; goods that lie in no batch are sold whatever the label says. */
function batchOf(
  counter: Counter,
  { goods, batchId, lot }: { goods: CounterGoods; batchId: string | undefined; lot: string | null },
): string | 'fefo' {
  if (batchId === undefined && lot === null) return 'fefo'
  const found = counter.batchOf(goods.variant_id, batchId === undefined ? { number: lot ?? '' } : { id: batchId })
  if (found !== undefined) return found
  return batchId === undefined && !counter.isInBatches(goods.variant_id) ? 'fefo' : refuse(batchNotFound)
}

function partsOf(counter: Counter, { kind, variant_id }: CounterGoods): ReadLine['parts'] {
  if (kind === 'service') return []
  if (kind === 'stocked') return [{ variant_id, quantity: '1' }]
  const parts = counter.partsOf(variant_id)
  if (parts.length === 0) refuse(kitEmpty)
  return parts.filter((part) => counter.goodsOf(part.variant_id)?.kind === 'stocked')
}

/** So much of a part as leaves the shelf for a quantity, in the unit of the part. */
export function quantityOfPart(quantity: string, part: string): string {
  return toText(roundTo(money(quantity).times(part), 6, 'half_up'))
}

/** What receipts call goods: a product in several forms by its name and what this one is. */
export function nameOf({ name, options }: Pick<CounterGoods, 'name' | 'options'>): string {
  const forms = options.map(({ value }) => value)
  return forms.length === 0 ? name : `${name} – ${forms.join(', ')}`
}
