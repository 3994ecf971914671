import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connectTo } from './cli-session.ts'
import { type CliCommand, credentialsOf, need, print, remote, text, textOf, urlOf, type Values } from './cli-support.ts'
import { ClientError } from './platform/client.ts'
import { definedOf } from './platform/defined.ts'
import { OperatorError, UsageError } from './platform/explain.ts'

interface Shown {
  readonly id: string
  readonly version: number
  readonly target: string
  readonly status: string
  readonly mapping: Record<string, string>
  readonly options: Record<string, string | boolean>
  readonly conventions: Record<string, unknown>
  readonly total_rows: number | null
  readonly processed_rows: number
  readonly created_rows: number
  readonly updated_rows: number
  readonly skipped_rows: number
  readonly failed_rows: number
  readonly rows_per_second: number | null
  readonly remaining_seconds: number | null
  readonly first_import_id: string | null
  readonly fault: string | null
  readonly fault_code: string | null
}

type Server = ReturnType<typeof connectTo>

const askMs = 500
const mostErrors = 20
/** How what was asked for ends. */
const wanted: readonly string[] = ['tried', 'committed', 'repeated']
const modes: Readonly<Record<string, string>> = { 'good-rows': 'good_rows', 'all-or-nothing': 'all_or_nothing' }
const several = { type: 'string', multiple: true } as const

/** `comptoir import`: brings a file in by the operations that the app uses. Exit code 1 when rows were rejected. */
export const importCommand: CliCommand = {
  synopsis: 'import FILE --target T [--dry-run] [--map C=F]…',
  summary:
    'Import products, customers, suppliers, sales, fx-rates or tax-rates; --set O=V, --decimal, --dates, --mode.',
  options: {
    ...remote,
    target: text,
    'dry-run': { type: 'boolean' },
    map: several,
    set: several,
    decimal: text,
    dates: text,
    mode: text,
  },
  async run(values, [file, ...more]) {
    if (file === undefined || more.length > 0) throw new UsageError(`comptoir ${this.synopsis}`)
    const mode = modes[textOf(values, 'mode') ?? 'good-rows']
    if (mode === undefined) throw new UsageError('--mode is good-rows or all-or-nothing')
    const target = need(values, 'target')
    const url = urlOf(values)
    const headers = credentialsOf(values, url)
    const server = connectTo({ url, headers })
    const sha256 = await upload(url, headers, file)
    const begun = await ask(server, 'imports.create-import', { target, sha256, file_name: basename(file), mode })
    if (begun.status === 'repeated') return repeated(begun)
    const mapped = await map(server, begun, values)
    const checked = await run(server, mapped, 'imports.check-import')
    if (checked.status !== 'checked') return outcomeOf(server, checked)
    const isDry = values['dry-run'] === true
    if (!isDry && mode === 'good_rows') return outcomeOf(server, await run(server, checked, 'imports.commit-import'))
    const tried = await run(server, checked, 'imports.try-import')
    if (isDry || tried.status !== 'tried' || tried.failed_rows > 0) return outcomeOf(server, tried)
    return outcomeOf(server, await run(server, tried, 'imports.commit-import'))
  },
}

async function upload(url: string, headers: Record<string, string>, file: string): Promise<string> {
  const body = await openAsBlob(file).catch((error: Error) => {
    throw new UsageError(`The file cannot be read: ${error.message}`, { cause: error })
  })
  const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/octet-stream' }, body }
  const answer = await fetch(`${url}/v1/import-files`, request).catch((error: Error) => {
    throw new OperatorError(`The file did not reach ${url}: ${error.message}`, { cause: error })
  })
  const said = (await answer.json()) as { sha256: string }
  if (!answer.ok) throw new ClientError(said as never)
  return said.sha256
}

function repeated({ first_import_id }: Shown): number {
  print(`This file is in already: import ${first_import_id}.`)
  return 0
}

async function map(server: Server, begun: Shown, values: Values): Promise<Shown> {
  const fields = new Map(Object.entries(begun.mapping))
  for (const [column, field] of pairsOf(values, 'map')) {
    for (const [known, of] of fields) if (of === column) fields.delete(known)
    fields.set(field, column)
  }
  const options = { ...begun.options, ...(await optionsOf(server, begun.target, pairsOf(values, 'set'))) }
  const said = definedOf({ decimal: textOf(values, 'decimal'), date_order: textOf(values, 'dates') })
  const mapped = await ask(server, 'imports.map-import', {
    id: begun.id,
    version: begun.version,
    mapping: Object.fromEntries(fields),
    conventions: { ...begun.conventions, ...said },
    options,
  })
  for (const [field, column] of Object.entries(mapped.mapping)) print(`  ${column} → ${field}`)
  return mapped
}

/** Yes or no is said as true or false; what else is said goes as it is. */
async function optionsOf(server: Server, target: string, pairs: readonly [string, string][]) {
  if (pairs.length === 0) return {}
  const { body } = await server.request('imports.list-targets', {})
  const { items } = body as { items: { name: string; options: { name: string; kind: string }[] }[] }
  const known = items.find(({ name }) => name === target)?.options ?? []
  const choices = new Set(known.filter(({ kind }) => kind === 'boolean').map(({ name }) => name))
  const words: Readonly<Record<string, boolean>> = { true: true, false: false }
  return Object.fromEntries(pairs.map(([name, value]) => [name, choices.has(name) ? (words[value] ?? value) : value]))
}

function pairsOf(values: Values, name: string): [string, string][] {
  const given = values[name]
  return (Array.isArray(given) ? given : []).map((pair) => {
    const at = pair.lastIndexOf('=')
    if (at < 1) throw new UsageError(`--${name} takes a name, = and a value`)
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
}

/** Has a run done and shows how far it is until it has ended. */
async function run(server: Server, { id, version }: Shown, operation: string): Promise<Shown> {
  await ask(server, operation, { id, version })
  for (;;) {
    const now = await ask(server, 'imports.get-import', { id })
    const isOver = !['checking', 'trying', 'committing', 'undoing'].includes(now.status)
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progressOf(now)}${isOver ? '\n' : ''}`)
    if (isOver) return now
    await pause(askMs)
  }
}

function progressOf({ status, processed_rows, total_rows, rows_per_second, remaining_seconds }: Shown): string {
  const of = total_rows === null ? '' : ` of ${total_rows}`
  const rate = rows_per_second === null ? '' : `, ${rows_per_second} a second`
  const left = remaining_seconds === null ? '' : `, ${remaining_seconds} s left`
  return `${status}: ${processed_rows}${of} rows${rate}${left}`
}

async function outcomeOf(server: Server, ended: Shown): Promise<number> {
  const { id, status, created_rows, updated_rows, skipped_rows, failed_rows, fault, fault_code } = ended
  if (failed_rows > 0) await printErrors(server, ended)
  const would = status === 'tried' ? 'would be ' : ''
  const counts = `${created_rows} ${would}created, ${updated_rows} ${would}updated, ${skipped_rows} skipped, ${failed_rows} rejected`
  print(`Import ${id}, ${status}: ${counts}.`)
  if (fault !== null) print(`${fault} (${fault_code})`)
  return failed_rows > 0 || fault !== null || !wanted.includes(status) ? 1 : 0
}

async function printErrors(server: Server, { id, failed_rows }: Shown): Promise<void> {
  const { body } = await server.request('imports.list-errors', { id, limit: mostErrors })
  const { items } = body as { items: { row_number: number; column: string | null; message: string }[] }
  for (const { row_number, column, message } of items)
    print(`row ${row_number}${column === null ? '' : `, ${column}`}: ${message}`)
  if (failed_rows > items.length) print(`… and more; ${failed_rows} rows in all`)
}

async function ask(server: Server, operation: string, input: unknown): Promise<Shown> {
  return (await server.request(operation, input)).body as Shown
}
