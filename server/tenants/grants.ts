import { holds } from '../platform/execute.ts'
import type { Caller, CommandContext, Scope } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { grantsTooMuch, unknownPermission } from './contract.ts'
import { isHidden } from './features.ts'
import { type Confines, confine, release } from './staff-queries.ts'

type Confinement = Confines | null

/** Refuses to grant what the giver does not hold. */
export function assertMayGrant({ permissions }: Caller, granted: readonly string[]): void {
  const beyond = granted.find((permission) => !holds(permissions, permission))
  if (beyond !== undefined) refuse(grantsTooMuch, `You do not hold ${beyond}`)
}

/** Refuses permissions that do not exist, or whose feature is switched off. */
export function assertKnown(caller: Caller, granted: readonly string[], known: ReadonlySet<string>): void {
  const unknown = granted.find(
    (permission) => permission !== '*' && (!known.has(permission) || isHidden(permission, caller)),
  )
  if (unknown !== undefined) refuse(unknownPermission, `There is no permission ${unknown}`)
}

/** Refuses to let somebody work in a wider part of the tenant than the giver does. */
export function assertMayConfine({ scope }: { readonly scope: Scope | null }, given: Confinement): void {
  if (scope === null) return
  if (given === null) refuse(grantsTooMuch, 'You work in a part of the tenant, and this is all of it')
  const isOwn =
    given.entity_ids.every((id) => scope.entityIds.includes(id)) &&
    given.region_ids.every((id) => scope.regionIds.includes(id)) &&
    given.branch_ids.every((id) => scope.branchIds.includes(id))
  if (!isOwn) refuse(grantsTooMuch, 'You work in a part of the tenant, and this is more than that')
}

/** Changes the places that an employee is confined to. Whether they are confined at all is for the employee's row. */
export async function changePlaces(
  context: CommandContext,
  employeeId: string,
  { old, wanted }: { old: Confinement; wanted: Confinement },
): Promise<void> {
  const none: Confines = { entity_ids: [], region_ids: [], branch_ids: [] }
  const [before, after] = [old ?? none, wanted ?? none]
  const added = (field: keyof Confines) => [...new Set(after[field])].filter((id) => !before[field].includes(id))
  if (old) await release(context, employeeId, after)
  await confine(context, employeeId, [
    ...added('entity_ids').map((id) => ({ id: context.newId(), entity_id: id })),
    ...added('region_ids').map((id) => ({ id: context.newId(), region_id: id })),
    ...added('branch_ids').map((id) => ({ id: context.newId(), branch_id: id })),
  ])
}

/** Refuses an API key what a person does for themselves: it stands for the tenant, not for who made it. */
export function assertPerson({ caller }: Pick<CommandContext, 'caller'>): void {
  if (caller.apiKeyId !== null) refuse(platformRefusals.forbidden, 'This is for people, not for API keys')
}
