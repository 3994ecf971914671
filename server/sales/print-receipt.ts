import type { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { type Receipt, type ReceiptLine, writeEscpos, writeHtml } from '../receipts/index.ts'
import type { printed, printReceiptInput } from './read-contract.ts'
import { linesOf, namesOn, paymentsOf, recordPrint, type SaleRow } from './read-queries.ts'
import { amountsIn, batchesNamed, plain, readSale } from './read-sales.ts'

/** The receipt of a sale as values, as the next print would tell it. Refuses with `not_found`. */
export async function receiptOf(context: QueryContext, id: string): Promise<Receipt> {
  const sale = await readSale(context, id)
  return (await tell(context, sale, sale.printed + 1)).receipt
}

/**
 * Prints a receipt: as a page, or as bytes for a printer. All but the first print is a copy and says so; so is the first of a
 * sale that was made offline, whose till printed it. The drawer opens with the receipt where a tender asks for it.
 */
export async function printReceipt(
  context: CommandContext,
  { id, format, columns, ...asked }: z.output<typeof printReceiptInput>,
): Promise<z.input<typeof printed>> {
  const sale = await readSale(context, id)
  const locale = asked.locale ?? (await namesOn(context, id)).locale
  const number = await recordPrint(context, { saleId: id, format, locale, actorId: context.caller.employeeId })
  const { receipt, opens_drawer } = await tell(context, sale, number)
  context.changed({ resource: 'receipt_print', id, new: { sale_id: id, number, format, locale } })
  const made = { id, number, copy: receipt.copy }
  if (format === 'html') {
    const content = writeHtml(receipt, locale)
    return { ...made, content_type: 'text/html; charset=utf-8', encoding: 'utf-8', content }
  }
  const bytes = await writeEscpos(receipt, locale, { columns, opens_drawer })
  const content = Buffer.from(bytes).toString('base64')
  return { ...made, content_type: 'application/octet-stream', encoding: 'base64', content }
}

async function tell(
  context: QueryContext,
  sale: SaleRow,
  number: number,
): Promise<{ receipt: Receipt; opens_drawer: boolean }> {
  const names = await namesOn(context, sale.id)
  const lines = await linesOf(context, sale.id)
  // A copy says what the receipt said, whatever was put right since.
  const recorded = (await paymentsOf(context, [sale.id])).get(sale.id) ?? []
  const payments = recorded.filter((one) => !one.is_correction)
  const batches = await batchesNamed(context, lines)
  const { legal_name, tax_number, branch_name, address, phone, minor_unit } = names
  const text = amountsIn({ minor_unit })
  const copy = sale.is_offline ? number : number - 1
  const change = payments.filter(({ kind }) => kind === 'change')
  const receipt: Receipt = {
    kind: sale.kind,
    number: sale.number,
    original_number: names.original_number,
    copy: copy === 0 ? null : copy,
    made_at: sale.made_at,
    time_zone: names.time_zone,
    currency: sale.currency,
    minor_unit,
    seller: { legal_name, tax_number, branch_name, address, phone },
    register: names.register,
    cashier: names.cashier,
    customer: names.customer,
    prices_include_tax: sale.is_price_with_tax,
    lines: lines.map((line) => ({
      name: line.name,
      sku: line.sku,
      quantity: plain(line.quantity),
      unit: line.unit_code === 'piece' ? null : line.unit_code,
      unit_price: plain(line.unit_price),
      discount: text(line.discount),
      amount: text(toText(money(line.gross).minus(line.discount))),
      batches: batchesOf(line.allocations, batches),
    })),
    discount: text(sale.discount),
    net: text(sale.net),
    tax: text(sale.tax),
    rounding: text(sale.rounding),
    total: text(toText(money(sale.total).plus(sale.rounding))),
    taxes: sale.taxes.map(({ name, rate, base, tax }) => ({ name, rate, base, tax })),
    payments: payments
      .filter(({ kind }) => kind !== 'change')
      .map(({ name, amount, reference }) => ({ name, amount: text(amount), reference })),
    change: text(toText(change.reduce((sum, { amount }) => sum.minus(amount), money('0')))),
  }
  return { receipt, opens_drawer: payments.some((one) => one.opens_drawer) }
}

/** The batches of a line, each once. */
function batchesOf(
  allocations: readonly { batch_id: string | null }[],
  batches: ReadonlyMap<string, ReceiptLine['batches'][number]>,
): ReceiptLine['batches'] {
  const ids = new Set(allocations.map(({ batch_id }) => batch_id))
  return [...ids].flatMap((id) => (id === null ? [] : (batches.get(id) ?? [])))
}
