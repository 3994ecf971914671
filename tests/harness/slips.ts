import { type Basket, type BasketLine, totalBasket } from '../../server/basket/index.ts'
import { inTransaction, withRetries } from '../../server/platform/database.ts'
import { uuidv7 } from '../../server/platform/identifiers.ts'
import { money, toText } from '../../server/platform/money.ts'
import type { Employee } from '../../server/platform/operation.ts'
import type { Refusal } from '../../server/platform/refusal.ts'
import { now } from '../../server/platform/time.ts'
import { type BookedSlip, bookOffline, type Slip } from '../../server/sales/book-offline.ts'
import type { TestOwner, TestServer } from './server.ts'
import type { Till } from './till.ts'

export const vat = { jurisdiction_code: 'FR', name: 'VAT', rate: '20', compound: false }

export interface Rung extends Partial<BasketLine> {
  readonly variant_id: string
  readonly batch_id?: string
  readonly barcode?: string
  readonly prescription?: string
}

export interface Ringing extends Partial<Slip>, Pick<Partial<Basket>, 'discount' | 'prices_include_tax'> {
  /** Another amount than what is due in cash. */
  readonly paid?: string
}

/** A sale as a till rings it up by itself: at 12.00 with 20 percent of tax in it unless a line says otherwise. */
export function ringUp(
  { till, employeeId, sequence }: { till: Till; employeeId: string; sequence: number },
  rung: readonly Rung[],
  { discount, prices_include_tax = true, paid, ...slip }: Ringing = {},
): Slip {
  const lines = rung.map((line) => ({ quantity: '1', list_price: '12', components: [vat], ...line }))
  const rule = { rounding: 'line', rounding_mode: 'half_up', rounding_of: 'each' } as const
  const charged = totalBasket({ lines, discount, prices_include_tax, minor_unit: 2, rule })
  const { lines: totals, ...all } = charged
  const amountsOf = ({ components, line_discount, basket_discount, ...one }: typeof all) => ({
    ...{ line_discount, basket_discount, taxes: components },
    ...{ gross: one.gross, net_discount: one.net_discount, net: one.net, tax: one.tax, total: one.total },
    discount: toText(money(line_discount).plus(basket_discount)),
  })
  const due = toText(money(all.total).plus(slip.rounding ?? '0'))
  return {
    ...{ id: uuidv7(), device_id: uuidv7(), sequence: String(sequence), session_id: till.session_id },
    ...{ employee_id: employeeId, permissions: new Set(['*']), found: [], customer_id: null, channel_id: null },
    ...{ made_at: now(), currency: 'EUR', is_price_with_tax: prices_include_tax, note: null, rounding: '0' },
    lines: lines.map((line, at) => ({
      ...{
        variant_id: line.variant_id,
        name: 'As printed',
        sku: null,
        barcode: line.barcode ?? null,
        unit_code: 'piece',
      },
      ...{
        quantity: line.quantity,
        list_price: line.list_price,
        unit_price: line.unit_price ?? line.list_price ?? '0',
      },
      ...{ price_reason: line.price_reason ?? null, discount_reason: null, batch_id: line.batch_id ?? null },
      prescription: line.prescription ?? null,
      ...amountsOf(totals[at] ?? all),
    })),
    amounts: amountsOf(all),
    payments: [{ tender_id: till.tenders.cash ?? '', amount: paid ?? due }],
    ...slip,
  }
}

/** Books sales that were paid offline, as a push does once it has seen that they are what was sealed. */
export async function bookSlips(
  { product }: TestServer,
  { tenantId, userId }: TestOwner,
  slips: readonly Slip[],
): Promise<(BookedSlip | Refusal)[]> {
  const by = { caller: { userId } as Employee, newId: uuidv7, changed: () => {} }
  return withRetries(
    () =>
      inTransaction(product.databases.app, tenantId, (tx) =>
        bookOffline(
          { ...tx, tenantId, now: now() },
          product.settings,
          slips.map((slip) => ({ slip, by })),
        ),
      ),
    () => {},
  )
}
