import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll } from 'vitest'
import { ZipFile } from 'yazl'
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

/** Writes an archive with these parts, of a text as often as is said, and answers its path. */
export async function writeArchive(
  path: string,
  parts: Readonly<Record<string, string | { readonly text: string; readonly times: number }>>,
): Promise<string> {
  const zip = new ZipFile()
  for (const [name, part] of Object.entries(parts)) {
    const { text, times } = typeof part === 'string' ? { text: part, times: 1 } : part
    zip.addBuffer(Buffer.from(text.repeat(times)), name)
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
  return path
}

const relation = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`

/** The parts of a workbook without its sheet, `xl/sheet.xml`, texts, `xl/texts.xml`, and styles, `xl/styles.xml`. */
export const workbook = {
  '_rels/.rels': `<Relationships>${relation('r1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
  'xl/_rels/workbook.xml.rels': `<Relationships>${relation('r1', 'worksheet', '/xl/sheet.xml')}${relation('r2', 'sharedStrings', 'texts.xml')}${relation('r3', 'styles', 'styles.xml')}${relation('r4', 'worksheet', 'other.xml')}</Relationships>`,
  'xl/workbook.xml': '<workbook><sheets><sheet name="Data" r:id="r1"/></sheets></workbook>',
}

/** The XML of a sheet with these rows, and what comes behind them. */
export function sheet(rows: string, behind = ''): string {
  return `<worksheet><sheetData>${rows}</sheetData>${behind}</worksheet>`
}
