import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import {
  type DetectOptions,
  detectSheet,
  readRows,
  type SheetFormat,
  type SheetRow,
} from '../../server/sheets/index.ts'

/** A directory for the files of a test, which ends with it. */
export function sheetFiles() {
  let directory = ''
  let files = 0
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'comptoir-sheets-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))
  const path = () => join(directory, `${files++}`)
  return {
    path,
    async keep(content: Buffer | string): Promise<string> {
      const kept = path()
      await writeFile(kept, content)
      return kept
    },
  }
}

/** All the rows of a file. */
export async function rowsOf(path: string, format: SheetFormat): Promise<SheetRow[]> {
  const rows: SheetRow[] = []
  for await (const chunk of readRows(path, format)) rows.push(...chunk)
  return rows
}

/** What a file is detected to be, and all its rows. */
export async function read(path: string, options?: DetectOptions) {
  const detected = await detectSheet(path, options)
  return { ...detected, rows: await rowsOf(path, detected.format) }
}
