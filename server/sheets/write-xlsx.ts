import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { refuse } from '../platform/refusal.ts'
import type { CellKind, CellValue } from './read-cell.ts'
import { tooManyRows } from './refusals.ts'
import type { SheetOptions, WrittenColumn, WrittenRows } from './write-sheet.ts'

const mostRows = 1_048_576
const mostCharacters = 32_767
const day = 86_400_000

/** A workbook of one sheet with a header that stays in sight. Numbers are written as they are given, digit for digit. */
export function writeWorkbook(
  { columns, sheet = 'Sheet1', isRightToLeft = false }: Extract<SheetOptions, { kind: 'xlsx' }>,
  rows: WrittenRows,
): Readable {
  const zip = new ZipFile()
  for (const [path, xml] of Object.entries(fixedParts)) zip.addBuffer(Buffer.from(declaration + xml), path)
  zip.addBuffer(Buffer.from(declaration + workbookXml(sheet)), 'xl/workbook.xml')
  const output = Readable.from(pass(zip.outputStream as Readable), { objectMode: false })
  const content = Readable.from(sheetXml(columns, rows, { isRightToLeft }), { objectMode: false })
  content.once('error', (error) => (zip.outputStream as Readable).destroy(error))
  output.once('close', () => content.destroy())
  zip.addReadStream(content, 'xl/worksheets/sheet1.xml')
  zip.end()
  return output
}

async function* pass(stream: Readable): AsyncGenerator<Buffer, void> {
  yield* stream as AsyncIterable<Buffer>
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'
const documents = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

// The places of these in the styles are what `styles` says below.
const formats = ['General', '@', '#,##0.00##', 'yyyy\\-mm\\-dd', 'yyyy\\-mm\\-dd\\ hh:mm:ss', 'General']
const header = 5

const fixedParts: Readonly<Record<string, string>> = {
  '[Content_Types].xml':
    `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
    `<Override PartName="/xl/workbook.xml" ContentType="${documents}.sheet.main+xml"/>` +
    `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${documents}.worksheet+xml"/>` +
    `<Override PartName="/xl/styles.xml" ContentType="${documents}.styles+xml"/></Types>`,
  '_rels/.rels': `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/_rels/workbook.xml.rels':
    `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relationships}/worksheet" Target="worksheets/sheet1.xml"/>` +
    `<Relationship Id="rId2" Type="${relationships}/styles" Target="styles.xml"/></Relationships>`,
  'xl/styles.xml':
    `<styleSheet xmlns="${main}"><numFmts count="${formats.length}">${formats.map((code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${code}"/>`).join('')}</numFmts>` +
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>' +
    `<cellXfs count="${formats.length}">${formats.map((_, at) => `<xf numFmtId="${164 + at}" fontId="${at === header ? 1 : 0}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>`).join('')}</cellXfs></styleSheet>`,
}

const styles: Readonly<Record<CellKind, number>> = {
  text: 1,
  code: 1,
  amount: 2,
  quantity: 0,
  percentage: 0,
  integer: 0,
  date: 3,
  moment: 4,
  boolean: 0,
}

function workbookXml(sheet: string): string {
  const name = escaped(
    sheet
      .replaceAll(/[[\]:*?/\\]/g, ' ')
      .trim()
      .slice(0, 31) || 'Sheet1',
  )
  return `<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets><sheet name="${name}" sheetId="1" r:id="rId1"/></sheets></workbook>`
}

async function* sheetXml(
  columns: readonly WrittenColumn[],
  rows: WrittenRows,
  { isRightToLeft }: { isRightToLeft: boolean },
): AsyncGenerator<string, void> {
  const frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
  const widths = columns.map(
    ({ name }, at) =>
      `<col min="${at + 1}" max="${at + 1}" width="${Math.min(40, Math.max(12, name.length + 3))}" customWidth="1"/>`,
  )
  yield `${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"${isRightToLeft ? ' rightToLeft="1"' : ''}>${frozen}</sheetView></sheetViews>`
  yield `${widths.length > 0 ? `<cols>${widths.join('')}</cols>` : ''}<sheetData><row r="1">${columns.map(({ name }, at) => textCell(name, header, `${letters(at)}1`)).join('')}</row>`
  let number = 1
  for await (const piece of rows) {
    let xml = ''
    for (const cells of piece) {
      if (++number > mostRows) refuse(tooManyRows)
      xml += `<row r="${number}">${cells.map((cell, at) => cellXml(cell, columns[at]?.kind ?? 'text', `${letters(at)}${number}`)).join('')}</row>`
    }
    if (xml !== '') yield xml
  }
  yield '</sheetData></worksheet>'
}

function cellXml(value: CellValue, kind: CellKind, place: string): string {
  if (value === null || value === '') return ''
  if (typeof value === 'boolean') return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`
  const text = `${value}`
  const number = kind === 'date' || kind === 'moment' ? serialOf(text) : numberOf(text, kind)
  if (number === undefined) return textCell(text, styles.text, place)
  return `<c r="${place}" s="${styles[kind]}"><v>${number}</v></c>`
}

const known: string[] = []

/** The letters of a column: A for 0, AA for 26. */
function letters(index: number): string {
  known[index] ??= (index < 26 ? '' : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26))
  return known[index]
}

function numberOf(text: string, kind: CellKind): string | undefined {
  return kind !== 'text' && kind !== 'code' && /^-?\d+(?:\.\d+)?$/.test(text) ? text : undefined
}

/** The serial number of a day, or of a moment as clocks show it; of what is neither, or has an offset, there is none. */
function serialOf(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?)?$/.test(text)) return undefined
  const days = (Date.parse(text.includes('T') ? `${text}Z` : text) - Date.UTC(1899, 11, 30)) / day
  return days > 60 ? `${days}` : undefined
}

function textCell(text: string, style: number, place: string): string {
  const kept = text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text
  return `<c r="${place}" t="inlineStr" s="${style}"><is><t xml:space="preserve">${escaped(kept)}</t></is></c>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text within XML; what XML cannot hold is written as `_x000D_` (ECMA-376, 22.4.2.4), and so is what looks like that. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/_(?=x[0-9a-fA-F]{4}_)/g, '_x005F_')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')
    .replaceAll(
      /[^\P{Cc}\t\n]|[\ufffe\uffff]/gu,
      (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
    )
}
