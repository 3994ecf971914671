import { makeCheckpoints, type Sealing, verifyChainsJob, writeAudit } from './audit/index.ts'
import { addMissingUnits } from './catalog/index.ts'
import { fetchEcbRates } from './fx/index.ts'
import { type People, purgeIdentity, writeMailJob } from './identity/index.ts'
import { purgeImages } from './images/index.ts'
import {
  type ImportDependencies,
  purgeImports,
  resumeAbandonedImports,
  resumeImports,
  workOnImport,
} from './imports/index.ts'
import { certifyTenantsJob } from './integrity/index.ts'
import { expireReservationsJob, faultOfStock } from './inventory/index.ts'
import { faultOfBooks } from './ledger/index.ts'
import { type Mailer, type Postbox, sendMailJob } from './messaging/index.ts'
import { addMissingTenders, type Providers, settleAuthorizationJob } from './payments/index.ts'
import type { Job } from './platform/jobs.ts'
import { makePartitionsJob } from './platform/partitions.ts'
import { qualityJobs } from './quality/index.ts'
import { refreshAlertsJob } from './replenishment/index.ts'
import { catchUpReports } from './reports/index.ts'
import type { Settings } from './settings/index.ts'
import { addMissingClasses } from './tax/index.ts'
import { allTenants, forgetSessionTenants, purgeIdempotencyKeys } from './tenants/index.ts'

/** All background work. Without an address for them, no rates are fetched. */
export function createJobs(parts: {
  people: People
  sealing: Sealing
  postbox: Postbox
  mailer: Mailer
  settings: Settings
  imageDirectory: string
  imports: ImportDependencies
  providers: Providers
  ecbRatesUrl: string | undefined
}): readonly Job[] {
  const { people, sealing, postbox, mailer, settings, imageDirectory, imports, providers, ecbRatesUrl } = parts
  const importing = { ...imports, allTenants }
  return [
    sendMailJob(postbox),
    writeMailJob(people.identity, mailer),
    purgeIdentity,
    makePartitionsJob,
    makeCheckpoints(sealing, ({ jobs }) => allTenants(jobs)),
    verifyChainsJob({ allTenants, sealing, faultOfBooks, faultOfStock }),
    certifyTenantsJob({ allTenants, sealing, writeAudit }),
    purgeIdempotencyKeys,
    forgetSessionTenants,
    addMissingClasses({ allTenants, writeAudit }),
    expireReservationsJob({ allTenants, writeAudit }),
    catchUpReports({ allTenants }),
    refreshAlertsJob({ settings, allTenants, writeAudit }),
    addMissingUnits({ allTenants, writeAudit }),
    addMissingTenders({ allTenants, writeAudit }),
    settleAuthorizationJob({ providers, writeAudit }),
    ...qualityJobs({ settings, allTenants, writeAudit }),
    purgeImages({ allTenants, directory: imageDirectory }),
    workOnImport(imports),
    resumeImports(importing),
    resumeAbandonedImports(importing),
    purgeImports(importing),
    ...(ecbRatesUrl === undefined ? [] : [fetchEcbRates({ url: ecbRatesUrl, writeAudit })]),
  ]
}
