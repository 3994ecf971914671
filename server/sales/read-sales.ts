import { z } from 'zod'
import { customerNotFound } from '../basket/index.ts'
import { readSession, sessionNotFound } from '../cash/index.ts'
import { catalogPermissions, readGoods, variantNotFound } from '../catalog/index.ts'
import { channelNotFound, findChannel } from '../channels/index.ts'
import { findBatches } from '../inventory/index.ts'
import { findParties } from '../parties/index.ts'
import { holds } from '../platform/execute.ts'
import { money, toMinorText, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor, sparsePage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { daysAfter } from '../platform/time.ts'
import { readRegister, registerNotFound } from '../registers/index.ts'
import { employeeNotFound, namesOfEmployees, zoneOf } from '../tenants/index.ts'
import type { listSalesInput, saleInFull, saleItem } from './read-contract.ts'
import {
  findSale,
  linesOf,
  listSales,
  type PaymentRow,
  paymentsOf,
  returnsOf,
  type SaleItemRow,
  type SaleRow,
} from './read-queries.ts'

type Filter = z.output<typeof listSalesInput>
/** Rows that are read for a page, where only those of one status are kept. */
const mostRead = 5_000

/** Of these sales, those of which something that the server would have refused is not settled yet. */
export type UnsettledOf = (context: QueryContext, saleIds: readonly string[]) => Promise<ReadonlySet<string>>

/** A page of sales, the latest first. Refuses with `branch_not_found`. */
export async function readSales(
  context: QueryContext,
  unsettledOf: UnsettledOf,
  { cursor, limit, from, through, status, ...given }: Filter,
) {
  const after = readCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]))
  const filter = { ...given, days: await daysOf(context, { from, through, branch_id: given.branch_id }) }
  await assertNamed(context, given)
  const atOnce = limit + 1
  const { items, next_cursor } = await sparsePage<SaleItemRow>(
    { limit, atOnce, mostRead: status === undefined ? atOnce : mostRead },
    after,
    {
      read: (count, last) => listSales(context, filter, count, last),
      keep: (row) => status === undefined || row.status === status,
      key: (row) => [row.made_at.toISOString(), row.id],
    },
  )
  const ids = items.map(({ id }) => id)
  const payments = await paymentsOf(context, ids)
  const unsettled = await unsettledOf(context, ids)
  return { items: items.map((row) => itemOf(row, payments.get(row.id) ?? [], unsettled)), next_cursor }
}

/** One sale with its lines, payments and what came back of it. Refuses with `not_found`. */
export async function saleInFullOf(
  context: QueryContext,
  unsettledOf: UnsettledOf,
  id: string,
): Promise<z.input<typeof saleInFull>> {
  const sale = await readSale(context, id)
  const [lines, returns, paid] = [
    await linesOf(context, id),
    await returnsOf(context, id),
    await paymentsOf(context, [id]),
  ]
  const payments = paid.get(id) ?? []
  const seesCosts = holds(context.caller.permissions, catalogPermissions.viewCosts)
  const text = amountsIn(sale)
  const cost = (amount: string) => (seesCosts ? text(amount) : null)
  const { net_discount, paid: handed, change, platform_fees, fees_returned, payment_fees, shipping_cost } = sale
  const { minor_unit: _, ...head } = sale
  return {
    ...head,
    ...itemOf(sale, payments, await unsettledOf(context, [id])),
    ...mapped({ net_discount, paid: handed, change, platform_fees, fees_returned, payment_fees, shipping_cost }, text),
    fx_rate: sale.fx_rate === null ? null : plain(sale.fx_rate),
    base_total: sale.base_total === null ? null : plain(sale.base_total),
    cost: cost(sale.cost),
    profit: cost(sale.profit ?? '0'),
    lines: lines.map((line) => ({
      ...line,
      ...mapped({ quantity: line.quantity, unit_price: line.unit_price, returned: line.returned }, plain),
      list_price: line.list_price === null ? null : plain(line.list_price),
      ...amountsOfLine(line, text),
      cost: cost(line.cost),
    })),
    payments: payments.map((payment) => ({ ...payment, amount: text(payment.amount) })),
    returns: returns.map((row) => ({ ...row, total: text(row.total) })),
  }
}

/** A sale of a branch that the caller works with. Refuses with `not_found`. */
export async function readSale(context: QueryContext, id: string): Promise<SaleRow> {
  const found = (await findSale(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: found.branch_id })
  return found
}

/** The batches of lines as they are called, by their ids. */
export async function batchesNamed(
  context: QueryContext,
  lines: readonly { allocations: readonly { batch_id: string | null }[] }[],
) {
  const ids = new Set(lines.flatMap(({ allocations }) => allocations.flatMap(({ batch_id }) => batch_id ?? [])))
  const found = ids.size === 0 ? [] : await findBatches(context, [...ids])
  return new Map(found.map(({ id, number, expires_on }) => [id, { number, expires_on }]))
}

/** Writes amounts with the decimals of the currency of a sale. */
export function amountsIn({ minor_unit }: { readonly minor_unit: number }): (amount: string) => string {
  return (amount) => toMinorText(money(amount), minor_unit)
}

/** Without the zeros that a column fills up with. */
export function plain(text: string): string {
  return toText(money(text))
}

function itemOf(
  { minor_unit, ...row }: SaleItemRow,
  payments: readonly PaymentRow[],
  unsettled: ReadonlySet<string>,
): z.input<typeof saleItem> {
  const { gross, discount, net, tax, total, rounding } = row
  return {
    ...row,
    ...mapped({ gross, discount, net, tax, total, rounding }, amountsIn({ minor_unit })),
    is_validated: !unsettled.has(row.id),
    tender_kinds: [...new Set(payments.flatMap((one) => (one.is_standing ? [one.tender_kind] : [])))],
  }
}

function amountsOfLine(
  { gross, discount, net_discount, net, tax, total }: Awaited<ReturnType<typeof linesOf>>[number],
  text: (amount: string) => string,
) {
  return mapped({ gross, discount, net_discount, net, tax, total }, text)
}

function mapped<K extends string>(amounts: Record<K, string>, write: (amount: string) => string): Record<K, string> {
  return Object.fromEntries(Object.entries<string>(amounts).map(([name, amount]) => [name, write(amount)])) as Record<
    K,
    string
  >
}

/** What a filter that names nothing is refused with. */
export const filterRefusals = [
  registerNotFound,
  sessionNotFound,
  employeeNotFound,
  customerNotFound,
  channelNotFound,
  variantNotFound,
]

/** Refuses to look for what there is not, or not where the caller works; what was deleted since is found. */
export async function assertNamed(
  context: QueryContext,
  filter: Partial<
    Pick<Filter, 'register_id' | 'session_id' | 'employee_id' | 'customer_id' | 'channel_id' | 'variant_id'>
  >,
): Promise<void> {
  const { register_id, session_id, employee_id, customer_id, channel_id, variant_id } = filter
  if (register_id !== undefined) await readRegister(context, register_id, registerNotFound)
  if (session_id !== undefined) await readSession(context, session_id, sessionNotFound)
  if (employee_id !== undefined && !(await namesOfEmployees(context, [employee_id])).has(employee_id))
    refuse(employeeNotFound)
  if (customer_id !== undefined && (await findParties(context, [customer_id])).length === 0) refuse(customerNotFound)
  if (channel_id !== undefined && !(await findChannel(context, channel_id, { ended: true }))) refuse(channelNotFound)
  if (variant_id !== undefined && !(await readGoods(context, [variant_id])).has(variant_id)) refuse(variantNotFound)
}

/** From the first day to the last one, in the zone of the branch or else of the tenant. Refuses with `branch_not_found`. */
export async function daysOf(
  context: QueryContext,
  { from, through, branch_id }: Pick<Filter, 'from' | 'through' | 'branch_id'>,
) {
  const timeZone = await zoneOf(context, branch_id)
  return { from: from ?? null, until: through === undefined ? null : daysAfter(through, 1), timeZone }
}
