import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type pg from 'pg'
import type { z } from 'zod'
import { OperatorError } from '../platform/explain.ts'
import { inPlatformChain, type MigrateOptions, record, withOwner } from '../platform/migrate.ts'

const directory = join(import.meta.dirname, '../../db/reference')

/** How one file of reference data gets into its table. */
export interface ReferenceLoader<R extends z.ZodType = z.ZodType> {
  /** Of the list, e.g. `currencies`. */
  readonly name: string
  /** In db/reference. */
  readonly file: string
  /** One row: every column of the header as text. */
  readonly row: R
  /** Adds what is missing and changes what differs, set-based; answers how many rows that were. */
  readonly load: (client: pg.ClientBase, rows: z.output<R>[]) => Promise<number>
}

/** Declares how a file of reference data is loaded. */
export function referenceLoader<R extends z.ZodType>(loader: ReferenceLoader<R>): ReferenceLoader<R> {
  return loader
}

export interface LoadedReference {
  readonly name: string
  /** Rows in the file. */
  readonly rows: number
  /** Rows that were added or changed. */
  readonly changed: number
}

/**
 * Loads the files of reference data in the order given, in one transaction, while no other process migrates or loads.
 * Loading again changes nothing; an entry in the platform's chain tells of each list that changed. Throws
 * `OperatorError` for a file that does not say what it should, with the line.
 */
export async function loadReference(
  options: Pick<MigrateOptions, 'ownerUrl' | 'log' | 'onWait'>,
  loaders: readonly ReferenceLoader[],
  from: string = directory,
): Promise<LoadedReference[]> {
  const files = loaders.map((loader) => ({
    loader,
    rows: readRows(loader, readFileSync(join(from, loader.file), 'utf8')),
  }))
  return withOwner(options, async (owner) => {
    const loaded: LoadedReference[] = []
    await inPlatformChain(owner, async () => {
      for (const { loader, rows } of files)
        loaded.push({ name: loader.name, rows: rows.length, changed: await loader.load(owner, rows) })
      const changed = loaded.filter((one) => one.changed > 0)
      await record(owner, {
        event: 'platform.load-reference',
        type: 'reference',
        things: changed.map(({ name }) => ({ id: name })),
      })
    })
    return loaded
  })
}

function readRows({ file, row }: ReferenceLoader, text: string): unknown[] {
  const records = recordsOf(file, text)
  return records.map(({ record, info }) => {
    const parsed = row.safeParse(record)
    if (parsed.success) return parsed.data
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    throw new OperatorError(`db/reference/${file}, line ${info.lines}: ${faults.join('; ')}`)
  })
}

function recordsOf(file: string, text: string): { record: unknown; info: { lines: number } }[] {
  try {
    return parse(text, { columns: true, info: true, bom: true })
  } catch (error) {
    throw new OperatorError(`db/reference/${file}: ${(error as Error).message}`, { cause: error })
  }
}
