import { money, toText } from '../platform/money.ts'
import type { Receipt, ReceiptLine } from './receipt.ts'
import { type Words, wordsOf } from './words.ts'

/** A part of a receipt, as wide as the paper, whatever it is written with. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'centred'; readonly text: string; readonly strong?: boolean }
  /** Something and its amount, at both ends. */
  | { readonly kind: 'pair'; readonly left: string; readonly right: string; readonly strong?: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'rule' }
  /** The number of the receipt, to be scanned. */
  | { readonly kind: 'barcode'; readonly text: string }

export interface Layout {
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly title: string
  readonly blocks: readonly Block[]
}

interface Writer {
  readonly words: Words
  amount(text: string): string
  quantity(text: string): string
  rate(text: string): string
  time(at: Date): string
  /** A day of the calendar. */
  day(text: string): string
  count(number: number): string
  /** What stands in a sentence of words: from right to left it keeps its own direction, or a telephone number is turned round. */
  within(text: string): string
}

/** What stands on a receipt from top to bottom, in the language and with the numbers of a locale. */
export function layOut(receipt: Receipt, locale: string): Layout {
  const { language, direction, words } = wordsOf(locale)
  const writer = { ...writerOf(receipt, locale, words), within: direction === 'rtl' ? isolated : asItIs }
  const blocks: Block[] = [
    ...headOf(receipt, writer),
    { kind: 'rule' },
    ...receipt.lines.flatMap((line) => linesOf(line, writer)),
    { kind: 'rule' },
    ...totalsOf(receipt, writer),
    { kind: 'rule' },
    ...paymentsOf(receipt, writer),
    ...(receipt.prices_include_tax ? [{ kind: 'centred', text: words.taxIncluded } as const] : []),
    { kind: 'centred', text: words.thanks },
    { kind: 'barcode', text: receipt.number },
    ...markOf(receipt, writer),
  ]
  return { language, direction, title: `${words[receipt.kind]} ${receipt.number}`, blocks }
}

function headOf({ seller, ...receipt }: Receipt, writer: Writer): Block[] {
  const { words } = writer
  const said: [label: string, text: string | null][] = [
    [words.taxNumber, seller.tax_number],
    [words.phone, seller.phone],
  ]
  const facts: [label: string, text: string | null][] = [
    [words.receiptNumber, receipt.number],
    [words.originalNumber, receipt.original_number],
    [words.date, writer.time(receipt.made_at)],
    [words.register, receipt.register],
    [words.cashier, receipt.cashier],
    [words.customer, receipt.customer],
  ]
  return [
    { kind: 'heading', text: seller.branch_name },
    ...(seller.legal_name === seller.branch_name ? [] : [{ kind: 'centred', text: seller.legal_name } as const]),
    ...(seller.address?.split('\n') ?? []).map((text): Block => ({ kind: 'centred', text })),
    ...said.flatMap(([label, text]): Block[] =>
      text === null ? [] : [{ kind: 'centred', text: `${label} ${writer.within(text)}` }],
    ),
    { kind: 'centred', text: words[receipt.kind], strong: true },
    ...markOf({ ...receipt, seller }, writer),
    ...facts.flatMap(([left, right]): Block[] => (right === null ? [] : [{ kind: 'pair', left, right }])),
  ]
}

/** What tells a copy from the receipt. */
function markOf({ copy }: Receipt, { words, count }: Writer): Block[] {
  return copy === null ? [] : [{ kind: 'centred', text: words.copy.replace('{number}', count(copy)), strong: true }]
}

function linesOf(line: ReceiptLine, writer: Writer): Block[] {
  const unit = line.unit === null ? '' : ` ${line.unit}`
  const left = `${writer.quantity(line.quantity)}${unit} × ${writer.amount(line.unit_price)}`
  const details = [...(line.sku === null ? [] : [line.sku]), ...line.batches.map((batch) => batchOf(batch, writer))]
  const before = toText(money(line.amount).plus(money(line.discount)))
  return [
    { kind: 'text', text: line.name },
    ...details.map((text): Block => ({ kind: 'text', text: `  ${text}` })),
    { kind: 'pair', left: `  ${left}`, right: writer.amount(before) },
    ...(isNothing(line.discount)
      ? []
      : [{ kind: 'pair', left: `  ${writer.words.discount}`, right: writer.amount(negative(line.discount)) } as const]),
  ]
}

function batchOf({ number, expires_on }: ReceiptLine['batches'][number], { words, day, within }: Writer): string {
  const batch = `${words.batch} ${within(number)}`
  return expires_on === null ? batch : `${batch}, ${words.expires} ${day(expires_on)}`
}

function totalsOf(receipt: Receipt, { words, amount, rate, within }: Writer): Block[] {
  const { discount, net, tax, rounding, total, currency } = receipt
  return [
    { kind: 'pair', left: words.net, right: amount(net) },
    ...receipt.taxes.map((one): Block => {
      const left = `${within(`${one.name} ${rate(one.rate)}`)} ${words.base} ${amount(one.base)}`
      return { kind: 'pair', left, right: amount(one.tax) }
    }),
    ...(receipt.taxes.length === 1 ? [] : [{ kind: 'pair', left: words.tax, right: amount(tax) } as const]),
    ...(isNothing(rounding) ? [] : [{ kind: 'pair', left: words.rounding, right: amount(rounding) } as const]),
    { kind: 'pair', left: `${words.total} ${currency}`, right: amount(total), strong: true },
    ...(isNothing(discount) ? [] : [{ kind: 'pair', left: words.discounts, right: amount(discount) } as const]),
  ]
}

function paymentsOf({ payments, change }: Receipt, { words, amount }: Writer): Block[] {
  return [
    ...payments.flatMap((one): Block[] => [
      { kind: 'pair', left: one.name, right: amount(one.amount) },
      ...(one.reference === null ? [] : [{ kind: 'text', text: `  ${one.reference}` } as const]),
    ]),
    ...(isNothing(change) ? [] : [{ kind: 'pair', left: words.change, right: amount(change) } as const]),
  ]
}

function asItIs(text: string): string {
  return text
}

/** Between the marks of Unicode for a text that has a direction of its own (UAX #9). */
function isolated(text: string): string {
  return `\u{2068}${text}\u{2069}`
}

function writerOf({ minor_unit, time_zone }: Receipt, locale: string, words: Words): Omit<Writer, 'within'> {
  const amounts = new Intl.NumberFormat(locale, { minimumFractionDigits: minor_unit, maximumFractionDigits: 6 })
  const quantities = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 })
  const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 6 })
  const times = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium', timeZone: time_zone })
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  return {
    words,
    amount: (text) => amounts.format(exactly(text)),
    quantity: (text) => quantities.format(exactly(text)),
    rate: (text) => percents.format(exactly(toText(money(text).dividedBy(100)))),
    time: (at) => times.format(at),
    day: (text) => days.format(new Date(text)),
    count: (number) => quantities.format(number),
  }
}

/** Intl writes a decimal string to its last digit; only its type is narrower. */
function exactly(text: string): `${number}` {
  return text as `${number}`
}

function negative(text: string): string {
  return toText(money(text).negated())
}

function isNothing(text: string): boolean {
  return money(text).isZero()
}
