import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'

/** Figures by their names: counts, and amounts as they are written. */
export type Figures = Readonly<Record<string, string>>

const decimals = 6n
const one = 10n ** decimals
const cent = 10n ** (2n * decimals - 2n)

/**
 * What a file of invoices with the columns of Online Retail says, read by another reader than the product's and added up in whole
 * numbers. `figures` are those of its lines, `reported` those that reports are to have.
 */
export async function readInvoices(
  path: string,
): Promise<{ figures: Figures; booked: Figures; reported: Figures; sku: string }> {
  const tally = { lines: 0, quantityBelow: 0, unnamed: 0, priceZero: 0, priceBelow: 0 }
  const [invoices, customers, codes, buyers] = [
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
    new Set<string>(),
  ]
  const [sales, returns] = [new Set<string>(), new Set<string>()]
  let [exact, cents, adjusted, named] = [0n, 0n, 0n, 0n]
  let sku = ''
  const rows = createReadStream(path).pipe(parse({ bom: true, from_line: 2, relax_column_count: true }))
  for await (const row of rows) {
    const [invoice = '', code = '', , units = '', , price = '', customer = ''] = row as string[]
    const [quantity, unitPrice, name] = [scaled(units), scaled(price), customer.replace(/\.0$/, '')]
    const amount = quantity * unitPrice
    const rounded = (amount < 0n ? -1n : 1n) * (((amount < 0n ? -amount : amount) + cent / 2n) / cent)
    tally.lines++
    if (quantity < 0n) tally.quantityBelow++
    if (unitPrice === 0n) tally.priceZero++
    if (unitPrice < 0n) tally.priceBelow++
    if (name === '') tally.unnamed++
    else customers.add(name)
    invoices.add(invoice)
    codes.add(code)
    exact += amount
    cents += rounded
    if (invoice.startsWith('A')) {
      adjusted += rounded
      continue
    }
    if (!invoice.startsWith('C') && quantity < 0n && unitPrice === 0n) continue
    sku ||= code
    ;(invoice.startsWith('C') ? returns : sales).add(invoice)
    if (name === '') continue
    named += rounded
    buyers.add(name)
  }
  const total = written(cents, 2n)
  const revenue = written(cents - adjusted, 2n)
  return {
    sku,
    figures: {
      ...{ lines: `${tally.lines}`, invoices: `${invoices.size}` },
      cancellations: `${[...invoices].filter((number) => number.startsWith('C')).length}`,
      ...{
        customers: `${customers.size}`,
        'stock codes': `${codes.size}`,
        'quantities below zero': `${tally.quantityBelow}`,
      },
      ...{ 'lines without a customer': `${tally.unnamed}`, 'prices of zero': `${tally.priceZero}` },
      ...{ 'prices below zero': `${tally.priceBelow}`, 'Σ quantity × price': written(exact, 2n * decimals) },
      'Σ of lines in cents': total,
    },
    booked: { 'settled elsewhere': total, 'sales less returns': revenue, 'bad debts': written(-adjusted, 2n) },
    reported: {
      ...{
        sales: `${sales.size}`,
        refunds: `${returns.size}`,
        with_adjustments: total,
        revenue,
        adjusted: written(adjusted, 2n),
      },
      ...{ 'revenue of customers': written(named, 2n), 'customers who bought': `${buyers.size}` },
    },
  }
}

/** A decimal text as a whole number of millionths. */
function scaled(text: string): bigint {
  const [, sign, whole, part = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text.trim()) ?? []
  if (whole === undefined) throw new Error(`"${text}" is no number of up to six decimals`)
  const amount = BigInt(whole) * one + BigInt(part.padEnd(Number(decimals), '0'))
  return sign === '-' ? -amount : amount
}

/** A whole number of so small parts as a decimal text without zeros at its end. */
function written(amount: bigint, places: bigint): string {
  const digits = `${amount < 0n ? -amount : amount}`.padStart(Number(places) + 1, '0')
  const [whole, part] = [digits.slice(0, -Number(places)), digits.slice(-Number(places)).replace(/0+$/, '')]
  return `${amount < 0n ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`
}
