import {
  auditOperations,
  checkpointOperations,
  makeCheckpoints,
  type Sealing,
  verifyChainsJob,
  writeAudit,
} from './audit/index.ts'
import { fetchEcbRates, fxOperations } from './fx/index.ts'
import { identityOperations, type People } from './identity/index.ts'
import { faultOfBooks, ledgerConstraints, ledgerOperations, ledgerReports, openBooksOf } from './ledger/index.ts'
import type { Job } from './platform/jobs.ts'
import type { Operation, OperationMap } from './platform/operation.ts'
import { makePartitionsJob } from './platform/partitions.ts'
import type { ReferenceLoader } from './platform/reference.ts'
import type { RefusalKind } from './platform/refusal.ts'
import {
  allTenants,
  placeOperations,
  placeReference,
  purgeIdempotencyKeys,
  referenceOperations,
  staffOperations,
  tenantConstraints,
} from './tenants/index.ts'

/** Every operation of the product by name, as the typed client sees them. */
export type Operations = OperationMap<ReturnType<typeof createOperations>>

/** All operations; the one list from which routes, documents, client types and the command line are made. */
export function createOperations(people: People, options: { signUpOpen: boolean; sealing: Sealing }) {
  const operations = [
    ...checkpointOperations(options.sealing),
    ...identityOperations(people, options),
    ...placeOperations(people, openBooksOf),
    ...referenceOperations,
    ...staffOperations({ people, knownPermissions: () => known }),
    ...auditOperations,
    ...fxOperations,
    ...ledgerOperations,
    ...ledgerReports,
  ] as const
  const known = permissionsOf(operations)
  return operations
}

/** Every permission that some operation asks for. */
export function permissionsOf(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(operations.flatMap((operation) => operation.permission ?? []))
}

/** All background work. Without an address for them, no rates are fetched. */
export function createJobs(sealing: Sealing, ecbRatesUrl?: string): readonly Job[] {
  return [
    makePartitionsJob,
    makeCheckpoints(sealing, ({ jobs }) => allTenants(jobs)),
    verifyChainsJob({ allTenants, sealing, faultOfBooks }),
    purgeIdempotencyKeys,
    ...(ecbRatesUrl === undefined ? [] : [fetchEcbRates({ url: ecbRatesUrl, writeAudit })]),
  ]
}

/** The files of reference data, in the order in which they are loaded: what a row names stands above it. */
export const referenceLoaders: readonly ReferenceLoader[] = [...placeReference]

/** Constraint name → refusal, of every module. */
export const constraints: ReadonlyMap<string, RefusalKind> = new Map(
  Object.entries({ ...tenantConstraints, ...ledgerConstraints }),
)
