import { auditOperations, checkpointOperations, makeCheckpoints, type Sealing, verifyChainsJob } from './audit/index.ts'
import {
  hashPassword,
  identityOperations,
  type People,
  purgeIdentity,
  verifyPassword,
  writeMailJob,
} from './identity/index.ts'
import { faultOfBooks, ledgerConstraints, ledgerOperations, ledgerReports, openBooksOf } from './ledger/index.ts'
import { type Mailer, type Postbox, sendMailJob } from './messaging/index.ts'
import type { Job } from './platform/jobs.ts'
import type { Operation, OperationMap } from './platform/operation.ts'
import { makePartitionsJob } from './platform/partitions.ts'
import type { RefusalKind } from './platform/refusal.ts'
import {
  allTenants,
  forgetSessionTenants,
  peopleOperations,
  placeOperations,
  purgeIdempotencyKeys,
  staffOperations,
  tenantConstraints,
} from './tenants/index.ts'

/** Every operation of the product by name, as the typed client sees them. */
export type Operations = OperationMap<ReturnType<typeof createOperations>>

export interface OperationOptions {
  readonly signUpOpen: boolean
  readonly sealing: Sealing
  readonly mailer: Mailer
  readonly publicUrl: string
  /** True when the token of an invitation is open and was sent to this address. */
  isInvited(token: string, email: string): Promise<boolean>
}

/** All operations; the one list from which routes, documents, client types and the command line are made. */
export function createOperations(people: People, options: OperationOptions) {
  const declared = { operations: (): readonly Operation[] => operations, knownPermissions: () => known }
  const operations = [
    ...checkpointOperations(options.sealing),
    ...identityOperations(people, options),
    ...placeOperations(people, openBooksOf, declared),
    ...staffOperations(declared),
    ...peopleOperations({ declared, post: options, hashing: { hashPassword, verifyPassword } }),
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
    forgetSessionTenants,
  ]
}

/** Constraint name → refusal, of every module. */
export const constraints: ReadonlyMap<string, RefusalKind> = new Map(
  Object.entries({ ...tenantConstraints, ...ledgerConstraints }),
)
