import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { writeCsv } from './write-csv.ts'

test.each<[what: string, cell: string | null, read: string]>([
  ['text', 'Crème', 'Crème'],
  ['nothing', null, ''],
  ['a comma', 'a,b', 'a,b'],
  ['quotes and lines', 'say "a"\r\nb', 'say "a"\r\nb'],
  ['a number', '-12.5', '-12.5'],
  ['what a spreadsheet would calculate', '=1+1', "'=1+1"],
  ['what it would call a function', '@SUM(A1)', "'@SUM(A1)"],
  ['what begins with a sign', '-cmd', "'-cmd"],
  ['a tab in front', '\t=1', "'\t=1"],
])('%s is read back', (_, cell, read) => {
  expect(parse(writeCsv(['a', 'b'], [[cell, 'x']]), { bom: true })).toEqual([
    ['a', 'b'],
    [read, 'x'],
  ])
})
