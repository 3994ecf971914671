import { expect, test } from 'vitest'
import { read, sheet, sheetFiles, workbook, writeArchive } from '../../tests/harness/sheets.ts'

const files = sheetFiles()

const formats = [
  'General',
  'yyyy\\-mm\\-dd',
  'dd/mm/yyyy\\ hh:mm',
  '[h]:mm:ss',
  '0000000000000',
  '#,##0.00\\ "DH"',
  '[$-40C]d\\ mmmm\\ yyyy;@',
  '[Red]0.00E+00',
  'mmmm',
]
const styles = `<styleSheet><numFmts>${formats.map((code, at) => `<numFmt numFmtId="${170 + at}" formatCode="${code.replaceAll('"', '&quot;')}"/>`).join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats.map((_, at) => `<xf numFmtId="${170 + at}"/>`).join('')}<xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/></cellXfs></styleSheet>`
const [date, moment, hours, padded, price, words, scientific] = [2, 3, 4, 5, 6, 7, 8]
const [builtInDate, builtInMoment, builtInTime] = [10, 11, 12]

async function cellOf(cell: string, main = workbook['xl/workbook.xml']) {
  const header =
    '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>it</t></is></c></row>'
  const row = `<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c>${cell}</row>`
  const texts =
    '<sst><si><t>plain</t></si><si><r><t>ri</t></r><r><t xml:space="preserve">ch </t></r><rPh><t>no</t></rPh></si></sst>'
  const parts = {
    ...workbook,
    'xl/workbook.xml': main,
    'xl/sheet.xml': sheet(header + row),
    'xl/texts.xml': texts,
    'xl/styles.xml': styles,
  }
  const { rows, looks } = await read(await writeArchive(files.path(), parts), { header_row: 1 })
  return { text: rows[0]?.cells[1], faults: rows[0]?.faults, type: looks[1]?.cell_type }
}

const number = (value: string, style = 0) => `<c r="B2" s="${style}"><v>${value}</v></c>`

test.each([
  ['a number', number('2.55'), '2.55', 'number'],
  ['the rest of a binary fraction', number('3.3000000000000003'), '3.3', 'number'],
  ['a large number', number('1.2345678901234E+19'), '12345678901234000000', 'number'],
  ['a small number', number('8.0000000000000007E-5'), '0.00008', 'number'],
  ['an amount with its currency', number('1234.5', price), '1234.5', 'number'],
  ['a number shown with an exponent', number('1234.5', scientific), '1234.5', 'number'],
  ['a code shown with zeros', number('61112', padded), '0000000061112', 'text'],
  ['a day', number('46348', date), '2026-11-22', 'date'],
  ['a day by a built-in format', number('46348', builtInDate), '2026-11-22', 'date'],
  ['a day written out', number('46348', words), '2026-11-22', 'date'],
  ['a moment', number('46348.4375347222', moment), '2026-11-22T10:30:03', 'date'],
  ['a moment by a built-in format', number('46348.5', builtInMoment), '2026-11-22T12:00:00', 'date'],
  ['a second before midnight, as a float', number('46347.99998842593', date), '2026-11-21T23:59:59', 'date'],
  ['a time', number('0.4375', builtInTime), '10:30:00', 'date'],
  ['a duration', number('0.75', hours), '18:00:00', 'date'],
  ['the last of February 1900', number('59', date), '1900-02-28', 'date'],
  ['the first of March 1900', number('61', date), '1900-03-01', 'date'],
  ['a day that never was', number('60', date), '60', 'date'],
  ['a shared text', '<c r="B2" t="s"><v>0</v></c>', 'plain', 'text'],
  ['a shared text of several fonts', '<c r="B2" t="s"><v>1</v></c>', 'rich ', 'text'],
  ['a text that is a number', '<c r="B2" t="inlineStr"><is><t>00042</t></is></c>', '00042', 'text'],
  ['true', '<c r="B2" t="b"><v>1</v></c>', 'true', 'boolean'],
  ['a day as text of the format', '<c r="B2" t="d"><v>2026-11-22</v></c>', '2026-11-22', 'date'],
  ['a formula with its value', '<c r="B2"><f>A1*2</f><v>7.5</v></c>', '7.5', 'number'],
  ['a formula whose value is no text', '<c r="B2" t="str"><f>A1</f><v></v></c>', undefined, null],
])('a cell is read as the spreadsheet shows it: %s', async (_, cell, text, type) => {
  expect(await cellOf(cell)).toEqual({ text: text ?? '', faults: undefined, type })
})

test('days are counted from 1904 where the workbook says so', async () => {
  const main = '<workbook><workbookPr date1904="1"/><sheets><sheet name="Data" r:id="r1"/></sheets></workbook>'
  expect(await cellOf(number('44886', date), main)).toMatchObject({ text: '2026-11-22' })
})

test.each([
  ['formula_without_value', '<c r="B2"><f>A1*2</f></c>'],
  ['cell_error', '<c r="B2" t="e"><v>#N/A</v></c>'],
])('%s is a fault of its cell', async (code, cell) => {
  expect((await cellOf(cell)).faults).toEqual([{ code, cell: 1 }])
})

const text = (reference: string, value: string) => `<c r="${reference}" t="inlineStr"><is><t>${value}</t></is></c>`

test('rows keep their numbers, missing cells are empty, and merged cells, formulas and other sheets are told', async () => {
  const rows = [
    `<row r="2">${text('A2', 'code')}${text('B2', 'name')}${text('D2', 'price')}</row>`,
    `<row r="4">${text('A4', 'A1')}<c r="D4"><f>1+1</f><v>2</v></c></row>`,
    `<row r="5"><c r="A5"/></row>`,
    `<row r="9">${text('B9', 'Tea')}${text('F9', 'beyond')}</row>`,
  ]
  const main =
    '<workbook><sheets><sheet name="Old" state="hidden" r:id="r4"/><sheet name="Data" r:id="r1"/><sheet name="More" r:id="r4"/></sheets></workbook>'
  const merged = '<mergeCells><mergeCell ref="A4:A5"/></mergeCells>'
  const parts = { ...workbook, 'xl/workbook.xml': main, 'xl/sheet.xml': sheet(rows.join(''), merged) }
  const found = await read(await writeArchive(files.path(), parts), { header_row: 2 })
  expect(found.format).toMatchObject({ sheet: 'Data', header_row: 2, columns: ['code', 'name', 'Column 3', 'price'] })
  expect(found.rows).toEqual([
    { number: 4, cells: ['A1', '', '', '2'] },
    { number: 9, cells: ['', 'Tea', '', '', '', 'beyond'], faults: [{ code: 'too_many_cells', cell: null }] },
  ])
  expect(found.notes).toEqual([
    { code: 'headers_blank', of: ['Column 3'] },
    { code: 'cells_merged', of: ['A4:A5'] },
    { code: 'formulas', of: ['D4'] },
    { code: 'other_sheets', of: ['More'] },
  ])
})

test('names of elements may have a prefix, and cells need not say where they are', async () => {
  const rows =
    '<x:row><x:c t="inlineStr"><x:is><x:t>code</x:t></x:is></x:c></x:row><x:row><x:c><x:v>7</x:v></x:c></x:row>'
  const parts = {
    ...workbook,
    'xl/sheet.xml': `<x:worksheet xmlns:x="x"><x:sheetData>${rows}</x:sheetData></x:worksheet>`,
  }
  const { rows: found } = await read(await writeArchive(files.path(), parts))
  expect(found).toEqual([{ number: 2, cells: ['7'] }])
})
