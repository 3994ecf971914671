import type pg from 'pg'
import { z } from 'zod'
import { type CheckpointFile, type Sealing, verifyTenant } from '../audit/index.ts'
import { verifyStock } from '../inventory/index.ts'
import { verifyBooks } from '../ledger/index.ts'
import { purposeOfTender } from '../payments/index.ts'
import { catalogueFaults } from '../platform/catalogue-faults.ts'
import {
  countBooks,
  countStock,
  sumsOfBooks,
  sumsOfStock,
  unbalancedJournals,
  untiedAccounts,
  untiedBranches,
  untiedCosts,
  untiedLevels,
} from './book-queries.ts'
import { countTables } from './build-queries.ts'
import { brokenChains, countSlips, slipsUnsettled, slipsWithoutSales } from './device-queries.ts'
import { type Line, lineOf } from './line.ts'
import { countReceipts, countSessions, missingReceipts, sumsOfDrawers, untiedDrawers } from './till-queries.ts'

const entryCount = z.coerce.number().int()

interface Looking {
  readonly client: pg.ClientBase
  readonly tenantId: string
}

/** Looks whether journals balance, accounts are the sums of their entries, and whatever `verifyBooks` proves. */
export async function lookAtLedger(scope: Looking): Promise<Line> {
  const verdict = await verifyBooks((work) => work(scope.client), scope.tenantId)
  const found = [await unbalancedJournals(scope), await untiedAccounts(scope)]
  const counted = { counted: await countBooks(scope), sums: await sumsOfBooks(scope) }
  return lineOf('ledger', counted, found, verdict.intact ? [] : [verdict])
}

/** Looks whether levels, costs and the accounts of stock are the sums of their movements, and whatever `verifyStock` proves. */
export async function lookAtStock(scope: Looking): Promise<Line> {
  const verdict = await verifyStock((work) => work(scope.client), scope.tenantId)
  const found = [await untiedLevels(scope), await untiedCosts(scope), await untiedBranches(scope)]
  const counted = { counted: await countStock(scope), sums: await sumsOfStock(scope) }
  return lineOf('stock', counted, found, verdict.intact ? [] : [verdict])
}

/** Looks whether the books hold for each session what was done with its money, and nothing for those that are closed. */
export async function lookAtDrawers(scope: Looking): Promise<Line> {
  const found = [await untiedDrawers(scope, purposeOfTender)]
  return lineOf(
    'drawers',
    { counted: await countSessions(scope), sums: await sumsOfDrawers(scope, purposeOfTender) },
    found,
  )
}

/** Looks whether the receipts of each register are numbered without a gap, up to where it stands. */
export async function lookAtReceipts(scope: Looking): Promise<Line> {
  return lineOf('receipts', { counted: await countReceipts(scope) }, [await missingReceipts(scope)])
}

/** Looks whether what devices sealed is one chain each, booked once, and nothing of it waits set aside. */
export async function lookAtDevices(scope: Looking): Promise<Line> {
  const found = [await brokenChains(scope), await slipsWithoutSales(scope), await slipsUnsettled(scope)]
  return lineOf('devices', { counted: await countSlips(scope) }, found)
}

/**
 * Looks whether the audit chain is unbroken and agrees with what was signed of it; answers the newest of that, too. `kept` is what
 * was kept of it outside of the database, read before the snapshot.
 */
export async function lookAtChain(
  { client, tenantId }: Looking,
  { keys, kept }: Pick<Sealing, 'keys'> & { kept: CheckpointFile },
) {
  const here = <T>(_client: pg.ClientBase, _tenantId: string, work: () => Promise<T>) => work()
  const trusted = { keys: keys(), directory: undefined, files: [kept] }
  const { entries, brokenAt, checkpoints, proved, newest, faults } = await verifyTenant(client, tenantId, trusted, here)
  const counted = {
    entries: entryCount.parse(brokenAt === null ? entries : brokenAt - 1n),
    checkpoints,
    proved_entries: proved,
  }
  const named = faults.map((reason) => ({ resource: 'audit_chain', id: null, reason }))
  return { line: lineOf('audit', { counted }, [], named), newest }
}

/** Looks whether the database still keeps tenants apart and what is append-only as it is. */
export async function lookAtIsolation({ client }: Looking): Promise<Line> {
  const faults = await catalogueFaults(client)
  const named = faults.map((reason) => ({ resource: 'database', id: null, reason }))
  return lineOf('isolation', { counted: await countTables({ client }) }, [], named)
}
