import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvParser } from './parse-csv.ts'

const comma = { delimiter: ',', quote: '"' } as const

/** The rows of a text that comes in pieces. */
function rowsOf(pieces: readonly string[], format: Parameters<typeof csvParser>[0] = comma) {
  const parser = csvParser(format)
  const rows = pieces.flatMap((piece) => parser.take(piece, false))
  return { rows: [...rows, ...parser.take('', true)], left: parser.left() }
}

test.each([
  ['LF', 'a,b\nc,d\n', [1, 2]],
  ['CRLF', 'a,b\r\nc,d\r\n', [1, 2]],
  ['CR', 'a,b\rc,d\r', [1, 2]],
  ['one after another', 'a\r\nb\nc\rd', [1, 2, 3, 4]],
  ['blank lines between', 'a\n\n\nb', [1, 2, 3, 4]],
  ['lines within quotes', 'a,"1\n2\r\n3"\nb\n"x\ny",z\nc', [1, 4, 5, 7]],
  ['a CR alone within quotes', '"1\r2"\nb', [1, 3]],
])('rows have the number of the line where they begin: %s', (_, text, numbers) => {
  expect(rowsOf([text]).rows.map(({ number }) => number)).toEqual(numbers)
})

test.each([
  ['a quote within a cell', 'a,5" pipe,b\n', [['a', '5" pipe', 'b']]],
  ['quotes that are doubled', '"a ""b"" c",""""\n', [['a "b" c', '"']]],
  [
    'an empty cell at the end',
    'a,\n,b',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['a delimiter as the last character', 'a,', [['a', '']]],
  ['quotes around nothing', '"",""\n', [['', '']]],
])('cells are read as spreadsheets read them: %s', (_, text, cells) => {
  expect(rowsOf([text]).rows.map((row) => row.cells)).toEqual(cells)
})

test('what stands behind a closing quote belongs to the cell, and is told', () => {
  expect(rowsOf(['x,"a"b,c\n']).rows).toEqual([{ number: 1, cells: ['x', 'ab', 'c'], misplaced: 1 }])
})

test('a quote that is never closed is told with the row where it opens', () => {
  const { rows, left } = rowsOf(['a,b\nc,"d\ne,f\n'])
  expect(rows.map(({ cells }) => cells)).toEqual([['a', 'b']])
  expect(left).toMatchObject({ number: 2, isQuoted: true })
})

const cell = fc.string({ unit: fc.constantFrom('a', 'é', 'ش', '"', "'", ',', ';', '\t', '|', ' ', '\n', '\r', '\r\n') })
const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 8 })

function written(
  rows: readonly (readonly string[])[],
  { delimiter, quote, end }: Record<'delimiter' | 'quote' | 'end', string>,
) {
  const cellOf = (text: string) => `${quote}${text.replaceAll(quote, quote + quote)}${quote}`
  return rows.map((cells) => cells.map(cellOf).join(delimiter) + end).join('')
}

test('what is written with any delimiter, quote and line end is read the same, wherever the pieces are cut', () => {
  const format = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    quote: fc.constantFrom('"', "'"),
    end: fc.constantFrom('\n', '\r\n', '\r'),
  })
  fc.assert(
    fc.property(table, format, fc.integer({ min: 1, max: 7 }), (rows, how, size) => {
      const text = written(rows, how)
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      )
      const found = rowsOf(pieces, how as Parameters<typeof csvParser>[0])
      expect(found.rows.map(({ cells }) => cells)).toEqual(rows)
      expect(found.left.characters).toBe(0)
    }),
    { numRuns: 500 },
  )
})

test('text that csv-parse reads, too, is read as csv-parse reads it', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ',', '\n', '"x"', '"x\ny"', '"",', '""""', ' ') })
  fc.assert(
    fc.property(text, (content) => {
      let expected: string[][]
      try {
        expected = parse(content, { relax_column_count: true, record_delimiter: '\n' })
      } catch {
        return
      }
      expect(rowsOf([content]).rows.map(({ cells }) => cells)).toEqual(expected)
    }),
    { numRuns: 1_000 },
  )
})
