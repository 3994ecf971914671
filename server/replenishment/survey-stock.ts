import { money, toText } from '../platform/money.ts'
import type { QueryContext } from '../platform/operation.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { type Demand, measureDemand } from './measure-demand.ts'
import { computeFigures, type Figures, type PlannedOrder, planOrder } from './plan-order.ts'
import { type DatedPolicy, readLeadTimes, readPolicies } from './queries.ts'
import { type ResolvedPolicy, resolvePolicy } from './resolve-policy.ts'
import { demandWindowSetting } from './settings.ts'
import {
  type Pack,
  readInTransit,
  readMovedDays,
  readPackSizes,
  readStock,
  type StockFilter,
  type StockRow,
} from './stock-queries.ts'
import { type StockStatus, stockStatus } from './stock-status.ts'

/** The stock of a variant in a branch, with what is wanted of it and what that comes to. */
export interface SurveyedStock extends Omit<StockRow, 'time_zone' | 'is_deleted'> {
  readonly status: StockStatus
  /** What is ordered and has not come yet. */
  readonly on_order: string
  /** What is on its way from other branches. */
  readonly in_transit: string
  /** What is available, on order, and on its way. */
  readonly position: string
  readonly policy: ResolvedPolicy
  readonly demand: Demand
  readonly figures: Figures
  readonly order: PlannedOrder
  /** True where there is stock, or a policy that is for just this. */
  readonly is_kept: boolean
}

/** Where to read, and what time it is. */
export type Surveyor = Pick<QueryContext, 'client' | 'db' | 'tenantId' | 'now'>

/** Surveys the next stocks by branch and variant: status, figures, what to order. One reading of each kind for all of them. */
export async function surveyStock(
  context: Surveyor,
  settings: Settings,
  filter: StockFilter,
  page: Parameters<typeof readStock>[2],
): Promise<SurveyedStock[]> {
  const rows = await readStock(context, filter, page)
  const todays = new Map(rows.map((row) => [row.branch_id, dayIn(row.time_zone, context.now)]))
  const todayAt = (row: StockRow) => todays.get(row.branch_id) ?? ''
  const windows = await windowsOf(context, settings, [...todays.keys()])
  const since = (row: StockRow) => daysAfter(todayAt(row), -(windows.get(row.branch_id) ?? 1))
  const [policies, coming, moved] = await Promise.all([
    policiesFor(context, rows, [...todays.values()]),
    readInTransit(context, rows),
    readMovedDays(
      context,
      rows.map((row) => ({ ...row, since: since(row) })),
    ),
  ])
  const byVariant = Map.groupBy(policies, ({ variant_id }) => variant_id)
  const candidates = (row: StockRow) => [...(byVariant.get(row.variant_id) ?? []), ...(byVariant.get(null) ?? [])]
  const resolved = rows.map((row) => resolvePolicy(inForce(candidates(row), todayAt(row)), row))
  const [leadTimes, packs] = await Promise.all([
    readLeadTimes(context, namesOf(resolved, 'supplier_id')),
    readPackSizes(context, namesOf(resolved, 'pack_id')),
  ])
  const comingBy = new Map(coming.map((one) => [keyOf(one), one.quantity]))
  const movedBy = Map.groupBy(moved, keyOf)
  const packById = new Map(packs.map((pack) => [pack.id, pack]))
  return rows.map((row, at) => {
    const policy = resolved[at] as ResolvedPolicy
    const own = movedBy.get(keyOf(row)) ?? []
    const demand = measureDemand(own, {
      from: firstDay(row, since(row), own),
      until: daysAfter(todayAt(row), -1),
      onHand: row.on_hand,
    })
    return judge(row, {
      policy,
      demand,
      inTransit: comingBy.get(keyOf(row)) ?? '0',
      supplierDays: leadTimes.get(policy.supplier_id ?? '') ?? null,
      pack: packById.get(policy.pack_id ?? ''),
      isNamed: (byVariant.get(row.variant_id) ?? []).some(({ branch_id }) => branch_id === row.branch_id),
    })
  })
}

function judge(
  { time_zone, is_deleted, ...row }: StockRow,
  given: {
    policy: ResolvedPolicy
    demand: Demand
    inTransit: string
    supplierDays: string | null
    pack: Pack | undefined
    isNamed: boolean
  },
): SurveyedStock {
  const { policy, demand, inTransit, supplierDays, pack, isNamed } = given
  const { available, decimals } = row
  // Nothing can be on order before there are orders.
  const on_order = '0'
  const in_transit = toText(money(inTransit))
  const position = toText(money(available).plus(on_order).plus(in_transit))
  const is_discontinued = row.is_discontinued || is_deleted
  const figures = computeFigures({ policy, supplierDays, demand, available, decimals })
  const packSize = pack?.variant_id === row.variant_id ? pack.quantity : null
  const order = planOrder({ policy, demand, decimals }, { figures, position, packSize })
  return {
    ...row,
    status: stockStatus({ ...row, ...policy, is_discontinued, reorder_point: figures.reorder_point.used }),
    on_order,
    in_transit,
    position,
    policy,
    demand,
    figures,
    order: is_discontinued ? { quantity: '0', packs: null, rules: [] } : order,
    is_kept: is_deleted ? !money(row.on_hand).isZero() : row.stocked_since !== null || isNamed,
  }
}

async function windowsOf(context: Surveyor, settings: Settings, branchIds: readonly string[]) {
  const windows = new Map<string, number>()
  for (const branchId of branchIds)
    windows.set(branchId, await settings.read(context, demandWindowSetting, { branchId }))
  return windows
}

function policiesFor(context: Surveyor, rows: readonly StockRow[], days: readonly string[]): Promise<DatedPolicy[]> {
  const ordered = days.toSorted()
  const [from = '1900-01-01', until = from] = [ordered[0], ordered.at(-1)]
  const ids = (key: 'branch_id' | 'variant_id') => [...new Set(rows.map((row) => row[key]))]
  return readPolicies(context, { branchIds: ids('branch_id'), variantIds: ids('variant_id'), from, until })
}

function inForce(policies: readonly DatedPolicy[], day: string): DatedPolicy[] {
  return policies.filter(
    ({ valid_from, valid_through }) => valid_from <= day && (valid_through === null || valid_through >= day),
  )
}

/** What came before there was stock of it here says nothing of the demand. */
function firstDay(row: StockRow, since: string, moved: readonly { day: string }[]): string {
  const began = [...moved.map(({ day }) => day), row.stocked_since ?? since].toSorted()[0] ?? since
  return began > since ? began : since
}

function namesOf(policies: readonly ResolvedPolicy[], field: 'supplier_id' | 'pack_id'): string[] {
  return [...new Set(policies.flatMap((policy) => policy[field] ?? []))]
}

function keyOf({ branch_id, variant_id }: { branch_id: string; variant_id: string }): string {
  return `${branch_id} ${variant_id}`
}
