import { posix } from 'node:path'
import { refuse } from '../platform/refusal.ts'
import { archiveTooLarge, sheetKindUnknown, sheetNotFound } from './refusals.ts'
import type { SheetLimits } from './sheet.ts'
import type { Archive, XmlHandlers } from './xlsx-archive.ts'
import { type NumberStyle, styleOf } from './xlsx-styles.ts'

/** What of a workbook has to be known before the rows of a sheet can be read. */
export interface WorkbookParts {
  readonly sheet: string
  /** The names of the other sheets that are shown. */
  readonly others: readonly string[]
  readonly sheetPart: string
  readonly isFrom1904: boolean
  readonly sharedTexts: readonly string[]
  readonly styles: readonly NumberStyle[]
}

/** Reads all but the rows. Without a name it takes the first sheet that is shown. */
export async function readParts(
  archive: Archive,
  { sheet, limits }: { sheet: string | null; limits: SheetLimits },
): Promise<WorkbookParts> {
  const roots = await relationsOf(archive, '')
  const main = roots.find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml'
  if (!archive.has(main)) refuse(sheetKindUnknown)
  const { sheets, isFrom1904 } = await readWorkbook(archive, main)
  const relations = await relationsOf(archive, main)
  const chosen = sheets.find(({ name, isShown }) => (sheet === null ? isShown : name === sheet))
  const part = relations.find(({ id, type }) => id === chosen?.relation && type === 'worksheet')?.target
  if (!chosen || part === undefined) refuse(sheets.length === 0 ? sheetKindUnknown : sheetNotFound)
  const partOf = (type: string) => relations.find((one) => one.type === type && archive.has(one.target))?.target
  return {
    sheet: chosen.name,
    others: sheets.filter(({ name, isShown }) => isShown && name !== chosen.name).map(({ name }) => name),
    sheetPart: part,
    isFrom1904,
    sharedTexts: await readSharedTexts(archive, partOf('sharedStrings'), limits),
    styles: await readStyles(archive, partOf('styles')),
  }
}

async function readAll(archive: Archive, part: string, handlers: XmlHandlers): Promise<void> {
  for await (const _ of archive.read(part, handlers));
}

interface Relation {
  readonly id: string
  /** The last word of the address that names it. */
  readonly type: string
  readonly target: string
}

async function relationsOf(archive: Archive, part: string): Promise<Relation[]> {
  const folder = posix.dirname(part)
  const path = posix.join(folder, '_rels', `${posix.basename(part)}.rels`)
  const relations: Relation[] = []
  if (!archive.has(path)) return relations
  await readAll(archive, path, {
    open(name, { Id: id = '', Type: type = '', Target: target = '' }) {
      if (name !== 'Relationship') return
      const resolved = target.startsWith('/') ? target.slice(1) : posix.join(folder, target)
      relations.push({ id, type: posix.basename(type), target: resolved })
    },
  })
  return relations
}

async function readWorkbook(archive: Archive, part: string) {
  const sheets: { name: string; isShown: boolean; relation: string }[] = []
  let isFrom1904 = false
  await readAll(archive, part, {
    open(name, attributes) {
      if (name === 'workbookPr') isFrom1904 = /^(1|true)$/.test(attributes.date1904 ?? '')
      if (name !== 'sheet') return
      const relation = Object.entries(attributes).find(([key]) => /(^|:)id$/.test(key))?.[1] ?? ''
      const isShown = !/hidden/i.test(attributes.state ?? '')
      sheets.push({ name: attributes.name ?? '', isShown, relation })
    },
  })
  return { sheets, isFrom1904 }
}

async function readSharedTexts(archive: Archive, part: string | undefined, limits: SheetLimits): Promise<string[]> {
  const texts: string[] = []
  if (part === undefined) return texts
  let current = ''
  let characters = 0
  const collect = textOf((text) => {
    current += text
    characters += text.length
    if (characters > limits.row_characters * 64) refuse(archiveTooLarge)
  })
  await readAll(archive, part, {
    open(name) {
      collect.open(name)
      if (name === 'si') current = ''
    },
    close(name) {
      collect.close(name)
      // An empty one costs memory, too.
      characters += 8
      if (name === 'si') texts.push(unescaped(current))
    },
    text: collect.text,
  })
  return texts
}

/** Takes the text of `t` elements, but not of those that say how a text is pronounced. */
export function textOf(take: (text: string) => void) {
  let isText = false
  let isPhonetic = false
  return {
    open(name: string) {
      if (name === 'rPh') isPhonetic = true
      isText = name === 't' && !isPhonetic
    },
    close(name: string) {
      if (name === 'rPh') isPhonetic = false
      if (name === 't') isText = false
    },
    text(text: string) {
      if (isText) take(text)
    },
  }
}

/** Characters that XML cannot hold are written `_x000D_` (ECMA-376, 22.4.2.4). */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  return text.replaceAll(/_x([0-9a-fA-F]{4})_/g, (_, hex: string) => String.fromCharCode(+`0x${hex}`))
}

async function readStyles(archive: Archive, part: string | undefined): Promise<NumberStyle[]> {
  const styles: NumberStyle[] = []
  if (part === undefined) return styles
  const formats = new Map<string, string>()
  let isOfCells = false
  await readAll(archive, part, {
    open(name, { numFmtId: id = '0', formatCode }) {
      if (name === 'numFmt' && formatCode !== undefined) formats.set(id, formatCode)
      if (name === 'cellXfs') isOfCells = true
      if (name === 'xf' && isOfCells) styles.push(styleOf(+id, formats.get(id)))
    },
    close(name) {
      if (name === 'cellXfs') isOfCells = false
    },
  })
  return styles
}
