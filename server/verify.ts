import pg from 'pg'
import { verifyChain } from './audit/index.ts'
import { catalogueFaults } from './platform/catalogue-faults.ts'
import { nobody } from './platform/identifiers.ts'
import type { Installation } from './platform/installation.ts'
import { allTenants } from './tenants/index.ts'

/**
 * Checks that tenants are isolated and their audit chains unbroken: of one tenant, or of all and the platform's own.
 * Tells `report` a line for each chain and each fault; answers the number of faults.
 */
export async function verify(
  installation: Installation,
  tenant: string | undefined,
  report: (line: string) => void,
): Promise<number> {
  const owner = new pg.Client({ connectionString: installation.ownerUrl })
  const jobs = new pg.Pool({ connectionString: installation.urls.jobs, max: 1 })
  await owner.connect()
  try {
    const faults = await catalogueFaults(owner)
    for (const fault of faults) report(`broken: ${fault}`)
    let count = faults.length
    for (const tenantId of tenant ? [tenant] : [nobody, ...(await allTenants(jobs))]) {
      await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await owner.query('SELECT platform.set_tenant($1)', [tenantId])
      const verdict = await verifyChain(owner, tenantId)
      await owner.query('COMMIT')
      if (verdict.intact) report(`intact: chain of ${tenantId}, ${verdict.entries} entries`)
      else {
        count++
        report(`broken: chain of ${tenantId} at entry ${verdict.seq}: ${verdict.reason}`)
      }
    }
    return count
  } finally {
    await owner.end()
    await jobs.end()
  }
}
