import { z } from 'zod'
import { customerNotFound } from '../basket/index.ts'
import { catalogPermissions } from '../catalog/index.ts'
import { findParties } from '../parties/index.ts'
import { holds } from '../platform/execute.ts'
import { money, toMinorText, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { readCursor, toPage } from '../platform/schema.ts'
import { assertInScope } from '../platform/scope.ts'
import { readBranch } from '../tenants/index.ts'
import type { document, documentInFull, linesInput, listInput } from './read-contract.ts'
import { type DocumentRow, findDocument, listDocuments, listLines } from './read-queries.ts'

/** A page of documents, the latest day first. Refuses with `branch_not_found`, `customer_not_found`. */
export async function readDocuments(context: QueryContext, { cursor, ...filter }: z.output<typeof listInput>) {
  const after = readCursor(cursor, z.tuple([z.iso.date(), z.uuid()]))
  const { branch_id, customer_id } = filter
  if (branch_id !== undefined) await readBranch(context, branch_id)
  if (customer_id !== undefined && (await findParties(context, [customer_id])).length === 0) refuse(customerNotFound)
  const page = toPage(await listDocuments(context, filter, after), filter.limit, (row) => [row.effective_on, row.id])
  return { ...page, items: page.items.map(itemOf) }
}

/** One document. Refuses with `not_found`. */
export async function readDocument(context: QueryContext, id: string): Promise<z.input<typeof documentInFull>> {
  const row = await findInScope(context, id)
  const { reason, reversed_on, reversed_by, reversed_at, reversal_id, base_minor_unit, ...rest } = row
  const [text, inBase] = [textIn(row.minor_unit), textIn(base_minor_unit)]
  const cost = costText(context, text)
  const isReversed = reversal_id !== null && reason !== null && reversed_on !== null && reversed_at !== null
  return {
    ...rest,
    ...itemOf(row),
    exact_amount: plain(row.exact_amount),
    fx_rate: plain(row.fx_rate),
    base_net: inBase(row.base_net ?? '0'),
    base_tax: inBase(row.base_tax),
    base_total: inBase(row.base_total),
    platform_fees: text(row.platform_fees),
    shipping_cost: text(row.shipping_cost),
    cost_of_goods: cost(row.cost_of_goods),
    net_profit: cost(row.net_profit),
    reversal: isReversed
      ? { reversal_id, reason, effective_on: reversed_on, actor_id: reversed_by, recorded_at: reversed_at }
      : null,
  }
}

/** A page of the lines of a document. Refuses with `not_found`. */
export async function readLines(context: QueryContext, { id, limit, cursor }: z.output<typeof linesInput>) {
  const [, after] = readCursor(cursor, z.tuple([z.literal(id), z.int().min(0).max(1_000_000)])) ?? [id, 0]
  const text = textIn((await findInScope(context, id)).minor_unit)
  const cost = costText(context, text)
  const page = toPage(await listLines(context, id, limit, after), limit, (row) => [id, row.line])
  return {
    ...page,
    items: page.items.map((row) => ({
      ...row,
      quantity: plain(row.quantity),
      unit_price: plain(row.unit_price),
      exact_amount: plain(row.exact_amount ?? '0'),
      gross: text(row.gross),
      discount: text(row.discount),
      net_discount: text(row.net_discount),
      tax_rate: row.tax_rate === null ? null : plain(row.tax_rate),
      net: text(row.net),
      tax: text(row.tax),
      total: text(row.total ?? '0'),
      cost: cost(row.cost),
      allocations: (row.allocations ?? []).map(({ value: _, ...moved }) => moved),
    })),
  }
}

async function findInScope(context: QueryContext, id: string) {
  const row = (await findDocument(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: row.branch_id })
  return row
}

function itemOf({ reversal_id, minor_unit, ...row }: DocumentRow): z.input<typeof document> {
  const text = textIn(minor_unit)
  return {
    ...row,
    gross_revenue: text(row.gross_revenue),
    discount: text(row.discount),
    net_revenue: text(row.net_revenue ?? '0'),
    tax: text(row.tax),
    adjustment: text(row.adjustment),
    total: text(row.total ?? '0'),
    is_reversed: reversal_id !== null,
  }
}

function costText({ caller }: QueryContext, text: (amount: string) => string) {
  const seesCosts = holds(caller.permissions, catalogPermissions.viewCosts)
  return (amount: string | null) => (seesCosts && amount !== null ? text(amount) : null)
}

/** Writes amounts with so many decimals. */
function textIn(minorUnit: number): (amount: string) => string {
  return (amount) => toMinorText(money(amount), minorUnit)
}

/** Without the zeros that a column fills up with. */
function plain(text: string): string {
  return toText(money(text))
}
