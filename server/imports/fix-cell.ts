import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { refuse } from '../platform/refusal.ts'
import { meanOf, percentOf } from './check-file.ts'
import { columnUnknown, importOver, rowNotFound } from './contract.ts'
import { findKept } from './files.ts'
import { lockImport } from './imports.ts'
import { errorsOf, judgeRow } from './judge-rows.ts'
import { updateImport } from './queries.ts'
import { readOneRow } from './read-rows.ts'
import type { fixAlikeInput, fixCellInput } from './row-contract.ts'
import { insertErrors, listErrors, putFix, putFixesAlike, readFixes, resolveErrors } from './row-queries.ts'
import { checkImport } from './run-import.ts'
import { type ImportDependencies, targetOf } from './work.ts'

const mostOfRow = 200

/**
 * Puts a value in the place of a cell and judges its row anew, by itself: what is wrong with it among others shows when all
 * are checked. The file stays as it is. Answers with what is wrong with the row now.
 */
export async function fixCell(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id, row_number, column, value: given }: z.output<typeof fixCellInput>,
) {
  const value = given ?? ''
  const old = await lockImport(context, id)
  if (!['checked', 'tried'].includes(old.status)) refuse(importOver)
  const { format, mapping, conventions, sha256, run } = old
  if (!format.columns.includes(column)) refuse(columnUnknown)
  const target = targetOf(dependencies.targets, old.target)
  const { path } = await findKept({ directory: dependencies.directory, tenantId: context.tenantId, sha256 })
  const fixes = new Map(await readFixes(context, id))
  fixes.set(row_number, new Map(fixes.get(row_number) ?? []).set(column, value))
  const reading = { path, format, target, mapping, conventions, fixes, sha256 }
  const read = (await readOneRow(reading, row_number)) ?? refuse(rowNotFound)
  const world = await target.open(context, old.options, { id, fields: new Set(Object.keys(mapping)) })
  if (read.row) await target.lookUp?.(context, world, [read.row])
  const judged = judgeRow(target, world, read)
  await putFix(context, { import_id: id, row_number, column, value })
  const wasWrong = await resolveErrors(context, { id, run, row_number })
  await insertErrors(context, errorsOf(old, run, judged))
  const failed_rows = old.failed_rows + (judged.faults.length > 0 ? 1 : 0) - (wasWrong ? 1 : 0)
  const rows = old.total_rows ?? 0
  const accuracy_score = percentOf(rows - failed_rows, rows)
  const data_quality_score = meanOf(accuracy_score, old.completeness_score ?? '0')
  // Of which documents the rows are has to be read anew.
  const status = mapping[target.documentField ?? ''] === column ? 'mapping' : 'checked'
  await updateImport(context, id, { status, failed_rows, accuracy_score, data_quality_score })
  context.changed({ resource: 'import', id, new: { row_number, column } })
  return listErrors(context, { id, run, row_number, is_resolved: false, limit: mostOfRow }, undefined)
}

/**
 * Puts a value in the place of all cells of a column that are wrong in one way, or what is suggested for each, and has every row
 * judged anew. Refuses with `import_row_not_found` where no cell is wrong so.
 */
export async function fixAlike(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id, version, column, code, original_value, value }: z.output<typeof fixAlikeInput>,
) {
  const { status, format, run } = await lockImport(context, id, version)
  if (!['checked', 'tried'].includes(status)) refuse(importOver)
  if (!format.columns.includes(column)) refuse(columnUnknown)
  const rows = await putFixesAlike(context, {
    ...{ import_id: id, run, column, code },
    original_value: original_value ?? null,
    value: value === null ? '' : (value ?? null),
  })
  if (rows === 0) refuse(rowNotFound, 'No cell of the column is wrong in this way')
  context.changed({ resource: 'import', id, new: { column, code, rows } })
  return checkImport(context, dependencies, { id, version })
}
