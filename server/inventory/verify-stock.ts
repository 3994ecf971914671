import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import {
  type Checked,
  checkCosts,
  checkLevels,
  type Fault,
  findMissingCost,
  findMissingLevel,
  findUntiedBranch,
} from './verify-queries.ts'

export type StockVerdict =
  | { intact: true; variants: number; movements: number }
  | { intact: false; resource: 'level' | 'variant' | 'branch'; id: string; reason: string }

const levelsAtOnce = 200
const costsAtOnce = 200

/**
 * Proves that the stock of a tenant ties: every level is the sum of its movements, which run without a gap; every cost is that of
 * its movements and levels; and the stock of each branch is worth what its account in the books holds. Names the first level,
 * variant or branch that does not, and why. Reads in batches, each in a snapshot of its own, so that it may run beside the
 * tills. `read` runs its work in a transaction of the tenant.
 */
export async function verifyStock(
  read: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>,
  tenantId: string,
): Promise<StockVerdict> {
  const levels = await checkAll((after: string | null) =>
    read((client) => checkLevels(client, tenantId, after, levelsAtOnce)),
  )
  if (levels.fault) return { intact: false, resource: 'level', ...levels.fault }
  const missing = await read((client) => findMissingLevel(client, tenantId))
  if (missing) return { intact: false, resource: 'level', ...missing }
  const costs = await checkAll((after: Parameters<typeof checkCosts>[2]) =>
    read((client) => checkCosts(client, tenantId, after, costsAtOnce)),
  )
  const unvalued = costs.fault ?? (await read((client) => findMissingCost(client, tenantId)))
  if (unvalued) return { intact: false, resource: 'variant', ...unvalued }
  const untied = await read((client) => findUntiedBranch(client, tenantId))
  if (untied) return { intact: false, resource: 'branch', ...untied }
  return { intact: true, variants: costs.count, movements: levels.count }
}

/** What `verifyStock` finds broken through a pool of readers, in a sentence; undefined when stock is proved. */
export async function faultOfStock(pool: pg.Pool, tenantId: string): Promise<string | undefined> {
  const verdict = await verifyStock((work) => inReadTransaction(pool, tenantId, ({ client }) => work(client)), tenantId)
  return verdict.intact ? undefined : `${verdict.resource} ${verdict.id}: ${verdict.reason}`
}

async function checkAll<Key>(
  check: (after: Key | null) => Promise<Checked<Key>>,
): Promise<{ count: number; fault: Fault | null }> {
  let count = 0
  let after: Key | null = null
  for (;;) {
    const checked: Checked<Key> = await check(after)
    count += checked.count
    if (checked.fault || checked.last === null) return { count, fault: checked.fault }
    after = checked.last
  }
}
