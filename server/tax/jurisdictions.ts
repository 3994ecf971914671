import type { z } from 'zod'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { findBranch, findEntity, readBranch } from '../tenants/index.ts'
import {
  codeOutsideParent,
  type createJurisdictionInput,
  jurisdictionExists,
  jurisdictionNotFound,
  jurisdictionsApart,
  type setBranchJurisdictionsInput,
} from './contract.ts'
import { findBranchCodes, insertJurisdiction, putBranchCodes, readJurisdictions } from './queries.ts'
import { assertTaxable, type Jurisdiction, pathOf } from './stack.ts'

/** Makes a jurisdiction of the tenant's own inside another, such as a county of a US state. */
export async function createJurisdiction(context: CommandContext, input: z.output<typeof createJurisdictionInput>) {
  const known = await readJurisdictions(context, [input.code, input.parent_code])
  if (known.some(({ code }) => code === input.code)) refuse(jurisdictionExists)
  if (!known.some(({ code }) => code === input.parent_code)) refuse(jurisdictionNotFound)
  if (countryOf(input.code) !== countryOf(input.parent_code) || input.code === countryOf(input.code))
    refuse(codeOutsideParent)
  const { id = context.newId(), ...values } = input
  await insertJurisdiction(context, { id, ...values })
  context.changed({ resource: 'tax_jurisdiction', id, new: { id, ...values } })
  const [made] = (await readJurisdictions(context, [input.code])).filter(({ code }) => code === input.code)
  return made ?? refuse(jurisdictionNotFound)
}

/** The jurisdictions in which a branch stands. Refuses a branch outside the caller's part as one that is not there. */
export async function readBranchJurisdictions(context: QueryContext, { id }: { id: string }) {
  const branch = await readBranch(context, id, platformRefusals.notFound)
  const { codes, version } = await standingOf(context, branch)
  return { id, codes, path: pathOf(codes, await readJurisdictions(context, codes)), version }
}

/**
 * Sets the innermost jurisdictions in which a branch stands; they are all of one country. It counts for whatever is
 * calculated from then on, past days included; documents keep what they were answered.
 */
export async function setBranchJurisdictions(
  context: CommandContext,
  { id, version, codes }: z.output<typeof setBranchJurisdictionsInput>,
) {
  const branch = (await findBranch(context, id, true)) ?? refuse(platformRefusals.notFound)
  assertInScope(context, { branchId: id })
  const old = await standingOf(context, branch)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const known = await readJurisdictions(context, codes)
  const path = pathOf(codes, known)
  if (new Set(known.filter(({ kind }) => kind === 'country').map(({ code }) => code)).size > 1)
    refuse(jurisdictionsApart)
  assertTaxable(path, known)
  const set = await putBranchCodes(context, id, codes)
  context.changed({ resource: 'branch_jurisdictions', id, old, new: { codes, version: set } })
  return { id, codes, path, version: set }
}

/** The innermost jurisdictions of a branch: as they were set, or the country of its legal entity. */
export async function standingOf(context: QueryContext, branch: { id: string; entity_id: string }) {
  const set = await findBranchCodes(context, branch.id)
  if (set) return set
  const entity = await findEntity(context, branch.entity_id)
  return entity ? { codes: [entity.country], version: 1 } : refuse(platformRefusals.notFound)
}

/** The jurisdiction with this code. Throws the refusal `tax_jurisdiction_not_found`. */
export async function jurisdictionOf(context: QueryContext, code: string): Promise<Jurisdiction> {
  const known = await readJurisdictions(context, [code])
  return known.find((one) => one.code === code) ?? refuse(jurisdictionNotFound)
}

function countryOf(code: string): string {
  return code.slice(0, 2)
}
