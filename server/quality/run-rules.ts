import type { z } from 'zod'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { noRules, ruleNotFound, type runRulesInput } from './contract.ts'
import type { DatasetName } from './datasets.ts'
import { findRule, readRules } from './queries.ts'
import { findRun, insertRun, resultsOfRun } from './run-queries.ts'

/** The job that judges the rules of a run. */
export const judgeRunJobName = 'quality.judge-run'

/** Has rules judged, as soon as a worker is free; answers with the run as it waits. */
export async function requestRun(
  context: CommandContext,
  { id = context.newId(), dataset, rule_id }: z.output<typeof runRulesInput>,
) {
  const rules =
    rule_id === undefined
      ? await readRules(context, null)
      : [(await findRule(context, rule_id)) ?? refuse(ruleNotFound)]
  const chosen = rules.filter((rule) => dataset === undefined || rule.dataset === dataset)
  if (chosen.length === 0) refuse(noRules)
  const made = await insertRun(context, {
    id,
    started_by: 'request',
    requested_by: context.caller.employeeId,
    dataset: dataset ?? null,
    rule_ids: chosen.map((rule) => rule.id),
  })
  context.enqueue({ name: judgeRunJobName }, { run_id: id })
  context.changed({ resource: 'quality_run', id, new: { dataset: made.dataset, rules_total: made.rules_total } })
  return made
}

/**
 * Has the active rules of a dataset judged once the transaction of the command has committed, after an import into it. Answers with the id
 * of the run, or null where there is no rule. The import names itself in the audit chain; the run adds no entry of its own before it ends.
 */
export async function runAfterImport(
  context: Pick<CommandContext, 'db' | 'client' | 'tenantId' | 'newId' | 'enqueue'> & {
    caller: { employeeId: string }
  },
  dataset: DatasetName,
): Promise<string | null> {
  const rules = (await readRules(context, null)).filter((rule) => rule.dataset === dataset)
  if (rules.length === 0) return null
  const id = context.newId()
  const rule_ids = rules.map((rule) => rule.id)
  await insertRun(context, { id, started_by: 'import', requested_by: context.caller.employeeId, dataset, rule_ids })
  context.enqueue({ name: judgeRunJobName }, { run_id: id })
  return id
}

/** One run with what it found. Refuses with `not_found`. */
export async function readRun(context: QueryContext, id: string) {
  const run = (await findRun(context, id)) ?? refuse(platformRefusals.notFound)
  return { ...run, results: await resultsOfRun(context, id) }
}
