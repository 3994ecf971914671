import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertCurrency } from '../reference/index.ts'
import {
  alreadyDecided,
  currencyMissing,
  type decideInput,
  type endRoleInput,
  type listDecisionsInput,
  partyInFull,
  type Role,
  reasonMissing,
  roleFieldUnused,
  roleNotHeld,
  type setRoleInput,
} from './contract.ts'
import { assertGroup } from './groups.ts'
import { assertOpen, isTrader, readParty, refreshTerms } from './parties.ts'
import { lockParty } from './queries.ts'
import { insertRole, listDecisions, recordDecision, rolesOf, type Terms, updateRole } from './role-queries.ts'

type Input<T extends z.ZodType> = z.output<T>

const buyers: readonly Role[] = ['customer', 'retailer']
const sellers: readonly Role[] = ['supplier', 'vendor']

/** Gives a party a role, or changes its terms there; a role that was ended is taken up again with its approval. */
export async function setRole(context: CommandContext, { id, role, version, ...given }: Input<typeof setRoleInput>) {
  const old = await holdRoles(context, id)
  const terms = definedOf(given)
  const held = old.roles.find((one) => one.role === role)
  if ((held?.version ?? 0) !== version) refuse(platformRefusals.versionConflict)
  await assertTerms(context, role, { ...held, ...terms })
  if (held) await updateRole(context, held.id, { ...terms, ended_at: null })
  else {
    const approval = isTrader(role) ? 'pending' : null
    await insertRole(context, { id: context.newId(), party_id: id, role, approval, ...terms })
  }
  return finish(context, old)
}

/** Ends a role of a party; its terms and decisions stay. */
export async function endRole(context: CommandContext, { id, role, version }: Input<typeof endRoleInput>) {
  const old = await holdRoles(context, id)
  const held = roleIn(old.roles, role)
  if (held.version !== version) refuse(platformRefusals.versionConflict)
  await updateRole(context, held.id, { ended_at: context.now })
  return finish(context, old)
}

/** Approves, rejects or suspends a vendor or retailer. */
export async function decideApproval(
  context: CommandContext,
  { id, role, decision, reason }: Input<typeof decideInput>,
) {
  if (decision !== 'approved' && reason === undefined) refuse(reasonMissing)
  const old = await holdRoles(context, id)
  const { code } = await recordDecision(context, {
    id: context.newId(),
    party_role_id: roleIn(old.roles, role).id,
    decision,
    reason: reason ?? null,
    actor_id: context.caller.employeeId,
  })
  if (code !== null) refuse(code === 'already_decided' ? alreadyDecided : roleNotHeld)
  return finish(context, old)
}

/** The decisions on a vendor or retailer, the last one first. */
export async function readDecisions(context: QueryContext, { id, role }: Input<typeof listDecisionsInput>) {
  const { roles } = await readParty(context, id)
  const held = roles.find((one) => one.role === role) ?? refuse(roleNotHeld)
  return { items: await listDecisions(context, held.id) }
}

async function holdRoles(context: CommandContext, id: string) {
  const party = (await lockParty(context, id)) ?? refuse(platformRefusals.notFound)
  assertOpen(party)
  return { ...party, roles: await rolesOf(context, [id]) }
}

function roleIn<R extends { role: string; ended_at: Date | null }>(roles: readonly R[], role: Role): R {
  return roles.find((one) => one.role === role && one.ended_at === null) ?? refuse(roleNotHeld)
}

async function assertTerms(context: CommandContext, role: Role, terms: Terms): Promise<void> {
  const { currency = null, group_id = null } = terms
  if (group_id !== null) await assertGroup(context, group_id, 'share')
  assertTermsFit(role, terms)
  if (currency !== null) await assertCurrency(context, currency)
}

/** Refuses terms that a party in such a role does not have: `party_role_field_unused`, `party_currency_missing`. */
export function assertTermsFit(role: Role, terms: Terms): void {
  const { currency = null, minimum_order = null } = terms
  const isOf = (value: unknown, holders: readonly Role[]) =>
    value === undefined || value === null || holders.includes(role)
  if (!isOf(terms.group_id, buyers)) refuse(roleFieldUnused, 'Customers and retailers are in groups')
  if (!isOf(terms.lead_time_days, sellers)) refuse(roleFieldUnused, 'Suppliers and vendors have a lead time')
  if (!isOf(terms.minimum_order, sellers)) refuse(roleFieldUnused, 'Suppliers and vendors have a minimum order')
  if (minimum_order !== null && currency === null) refuse(currencyMissing)
}

async function finish(context: CommandContext, old: { id: string }) {
  await refreshTerms(context, old.id)
  const changed = await readParty(context, old.id)
  context.changed({ resource: 'party', id: old.id, old, new: changed, schema: partyInFull })
  return changed
}
