import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals } from '../platform/refusal.ts'
import { page } from '../platform/schema.ts'
import type { Settings } from '../settings/index.ts'
import { branchNotFound } from '../tenants/index.ts'
import { valueDayInFuture } from '../valuation/index.ts'
import { reports } from './all-reports.ts'
import * as contract from './contract.ts'
import { exportReport } from './export-report.ts'
import { catchUp } from './queries.ts'
import { drillFigure, listReports, runReport } from './run-report.ts'
import { changeSavedReport, listSavedReports, removeSavedReport, saveReport } from './saved-reports.ts'

const { permissions } = contract
const inputs = contract.contractOf(reports.map(({ name }) => name) as [string, ...string[]])
const readers = [permissions.readSales, permissions.readStock, permissions.readCash]
/** Who may do it depends on the report. */
const reading = {
  permission: null,
  extraPermissions: [...readers, ...Object.values(contract.needed)],
  reach: 'branch',
  analytic: true,
} as const
const refusals = [
  contract.unreadable,
  contract.periodIncomplete,
  contract.periodCrossed,
  contract.boundsCrossed,
  branchNotFound,
  valueDayInFuture,
]
const saving = {
  permission: null,
  extraPermissions: [...readers, permissions.manageSaved],
  reach: 'any',
  output: inputs.saved,
} as const

/** Reports, what they rest on, and those that somebody saved. */
export function reportOperations({ settings }: { settings: Settings }) {
  return [...readingOperations(settings), ...savingOperations] as const
}

function readingOperations(settings: Settings) {
  return [
    query({
      name: 'reports.list-reports',
      route: 'GET /v1/reports',
      summary: 'The reports that the caller may read, with what they take and what their columns hold.',
      permission: null,
      extraPermissions: readers,
      reach: 'any',
      input: z.strictObject({}),
      output: contract.listed,
      handle: async (context) => listReports(context),
    }),
    query({
      name: 'reports.run-report',
      route: 'POST /v1/reports/rows',
      summary: 'The rows of a report, exact to this moment. Amounts of different currencies are never added up.',
      ...reading,
      input: inputs.run,
      output: contract.result,
      refusals,
      handle: (context, input) => runReport(context, settings, input),
    }),
    query({
      name: 'reports.drill-figure',
      route: 'POST /v1/reports/documents',
      summary: 'The documents that a figure of a row is made of, with what each adds to it.',
      ...reading,
      input: inputs.drill,
      output: contract.documents,
      refusals: [...refusals, contract.figureUnknown, contract.columnUnreadable, contract.rowUnknown],
      handle: (context, input) => drillFigure(context, settings, input),
    }),
    query({
      name: 'reports.export-report',
      route: 'POST /v1/reports/file',
      summary: 'All rows of a report as a file, in base64.',
      ...reading,
      input: inputs.export,
      output: contract.exported,
      refusals,
      handle: (context, input) => exportReport(context, settings, input),
    }),
  ] as const
}

const savingOperations = [
  query({
    name: 'reports.list-saved-reports',
    route: 'GET /v1/saved-reports',
    summary: 'The saved reports that the caller may read: their own, and those that are shared.',
    permission: null,
    extraPermissions: readers,
    reach: 'any',
    input: inputs.listSaved,
    output: page(inputs.saved),
    handle: listSavedReports,
  }),
  command({
    name: 'reports.save-report',
    route: 'POST /v1/saved-reports',
    summary: 'Save a report with its parameters, for oneself or, with reports.manage-saved, for all who may read it.',
    ...saving,
    input: inputs.save,
    refusals: [contract.unreadable, platformRefusals.alreadyExists],
    handle: saveReport,
  }),
  command({
    name: 'reports.change-saved-report',
    route: 'PATCH /v1/saved-reports/:id',
    summary: 'Change a saved report: what it is called, its parameters, and who sees it.',
    ...saving,
    input: inputs.change,
    refusals: [contract.unreadable, contract.savedByAnother],
    handle: changeSavedReport,
  }),
  command({
    name: 'reports.remove-saved-report',
    route: 'POST /v1/saved-reports/:id/removal',
    summary: 'Remove a saved report.',
    ...saving,
    input: inputs.remove,
    refusals: [contract.savedByAnother],
    handle: removeSavedReport,
  }),
  command({
    name: 'reports.rebuild-rollups',
    route: 'POST /v1/reports/rollups',
    summary:
      'Make all that reports are read from anew from the documents. Nothing else changes, and nobody waits for it.',
    permission: permissions.manageSaved,
    reach: 'tenant',
    input: z.strictObject({}),
    output: z.object({}),
    async handle(context) {
      await catchUp(context, null)
      context.changed({ resource: 'report_rollups', id: context.tenantId })
      return {}
    },
  }),
] as const
