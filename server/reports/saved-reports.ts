import { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import { holds } from '../platform/execute.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { id, readCursor, toPage } from '../platform/schema.ts'
import { reports } from './all-reports.ts'
import { permissions, savedByAnother } from './contract.ts'
import { type Asked, readableReport } from './run-report.ts'
import { insertSaved, listSaved, lockSaved, updateSaved } from './saved-queries.ts'

type SavedRow = Awaited<ReturnType<typeof insertSaved>>

/** A page of the saved reports that the caller may read: their own, and those that are shared. */
export async function listSavedReports(
  context: QueryContext,
  { report, limit, cursor }: { report?: string | undefined; limit: number; cursor?: string | undefined },
) {
  const [after] = readCursor(cursor, z.tuple([id])) ?? []
  const readable = reports
    .filter(({ permission }) => holds(context.caller.permissions, permission))
    .map(({ name }) => name)
  const filter = {
    employeeId: context.caller.employeeId,
    reports: readable.filter((name) => report === undefined || name === report),
    limit,
  }
  const page = toPage(await listSaved(context, filter, after), limit, (row) => [row.id])
  return { ...page, items: page.items.map((row) => asSaved(context, row)) }
}

/** Saves a report with parameters. Sharing it needs `reports.manage-saved`. */
export async function saveReport(
  context: CommandContext,
  { id: given, name, is_shared, ...asked }: Asked & { id?: string | undefined; name: string; is_shared: boolean },
) {
  const { report } = readableReport(context, asked)
  if (is_shared) assertManages(context)
  const made = await insertSaved(context, {
    ...{ id: given ?? context.newId(), report: report.name, name, is_shared },
    parameters: asked.parameters,
    employee_id: context.caller.employeeId,
  })
  context.changed({ resource: 'saved_report', id: made.id, new: made })
  return asSaved(context, made)
}

/** Changes a saved report: one's own, or a shared one with `reports.manage-saved`. */
export async function changeSavedReport(
  context: CommandContext,
  {
    id: savedId,
    version,
    ...values
  }: {
    id: string
    version: number
    name?: string | undefined
    parameters?: Asked['parameters'] | undefined
    is_shared?: boolean | undefined
  },
) {
  const old = await lockOwn(context, savedId, version)
  readableReport(context, { report: old.report, parameters: values.parameters ?? parametersOf(old) })
  if (values.is_shared !== undefined && values.is_shared !== old.is_shared) assertManages(context)
  const changed = await updateSaved(context, savedId, definedOf(values))
  context.changed({ resource: 'saved_report', id: savedId, old, new: changed })
  return asSaved(context, changed)
}

/** Removes a saved report: one's own, or a shared one with `reports.manage-saved`. */
export async function removeSavedReport(
  context: CommandContext,
  { id: savedId, version }: { id: string; version: number },
) {
  const old = await lockOwn(context, savedId, version)
  const removed = await updateSaved(context, savedId, { deleted_at: context.now })
  context.changed({ resource: 'saved_report', id: savedId, old })
  return asSaved(context, removed)
}

async function lockOwn(context: CommandContext, savedId: string, version: number): Promise<SavedRow> {
  const row = (await lockSaved(context, savedId)) ?? refuse(platformRefusals.notFound)
  const isOwn = row.employee_id === context.caller.employeeId
  if (!isOwn && !row.is_shared) refuse(platformRefusals.notFound)
  if (!isOwn && !holds(context.caller.permissions, permissions.manageSaved)) refuse(savedByAnother)
  if (row.version !== version) refuse(platformRefusals.versionConflict)
  return row
}

function assertManages({ caller }: Pick<CommandContext, 'caller'>): void {
  if (!holds(caller.permissions, permissions.manageSaved)) refuse(platformRefusals.forbidden)
}

function parametersOf({ parameters }: SavedRow): Record<string, unknown> {
  return parameters as Record<string, unknown>
}

function asSaved({ caller }: Pick<QueryContext, 'caller'>, row: SavedRow) {
  return { ...row, parameters: parametersOf(row), is_own: row.employee_id === caller.employeeId }
}
