import { holds } from '../platform/execute.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { grantsTooMuch, unknownPermission } from './contract.ts'

/** Refuses to grant what does not exist, and what the giver does not hold. */
export function assertMayGrant(
  held: ReadonlySet<string>,
  granted: readonly string[],
  known: ReadonlySet<string>,
): void {
  const unknown = granted.find((permission) => permission !== '*' && !known.has(permission))
  if (unknown !== undefined) refuse(unknownPermission, `There is no permission ${unknown}`)
  const beyond = granted.find((permission) => !holds(held, permission))
  if (beyond !== undefined) refuse(grantsTooMuch, `You do not hold ${beyond}`)
}

/** Refuses an API key what a person does for themselves: it stands for the tenant, not for who made it. */
export function assertPerson({ caller }: Pick<CommandContext, 'caller'>): void {
  if (caller.apiKeyId !== null) refuse(platformRefusals.forbidden, 'This is for people, not for API keys')
}
