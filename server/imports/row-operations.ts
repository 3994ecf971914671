import { z } from 'zod'
import { holds } from '../platform/execute.ts'
import { command, type QueryContext, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { sheetRefusals } from '../sheets/index.ts'
import * as contract from './contract.ts'
import { findKept } from './files.ts'
import { fixAlike, fixCell } from './fix-cell.ts'
import { findImport } from './queries.ts'
import { cellsOf } from './read-rows.ts'
import * as rows from './row-contract.ts'
import { countErrors, listErrors, listProvenance, readFixes } from './row-queries.ts'
import type { ImportDependencies } from './work.ts'

const { permissions } = contract
const rowCursor = z.tuple([z.int(), z.uuid()])

/** What is wrong with the rows of an import and how it is put right, and what rows became. */
export function rowOperations(dependencies: ImportDependencies) {
  return [...rowReads(dependencies), ...fixes(dependencies)] as const
}

const rowReads = (dependencies: ImportDependencies) =>
  [
    query({
      name: 'imports.list-errors',
      route: 'GET /v1/imports/:id/errors',
      summary: 'What was wrong with rows, by the last run over the file; values are for those who may read files.',
      permission: permissions.view,
      extraPermissions: [permissions.readFiles],
      reach: 'tenant',
      input: rows.listErrorsInput,
      output: page(rows.importError),
      async handle(context, { cursor, ...filter }) {
        const { run } = (await findImport(context, filter.id)) ?? refuse(platformRefusals.notFound)
        const rows = await listErrors(context, { ...filter, run }, readCursor(cursor, rowCursor))
        return toPage(veiled(context, rows), filter.limit, (row) => [row.row_number, row.id])
      },
    }),
    query({
      name: 'imports.count-errors',
      route: 'GET /v1/imports/:id/error-counts',
      summary: 'How many rows are wrong in which way, by the last run over the file, the most frequent first.',
      permission: permissions.view,
      reach: 'tenant',
      input: contract.byId,
      output: rows.errorCounts,
      async handle(context, { id }) {
        const { run } = (await findImport(context, id)) ?? refuse(platformRefusals.notFound)
        return { items: await countErrors(context, { id, run }) }
      },
    }),
    query({
      name: 'imports.show-rows',
      route: 'GET /v1/imports/:id/rows',
      summary: 'Rows of the file as they stand, by their numbers, with the cells that were put right.',
      permission: permissions.readFiles,
      reach: 'tenant',
      input: rows.showRowsInput,
      output: rows.shownRows,
      refusals: [contract.importExpired, contract.fileNotFound, ...sheetRefusals],
      handle: (context, input) => showRows(context, dependencies, input),
    }),
    query({
      name: 'imports.list-provenance',
      route: 'GET /v1/imports/:id/provenance',
      summary: 'What the rows of an import became, in their order.',
      permission: permissions.view,
      reach: 'tenant',
      input: rows.listProvenanceInput,
      output: page(rows.provenance),
      async handle(context, { id: import_id, cursor, limit }) {
        if (!(await findImport(context, import_id))) refuse(platformRefusals.notFound)
        const rows = await listProvenance(context, { import_id, limit }, readCursor(cursor, rowCursor))
        return toPage(rows, limit, (row) => [row.row_number, row.id])
      },
    }),
    query({
      name: 'imports.trace-thing',
      route: 'GET /v1/imported-things/:id',
      summary: 'Which rows of which files made or changed a thing, such as a product or a party, the last first.',
      permission: permissions.view,
      reach: 'tenant',
      input: rows.listProvenanceInput,
      output: page(rows.provenance),
      async handle(context, { id: resource_id, cursor, limit }) {
        const rows = await listProvenance(context, { resource_id, limit }, readCursor(cursor, rowCursor))
        if (rows.length === 0 && cursor === undefined) refuse(platformRefusals.notFound)
        return toPage(rows, limit, (row) => [row.row_number, row.id])
      },
    }),
  ] as const

function fixes(dependencies: ImportDependencies) {
  return [
    command({
      name: 'imports.fix-cell',
      route: 'POST /v1/imports/:id/fixes',
      summary: 'Put a value in the place of a cell and judge its row anew; answers with what is wrong with it now.',
      permission: permissions.run,
      extraPermissions: [permissions.readFiles],
      reach: 'tenant',
      input: rows.fixCellInput,
      output: rows.errorsOfRow,
      refusals: [
        contract.importAtWork,
        contract.importOver,
        contract.importExpired,
        contract.columnUnknown,
        contract.rowNotFound,
        contract.fileNotFound,
        contract.optionInvalid,
        ...sheetRefusals,
      ],
      handle: async (context, input) => ({ items: veiled(context, await fixCell(context, dependencies, input)) }),
    }),
    command({
      name: 'imports.fix-alike',
      route: 'POST /v1/imports/:id/fixes-alike',
      summary:
        'Put a value, or what is suggested for each, in the place of all cells of a column that are wrong in one way, and have every row judged anew, in the background.',
      permission: permissions.run,
      extraPermissions: [permissions.readFiles],
      reach: 'tenant',
      input: rows.fixAlikeInput,
      output: contract.importInFull,
      refusals: [
        contract.importAtWork,
        contract.importOver,
        contract.importExpired,
        contract.columnUnknown,
        contract.rowNotFound,
        contract.fieldMissing,
        contract.conventionMissing,
      ],
      handle: (context, input) => fixAlike(context, dependencies, input),
    }),
  ] as const
}

async function showRows(
  context: QueryContext,
  { directory }: Pick<ImportDependencies, 'directory'>,
  { id, numbers }: z.output<typeof rows.showRowsInput>,
) {
  const { format, sha256, expired_at } = (await findImport(context, id)) ?? refuse(platformRefusals.notFound)
  if (expired_at !== null) refuse(contract.importExpired)
  const fixes = await readFixes(context, id)
  const { tenantId } = context
  // A far row of a long file takes its time: nobody waits for a connection meanwhile.
  return () =>
    inTurn(tenantId, async () => {
      const { path } = await findKept({ directory, tenantId, sha256 })
      return { columns: [...format.columns], items: await cellsOf({ path, format, fixes }, numbers) }
    })
}

const lastOf = new Map<string, Promise<unknown>>()

/** Reads of one tenant come one after the other: each takes all of a processor while it lasts. */
function inTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  const done = (lastOf.get(tenantId) ?? Promise.resolve()).then(work, work)
  const forget = () => lastOf.get(tenantId) === done && lastOf.delete(tenantId)
  lastOf.set(tenantId, done)
  done.then(forget, forget)
  return done
}

/** Errors as the caller may see them: what stands in cells is for those who may read files. */
function veiled<E extends { original_value: string | null; suggested_value: string | null }>(
  { caller }: Pick<QueryContext, 'caller'>,
  errors: readonly E[],
): E[] {
  if (holds(caller.permissions, permissions.readFiles)) return [...errors]
  return errors.map((error) => ({ ...error, original_value: null, suggested_value: null }))
}
