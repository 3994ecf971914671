import { money, roundTo, toText } from '../platform/money.ts'
import { refuse } from '../platform/refusal.ts'
import { toGtin14 } from './check-digit.ts'
import { type Gs1Content, type Gs1Element, looksLikeGs1, readGs1 } from './gs1.ts'
import { inStoreKey, readInStoreCode } from './in-store-code.ts'
import {
  barcodeUnknown,
  gs1DateInvalid,
  gs1Malformed,
  quantityZero,
  unitMismatch,
  wrongCheckDigit,
} from './refusals.ts'

/** What units measure. */
export const dimensions = ['count', 'mass', 'volume', 'length', 'area', 'time'] as const
export type Dimension = (typeof dimensions)[number]

/** What reading a code needs to know of the goods that bear it. */
export interface Bearer {
  readonly variant_id: string
  /** What is in the pack that bears the code; null where the variant does. */
  readonly pack_quantity: string | null
  readonly dimension: Dimension
  readonly unit_size: string
  readonly unit_decimals: number
}

/** Where codes are looked up. */
export interface Lookups<B extends Bearer> {
  byBarcode(key: string): B | undefined
  bySku(sku: string): B | undefined
  /** How scales print what they weighed. */
  templates(): readonly string[]
  /** Decides the century of a day on a label. */
  readonly today: string
}

/** What a code says: who bears it and how much of it; of a price the number of its currency, where a label says it. */
export interface ReadCode<B extends Bearer>
  extends Pick<Gs1Content, 'lot' | 'serial' | 'produced_on' | 'packed_on' | 'best_before_on' | 'expires_on'> {
  readonly bearer: B
  readonly found_by: 'barcode' | 'in_store' | 'sku'
  /** In the unit of the product; null where the price was printed and not the weight. */
  readonly quantity: string | null
  /** Of the whole, as printed. */
  readonly price: string | null
  readonly elements: Gs1Element[]
  readonly currency_number: string | null
}

/** What reading a code refuses with. */
export const scanRefusals = [
  barcodeUnknown,
  gs1DateInvalid,
  gs1Malformed,
  quantityZero,
  unitMismatch,
  wrongCheckDigit,
] as const

/** The key by which a code that was scanned or typed is looked up. */
export function barcodeKey(code: string): string {
  return /^(\d{8}|\d{12,14})$/.test(code) ? toGtin14(code) : code
}

/** The keys of all barcodes that a code may stand for, the SKU, and the lot that it names. */
export function keysOfCode(text: string): { keys: string[]; sku: string; lot: string | null } {
  const code = text.trim()
  const read = looksLikeGs1(code) ? readGs1(code, '2000-01-01') : { fault: 'malformed' }
  const gtin = 'fault' in read ? null : (read.gtin ?? read.content)
  const lot = 'fault' in read ? null : read.lot
  const printed = code.length === 12 ? `0${code}` : code
  const items = /^(02|2\d)\d{11}$/.test(printed)
    ? [3, 4, 5, 6].map((digits) => inStoreKey(printed.slice(2, 2 + digits)))
    : []
  return { keys: [barcodeKey(code), ...(gtin === null ? [] : [gtin]), ...items], sku: code, lot }
}

/**
 * Reads a code with what its keys led to, in this order: a barcode that somebody bears just so, a GS1 element string, a code
 * that a scale printed, a SKU. Refuses with `barcode_unknown` what nothing has, and with a reason what reads as GS1 but cannot be.
 */
export function readCode<B extends Bearer>(text: string, lookups: Lookups<B>): ReadCode<B> {
  const code = text.trim()
  const bearer = lookups.byBarcode(barcodeKey(code))
  if (bearer) return { ...answerOf(bearer, 'barcode'), quantity: countOf(bearer) }
  if (looksLikeGs1(code)) return readElements(readGs1(code, lookups.today), lookups)
  const printed = readInStoreCode(code, lookups.templates())
  if (printed) {
    const item = lookups.byBarcode(inStoreKey(printed.item)) ?? refuse(barcodeUnknown)
    const { weight, price } = printed
    const quantity = weight === null ? null : countOf(item, { value: weight, dimension: 'mass', size: '1' })
    return { ...answerOf(item, 'in_store'), quantity, price }
  }
  const named = lookups.bySku(code) ?? refuse(barcodeUnknown)
  return { ...answerOf(named, 'sku'), quantity: '1' }
}

function readElements<B extends Bearer>(read: ReturnType<typeof readGs1>, { byBarcode }: Lookups<B>): ReadCode<B> {
  if ('fault' in read)
    refuse({ malformed: gs1Malformed, check_digit: wrongCheckDigit, date: gs1DateInvalid }[read.fault])
  const gtin = read.gtin ?? read.content ?? refuse(gs1Malformed, 'No article is named, by AI 01 or 02')
  const found = byBarcode(gtin) ?? refuse(barcodeUnknown)
  const { lot, serial, produced_on, packed_on, best_before_on, expires_on, price, elements } = read
  return {
    ...answerOf(found, 'barcode'),
    ...{ lot, serial, produced_on, packed_on, best_before_on, expires_on, price },
    currency_number: read.price_currency,
    elements: [...elements],
    quantity: quantityOfGs1(found, read),
  }
}

function quantityOfGs1(found: Bearer, { measure, count, price }: Gs1Content): string | null {
  const counted = count === null ? undefined : toText(money(count).times(found.pack_quantity ?? '1'))
  if (measure) {
    const { dimension, size } = measures[measure.name] ?? refuse(unitMismatch)
    // A box that is weighed and is sold by the piece has its weight for the freight.
    if (dimension !== found.dimension && found.dimension === 'count') return counted ?? countOf(found)
    return countOf(found, { value: measure.value, dimension, size })
  }
  if (counted !== undefined) return counted
  return price === null || found.dimension === 'count' ? countOf(found) : null
}

// International yard and pound (NIST Special Publication 811, appendix B.8); quarts and gallons of liquids, United States.
const measures: Readonly<Record<string, { dimension: Dimension; size: string }>> = {
  net_weight_kg: { dimension: 'mass', size: '1' },
  net_weight_lb: { dimension: 'mass', size: '0.45359237' },
  length_m: { dimension: 'length', size: '1' },
  width_m: { dimension: 'length', size: '1' },
  height_m: { dimension: 'length', size: '1' },
  ...Object.fromEntries(
    ['length', 'width', 'height'].flatMap((side) => [
      [`${side}_in`, { dimension: 'length', size: '0.0254' }],
      [`${side}_ft`, { dimension: 'length', size: '0.3048' }],
      [`${side}_yd`, { dimension: 'length', size: '0.9144' }],
    ]),
  ),
  area_in2: { dimension: 'area', size: '0.00064516' },
  area_ft2: { dimension: 'area', size: '0.09290304' },
  area_yd2: { dimension: 'area', size: '0.83612736' },
  net_weight_oz: { dimension: 'mass', size: '0.028349523125' },
  net_weight_oz_troy: { dimension: 'mass', size: '0.0311034768' },
  net_volume_qt: { dimension: 'volume', size: '0.946352946' },
  net_volume_gal: { dimension: 'volume', size: '3.785411784' },
  net_volume_in3: { dimension: 'volume', size: '0.016387064' },
  net_volume_ft3: { dimension: 'volume', size: '28.316846592' },
  net_volume_yd3: { dimension: 'volume', size: '764.554857984' },
  area_m2: { dimension: 'area', size: '1' },
  net_volume_l: { dimension: 'volume', size: '1' },
  net_volume_m3: { dimension: 'volume', size: '1000' },
}

/**
 * How much was scanned, in the unit of the product: what was measured, rounded half to even to its decimals, or one, or what
 * is in one pack. Refuses with `quantity_zero` what is nothing then.
 */
function countOf(found: Bearer, measured?: { value: string; dimension: Dimension; size: string }): string {
  if (!measured) return toText(money(found.pack_quantity ?? '1'))
  if (measured.dimension !== found.dimension) refuse(unitMismatch)
  const exactly = money(measured.value).times(measured.size).dividedBy(found.unit_size)
  const quantity = roundTo(exactly, found.unit_decimals, 'half_even')
  if (quantity.isZero()) refuse(quantityZero)
  return toText(quantity)
}

function answerOf<B extends Bearer>(bearer: B, foundBy: ReadCode<B>['found_by']): Omit<ReadCode<B>, 'quantity'> {
  return {
    bearer,
    found_by: foundBy,
    price: null,
    currency_number: null,
    lot: null,
    serial: null,
    produced_on: null,
    packed_on: null,
    best_before_on: null,
    expires_on: null,
    elements: [],
  }
}
