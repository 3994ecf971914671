import { z } from 'zod'
import { findVariants, variantNotFound } from '../catalog/index.ts'
import { money, roundTo, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { id, readCursor, sparsePage } from '../platform/schema.ts'
import type { Settings } from '../settings/index.ts'
import { readBranch } from '../tenants/index.ts'
import type { getFiguresInput, listStockStatusInput, proposal, proposeInput } from './contract.ts'
import { assertNamed } from './policies.ts'
import { readBranches } from './stock-queries.ts'
import { type SurveyedStock, surveyStock } from './survey-stock.ts'

/** How many stocks a page looks through at most for those that it is to show, and how many at once. */
const search = { mostRead: 2_000, atOnce: 500 } as const

/** A page of stocks by branch and variant with their status. */
export async function listStockStatus(
  context: QueryContext,
  settings: Settings,
  { status, ...where }: z.output<typeof listStockStatusInput>,
) {
  const page = await survey(context, settings, where, status && ((stock) => stock.status === status))
  return {
    ...page,
    items: page.items.map((stock) => ({
      ...headOf(stock),
      reorder_point: stock.figures.reorder_point.used,
      days_of_supply: stock.figures.days_of_supply,
    })),
  }
}

/** A page of what to order, by branch and variant, with the numbers that say so. */
export async function propose(context: QueryContext, settings: Settings, where: z.output<typeof proposeInput>) {
  const { supplier_id } = where
  const isOf = ({ policy }: SurveyedStock) => supplier_id === undefined || policy.supplier_id === supplier_id
  const page = await survey(context, settings, where, (stock) => stock.order.quantity !== '0' && isOf(stock))
  return { ...page, items: page.items.map(asProposal) }
}

/** All that is known of when to order a variant in a branch, whether it is to be ordered now or not. */
export async function getFigures(
  context: QueryContext,
  settings: Settings,
  { branch_id, variant_id }: z.output<typeof getFiguresInput>,
) {
  await readBranch(context, branch_id)
  if ((await findVariants(context, [variant_id])).length === 0) refuse(variantNotFound)
  const filter = { branchIds: [branch_id], variantId: variant_id }
  const [stock] = await surveyStock(context, settings, filter, { limit: 1, after: undefined })
  return stock?.is_kept ? asProposal(stock) : refuse(platformRefusals.notFound)
}

interface Where {
  readonly branch_id?: string | undefined
  readonly variant_id?: string | undefined
  readonly category_id?: string | undefined
  readonly supplier_id?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

const cursorKey = z.tuple([id, id])

async function survey(
  context: QueryContext,
  settings: Settings,
  { branch_id, variant_id: variantId, category_id, supplier_id, limit, cursor }: Where,
  keep?: (stock: SurveyedStock) => boolean,
) {
  const from = readCursor(cursor, cursorKey)
  await assertNamed(context, { branch_id, variant_id: variantId, category_id, supplier_id })
  const own = branch_id === undefined ? (context.caller.scope?.branchIds ?? null) : [branch_id]
  const branchIds = (await readBranches(context, own)).map((branch) => branch.id)
  return sparsePage({ limit, ...search, ...(keep || category_id ? {} : { atOnce: limit + 1 }) }, from, {
    read: (atOnce, after) => {
      const [branch = '', variant = ''] = after === undefined ? [] : cursorKey.parse(after)
      return surveyStock(
        context,
        settings,
        { branchIds, variantId },
        {
          limit: atOnce,
          after: after === undefined ? undefined : { branch_id: branch, variant_id: variant },
        },
      )
    },
    keep: (stock) =>
      stock.is_kept && (category_id === undefined || stock.category_id === category_id) && (keep?.(stock) ?? true),
    key: (stock) => [stock.branch_id, stock.variant_id],
  })
}

function headOf(stock: SurveyedStock) {
  const { branch_id, variant_id, name, sku, category_id, unit, status, policy } = stock
  return {
    branch_id,
    variant_id,
    name,
    sku,
    category_id,
    unit,
    status,
    on_hand: text(stock.on_hand),
    reserved: text(stock.reserved),
    available: text(stock.available),
    minimum_stock: textOrNull(policy.minimum_stock),
    maximum_stock: textOrNull(policy.maximum_stock),
  }
}

function asProposal(stock: SurveyedStock): z.input<typeof proposal> {
  const { policy, demand, figures, order, on_order, in_transit, position } = stock
  const { from, until, days, sold, out_of_stock_days } = demand
  return {
    ...headOf(stock),
    on_order,
    in_transit,
    position,
    suggested_quantity: order.quantity,
    packs: order.packs,
    rules: [...order.rules],
    supplier_id: policy.supplier_id,
    pack_id: policy.pack_id,
    reorder_quantity: textOrNull(policy.reorder_quantity),
    target_days_of_supply: textOrNull(policy.target_days_of_supply),
    demand: {
      from,
      until,
      days,
      sold,
      per_day: toText(roundTo(demand.mean, 6, 'half_up')),
      deviation: toText(roundTo(demand.deviation, 6, 'half_up')),
      out_of_stock_days,
    },
    ...figures,
    policy_ids: [...policy.policy_ids],
  }
}

function text(value: string): string {
  return toText(money(value))
}

function textOrNull(value: string | null): string | null {
  return value === null ? null : text(value)
}
