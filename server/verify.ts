import pg from 'pg'
import { verifyChain } from './audit/index.ts'
import { catalogueFaults } from './platform/catalogue-faults.ts'
import { setTenant } from './platform/database.ts'
import { OperatorError, UsageError } from './platform/explain.ts'
import { nobody } from './platform/identifiers.ts'
import type { Installation } from './platform/installation.ts'
import { migrationStatus } from './platform/migrate.ts'
import { allTenants } from './tenants/index.ts'

/**
 * Checks that tenants are isolated and their audit chains unbroken: of one tenant, or of all and the platform's own.
 * Tells `report` a line for each chain and each fault; answers the number of faults.
 * Throws `OperatorError` for a tenant that there is not, and for a database that is not migrated.
 */
export async function verify(
  installation: Installation,
  tenant: string | undefined,
  report: (line: string) => void,
): Promise<number> {
  if (tenant !== undefined && !isUuid(tenant)) throw new UsageError('--tenant is the id of a tenant, a UUID.')
  const status = await migrationStatus(installation.ownerUrl)
  if (status.some(({ appliedAt }) => appliedAt === null))
    throw new OperatorError('The database is not migrated to this version: run comptoir migrate up.')
  const owner = new pg.Client({ connectionString: installation.ownerUrl })
  const jobs = new pg.Pool({ connectionString: installation.urls.jobs, max: 1 })
  // A lost connection fails the next statement; without a listener it would take the process along.
  owner.on('error', () => {})
  jobs.on('error', () => {})
  await owner.connect()
  try {
    const faults = await catalogueFaults(owner)
    for (const fault of faults) report(`broken: ${fault}`)
    let count = faults.length
    const all = [nobody, ...(await allTenants(jobs))]
    if (tenant !== undefined && !all.includes(tenant)) throw new OperatorError(`There is no tenant ${tenant}.`)
    for (const tenantId of tenant === undefined ? all : [tenant]) {
      const fault = await faultOfChain(owner, tenantId, report)
      if (fault === undefined) continue
      count++
      report(`broken: chain of ${tenantId} ${fault}`)
    }
    return count
  } finally {
    await owner.end()
    await jobs.end()
  }
}

async function faultOfChain(owner: pg.Client, tenantId: string, report: (line: string) => void) {
  await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await setTenant(owner, tenantId)
  const verdict = await verifyChain(owner, tenantId)
  await owner.query('COMMIT')
  if (!verdict.intact) return `at entry ${verdict.seq}: ${verdict.reason}`
  // Making a tenant, and the platform, is the first entry of its chain.
  if (verdict.entries === 0n) return 'at entry 1: the whole chain is missing'
  report(`intact: chain of ${tenantId}, ${verdict.entries} entries`)
  return undefined
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
