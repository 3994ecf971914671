import type { Caller } from './operation.ts'
import { platformRefusals, type RefusalKind, refuse } from './refusal.ts'

/** The part of a tenant that an employee is confined to. */
export interface Scope {
  /** Legal entities that are wholly theirs, books included. */
  readonly entityIds: readonly string[]
  readonly regionIds: readonly string[]
  /** Branches that are theirs: named, of a region, or of those entities. */
  readonly branchIds: readonly string[]
}

/**
 * What of a tenant an operation concerns. `any`: what every employee may see, such as roles and currencies; `branch` and
 * `entity`: things that belong to one, where whoever is confined to others finds nothing (404); `tenant`: all of it, so
 * whoever is confined to a part is refused.
 */
export type Reach = 'any' | 'branch' | 'entity' | 'tenant'

type Place = { readonly entityId: string } | { readonly branchId: string }

/** Refuses a place outside the caller's part of the tenant as one that does not exist: `not_found`, or as given. */
export function assertInScope(
  { caller }: { readonly caller: Pick<Caller, 'scope'> },
  place: Place,
  kind: RefusalKind = platformRefusals.notFound,
): void {
  if (!reaches(caller, place)) refuse(kind)
}

/** True when the caller works with the whole tenant, or this place is in their part of it. */
function reaches({ scope }: Pick<Caller, 'scope'>, place: Place): boolean {
  if (scope === null) return true
  return 'entityId' in place ? scope.entityIds.includes(place.entityId) : scope.branchIds.includes(place.branchId)
}
