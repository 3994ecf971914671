import type { z } from 'zod'
import type { Batch, BatchContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { type branch, branchCodeTaken, type createBranchInput, entityNotFound } from './contract.ts'
import { insertBranches, knownBranches, knownEntities, type NewBranch } from './queries.ts'

type Input = z.output<typeof createBranchInput>
type Output = z.input<typeof branch>

/** Opens branches: a chain that comes in from elsewhere posts hundreds at once, so they commit together. */
export const createBranches: Batch<Input, { entities: Set<string> }, NewBranch, Output> = {
  async read(context, inputs) {
    return { entities: await knownEntities(context, [...new Set(inputs.map((input) => input.entity_id))]) }
  },

  decide({ entities }, input, context) {
    if (!entities.has(input.entity_id)) refuse(entityNotFound)
    const row: NewBranch = {
      id: input.id ?? context.newId(),
      entity_id: input.entity_id,
      code: input.code,
      name: input.name,
      time_zone: input.time_zone,
      address: input.address ?? null,
      phone: input.phone ?? null,
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
