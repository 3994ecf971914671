import type { z } from 'zod'
import { uuidv7 } from '../platform/identifiers.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { dayIn, daysAfter } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { readBranch } from '../tenants/index.ts'
import {
  type AlertKind,
  closeElsewhere,
  countAlerts,
  lockAlert,
  lockRefresh,
  markAcknowledged,
  syncAlerts,
  type WantedAlert,
} from './alert-queries.ts'
import { type acknowledgeAlertInput, alertClosed, alertKinds, type refreshAlertsInput } from './contract.ts'
import { expiryAlert } from './expiry-alerts.ts'
import { expiryHorizonsSetting } from './settings.ts'
import { readBranches, readExpiring, type StockKey } from './stock-queries.ts'
import { type SurveyedStock, type Surveyor, surveyStock } from './survey-stock.ts'

const stocksAtOnce = 500

/**
 * Opens the alerts that there should be in these branches, or in all, and closes those that are over. Each is there once
 * while it lasts: one refresh of a tenant goes on at a time, and the database keeps open ones apart.
 */
export async function refreshAlerts(
  context: Surveyor,
  settings: Settings,
  branchIds: readonly string[] | null,
): Promise<{ opened: number; closed: number }> {
  await lockRefresh(context, context.now)
  const branches = await readBranches(context, branchIds)
  const sum = { opened: 0, closed: 0 }
  for (const { id, time_zone } of branches) {
    const today = dayIn(time_zone, context.now)
    const wanted = [
      ...(await stockAlerts(context, settings, id)),
      ...(await expiryAlerts(context, settings, { branchId: id, today })),
    ]
    const { opened, closed } = await syncAlerts(context, { branchId: id, at: context.now, wanted })
    sum.opened += opened
    sum.closed += closed
  }
  if (branchIds === null)
    sum.closed += await closeElsewhere(context, { branchIds: branches.map(({ id }) => id), at: context.now })
  return sum
}

/** The same when somebody asks: in a branch, or in all that they work with. */
export async function refreshWhenAsked(
  context: CommandContext,
  settings: Settings,
  { branch_id }: z.output<typeof refreshAlertsInput>,
) {
  if (branch_id !== undefined) await readBranch(context, branch_id)
  const branchIds = branch_id === undefined ? (context.caller.scope?.branchIds ?? null) : [branch_id]
  const counts = await refreshAlerts(context, settings, branchIds)
  context.changed({ resource: 'alert_refresh', id: context.tenantId, new: counts })
  return { ...counts, refreshed_at: context.now }
}

/** Notes that somebody has seen an alert. */
export async function acknowledgeAlert(
  context: CommandContext,
  { id, version, note }: z.output<typeof acknowledgeAlertInput>,
) {
  const old = (await lockAlert(context, id)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: old.branch_id })
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  if (old.closed_at !== null) refuse(alertClosed)
  const changed = await markAcknowledged(context, id, {
    at: context.now,
    employeeId: context.caller.employeeId,
    note: note ?? null,
  })
  context.changed({ resource: 'alert', id, old, new: changed })
  return changed
}

/** How many alerts are open, of every kind. */
export async function countByKind(context: QueryContext, branch_id: string | undefined) {
  if (branch_id !== undefined) await readBranch(context, branch_id)
  const branchIds = branch_id === undefined ? (context.caller.scope?.branchIds ?? null) : [branch_id]
  const { refreshed_at, kinds } = await countAlerts(context, branchIds)
  const counted = new Map(kinds.map((one) => [one.kind, one]))
  return { refreshed_at, kinds: alertKinds.map((kind) => counted.get(kind) ?? { kind, open: 0, unacknowledged: 0 }) }
}

async function stockAlerts(context: Surveyor, settings: Settings, branchId: string): Promise<WantedAlert[]> {
  const wanted: WantedAlert[] = []
  let after: StockKey | undefined
  for (let more = true; more; ) {
    const filter = { branchIds: [branchId] }
    const stocks = await surveyStock(context, settings, filter, { limit: stocksAtOnce, after })
    for (const stock of stocks) {
      const kind = kindOf(stock)
      if (kind) wanted.push(alertOf(stock, kind))
    }
    after = stocks.at(-1)
    more = stocks.length === stocksAtOnce
  }
  return wanted
}

/** What is below zero is a mistake anywhere; what is out or low matters where somebody wants it. */
function kindOf({ status, is_kept, policy, figures, demand }: SurveyedStock): AlertKind | null {
  if (!is_kept) return null
  if (status === 'negative') return 'negative'
  const isWanted = policy.minimum_stock !== null || figures.reorder_point.used !== null || demand.mean.greaterThan(0)
  if (!isWanted) return null
  if (status === 'out') return 'out'
  return status === 'low' || status === 'below_minimum' || status === 'reserved' ? 'low' : null
}

function alertOf(stock: SurveyedStock, kind: AlertKind): WantedAlert {
  const { variant_id, available, policy, figures } = stock
  const threshold = figures.reorder_point.used ?? policy.minimum_stock
  const place = { id: uuidv7(), kind, variant_id, batch_id: null, horizon_days: 0, expires_on: null }
  return { ...place, quantity: available, threshold: kind === 'negative' ? null : threshold }
}

async function expiryAlerts(
  context: Surveyor,
  settings: Settings,
  { branchId, today }: { branchId: string; today: string },
): Promise<WantedAlert[]> {
  const horizons = await settings.read(context, expiryHorizonsSetting, { branchId })
  const until = daysAfter(today, Math.max(0, ...horizons))
  const batches = await readExpiring(context, { branchId, until })
  return batches.flatMap(({ variant_id, batch_id, on_hand, expires_on }) => {
    const found = expiryAlert(expires_on, { today, horizons })
    if (!found) return []
    const horizon_days = found.kind === 'expiring' ? found.horizonDays : 0
    const id = uuidv7()
    return [
      { id, kind: found.kind, variant_id, batch_id, horizon_days, quantity: on_hand, threshold: null, expires_on },
    ]
  })
}
