import { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { id, page, readCursor, toPage } from '../platform/schema.ts'
import * as contract from './contract.ts'
import { datasetOf } from './datasets.ts'
import { findRule, listRules } from './queries.ts'
import { addPresets, changeRule, createRule, readRule, removeRule } from './rules.ts'
import { findResult, listFailingRows, listHeld, listRuns } from './run-queries.ts'
import { readRun, requestRun } from './run-rules.ts'
import { listDatasets } from './scores.ts'

const { permissions } = contract
const seesPeople = 'parties.view-parties'

/** Rules about the data of a tenant, their runs, and what they found. */
export function qualityOperations() {
  return [...ruleOperations, ...runOperations] as const
}

const ruleOperations = [
  query({
    name: 'quality.list-datasets',
    route: 'GET /v1/quality/datasets',
    summary: 'What rules can be about, with its columns, its scores and how much of it is held.',
    permission: permissions.read,
    reach: 'tenant',
    input: z.strictObject({}),
    output: contract.datasetList,
    handle: async (context) => ({ items: await listDatasets(context) }),
  }),
  query({
    name: 'quality.list-rules',
    route: 'GET /v1/quality/rules',
    summary: 'Rules by their keys.',
    permission: permissions.read,
    reach: 'tenant',
    input: contract.listRulesInput,
    output: page(contract.rule),
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, z.tuple([z.string(), id])) ?? []
      return toPage(await listRules(context, filter, after), filter.limit, (row) => [row.rule_key, row.id])
    },
  }),
  query({
    name: 'quality.get-rule',
    route: 'GET /v1/quality/rules/:id',
    summary: 'One rule.',
    permission: permissions.read,
    reach: 'tenant',
    input: contract.byId,
    output: contract.rule,
    handle: (context, input) => readRule(context, input.id),
  }),
  command({
    name: 'quality.create-rule',
    route: 'POST /v1/quality/rules',
    summary: 'Say what should be true of the rows of a dataset.',
    permission: permissions.manageRules,
    extraPermissions: [permissions.writeSql],
    reach: 'tenant',
    input: contract.createRuleInput,
    output: contract.rule,
    refusals: [contract.ruleKeyTaken, ...contract.ruleRefusals, platformRefusals.alreadyExists],
    handle: createRule,
  }),
  command({
    name: 'quality.update-rule',
    route: 'PATCH /v1/quality/rules/:id',
    summary: 'Change a rule. Its dataset, its key and its kind stay.',
    permission: permissions.manageRules,
    extraPermissions: [permissions.writeSql],
    reach: 'tenant',
    input: contract.updateRuleInput,
    output: contract.rule,
    refusals: [contract.kindStays, ...contract.ruleRefusals],
    handle: changeRule,
  }),
  command({
    name: 'quality.remove-rule',
    route: 'DELETE /v1/quality/rules/:id',
    summary: 'Remove a rule and free the rows that it holds.',
    permission: permissions.manageRules,
    reach: 'tenant',
    input: contract.removeRuleInput,
    output: contract.removedRule,
    handle: removeRule,
  }),
  command({
    name: 'quality.add-presets',
    route: 'POST /v1/quality/presets',
    summary: 'Add the rules to start with that are not there.',
    permission: permissions.manageRules,
    reach: 'tenant',
    input: contract.addPresetsInput,
    output: contract.addedPresets,
    refusals: [contract.ruleKeyTaken],
    handle: addPresets,
  }),
] as const

const runOperations = [
  command({
    name: 'quality.run-rules',
    route: 'POST /v1/quality/runs',
    summary: 'Have rules judged in the background; the run says how far it is.',
    permission: permissions.run,
    reach: 'tenant',
    input: contract.runRulesInput,
    output: contract.run,
    refusals: [contract.noRules, contract.ruleNotFound, platformRefusals.alreadyExists],
    handle: requestRun,
  }),
  query({
    name: 'quality.list-runs',
    route: 'GET /v1/quality/runs',
    summary: 'Runs, the newest first.',
    permission: permissions.read,
    reach: 'tenant',
    input: contract.listRunsInput,
    output: page(contract.run),
    async handle(context, { cursor, ...filter }) {
      const [before] = readCursor(cursor, z.tuple([id])) ?? []
      return toPage(await listRuns(context, filter, before), filter.limit, (row) => [row.id])
    },
  }),
  query({
    name: 'quality.get-run',
    route: 'GET /v1/quality/runs/:id',
    summary: 'One run with what it found of each rule.',
    permission: permissions.read,
    reach: 'tenant',
    input: contract.byId,
    output: contract.runWithResults,
    handle: (context, input) => readRun(context, input.id),
  }),
  query({
    name: 'quality.list-failing-rows',
    route: 'GET /v1/quality/results/:id/rows',
    summary:
      'The first failing rows of a result, by their keys. Those that name people are blank without parties.view-parties.',
    permission: permissions.read,
    extraPermissions: [seesPeople],
    reach: 'tenant',
    input: contract.listFailingRowsInput,
    output: page(contract.failingRow),
    handle: readFailingRows,
  }),
  query({
    name: 'quality.list-held',
    route: 'GET /v1/quality/held',
    summary: 'Rows that are kept out of forecasts, and by which rule.',
    permission: permissions.read,
    reach: 'tenant',
    input: contract.listHeldInput,
    output: page(contract.heldRow),
    refusals: [contract.ruleNotFound],
    async handle(context, { cursor, ...filter }) {
      if (filter.rule_id !== undefined && !(await findRule(context, filter.rule_id))) refuse(contract.ruleNotFound)
      const after = readCursor(cursor, z.tuple([z.string(), z.string(), id]))
      return toPage(await listHeld(context, filter, after), filter.limit, (row) => [row.dataset, row.key, row.rule_id])
    },
  }),
] as const

async function readFailingRows(
  context: QueryContext,
  { id: resultId, limit, cursor }: z.output<typeof contract.listFailingRowsInput>,
) {
  const { dataset, kind, message } = (await findResult(context, resultId)) ?? refuse(platformRefusals.notFound)
  const [after] = readCursor(cursor, z.tuple([z.int().min(1).max(2_147_483_647), id])) ?? []
  // A statement may answer with what it likes.
  const namesPeople = kind === 'custom_sql' || Object.values(datasetOf(dataset).columns).some((one) => one.isPersonal)
  const isShown = !namesPeople || holds(context.caller.permissions, seesPeople)
  const rows = (await listFailingRows(context, { id: resultId, limit }, after)).map((row) => {
    const told = isShown ? row : { ...row, label: null, value: null }
    return { ...told, message }
  })
  return toPage(rows, limit, (row) => [row.number, resultId])
}
