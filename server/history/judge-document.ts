import { createHash } from 'node:crypto'
import { customerNotFound } from '../basket/index.ts'
import { variantNotFound } from '../catalog/index.ts'
import { channelNotFound } from '../channels/index.ts'
import { dateOutOfRange, periodClosed } from '../ledger/index.ts'
import { type Money, money, roundToMinorUnit, toMinorText, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, type RefusalKind, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { dayIn } from '../platform/time.ts'
import { unknownCurrency } from '../reference/index.ts'
import { classNotFound } from '../tax/index.ts'
import { branchNotFound, type PlaceOfBusiness } from '../tenants/index.ts'
import {
  dayMissing,
  documentAmountTooFine,
  documentInFuture,
  type GivenDocument,
  numberTaken,
  originalElsewhere,
  originalMissing,
  originalNotFound,
  timesCrossed,
  totalOfOtherSign,
} from './contract.ts'
import { type DocumentSums, sumLines, type TotalledLine, totalLines } from './total-lines.ts'
import { type Numbered, numberKey, type World } from './world.ts'

/** Who records: the context of a command, or of an import inside its own transaction. */
export type Author = Pick<CommandContext, 'caller' | 'now' | 'newId' | 'changed'>

/** A document that is right, with its amounts. */
export interface Draft {
  readonly id: string
  readonly given: GivenDocument
  readonly place: PlaceOfBusiness
  readonly edition: number
  readonly currency: string
  readonly minorUnit: number
  readonly fx_rate: string
  readonly effective_on: string
  readonly content_sha256: string
  readonly lines: readonly TotalledLine[]
  readonly sums: DocumentSums
  readonly platform_fees: Money
  readonly shipping_cost: Money
}

/** A document that is there already, with the same content. */
export interface Already {
  readonly already: Numbered
  readonly total: string
}

/**
 * Judges a document on what there is and on those before it; from then on its number and its id are taken. Throws what is wrong
 * with it first.
 */
export function judgeDocument(world: World, given: GivenDocument, by: Author): Draft | Already {
  const place = world.places.get(given.branch_id) ?? refuse(branchNotFound)
  assertInScope(by, { branchId: given.branch_id }, branchNotFound)
  const currency = given.currency ?? place.currency
  const minorUnit = world.minorUnits.get(currency) ?? refuse(unknownCurrency, `${currency} is no currency`)
  const effective_on = dayOf(given, place)
  const lines = totalLines(given.lines, { kind: given.kind, isPriceWithTax: given.is_price_with_tax, minorUnit })
  const content_sha256 = digestOf(given, { currency, effective_on, lines })
  const known = world.numbers.get(numberKey(given))
  if (known && !known.is_reversed)
    return known.content_sha256 === content_sha256
      ? { already: known, total: toMinorText(sumLines(lines).total, minorUnit) }
      : refuse(numberTaken, `it is ${known.id}`)
  if (given.id !== undefined && world.ids.has(given.id)) refuse(platformRefusals.alreadyExists)
  assertKnown(world, given)
  assertDay(world, { given, place, effective_on, now: by.now })
  assertOriginal(world, { given, place, currency })
  const draft: Draft = {
    id: given.id ?? by.newId(),
    given,
    place,
    edition: (known?.edition ?? 0) + 1,
    currency,
    minorUnit,
    fx_rate: rateOf(world, { given, place, currency, effective_on }),
    effective_on,
    content_sha256,
    lines,
    sums: sumLines(lines),
    platform_fees: inWholeUnits(given.platform_fees, minorUnit),
    shipping_cost: inWholeUnits(given.shipping_cost, minorUnit),
  }
  assertSign(draft)
  return draft
}

/** Takes the number and the id of a document that is right, for those after it. */
export function take(world: World, { id, given, place, currency, edition, content_sha256 }: Draft): void {
  world.ids.add(id)
  world.numbers.set(numberKey(given), { id, edition, content_sha256, is_reversed: false })
  const { entity_id } = place
  world.originals.set(id, { id, kind: given.kind, entity_id, branch_id: place.id, currency, is_reversed: false })
}

function dayOf({ effective_on, made_at, last_made_at }: GivenDocument, { time_zone }: PlaceOfBusiness): string {
  if (last_made_at !== undefined && (made_at === undefined || Date.parse(last_made_at) < Date.parse(made_at)))
    refuse(timesCrossed)
  if (effective_on !== undefined) return effective_on
  return made_at === undefined ? refuse(dayMissing) : dayIn(time_zone, new Date(made_at))
}

function assertKnown({ customers, channels, goods, classes }: World, given: GivenDocument): void {
  const { customer_id, channel_id } = given
  if (customer_id !== undefined && !customers.has(customer_id)) refuse(customerNotFound)
  if (channel_id !== undefined && !channels.has(channel_id)) refuse(channelNotFound)
  for (const [at, { variant_id, tax_class_id }] of given.lines.entries()) {
    if (variant_id !== undefined && !goods.has(variant_id)) refuseLine(variantNotFound, at)
    if (tax_class_id !== undefined && !classes.has(tax_class_id)) refuseLine(classNotFound, at)
  }
}

function refuseLine(kind: RefusalKind, at: number): never {
  return refuse(kind, `line ${at + 1}: ${kind.title}`)
}

/** ledger.record takes nothing before it. */
const firstDayOfBooks = '1970-01-01'

function assertDay(
  { closedThrough, ledger }: World,
  { place, effective_on, now }: { given: GivenDocument; place: PlaceOfBusiness; effective_on: string; now: Date },
): void {
  if (effective_on > dayIn(place.time_zone, now)) refuse(documentInFuture)
  const closed = closedThrough.get(place.entity_id) ?? null
  if (ledger === 'at_its_date' && effective_on < firstDayOfBooks) refuse(dateOutOfRange)
  if (ledger === 'at_its_date' && closed !== null && effective_on <= closed)
    refuse(periodClosed, `the books are closed through ${closed}`)
}

function assertOriginal(
  { originals }: World,
  { given, place, currency }: { given: GivenDocument; place: PlaceOfBusiness; currency: string },
): void {
  const { kind, original_id } = given
  if ((kind === 'refund') !== (original_id !== undefined)) refuse(originalMissing)
  if (original_id === undefined) return
  const original = originals.get(original_id)
  if (original?.kind !== 'sale' || original.is_reversed) refuse(originalNotFound)
  if (original.entity_id !== place.entity_id || original.currency !== currency) refuse(originalElsewhere)
}

function rateOf(
  { rateOn }: World,
  asked: { given: GivenDocument; place: PlaceOfBusiness; currency: string; effective_on: string },
): string {
  const { given, place, currency, effective_on } = asked
  if (currency === place.currency) return '1'
  return given.fx_rate ?? rateOn({ from: currency, to: place.currency, on: effective_on }).rate
}

function inWholeUnits(text: string | undefined, minorUnit: number): Money {
  const amount = money(text ?? '0')
  return roundToMinorUnit(amount, minorUnit).equals(amount) ? amount : refuse(documentAmountTooFine)
}

function assertSign({ given: { kind }, sums: { total } }: Draft): void {
  if (total.isZero() || kind === 'adjustment') return
  if ((kind === 'sale') === total.isNegative()) refuse(totalOfOtherSign, `it comes to ${toText(total)}`)
}

/** The SHA-256 of all that a document says, however its decimals and times are written. */
function digestOf(
  given: GivenDocument,
  { currency, effective_on, lines }: Pick<Draft, 'currency' | 'effective_on' | 'lines'>,
): string {
  const plain = (text: string | undefined) => (text === undefined ? null : toText(money(text)))
  const time = (text: string | undefined) => (text === undefined ? null : new Date(text).toISOString())
  const content = [
    [given.kind, given.source, given.number, given.branch_id, given.customer_id, given.channel_id, given.original_id],
    [given.is_price_with_tax, currency, plain(given.fx_rate), plain(given.platform_fees), plain(given.shipping_cost)],
    [effective_on, time(given.made_at), time(given.last_made_at), given.note],
    ...lines.map(({ given: line, quantity, unit_price }) => [
      [line.variant_id, line.name, line.sku, quantity, unit_price, plain(line.discount), line.tax_class_id],
      [plain(line.tax_rate), plain(line.tax), plain(line.unit_cost)],
    ]),
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
