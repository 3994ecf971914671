import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import { keepStream } from '../imports/index.ts'
import type { Operations } from '../registry.ts'
import { type Call, callerOf, callsOf, freeCallsOf, type Maker, type Worker } from './calls.ts'

/** Where the files of the demo stand. */
export const exampleFolder = join(import.meta.dirname, '../..', 'examples')
const askMs = 60
const atWork: readonly string[] = ['checking', 'committing']

type Mapping = z.input<Operations['imports.map-import']['input']>

/** A file of examples/ and how it is read. */
export interface ExampleFile extends Pick<Mapping, 'mapping' | 'options' | 'conventions'> {
  readonly path: string
  readonly target: string
  readonly name: string
  /** What is imported in place of the text that stands in the file. */
  readonly rewrite?: (text: string) => string
}

/**
 * Imports a file of examples/ as somebody does in the app: upload, mapping, check, commit; and waits until it is in. Goes on
 * wherever an earlier start left it. Throws where a row is rejected: the files are right.
 */
export async function importExample(maker: Maker, worker: Worker, file: ExampleFile): Promise<void> {
  const text = await readFile(join(exampleFolder, file.path), 'utf8')
  const body = Buffer.from(file.rewrite?.(text) ?? text)
  const place = { directory: maker.product.importDirectory, tenantId: worker.tenantId, mostBytes: body.length }
  const { sha256 } = await keepStream(place, Readable.from([body]))
  const call = callsOf(maker, callerOf(worker), `import ${file.path}`)
  const file_name = file.path.slice(file.path.lastIndexOf('/') + 1)
  const { id } = await call('imports.create-import', { target: file.target, sha256, file_name, name: file.name })
  const free = freeCallsOf(maker, callerOf(worker))
  for (;;) {
    const now = await free('imports.get-import', { id })
    if (now.status === 'committed' && now.failed_rows === 0) return
    if (atWork.includes(now.status)) await pause(askMs)
    else if (now.status === 'mapping') await check(free, file, now)
    else if (now.status === 'checked' && now.failed_rows === 0)
      await free('imports.commit-import', { id, version: now.version })
    else throw new Error(`${file.path} is ${now.status}: ${now.fault ?? (await firstError(free, id))}`)
  }
}

async function check(call: Call, file: ExampleFile, { id, version }: { id: string; version: number }): Promise<void> {
  const { mapping, options, conventions } = file
  const mapped = await call('imports.map-import', { id, version, mapping, options, conventions })
  await call('imports.check-import', { id, version: mapped.version })
}

async function firstError(call: Call, id: string): Promise<string> {
  const { items } = await call('imports.list-errors', { id, limit: 1 })
  return items.map(({ row_number, column, message }) => `row ${row_number}, ${column}: ${message}`).join()
}
