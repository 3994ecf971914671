import type { z } from 'zod'
import type { Batch, BatchContext, Caller } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { assertInScope } from '../platform/scope.ts'
import { insertBranches, knownBranches, knownRegions, type NewBranch } from './branch-queries.ts'
import {
  type branch,
  branchCodeTaken,
  type createBranchInput,
  entityInactive,
  entityNotFound,
  regionNotFound,
} from './contract.ts'
import { knownEntities } from './queries.ts'

type Input = z.output<typeof createBranchInput>
type Output = z.input<typeof branch>

interface World {
  /** Whether each is active. */
  readonly entities: ReadonlyMap<string, boolean>
  readonly regions: ReadonlySet<string>
}

/** Opens branches: a chain that comes in from elsewhere posts hundreds at once, so they commit together. */
export const createBranches: Batch<Input, World, NewBranch, Output> = {
  async read(context, inputs) {
    return {
      entities: await knownEntities(context, [...new Set(inputs.map((input) => input.entity_id))]),
      regions: await knownRegions(context, [...new Set(inputs.flatMap((input) => input.region_id ?? []))]),
    }
  },

  decide({ entities, regions }, input, context) {
    assertInScope(context, { entityId: input.entity_id }, entityNotFound)
    if (!entities.has(input.entity_id)) refuse(entityNotFound)
    if (input.region_id !== undefined) assertMayMoveBranches(context)
    if (input.region_id !== undefined && !regions.has(input.region_id)) refuse(regionNotFound)
    if (!entities.get(input.entity_id)) refuse(entityInactive)
    const row: NewBranch = {
      id: input.id ?? context.newId(),
      entity_id: input.entity_id,
      code: input.code,
      name: input.name,
      time_zone: input.time_zone,
      address: input.address ?? null,
      phone: input.phone ?? null,
      region_id: input.region_id ?? null,
    }
    context.changed({ resource: 'branch', id: row.id, new: { ...row } })
    return row
  },

  async record(context: BatchContext, rows: readonly NewBranch[]) {
    // Two people may have made up the same id: the first one has it.
    const firsts = new Map(rows.toReversed().map((row) => [row.id, row]))
    const isFirst = (row: NewBranch) => firsts.get(row.id) === row
    const inserted = await insertBranches(context, rows.filter(isFirst))
    const left = rows.filter((row) => !inserted.has(row.id))
    const idTaken =
      left.length > 0
        ? await knownBranches(
            context,
            left.map((row) => row.id),
          )
        : new Set<string>()
    return rows.map((row) => {
      const taken = !isFirst(row) || idTaken.has(row.id)
      const made = isFirst(row) ? inserted.get(row.id) : undefined
      return made ?? new Refusal(taken ? platformRefusals.alreadyExists : branchCodeTaken)
    })
  },
}

/** Refuses to put branches into regions, which decides who reaches them, but to who works with the whole tenant. */
export function assertMayMoveBranches({ caller }: { readonly caller: Pick<Caller, 'scope'> }): void {
  if (caller.scope !== null) refuse(platformRefusals.outOfScope, 'Regions are for those who work with the whole tenant')
}
