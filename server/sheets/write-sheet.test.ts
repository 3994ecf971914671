import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { read, rowsOf, sheetFiles } from '../../tests/harness/sheets.ts'
import { type CellKind, delimiters, encodings, type SheetOptions, writeSheet } from './index.ts'
import type { CellValue } from './read-cell.ts'

const files = sheetFiles()

async function written(options: SheetOptions, rows: readonly (readonly CellValue[])[]): Promise<string> {
  const path = files.path()
  await pipeline(writeSheet(options, [rows]), createWriteStream(path))
  return path
}

const letters = ['a', 'é', '"', "'", ',', ';', '\t', '|', ' ', '=', '-', '1', '\n', '\r\n', '_x000D_', '<&>']
const wide = [...letters, 'ش', '€', '😀']

test('rows that are given back come out as they came in, for any delimiter, quote and encoding', async () => {
  const format = fc.record({
    delimiter: fc.constantFrom(...delimiters),
    quote: fc.constantFrom('"' as const, "'" as const),
    encoding: fc.constantFrom(...encodings),
  })
  const cases = format.chain((how) => {
    const units = how.encoding.startsWith('utf') ? wide : letters
    const row = fc.tuple(
      fc.constant('x'),
      fc.string({ unit: fc.constantFrom(...units) }),
      fc.string({ unit: fc.constantFrom(...units) }),
    )
    return fc.tuple(fc.constant(how), fc.array(row, { minLength: 1, maxLength: 6 }))
  })
  await fc.assert(
    fc.asyncProperty(cases, async ([how, rows]) => {
      const columns = ['first', 'second', 'third']
      const path = await written(
        { kind: 'csv', columns: columns.map((name) => ({ name })), format: how, isVerbatim: true },
        rows,
      )
      const shape = { kind: 'csv', isGzipped: false, sheet: null, header_row: 1, columns } as const
      const found = await rowsOf(path, { ...shape, ...how })
      expect(found.map(({ cells }) => cells)).toEqual(rows)
    }),
    { numRuns: 200 },
  )
})

test('a file that is written is detected as what it is', async () => {
  for (const encoding of encodings) {
    for (const delimiter of delimiters) {
      const columns = [{ name: 'Référence' }, { name: 'Désignation' }]
      const options = { kind: 'csv', columns, format: { delimiter, encoding } } as const
      const { format } = await read(
        await written(options, [
          ['A1', 'Thé'],
          ['A2', 'Café'],
        ]),
      )
      // Text in Latin-1 that uses none of its control characters is Windows-1252 as well.
      expect(format).toMatchObject({ delimiter, encoding: encoding === 'iso-8859-1' ? 'windows-1252' : encoding })
    }
  }
})

test.each([
  ['=1+1', "'=1+1"],
  ['+33 1', "'+33 1"],
  ['-5', '-5'],
  ['-5.25', '-5.25'],
  ['-cmd', "'-cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
])('an export keeps %j from being a formula, and rows that are given back keep it', async (cell, exported) => {
  const format = { delimiter: ';', encoding: 'utf-8' } as const
  const safe = await written({ kind: 'csv', columns: null, format }, [[cell, 1]])
  expect(await readFile(safe, 'utf8')).toBe(`\ufeff${exported};1\r\n`)
  const verbatim = await written({ kind: 'csv', columns: null, format, isVerbatim: true }, [[cell, true]])
  expect(await readFile(verbatim, 'utf8')).toBe(`\ufeff${cell};true\r\n`)
})

test('a workbook holds numbers digit for digit, days as days, and text as text', async () => {
  const kinds: readonly [string, CellKind][] = [
    ['code', 'code'],
    ['price', 'amount'],
    ['count', 'integer'],
    ['day', 'date'],
    ['at', 'moment'],
    ['sold', 'boolean'],
    ['note', 'text'],
  ]
  const rows = [
    ['000123', '1234.5678', 7, '2026-11-22', '2026-11-22T10:30:05', true, '=1+1'],
    ['1E5', '-0.1', null, null, '2026-11-22T10:30:05Z', false, 'a&b "<\r\n_x000D_ é ش \u0001'],
  ]
  const columns = kinds.map(([name, kind]) => ({ name, kind }))
  const { format, rows: found, looks } = await read(await written({ kind: 'xlsx', columns, sheet: 'Q1/2026' }, rows))
  expect(format).toMatchObject({ kind: 'xlsx', sheet: 'Q1 2026', header_row: 1, columns: kinds.map(([name]) => name) })
  expect(found.map(({ cells }) => cells)).toEqual(
    rows.map((row) => row.map((cell) => (cell === null ? '' : `${cell}`))),
  )
  expect(looks.map(({ cell_type }) => cell_type)).toEqual([
    'text',
    'number',
    'number',
    'date',
    'mixed',
    'boolean',
    'text',
  ])
})

test('any text comes back out of a workbook', async () => {
  const row = fc.tuple(
    fc.constant('x'),
    fc.string({ unit: fc.constantFrom(...wide, '\u0000', '\u001f', '_x0041_', ']]>') }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 6 }), async (rows) => {
      const path = await written({ kind: 'xlsx', columns: [{ name: 'first' }, { name: 'second' }] }, rows)
      const shape = { kind: 'xlsx', isGzipped: false, encoding: null, delimiter: null, quote: null } as const
      const found = await rowsOf(path, { ...shape, sheet: 'Sheet1', header_row: 1, columns: ['first', 'second'] })
      expect(found.map(({ cells }) => cells)).toEqual(rows)
    }),
    { numRuns: 50 },
  )
})

test('what breaks the rows off breaks the file off', async () => {
  for (const kind of ['csv', 'xlsx'] as const) {
    async function* rows() {
      yield [['a']]
      throw new Error('gone')
    }
    await expect(buffer(writeSheet({ kind, columns: [{ name: 'first' }] }, rows()))).rejects.toThrow('gone')
  }
})
