import { z } from 'zod'
import { refusal } from '../platform/refusal.ts'
import { id, line, pageInput, time, version } from '../platform/schema.ts'

export const permissions = {
  view: 'imports.read',
  readFiles: 'imports.read-files',
  run: 'imports.run',
  undo: 'imports.undo',
} as const

/** The largest file that is taken, in bytes. */
export const mostBytes = 1024 ** 3
/** What a request says of the length of its body. */
export const contentLength = z.coerce.number().int().min(0)
/** A run over a file stops at so many errors: it is the mapping that is wrong. */
export const mostErrors = 50_000

export const statuses = [
  'mapping',
  'checking',
  'checked',
  'trying',
  'tried',
  'committing',
  'committed',
  'undoing',
  'undone',
  'stopped',
  'failed',
  'repeated',
] as const
export type Status = (typeof statuses)[number]
export const modes = ['all_or_nothing', 'good_rows'] as const
export const errorKinds = ['missing', 'malformed', 'invalid', 'reference', 'duplicate', 'refused', 'layout'] as const
export type ErrorKind = (typeof errorKinds)[number]
export const outcomes = ['created', 'updated', 'skipped'] as const

const personal = { personal: true } as const
const targetName = z.string().regex(/^[a-z][a-z-]{0,39}$/, { error: 'must be the name of a target such as products' })
const columnName = z.string().min(1).max(500)
const mapping = z
  .record(z.string().max(60), columnName)
  .refine((fields) => new Set(Object.values(fields)).size === Object.keys(fields).length, {
    error: 'must take each column once',
  })
  .meta({ description: 'Fields of the target, each with the name of its column.' })
const optionValues = z
  .record(z.string().max(60), z.union([z.string().max(200), z.boolean()]))
  .meta({ description: 'What the target asks for beside the columns; see the list of targets.' })
const conventions = z
  .strictObject({
    decimal: z.enum(['.', ',']).optional(),
    date_order: z.enum(['ymd', 'dmy', 'mdy']).optional(),
    are_codes_floats: z.boolean().optional(),
  })
  .meta({ description: 'How numbers and days are written; needed where the file may be read both ways.' })
const mode = z.enum(modes).meta({
  description:
    'All or nothing: it is committed only after a dry run in which every row was right, and undone if one fails then. Good rows: the others are rejected with reasons.',
})
const format = z
  .strictObject({
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1']).optional(),
    delimiter: z.enum([',', ';', '\t', '|']).nullable().optional(),
    sheet: z.string().max(200).optional(),
    header_row: z.int().min(1).max(1_000_000).nullable().optional(),
  })
  .meta({ description: 'Where it was detected wrongly.' })

export const byId = z.strictObject({ id })
export const byVersion = z.strictObject({ id, version })
export const listImportsInput = z.strictObject({
  target: targetName.optional(),
  status: z.enum(statuses).optional(),
  ...pageInput,
})
export const createImportInput = z.strictObject({
  id: id.optional(),
  target: targetName,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in hexadecimal' })
    .meta({ description: 'Of a file that was uploaded to /v1/import-files.' }),
  file_name: line(255).meta(personal),
  name: line(100)
    .optional()
    .meta({ ...personal, description: 'What it is called in lists; as the file unless given.' }),
  mode: mode.default('good_rows'),
})
export const mapImportInput = z.strictObject({
  id,
  version,
  name: line(100).meta(personal).optional(),
  mapping: mapping.optional(),
  conventions: conventions.optional(),
  options: optionValues.optional(),
  format: format.optional(),
  mode: mode.optional(),
})
export const listTemplatesInput = z.strictObject({ target: targetName.optional(), ...pageInput })

const count = z.int()
const score = z.string().nullable()
const counts = { created_rows: count, updated_rows: count, skipped_rows: count, failed_rows: count }
const stockSum = z.object({ branch_id: id, quantity: z.string(), value: z.string() })
const accountSum = z.object({ account_id: id, code: z.string(), name: z.string(), amount: z.string() })
const preview = z
  .object({
    ...counts,
    made: z.record(z.string(), count).meta({ description: 'What would be made or changed, by kind of thing.' }),
    stock: z.array(stockSum).meta({ description: 'What would come into each branch: units, and value.' }),
    ledger: z.array(accountSum).meta({ description: 'What each account would gain; above zero is a debit.' }),
  })
  .nullable()
const stamps = { version, created_at: time, updated_at: time }

export const importShown = z.object({
  id,
  name: z.string().meta(personal),
  target: z.string(),
  status: z.enum(statuses),
  mode: z.enum(modes),
  file_name: z.string().meta(personal),
  sha256: z.string(),
  bytes: z.int(),
  stored_path: z.string().nullable().meta({ description: 'Under the data directory; null once it is purged.' }),
  mapping: z.record(z.string(), z.string()),
  conventions,
  options: z.record(z.string(), z.union([z.string(), z.boolean()])),
  template_id: id.nullable().meta({ description: 'The template that was applied.' }),
  first_import_id: id.nullable().meta({ description: 'The import that brought the same file in before.' }),
  run: count.meta({ description: 'Counts the runs over the file; errors are those of the last one.' }),
  total_rows: count.nullable(),
  processed_rows: count,
  ...counts,
  progress_percent: count,
  rows_per_second: count.nullable(),
  remaining_seconds: count.nullable(),
  completeness_score: score.meta({ description: 'How many of the cells that are mapped say something, in percent.' }),
  accuracy_score: score.meta({ description: 'How many of the rows have no error, in percent.' }),
  data_quality_score: score.meta({ description: 'The mean of both.' }),
  preview,
  fault: z.string().nullable().meta({ description: 'Why the last run came to no end.' }),
  fault_code: z.string().nullable().meta({
    description: 'The code of the refusal that ended it; internal where nobody foresaw it: it can be begun again.',
  }),
  longest_hold_ms: count
    .nullable()
    .meta({ description: 'How long the batch of the last run that took longest may have kept others waiting.' }),
  check_ms: count.nullable(),
  dry_run_ms: count.nullable(),
  commit_ms: count.nullable(),
  committed_at: time.nullable(),
  undone_at: time.nullable().meta({ description: 'When rows of it were last taken back.' }),
  expires_at: time.meta({ description: 'When the file and all values of it are purged; no undo after that.' }),
  employee_id: id,
  ...stamps,
})
const sample = z.array(z.string()).meta(personal)
export const importInFull = importShown.extend({
  columns: z.array(
    z.object({
      name: z.string(),
      samples: sample.meta({ description: 'Empty for those who may not read files.' }),
      empty_share: z.number(),
      decimal: z.string().nullable(),
      date_order: z.string().nullable(),
    }),
  ),
  format: z.object({
    kind: z.string(),
    encoding: z.string().nullable(),
    delimiter: z.string().nullable(),
    sheet: z.string().nullable(),
    header_row: z.int().nullable(),
  }),
  suggestions: z
    .array(z.object({ field: z.string(), column: z.string(), confidence: z.number() }))
    .meta({ description: 'Which columns seem to be which fields, with a confidence from 0 to 1.' }),
  notes: z.array(z.object({ code: z.string(), of: z.array(z.string()) })).meta({
    description:
      'What to know of the file: headers_repeated, headers_blank, cells_merged, formulas, other_sheets, each with which.',
  }),
  questions: z
    .array(z.object({ column: z.string(), ask: z.enum(['decimal', 'date_order']) }))
    .meta({ description: 'What may be read both ways and must be said before it is checked.' }),
})
export const template = z.object({
  id,
  target: z.string(),
  name: z.string().meta(personal),
  mapping: z.record(z.string(), z.string()),
  conventions,
  options: z.record(z.string(), z.union([z.string(), z.boolean()])),
  used_count: count,
  succeeded_count: count,
  success_rate: z.string().nullable().meta({ description: 'In percent; null until it was used.' }),
  ...stamps,
})
export const targetsShown = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      fields: z.array(
        z.object({ name: z.string(), kind: z.string(), is_required: z.boolean(), description: z.string() }),
      ),
      options: z.array(
        z.object({
          name: z.string(),
          kind: z.string(),
          choices: z.array(z.string()).optional(),
          needed: z.object({ with: z.string().optional(), without: z.string().optional() }).optional(),
          description: z.string(),
        }),
      ),
      can_be_undone: z.boolean(),
    }),
  ),
})

export const targetNotFound = refusal('import_target_not_found', 422, 'There is nothing of this name to import')
export const fileNotFound = refusal('import_file_not_found', 422, 'There is no such file: upload it first')
export const fileTooLarge = refusal('import_file_too_large', 413, 'A file has at most 1 GiB')
export const fileIncomplete = refusal('import_file_incomplete', 400, 'The upload broke off; nothing of it is kept')
export const columnUnknown = refusal('import_column_unknown', 422, 'The file has no such column')
export const fieldUnknown = refusal('import_field_unknown', 422, 'There is no such field to map a column to')
export const fieldMissing = refusal('import_field_missing', 422, 'A field that is needed has no column')
export const optionInvalid = refusal('import_option_invalid', 422, 'An option is missing or wrong')
export const conventionMissing = refusal('import_convention_missing', 422, 'Say how numbers or days are written')
export const importAtWork = refusal('import_at_work', 409, 'It is being worked on; wait, or stop it')
export const importOver = refusal('import_over', 409, 'Nothing can be done any more with this import as it stands')
export const importNotChecked = refusal('import_not_checked', 409, 'Check the file first')
export const importNotClean = refusal('import_not_clean', 409, 'All or nothing: a dry run without errors comes first')
export const importRepeated = refusal('import_repeated', 409, 'This file is in already')
export const importExpired = refusal('import_expired', 409, 'The file was purged')
export const importIdle = refusal('import_idle', 409, 'Nothing is under way that could be stopped')
export const rowNotFound = refusal('import_row_not_found', 422, 'The file has no such row')
export const undoBlocked = refusal('import_undo_blocked', 409, 'Something depends on what came in')
export const undoImpossible = refusal('import_undo_impossible', 409, 'What this import recorded stays')
export const documentsScattered = refusal(
  'import_documents_scattered',
  422,
  'The rows of a document have to follow one another: sort the file by the number of the document',
)
export const tooManyErrors = refusal('import_too_many_errors', 422, 'There are too many errors to go on')

export const rowFailed = refusal('import_row_failed', 409, 'A row failed, so that nothing of the file stays')
export const importStopped = refusal('import_stopped', 409, 'It was stopped')
/** What an import that was begun tells as its fault. */
export const faults = [rowFailed, importStopped] as const

/** Constraint names of this module's tables and the refusals they stand for. */
export const constraints = { import_file_key: importRepeated } as const
