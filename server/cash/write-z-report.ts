import type { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import type { zReport } from './report-contract.ts'
import { type Words, wordsOf } from './z-report-words.ts'

type Report = z.input<typeof zReport>

interface Format {
  readonly locale: string
  readonly timeZone: string
  /** The decimals of its currency. */
  readonly minorUnit: number
  /** What those who worked in it are called. */
  readonly names: ReadonlyMap<string, string>
}

// Printed on rolls of 80 mm, of which printers reach 72, or on any paper.
const style = `@page{size:80mm auto;margin:0}
body{width:72mm;margin:0 auto;padding:2mm 0;font:11px/1.4 "DejaVu Sans Condensed","Noto Sans","Noto Naskh Arabic",Arial,sans-serif;color:#000;background:#fff}
h1{font-size:15px;margin:0 0 1mm;text-align:center}
h2{font-size:12px;margin:2mm 0 0;border-top:1px dashed #000;padding-top:1.5mm}
p{margin:0;text-align:center;overflow-wrap:anywhere}
dl{margin:0}
div{display:flex;justify-content:space-between;gap:2mm}
dt{flex:1;min-width:0;overflow-wrap:break-word}
dd{flex:none;max-width:66%;margin:0;text-align:end;overflow-wrap:anywhere}
.strong{font-weight:bold}
.signature{margin-top:8mm;border-top:1px solid #000}`

/** A final report as a page of HTML that stands alone: without a script, and nothing in it is fetched. Names stay text. */
export function writeZReport(report: Report, format: Format): string {
  const { language, direction, words } = wordsOf(format.locale)
  const { session } = report
  const writers = writersOf(format)
  const { amountOf, timeOf, numberOf, personOf } = writers
  const title = words.title.replace('{number}', session.number)
  const place = [report.branch_name, `${report.register_code} ${report.register_name}`].filter((text) => text !== null)
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
${style}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${place.map((text) => `<p>${isolated(text)}</p>`).join('\n')}
<dl>
${pair(words.opened, `${timeOf(session.opened_at)} ${personOf(session.opened_by)}`)}
${session.closed_at ? pair(words.closed, `${timeOf(session.closed_at)} ${personOf(session.closed_by)}`) : ''}
</dl>
${list(words.receipts, salesOf(report, words, writers))}
${report.tenders.map((tender) => tenderOf(tender, words, amountOf)).join('\n')}
<h2>${escaped(words.total)} (${escaped(session.currency)})</h2>
<dl>
${pair(words.expected, amountOf(report.expected))}
${pair(words.counted, amountOf(report.counted ?? '0'))}
${pair(words.variance, amountOf(report.variance ?? '0'), true)}
</dl>
${list(
  words.movements,
  report.movements.map(({ kind, reason, amount }) =>
    pair(`${words.documents[`cash_${kind}`]}: ${reason}`, amountOf(kind === 'pay_in' ? amount : `-${amount}`)),
  ),
)}
${list(
  words.denominations,
  report.denominations.map(({ value, quantity }) =>
    pair(`${amountOf(value)} × ${numberOf(quantity)}`, amountOf(toText(money(value).times(quantity)))),
  ),
)}
${list(
  words.steps,
  report.steps.map(({ action, actor_id, recorded_at, reason, amount_impact }) =>
    pair(
      [words.actions[action] ?? action, timeOf(recorded_at), personOf(actor_id), reason].filter(Boolean).join(' · '),
      amount_impact === null ? '' : amountOf(amount_impact),
    ),
  ),
)}
<p class="signature">${escaped(words.signature)}</p>
</body>
</html>
`
}

/** What was sold, what came back, and the taxes in it; then who sold how much. */
function salesOf(
  { sales, session, offline_transaction_count }: Report,
  words: Words,
  { amountOf, numberOf, personOf }: ReturnType<typeof writersOf>,
): string[] {
  const { first_number, last_number } = sales
  const numbers = first_number === null || last_number === null ? [] : [`${first_number} – ${last_number}`]
  return [
    ...numbers.map((text) => pair(words.numbers, text)),
    pair(words.documents.sale ?? '', numberOf(sales.sales)),
    pair(`${words.documents.refund} (${numberOf(sales.refunds)})`, amountOf(sales.refunded)),
    ...(sales.exchanges === 0 ? [] : [pair(words.documents.exchange ?? '', numberOf(sales.exchanges))]),
    pair(words.offline, numberOf(offline_transaction_count)),
    pair(`${words.voids} (${numberOf(sales.voids.baskets)})`, amountOf(sales.voids.total)),
    pair(words.gross, amountOf(sales.gross)),
    pair(words.discounts, amountOf(toText(money(sales.discount).negated()))),
    pair(words.net, amountOf(sales.net)),
    ...sales.taxes.map(({ name, rate, base, tax }) => pair(`${name} ${rate} % × ${amountOf(base)}`, amountOf(tax))),
    pair(words.tax, amountOf(sales.tax)),
    pair(`${words.total} (${session.currency})`, amountOf(sales.total), true),
    ...(money(sales.rounding).isZero() ? [] : [pair(words.rounding, amountOf(sales.rounding))]),
    ...sales.cashiers.map(({ employee_id, receipts, total }) =>
      pair(`${personOf(employee_id) || words.nobody} (${numberOf(receipts)})`, amountOf(total)),
    ),
  ]
}

function tenderOf(tender: Report['tenders'][number], words: Words, amountOf: (text: string) => string): string {
  const movements = tender.movements
    .filter(({ document_type }) => document_type !== 'cash_write_off')
    .map(({ document_type, entries, received, given }) =>
      pair(
        `${words.documents[document_type] ?? document_type} (${entries})`,
        amountOf(toText(money(received).minus(given))),
      ),
    )
  return list(words.tenders[tender.tender_kind] ?? tender.tender_kind, [
    ...movements,
    pair(words.expected, amountOf(tender.expected)),
    pair(words.counted, amountOf(tender.counted ?? '0')),
    pair(words.variance, amountOf(tender.variance ?? '0'), true),
    ...(money(tender.written_off).isZero() ? [] : [pair(words.writtenOff, amountOf(tender.written_off))]),
  ])
}

function list(head: string, pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `<h2>${escaped(head)}</h2>\n<dl>\n${pairs.join('\n')}\n</dl>`
}

function pair(left: string, right: string, isStrong = false): string {
  return `<div${isStrong ? ' class="strong"' : ''}><dt>${isolated(left)}</dt><dd>${isolated(right)}</dd></div>`
}

function writersOf({ locale, timeZone, minorUnit, names }: Format) {
  const amounts = new Intl.NumberFormat(locale, { minimumFractionDigits: minorUnit, maximumFractionDigits: 4 })
  const numbers = new Intl.NumberFormat(locale)
  const times = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short', timeZone })
  return {
    // A decimal string is formatted exactly, without becoming a float.
    amountOf: (text: string) => amounts.format(text as Intl.StringNumericLiteral),
    numberOf: (count: number) => numbers.format(count),
    timeOf: (time: Date) => times.format(time),
    personOf: (id: string | null) => (id === null ? '' : (names.get(id) ?? '')),
  }
}

/** In the direction of its own letters, whatever stands around it. */
function isolated(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
