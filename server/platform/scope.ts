import type { Caller } from './operation.ts'
import { platformRefusals, type RefusalKind, refuse } from './refusal.ts'

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
