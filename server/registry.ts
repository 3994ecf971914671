import { auditOperations, checkpointOperations, makeCheckpoints, type Sealing, verifyChainsJob } from './audit/index.ts'
import { identityOperations, type People, purgeIdentity, writeMailJob } from './identity/index.ts'
import { faultOfBooks, ledgerConstraints, ledgerOperations, ledgerReports, openBooksOf } from './ledger/index.ts'
import { type Mailer, type Postbox, sendMailJob } from './messaging/index.ts'
import type { Job } from './platform/jobs.ts'
import type { Operation, OperationMap } from './platform/operation.ts'
import { makePartitionsJob } from './platform/partitions.ts'
import type { RefusalKind } from './platform/refusal.ts'
import {
  allTenants,
  placeOperations,
  purgeIdempotencyKeys,
  staffOperations,
  tenantConstraints,
} from './tenants/index.ts'

/** Every operation of the product by name, as the typed client sees them. */
export type Operations = OperationMap<ReturnType<typeof createOperations>>

/** All operations; the one list from which routes, documents, client types and the command line are made. */
export function createOperations(people: People, options: { signUpOpen: boolean; sealing: Sealing; mailer: Mailer }) {
  const operations = [
    ...checkpointOperations(options.sealing),
    ...identityOperations(people, options),
    ...placeOperations(people, openBooksOf),
    ...staffOperations({ people, knownPermissions: () => known }),
    ...auditOperations,
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

/** All background work. */
export function createJobs(parts: {
  people: People
  sealing: Sealing
  postbox: Postbox
  mailer: Mailer
}): readonly Job[] {
  const { people, sealing, postbox, mailer } = parts
  return [
    sendMailJob(postbox),
    writeMailJob(people.identity, mailer),
    purgeIdentity,
    makePartitionsJob,
    makeCheckpoints(sealing, ({ jobs }) => allTenants(jobs)),
    verifyChainsJob({ allTenants, sealing, faultOfBooks }),
    purgeIdempotencyKeys,
  ]
}

/** Constraint name → refusal, of every module. */
export const constraints: ReadonlyMap<string, RefusalKind> = new Map(
  Object.entries({ ...tenantConstraints, ...ledgerConstraints }),
)
