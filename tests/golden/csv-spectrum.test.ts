import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { read } from '../harness/sheets.ts'

const folder = join(import.meta.dirname, 'csv-spectrum')
const names = readdirSync(join(folder, 'csvs')).map((file) => file.replace('.csv', ''))

test('there are twelve files', () => {
  expect(names).toHaveLength(12)
})

test.each(names)('%s is read as it is meant', async (name) => {
  const { format, rows } = await read(join(folder, 'csvs', `${name}.csv`))
  const found = rows.map(({ cells }) => Object.fromEntries(format.columns.map((column, at) => [column, cells[at]])))
  const meant = JSON.parse(readFileSync(join(folder, 'json', `${name}.json`), 'utf8'))
  expect(found).toEqual([meant].flat())
  expect(rows.filter(({ faults }) => faults)).toEqual([])
})
