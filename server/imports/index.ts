export { constraints as importConstraints, optionInvalid } from './contract.ts'
export { addImportFiles } from './file-routes.ts'
export { fileDaysSetting, keepStream } from './files.ts'
export { purgeImports, resumeAbandonedImports, resumeImports, workOnImport } from './jobs.ts'
export { importOperations } from './operations.ts'
export { forgetParty as forgetPartyOfImports } from './purge-queries.ts'
export type { Restored } from './queries.ts'
export type {
  Dependent,
  Fault,
  Field,
  Imported,
  ImportedThing,
  Made,
  Option,
  RowOutcome,
  Target,
  TargetRow,
} from './target.ts'
export { handBack } from './undo-rows.ts'
export type { ImportDependencies } from './work.ts'
