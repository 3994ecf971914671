import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { definedOf } from '../platform/defined.ts'
import { holds } from '../platform/execute.ts'
import type { CommandContext, QueryContext } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { later } from '../platform/time.ts'
import type { Settings } from '../settings/index.ts'
import { type ColumnLook, detectSheet, matchColumns, type SheetFormat } from '../sheets/index.ts'
import {
  columnUnknown,
  type createImportInput,
  fieldUnknown,
  importAtWork,
  importExpired,
  importOver,
  type mapImportInput,
  optionInvalid,
  permissions,
  undoImpossible,
} from './contract.ts'
import { fileDaysSetting, findKept, storedPath } from './files.ts'
import {
  type Conventions,
  findFirstImport,
  findImport,
  type ImportRow,
  insertImport,
  type Looks,
  putFile,
  updateImport,
} from './queries.ts'
import type { Field, Target } from './target.ts'
import { findTemplate, putTemplate } from './template-queries.ts'
import { type ImportDependencies, targetOf } from './work.ts'

const dayMs = 86_400_000
const leastConfidence = 0.6
const atWork: readonly string[] = ['checking', 'trying', 'committing', 'undoing']
const mappable: readonly string[] = ['mapping', 'checked', 'tried', 'failed']

/**
 * Begins an import of a file that was uploaded: finds out how it is to be read, and takes over what was remembered of files
 * with the same header line. Of a file that is in already it is only noted where.
 */
export async function createImport(
  context: CommandContext,
  dependencies: ImportDependencies & { readonly settings: Settings },
  { id = context.newId(), name, mode, ...input }: z.output<typeof createImportInput>,
) {
  const target = targetOf(dependencies.targets, input.target)
  assertMode(target, mode)
  const { tenantId, caller } = context
  const { path, bytes } = await findKept({ directory: dependencies.directory, tenantId, sha256: input.sha256 })
  const first = await findFirstImport(context, input)
  const { format, looks } = await look(path, target, { sha256: input.sha256 })
  const signature = signatureOf(format)
  const template = await findTemplate(context, { target: target.name, signature })
  const usual = Object.fromEntries(
    looks.suggestions
      .filter(({ confidence }) => confidence >= leastConfidence)
      .map(({ field, column }) => [field, column]),
  )
  const mapping = template?.mapping ?? usual
  await putFile(context, input.sha256, bytes)
  // A purge that held it meanwhile removed it.
  await findKept({ directory: dependencies.directory, tenantId, sha256: input.sha256 })
  await insertImport(context, {
    ...input,
    id,
    name: name ?? input.file_name.slice(0, 100),
    status: first === undefined ? 'mapping' : 'repeated',
    format,
    looks,
    signature,
    mapping,
    conventions: { ...plainConventions(target, looks.columns, mapping), ...template?.conventions },
    options: template?.options ?? {},
    mode,
    template_id: template?.id ?? null,
    first_import_id: first ?? null,
    expires_at: later(context.now, (await dependencies.settings.read(context, fileDaysSetting)) * dayMs),
    employee_id: caller.employeeId,
    user_id: caller.userId,
  })
  const made = await readImport(context, dependencies, id)
  announce(context, made)
  return made
}

/** Says how the columns of a file are read, and remembers it for files with the same header line. What was checked is open again, unless only its name or mode is another. */
export async function mapImport(
  context: CommandContext,
  dependencies: ImportDependencies,
  { id, version, ...given }: z.output<typeof mapImportInput>,
) {
  const old = await lockImport(context, id, version)
  if (!mappable.includes(old.status)) refuse(importOver)
  const target = targetOf(dependencies.targets, old.target)
  const { name, mode, options } = given
  if (mode !== undefined) assertMode(target, mode)
  const isReadAnew = [given.mapping, given.conventions, options, given.format].some((one) => one !== undefined)
  const reread = given.format && (await rereadFile(context, dependencies, old, definedOf(given.format)))
  const format = reread?.format ?? old.format
  const mapping = given.mapping ?? keptColumns(old.mapping, format)
  assertMapping(target, format, mapping)
  const parsed = target.optionValues.safeParse(options ?? old.options)
  if (!parsed.success)
    refuse(optionInvalid, parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`).join('; '))
  const decided = {
    mapping,
    conventions: given.conventions ?? old.conventions,
    options: options ?? old.options,
  }
  const template_id = await putTemplate(context, {
    ...decided,
    options: lastingOptions(target, decided.options),
    id: context.newId(),
    target: target.name,
    signature: signatureOf(format),
    name: old.file_name.slice(0, 100),
  })
  await updateImport(context, id, {
    ...decided,
    ...definedOf({ name, mode }),
    ...reread,
    signature: signatureOf(format),
    template_id,
    ...(isReadAnew ? ({ status: 'mapping', fault: null, fault_code: null } as const) : {}),
  })
  const changed = await readImport(context, dependencies, id)
  announce(context, changed)
  return changed
}

/** What the next file with these columns is asked again: a day is that of one file. */
function lastingOptions({ options }: Target, given: ImportRow['options']): ImportRow['options'] {
  const days = new Set(options.filter(({ kind }) => kind === 'day').map(({ name }) => name))
  return Object.fromEntries(Object.entries(given).filter(([name]) => !days.has(name)))
}

/** One import as clients read it. Samples are for those who may read files. */
export async function readImport(context: QueryContext, { targets }: Pick<ImportDependencies, 'targets'>, id: string) {
  const found = (await findImport(context, id)) ?? refuse(platformRefusals.notFound)
  const { kind, encoding, delimiter, sheet, header_row } = found.format
  const maySee = holds(context.caller.permissions, permissions.readFiles)
  return {
    ...asImport(context, found),
    columns: found.looks.columns.map(({ column, samples, empty_share, decimal, date_order }) => ({
      name: column,
      samples: maySee ? [...samples] : [],
      empty_share,
      decimal,
      date_order,
    })),
    format: { kind, encoding, delimiter, sheet, header_row },
    suggestions: [...found.looks.suggestions],
    notes: (found.looks.notes ?? []).map(({ code, of }) => ({ code, of: [...of] })),
    questions: questionsOf(targetOf(targets, found.target), found),
  }
}

/** An import as lists show it, with its progress. */
export function asImport({ tenantId }: Pick<QueryContext, 'tenantId'>, row: ImportRow) {
  const { looks, signature, scattered, cursor_row, began_at, worked_at, undone_at, expired_at, user_id, ...shown } = row
  const { total_rows, status } = row
  // An undo goes from the last row that was done to the first. Rows are numbered from the header line on.
  const isBack = status === 'undoing'
  const before = Math.max(0, cursor_row - (row.format.header_row ?? 0))
  const done = isBack ? Math.max(0, row.processed_rows - before) : row.processed_rows
  const all = isBack ? row.processed_rows : total_rows
  const seconds = began_at && worked_at ? (worked_at.getTime() - began_at.getTime()) / 1_000 : 0
  const rate = seconds > 0.2 ? Math.trunc(done / seconds) : null
  const isOver = !atWork.includes(status)
  const left = isOver || all === null ? null : Math.max(0, all - done)
  const part = all ? Math.min(100, Math.floor((done / all) * 100)) : 0
  return {
    ...shown,
    mapping: { ...row.mapping },
    options: { ...row.options },
    conventions: { ...row.conventions },
    undone_at,
    stored_path: expired_at === null ? storedPath(tenantId, row.sha256) : null,
    progress_percent: status === 'committed' || status === 'checked' ? 100 : part,
    rows_per_second: rate,
    remaining_seconds: left === null || !rate ? null : Math.ceil(left / rate),
  }
}

/** An import held for a change, its version checked where one was read. Refuses what is at work, or purged. */
export async function lockImport(context: CommandContext, id: string, version?: number): Promise<ImportRow> {
  const old = (await findImport(context, id, true)) ?? refuse(platformRefusals.notFound)
  if (version !== undefined && old.version !== version) refuse(platformRefusals.versionConflict)
  if (old.expired_at !== null) refuse(importExpired)
  if (atWork.includes(old.status)) refuse(importAtWork)
  return old
}

/** Refuses with `import_undo_impossible` all or nothing where what rows make may stay. */
export function assertMode({ undo, mayStay, title }: Target, mode: ImportRow['mode']): void {
  if (mode === 'all_or_nothing' && (!undo || mayStay))
    refuse(undoImpossible, `${title}: not by all or nothing, as what is recorded may stay`)
}

interface Question {
  readonly column: string
  readonly ask: 'decimal' | 'date_order'
}

/** The columns that may be read both ways, with what has to be said of them. */
export function questionsOf(
  target: Target,
  { mapping, conventions, looks }: Pick<ImportRow, 'mapping' | 'conventions' | 'looks'>,
) {
  return mappedLooks(target, looks.columns, mapping).flatMap(({ field, look: of }): Question[] => {
    const isNumber = numberKinds.includes(field.kind)
    if (isNumber && of.decimal === 'ambiguous' && !conventions.decimal) return [{ column: of.column, ask: 'decimal' }]
    if (isDay(field) && of.date_order === 'ambiguous' && !conventions.date_order)
      return [{ column: of.column, ask: 'date_order' }]
    return []
  })
}

/** Makes the audit entry of an import; names of files may name people. */
export function announce(
  context: CommandContext,
  { id, ...shown }: { id: string; status: string; target: string; name: string },
): void {
  const { status, target } = shown
  context.changed({ resource: 'import', id, new: { status, target } })
}

const numberKinds: readonly Field['kind'][] = ['amount', 'quantity', 'integer']

async function look(path: string, target: Target, options: Parameters<typeof detectSheet>[1]) {
  const { format, samples, looks, notes } = await detectSheet(path, options)
  const fields = target.fields.map(({ name, kind, synonyms }) => ({
    name,
    kind: kind === 'list' ? ('code' as const) : kind,
    synonyms,
  }))
  const kept: Looks = { columns: looks, suggestions: matchColumns(format.columns, samples, fields), notes }
  return { format, looks: kept }
}

async function rereadFile(
  { tenantId }: CommandContext,
  dependencies: ImportDependencies,
  { sha256, target }: ImportRow,
  format: Partial<SheetFormat>,
) {
  const { path } = await findKept({ directory: dependencies.directory, tenantId, sha256 })
  return look(path, targetOf(dependencies.targets, target), { ...format, sha256 })
}

function keptColumns(mapping: ImportRow['mapping'], { columns }: SheetFormat) {
  return Object.fromEntries(Object.entries(mapping).filter(([, column]) => columns.includes(column)))
}

function assertMapping(target: Target, { columns }: SheetFormat, mapping: ImportRow['mapping']): void {
  for (const [field, column] of Object.entries(mapping)) {
    if (!target.fields.some(({ name }) => name === field)) refuse(fieldUnknown, `There is no field ${field}`)
    if (!columns.includes(column)) refuse(columnUnknown, `The file has no column ${column}`)
  }
}

function isDay({ kind }: Target['fields'][number]): boolean {
  return kind === 'date' || kind === 'moment'
}

function mappedLooks(target: Target, looks: readonly ColumnLook[], mapping: ImportRow['mapping']) {
  return target.fields.flatMap((field) => {
    const found = looks.find(({ column }) => column === mapping[field.name])
    return found ? [{ field, look: found }] : []
  })
}

/** What the columns that are mapped say in one way. */
function plainConventions(target: Target, looks: readonly ColumnLook[], mapping: ImportRow['mapping']): Conventions {
  const mapped = mappedLooks(target, looks, mapping)
  const one = <T>(values: readonly (T | 'ambiguous' | null)[]): T | undefined => {
    const certain = [...new Set(values.filter((value): value is T => value !== null && value !== 'ambiguous'))]
    return certain.length === 1 ? certain[0] : undefined
  }
  const numbers = mapped.filter(({ field }) => numberKinds.includes(field.kind))
  const decimal = one(numbers.map(({ look: of }) => of.decimal))
  const date_order = one(mapped.filter(({ field }) => isDay(field)).map(({ look: of }) => of.date_order))
  const are_codes_floats = mapped.some(({ field, look: of }) => field.kind === 'code' && of.is_float_code)
  return definedOf({ decimal, date_order, are_codes_floats: are_codes_floats || undefined })
}

/** Tells header lines apart: files with the same one are read alike. */
function signatureOf({ columns }: SheetFormat): string {
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex')
}
