import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import { holds } from '../platform/execute.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import {
  type createRuleInput,
  hourUnfit,
  kindStays,
  patternInvalid,
  permissions,
  type RuleConfig,
  type removeRuleInput,
  ruleKeyTaken,
  type Schedule,
  sqlForbidden,
  type updateRuleInput,
} from './contract.ts'
import type { DatasetName } from './datasets.ts'
import { assertFitting } from './fit-config.ts'
import { presetRules } from './presets.ts'
import {
  faultOfPattern,
  findRule,
  freeRows,
  insertRule,
  removeRule as markRemoved,
  takenKeys,
  updateRule,
} from './queries.ts'
import { assertFenced } from './sql-fence.ts'

const usualHour = 4

/** Makes a rule. One in SQL needs its own permission, and must be a SELECT over the datasets. */
export async function createRule(context: CommandContext, input: z.output<typeof createRuleInput>) {
  const { id = context.newId(), daily_hour, ...row } = input
  await assertSound(context, row)
  if ((await takenKeys(context, [row.rule_key])).length > 0) refuse(ruleKeyTaken)
  const made = await insertRule(context, { ...row, id, daily_hour: hourOf(row.schedule, daily_hour) })
  context.changed({ resource: 'quality_rule', id, new: made })
  return made
}

/** Changes a rule. What it holds is free once it is off or only warns; otherwise its next run says what it holds. */
export async function changeRule(context: CommandContext, input: z.output<typeof updateRuleInput>) {
  const { id, version, daily_hour, ...values } = input
  const old = (await findRule(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  const given = definedOf(values)
  if (given.config && given.config.kind !== old.kind) refuse(kindStays)
  if (given.config) await assertSound(context, { dataset: old.dataset, config: given.config })
  const schedule = given.schedule ?? old.schedule
  const kept = schedule === old.schedule ? old.daily_hour : undefined
  const hour = hourOf(schedule, daily_hour === undefined ? kept : daily_hour)
  const changed = await updateRule(context, { ...given, id, daily_hour: hour }, context.now)
  if (!changed.is_active || changed.severity !== 'FAIL') await freeRows(context, id)
  context.changed({ resource: 'quality_rule', id, old, new: changed })
  return changed
}

/** Removes a rule and frees what it holds; its results stay. */
export async function removeRule(context: CommandContext, { id, version }: z.output<typeof removeRuleInput>) {
  const old = (await findRule(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (old.version !== version) refuse(platformRefusals.versionConflict)
  await markRemoved(context, id, context.now)
  const freed = await freeRows(context, id)
  context.changed({ resource: 'quality_rule', id, old, new: { deleted_at: context.now.toISOString() } })
  return { id, freed }
}

/** One rule. Refuses with `not_found`. */
export async function readRule(context: QueryContext, id: string) {
  return (await findRule(context, id)) ?? refuse(platformRefusals.notFound)
}

/** Adds those of the rules to start with whose keys are free. */
export async function addPresets(context: CommandContext) {
  const present = new Set(
    await takenKeys(
      context,
      presetRules.map(({ rule_key }) => rule_key),
    ),
  )
  const added = []
  for (const preset of presetRules.filter(({ rule_key }) => !present.has(rule_key))) {
    const row = { ...preset, id: context.newId(), is_active: true, schedule: 'daily', daily_hour: usualHour } as const
    const made = await insertRule(context, row)
    context.changed({ resource: 'quality_rule', id: made.id, new: made })
    added.push(made)
  }
  return { added, present: [...present].toSorted() }
}

async function assertSound(
  context: CommandContext,
  { dataset, config }: { dataset: DatasetName; config: RuleConfig },
): Promise<void> {
  if (config.kind === 'custom_sql') {
    if (!holds(context.caller.permissions, permissions.writeSql)) refuse(sqlForbidden)
    return assertFenced(context, config.sql)
  }
  assertFitting(dataset, config)
  if (config.kind !== 'pattern') return
  const fault = await faultOfPattern(context, config.pattern)
  if (fault !== undefined) throw new Refusal(patternInvalid, `PostgreSQL says: ${fault}`)
}

function hourOf(schedule: Schedule, given: number | null | undefined): number | null {
  if (schedule === 'daily') return given ?? usualHour
  if (typeof given === 'number') refuse(hourUnfit)
  return null
}
