import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasCheckDigit } from '../../server/codes/index.ts'
import { money } from '../../server/platform/money.ts'
import { readCell, type SheetRow } from '../../server/sheets/index.ts'
import { read } from '../harness/sheets.ts'

const example = (path: string) => read(join(import.meta.dirname, '..', '..', 'examples', path))

function amountOf({ cells }: SheetRow, column: number) {
  const reading = readCell('amount', cells[column] ?? '', { decimal: '.' })
  return money('value' in reading ? `${reading.value}` : 'not a number')
}

test('the invoices of the wholesaler are 4,047 lines of 83,800.31 GBP', async () => {
  const { rows, looks } = await example('uk-gift-wholesaler/invoices.csv')
  expect(rows).toHaveLength(4_047)
  expect(rows.reduce((sum, row) => sum.plus(amountOf(row, 3).times(amountOf(row, 5))), money('0')).toFixed()).toBe(
    '83800.31',
  )
  expect(looks.find(({ column }) => column === 'CustomerID')?.is_float_code).toBe(true)
  const codes = new Set((await example('uk-gift-wholesaler/products.csv')).rows.map(({ cells }) => cells[0]))
  expect([...new Set(rows.map(({ cells }) => cells[1]))].filter((code) => !codes.has(code))).toEqual(['21589'])
})

test('the medicines of the pharmacy have barcodes that hold, and what is in stock is one of them', async () => {
  const { rows, format, looks } = await example('moroccan-pharmacy/products.csv')
  expect(format).toMatchObject({ delimiter: ';', encoding: 'utf-8', header_row: 1 })
  expect(looks.map(({ decimal, date_order }) => decimal ?? date_order)).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
    ',',
    null,
    null,
    'dmy',
    null,
    ',',
  ])
  expect(rows).toHaveLength(400)
  expect(rows.filter(({ cells }) => !hasCheckDigit(cells[1] ?? ''))).toEqual([])
  const codes = new Set(rows.map(({ cells }) => cells[0]))
  const stock = await example('moroccan-pharmacy/stock-hassan.csv')
  expect(stock.rows.filter(({ cells }) => !codes.has(cells[0]))).toEqual([])
})

const folder = join(import.meta.dirname, '..', '..', 'examples')

test.each(readdirSync(folder))('%s says where its files come from and by which licence, and is small', (name) => {
  const about = readFileSync(join(folder, name, 'README.md'), 'utf8')
  const files = readdirSync(join(folder, name))
  expect(about).toMatch(/\]\(https:\/\/github\.com\/|<https:\/\/doi\.org\//)
  expect(about).toMatch(/licence\s+(\[CC BY 4\.0|MIT \(\[LICENSE\]\(LICENSE\)\))/)
  expect(files.includes('LICENSE')).toBe(about.includes('[LICENSE](LICENSE)'))
  for (const file of files.filter((one) => one.endsWith('.csv'))) expect(about).toContain(`\`${file}\``)
  expect(files.reduce((sum, file) => sum + statSync(join(folder, name, file)).size, 0)).toBeLessThan(512 * 1024)
})
