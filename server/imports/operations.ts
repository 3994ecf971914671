import { z } from 'zod'
import { command, query } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { page, readCursor, toPage } from '../platform/schema.ts'
import { type Settings, settingInvalid } from '../settings/index.ts'
import { sheetRefusals } from '../sheets/index.ts'
import { percentOf } from './check-file.ts'
import * as contract from './contract.ts'
import { asImport, createImport, mapImport, readImport } from './imports.ts'
import { listImports } from './queries.ts'
import { rowOperations } from './row-operations.ts'
import { checkImport, commitImport, stopImport, tryImport, undoImport } from './run-import.ts'
import { listTemplates, lockTemplate, updateTemplate } from './template-queries.ts'
import type { ImportDependencies } from './work.ts'

const { permissions } = contract
const idCursor = z.tuple([z.uuid()])

/** Imports of files, from the upload to the undo. The file itself comes and goes beside them: `addImportFiles`. */
export function importOperations(dependencies: ImportDependencies & { readonly settings: Settings }) {
  return [
    ...reads(dependencies),
    ...preparations(dependencies),
    ...rowOperations(dependencies),
    ...runs(dependencies),
    ...templates,
  ] as const
}

function reads(dependencies: ImportDependencies) {
  return [
    query({
      name: 'imports.list-targets',
      route: 'GET /v1/import-targets',
      summary: 'What files can be imported as, with its fields and what is asked beside them.',
      permission: permissions.view,
      reach: 'tenant',
      input: z.strictObject({}),
      output: contract.targetsShown,
      handle: async () => ({
        items: dependencies.targets.map(({ name, title, fields, options, undo }) => ({
          name,
          title,
          fields: fields.map(({ is_required = false, ...field }) => ({ ...field, is_required })),
          options: options.map(({ choices, ...one }) => ({ ...one, ...(choices && { choices: [...choices] }) })),
          can_be_undone: undo !== undefined,
        })),
      }),
    }),
    query({
      name: 'imports.list-imports',
      route: 'GET /v1/imports',
      summary: 'Imports, the last first.',
      permission: permissions.view,
      reach: 'tenant',
      input: contract.listImportsInput,
      output: page(contract.importShown),
      async handle(context, { cursor, ...filter }) {
        const [after] = readCursor(cursor, idCursor) ?? []
        const rows = (await listImports(context, filter, after)).map((row) => asImport(context, row))
        return toPage(rows, filter.limit, ({ id }) => [id])
      },
    }),
    query({
      name: 'imports.get-import',
      route: 'GET /v1/imports/:id',
      summary: 'One import: how its file is read, how far it is, and what came of it.',
      permission: permissions.view,
      extraPermissions: [permissions.readFiles],
      reach: 'tenant',
      input: contract.byId,
      output: contract.importInFull,
      handle: (context, { id }) => readImport(context, dependencies, id),
    }),
  ] as const
}

function preparations(dependencies: ImportDependencies & { readonly settings: Settings }) {
  return [
    command({
      name: 'imports.create-import',
      route: 'POST /v1/imports',
      summary:
        'Begin an import of a file that was uploaded to /v1/import-files; of a file that is in already it is only noted where.',
      permission: permissions.run,
      reach: 'tenant',
      input: contract.createImportInput,
      output: contract.importInFull,
      refusals: [
        contract.targetNotFound,
        contract.undoImpossible,
        contract.fileNotFound,
        // Of the upload.
        contract.fileTooLarge,
        contract.fileIncomplete,
        platformRefusals.alreadyExists,
        settingInvalid,
        ...sheetRefusals,
      ],
      handle: (context, input) => createImport(context, dependencies, input),
    }),
    command({
      name: 'imports.map-import',
      route: 'PATCH /v1/imports/:id',
      summary:
        'Say which columns are which fields, and how they are read; it is remembered for files with the same header line.',
      permission: permissions.run,
      reach: 'tenant',
      input: contract.mapImportInput,
      output: contract.importInFull,
      refusals: [
        contract.importAtWork,
        contract.importOver,
        contract.importExpired,
        contract.undoImpossible,
        contract.fieldUnknown,
        contract.columnUnknown,
        contract.optionInvalid,
        contract.fileNotFound,
        ...sheetRefusals,
      ],
      handle: (context, input) => mapImport(context, dependencies, input),
    }),
  ] as const
}

function runs(dependencies: ImportDependencies) {
  const common = [contract.importAtWork, contract.importOver, contract.importExpired] as const
  const allowed = [contract.importNotChecked, platformRefusals.forbidden] as const
  const run = { permission: permissions.run, reach: 'tenant', output: contract.importInFull } as const
  return [
    command({
      ...run,
      name: 'imports.check-import',
      route: 'POST /v1/imports/:id/checks',
      summary: 'Judge every row of the file, in the background.',
      input: contract.byVersion,
      // Of the last two an import tells as its fault.
      refusals: [
        ...common,
        contract.fieldMissing,
        contract.conventionMissing,
        contract.documentsScattered,
        contract.tooManyErrors,
      ],
      handle: (context, input) => checkImport(context, dependencies, input),
    }),
    command({
      ...run,
      name: 'imports.try-import',
      route: 'POST /v1/imports/:id/dry-runs',
      summary:
        'Dry run, in the background: commit the rows in batches and roll each back, to see what would come of it.',
      input: contract.byVersion,
      refusals: [...common, ...allowed],
      handle: (context, input) => tryImport(context, dependencies, input),
    }),
    command({
      ...run,
      name: 'imports.commit-import',
      route: 'POST /v1/imports/:id/commits',
      summary: 'Commit the rows, in the background; one that was stopped goes on where it was.',
      input: contract.byVersion,
      refusals: [
        ...common,
        ...allowed,
        contract.importNotClean,
        contract.importRepeated,
        contract.undoImpossible,
        ...contract.faults,
      ],
      handle: (context, input) => commitImport(context, dependencies, input),
    }),
    command({
      ...run,
      name: 'imports.stop-import',
      route: 'POST /v1/imports/:id/stops',
      summary: 'Stop what is under way. Rows that are in stay; where all are in or none, they are taken back.',
      input: contract.byId,
      refusals: [contract.importIdle],
      handle: (context, input) => stopImport(context, dependencies, input),
    }),
    command({
      ...run,
      permission: permissions.undo,
      name: 'imports.undo-import',
      route: 'POST /v1/imports/:id/undos',
      summary: 'Take back all that an import brought, in the background; refused with what depends on it.',
      severity: 'notice',
      input: contract.byVersion,
      refusals: [...common, contract.undoBlocked, contract.undoImpossible, platformRefusals.forbidden],
      handle: (context, input) => undoImport(context, dependencies, input),
    }),
  ] as const
}

const templates = [
  query({
    name: 'imports.list-templates',
    route: 'GET /v1/import-templates',
    summary: 'What is remembered of files by their header line, the last first.',
    permission: permissions.view,
    reach: 'tenant',
    input: contract.listTemplatesInput,
    output: page(contract.template),
    async handle(context, { cursor, ...filter }) {
      const [after] = readCursor(cursor, idCursor) ?? []
      const rows = (await listTemplates(context, filter, after)).map(asTemplate)
      return toPage(rows, filter.limit, ({ id }) => [id])
    },
  }),
  command({
    name: 'imports.remove-template',
    route: 'DELETE /v1/import-templates/:id',
    summary: 'Forget how files with a header line are read.',
    permission: permissions.run,
    reach: 'tenant',
    input: contract.byVersion,
    output: contract.template,
    async handle(context, { id, version }) {
      const old = (await lockTemplate(context, id)) ?? refuse(platformRefusals.notFound)
      if (old.version !== version) refuse(platformRefusals.versionConflict)
      await updateTemplate(context, id, { ends: true })
      context.changed({ resource: 'import_template', id })
      return asTemplate(old)
    },
  }),
] as const

function asTemplate({ signature, ...row }: Awaited<ReturnType<typeof listTemplates>>[number]) {
  const { used_count, succeeded_count, mapping, options, conventions } = row
  const success_rate = used_count === 0 ? null : percentOf(succeeded_count, used_count)
  return { ...row, mapping: { ...mapping }, options: { ...options }, conventions: { ...conventions }, success_rate }
}
