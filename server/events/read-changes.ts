import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import { holds, type IsHidden } from '../platform/execute.ts'
import type { Caller } from '../platform/operation.ts'
import { isOfAll, type NounName, nouns, nounsOf } from './nouns.ts'
import { type PlacedChange, type Range, readEntitiesOf, readPlaced, readPlacesOf, readTypes } from './queries.ts'

interface Places {
  readonly branchIds: ReadonlySet<string>
  readonly entityIds: ReadonlySet<string>
}

/** What changed: a noun, and where. */
export interface Changed {
  readonly noun: NounName
  /** Unknown where nobody who listens works in a part of the tenant, or nothing says it. */
  readonly places: Places | 'everywhere' | 'unknown'
}

/** What changed within entries of the chain of a tenant; with `places`, where. Reads each entry once. */
export async function readChanges(
  pool: pg.Pool,
  { tenantId, range, places }: { tenantId: string; range: Range; places: boolean },
): Promise<readonly Changed[]> {
  return inReadTransaction(pool, tenantId, async ({ client }) => {
    const scope = { client, tenantId }
    if (!places) {
      const found = new Set((await readTypes(scope, range)).flatMap(nounsOf))
      return [...found].map((noun) => ({ noun, places: 'unknown' as const }))
    }
    const changes = await readPlaced(scope, range)
    const named = new Set(changes.filter(({ branch_ids }) => branch_ids.length > 0).map(({ request }) => request))
    const unnamed = changes.filter(({ request }) => !named.has(request)).flatMap(({ thing_ids }) => thing_ids)
    const known = unnamed.length > 0 ? await readPlacesOf(scope, [...new Set(unnamed)]) : []
    const branchIds = new Set([
      ...changes.flatMap(({ branch_ids }) => branch_ids),
      ...known.map((one) => one.branch_id),
    ])
    return placed(changes, known, await readEntitiesOf(scope, [...branchIds]))
  })
}

/** All that one command changed was where any of it was. */
function placed(
  changes: readonly PlacedChange[],
  known: readonly { id: string; branch_id: string }[],
  entityOf: ReadonlyMap<string, string>,
): Changed[] {
  const knownOf = Map.groupBy(known, ({ id }) => id)
  return [...Map.groupBy(changes, ({ request }) => request).values()].flatMap((together) => {
    const found = together.flatMap(({ thing_ids }) => thing_ids.flatMap((id) => knownOf.get(id) ?? []))
    const branchIds = new Set([
      ...together.flatMap(({ branch_ids }) => branch_ids),
      ...found.map(({ branch_id }) => branch_id),
    ])
    const entityIds = new Set([
      ...together.flatMap(({ entity_ids }) => entity_ids),
      ...[...branchIds].flatMap((id) => entityOf.get(id) ?? []),
    ])
    const isEverywhere = branchIds.size === 0 && together.some((one) => isOfAll(one.resource_type))
    const places = isEverywhere ? 'everywhere' : { branchIds, entityIds }
    return [...new Set(together.flatMap((one) => nounsOf(one.resource_type)))].map((noun) => ({ noun, places }))
  })
}

/**
 * The nouns among changes that a caller may be told of: those whose list they may see, and of what belongs to branches or legal
 * entities what was in theirs. Where it was is not known of everything; of that they are told nothing.
 */
export function toldTo(caller: Caller, changes: readonly Changed[], isHidden: IsHidden): ReadonlySet<NounName> {
  return new Set(
    changes.filter((one) => mayRead(caller, one.noun, isHidden) && isInPart(caller, one)).map(({ noun }) => noun),
  )
}

function mayRead(caller: Caller, noun: NounName, isHidden: IsHidden): boolean {
  return holds(caller.permissions, nouns[noun].permission) && !isHidden(noun, caller)
}

function isInPart({ scope }: Caller, { noun, places }: Changed): boolean {
  const { reach } = nouns[noun]
  if (scope === null || reach === 'any' || places === 'everywhere') return true
  if (places === 'unknown') return false
  if (reach === 'entity') return scope.entityIds.some((id) => places.entityIds.has(id))
  return scope.branchIds.some((id) => places.branchIds.has(id))
}
