import { auditOperations, checkpointOperations, makeCheckpoints, type Sealing, verifyChainsJob } from './audit/index.ts'
import { identityOperations, type People } from './identity/index.ts'
import { faultOfBooks, ledgerConstraints, ledgerOperations, ledgerReports, openBooksOf } from './ledger/index.ts'
import type { Job } from './platform/jobs.ts'
import type { Operation, OperationMap } from './platform/operation.ts'
import { makePartitionsJob } from './platform/partitions.ts'
import type { ReferenceLoader } from './platform/reference.ts'
import type { RefusalKind } from './platform/refusal.ts'
import { addClassesOf, taxConstraints, taxOperations, taxReference } from './tax/index.ts'
import {
  allTenants,
  type EntityMade,
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
    ...placeOperations(people, entityMade),
    ...referenceOperations,
    ...staffOperations({ people, knownPermissions: () => known }),
    ...auditOperations,
    ...ledgerOperations,
    ...ledgerReports,
    ...taxOperations,
  ] as const
  const known = permissionsOf(operations)
  return operations
}

/** What a new legal entity has from the start: books, and the tax classes of its country. */
const entityMade: EntityMade = async (scope, entity) => {
  await openBooksOf(scope, entity)
  await addClassesOf(scope, entity)
}

/** Every permission that some operation asks for. */
export function permissionsOf(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(operations.flatMap((operation) => operation.permission ?? []))
}

/** All background work. */
export function createJobs(sealing: Sealing): readonly Job[] {
  return [
    makePartitionsJob,
    makeCheckpoints(sealing, ({ jobs }) => allTenants(jobs)),
    verifyChainsJob({ allTenants, sealing, faultOfBooks }),
    purgeIdempotencyKeys,
  ]
}

/** The files of reference data, in the order in which they are loaded: what a row names stands above it. */
export const referenceLoaders: readonly ReferenceLoader[] = [...placeReference, ...taxReference]

/** Constraint name → refusal, of every module. */
export const constraints: ReadonlyMap<string, RefusalKind> = new Map(
  Object.entries({ ...tenantConstraints, ...ledgerConstraints, ...taxConstraints }),
)
