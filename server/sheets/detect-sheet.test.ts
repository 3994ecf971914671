import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { read, sheetFiles } from '../../tests/harness/sheets.ts'
import { detectSheet } from './index.ts'
import { encoderOf, markOf } from './text-encoding.ts'

const files = sheetFiles()

test.each([
  ['commas', 'code,name,price\nA1,Thé,2.50\nA2,Café,3.10\n', ',', '"'],
  ['semicolons with decimal commas', 'code;nom;prix\nA1;Thé, vert;2,50\nA2;Café;3,10\n', ';', '"'],
  ['tabs', 'code\tname\nA1\tTea, green; loose\nA2\tCoffee\n', '\t', '"'],
  ['pipes', 'code|name\nA1|Tea\nA2|Coffee\n', '|', '"'],
  ['single quotes', "code,name\n'A,1','Tea'\n'A,2','Coffee'\n", ',', "'"],
  ['apostrophes that are no quotes', "code,name\nA1,l'eau\nA2,d'orge\n", ',', '"'],
  ['one column', 'code\nA1\nA2\n', null, '"'],
  ['a first line that names the delimiter', 'sep=;\r\ncode;name, long\r\nA1;Tea\r\n', ';', '"'],
  ['delimiters within quotes', 'code,name\n"A;1;2;3","x;y;z;a"\n"B;1;2;3","x;y;z;b"\n', ',', '"'],
])('the delimiter and the quote are detected: %s', async (_, text, delimiter, quote) => {
  const { format } = await detectSheet(await files.keep(text))
  expect(format).toMatchObject({ kind: 'csv', delimiter, quote })
})

const arabic = 'رمز,اسم,السعر\nA1,شاي أخضر,2.50\nA2,قهوة,3.10\n'
const french = 'code,libellé,prix\nA1,thé “vert” à 5 €,2.50\nA2,café,3.10\n'

test.each([
  ['utf-8', arabic, false],
  ['utf-8', arabic, true],
  ['utf-16le', arabic, true],
  ['utf-16le', arabic, false],
  ['utf-16be', french, true],
  ['utf-16be', french, false],
  ['windows-1252', french, false],
  ['utf-8', 'code,name\nA1,Tea\n', false],
] as const)('the encoding is detected: %s of %j with a mark: %s', async (encoding, text, isMarked) => {
  const bytes = encoderOf(encoding)(`${isMarked ? markOf(encoding) : ''}${text}`)
  for (const [isGzipped, content] of [
    [false, bytes],
    [true, gzipSync(bytes)],
  ] as const) {
    const { format, rows } = await read(await files.keep(content))
    expect(format).toMatchObject({ encoding, isGzipped })
    expect([format.columns, ...rows.map(({ cells }) => cells)].map((cells) => cells.join(','))).toEqual(
      text.trim().split('\n'),
    )
  }
})

test('letters far behind the first rows decide on the encoding', async () => {
  const text = `code,name\n${'A1,Tea\n'.repeat(500_000)}A2,Café\n`
  const { format, rows } = await read(await files.keep(Buffer.from(text, 'latin1')))
  expect(format.encoding).toBe('windows-1252')
  expect(rows.at(-1)).toEqual({ number: 500_002, cells: ['A2', 'Café'] })
})

test('bytes that Windows-1252 has no letter for make it Latin-1', async () => {
  const { format } = await detectSheet(await files.keep(Buffer.from('a,b\n\x8d,é\n', 'latin1')))
  expect(format.encoding).toBe('iso-8859-1')
})

test.each([
  ['the first row', 'code,price\nA1,2.5\nB2,3\n', 1, ['code', 'price']],
  [
    'below titles and blank lines',
    'Catalogue 2026\n\ncode,price,day\nA1,2.5,2026-01-02\nB2,3,2026-01-03\n',
    3,
    ['code', 'price', 'day'],
  ],
  ['none', 'A1,2.5\nB2,3\n', null, ['Column 1', 'Column 2']],
  ['names alike and missing', 'price,price,,code\n1,2,3,A\n', 1, ['price', 'price (2)', 'Column 3', 'code']],
  ['a name that the second one would get', 'a,a,a (2)\nx,1,2\n', 1, ['a', 'a (3)', 'a (2)']],
  ['delimiters at the end of every row', 'code,price,\nA1,2.5,\nB2,3,\n', 1, ['code', 'price']],
  ['blanks around names', ' code ,"unit\nprice"\nA1,2\n', 1, ['code', 'unit price']],
])('the header is found: %s', async (_, text, headerRow, columns) => {
  const { format, looks } = await detectSheet(await files.keep(text))
  expect(format).toMatchObject({ header_row: headerRow, columns })
  expect(looks.map(({ column }) => column)).toEqual(columns)
})

test('columns that are told apart are told', async () => {
  const { notes, header } = await detectSheet(await files.keep('price,price,,code\n1,2,3,A\n'))
  expect(notes).toEqual([
    { code: 'headers_repeated', of: ['price'] },
    { code: 'headers_blank', of: ['Column 3'] },
  ])
  expect(header?.cells).toEqual(['price', 'price', '', 'code'])
})

test.each([
  ['points', ['2.5', '3', '1,234.50'], '.', null],
  ['commas', ['2,5', '3', '1.234,50'], ',', null],
  ['commas between blanks', ['1 234,567', '12'], ',', null],
  ['thousands or thousandths', ['1.234', '5.678', '12'], 'ambiguous', null],
  ['thousandths, for one of them cannot be thousands', ['1.234', '0.125'], '.', null],
  ['groups that are two', ['1.234.567', '1.234'], ',', null],
  ['both', ['2.5', '2,5'], 'ambiguous', null],
  ['whole numbers', ['2', '3'], null, null],
  ['days of ISO 8601', ['2026-01-02', '2026-11-30'], null, 'ymd'],
  ['the day first', ['02/01/2026', '30/11/2026'], null, 'dmy'],
  ['the month first', ['02/01/2026', '11/30/2026'], null, 'mdy'],
  ['either first', ['02/01/2026', '03/04/2026'], null, 'ambiguous'],
  ['now this first, now that', ['30/01/2026', '01/30/2026'], null, 'ambiguous'],
  ['with a time', ['13.02.2026 10:30', '02.03.2026 11:00'], null, 'dmy'],
  ['years of two digits, first or last', ['31/12/26', '13/01/27'], null, 'ambiguous'],
  ['years of two digits, last', ['31/12/26', '13/01/99'], null, 'dmy'],
  ['names', ['Tea', 'Coffee 2.5'], null, null],
])('decimals and days are told as they look, and never guessed: %s', async (_, cells, decimal, dateOrder) => {
  const text = ['name;it', ...cells.map((cell, at) => `n${at};${cell}`)].join('\n')
  const { looks } = await detectSheet(await files.keep(text), { header_row: 1 })
  expect(looks[1]).toMatchObject({ decimal, date_order: dateOrder })
})

test('a column tells how many of its cells are empty, and whether its codes are those of floats', async () => {
  const { looks } = await detectSheet(await files.keep('name,customer\nA,17850.0\nB,\nC,13047.0\nD,\n'))
  expect(looks[1]).toMatchObject({ empty_share: 0.5, is_float_code: true, samples: ['17850.0', '13047.0'] })
})

test('what somebody says of a file is not detected', async () => {
  const path = await files.keep('a;b\n1,5;2\n')
  const { format, samples } = await detectSheet(path, { delimiter: ',', header_row: null, encoding: 'windows-1252' })
  expect(format).toMatchObject({ delimiter: ',', header_row: null, encoding: 'windows-1252' })
  expect(samples.map(({ cells }) => cells)).toEqual([['a;b'], ['1', '5;2']])
})

test('ragged rows are told with their numbers, and the others are read', async () => {
  const { rows } = await read(await files.keep('a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n1,2,3,,\n"1"x,2,3\n'))
  expect(rows.map(({ number, faults }) => [number, faults?.map(({ code, cell }) => [code, cell])])).toEqual([
    [2, undefined],
    [3, [['too_few_cells', null]]],
    [5, [['too_many_cells', null]]],
    [6, undefined],
    [7, [['quote_misplaced', 0]]],
  ])
})
