import { expect, test } from 'vitest'
import { readEscpos } from '../../tests/harness/escpos.ts'
import { receiptOf } from '../../tests/harness/receipts.ts'
import { drawBlocks } from './draw-blocks.ts'
import { pairLines, writeEscpos } from './write-escpos.ts'

const options = { columns: 42, opens_drawer: true } as const

test('the bytes say what the receipt does, and no line is wider than the paper', async () => {
  for (const columns of [32, 42, 48] as const) {
    const { lines, barcodes, drawers, cuts, pictures } = readEscpos(
      await writeEscpos(receiptOf(), 'fr-MA', { columns, opens_drawer: true }),
    )
    expect({ barcodes, drawers, cuts, pictures }).toEqual({
      ...{ barcodes: [expect.stringContaining('R1-000123')], drawers: 1, cuts: 1, pictures: [] },
    })
    for (const line of lines) expect(line.trimEnd().length, line).toBeLessThanOrEqual(columns)
    const said = lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))
    for (const line of [
      'Épicerie du Port',
      'N° | R1-000123',
      'Thé vert à la menthe',
      '0,375 kg x 18,00 | 6,75',
      'TVA 20 % sur 41,67 | 8,33',
      'Total TTC MAD | 50,00',
      'Espèces | 100,00',
      'Rendu | 50,00',
    ])
      expect(said).toContain(line)
  }
})

test('a copy says so above and below, and never opens the drawer', async () => {
  const { lines, drawers } = readEscpos(await writeEscpos(receiptOf({ copy: 1 }), 'fr-MA', options))
  expect(lines.filter((line) => line.trim() === 'DUPLICATA 1')).toHaveLength(2)
  expect(drawers).toBe(0)
  const original = readEscpos(await writeEscpos(receiptOf(), 'fr-MA', options))
  expect(original.lines.filter((line) => line.includes('DUPLICATA'))).toEqual([])
})

test('letters of several code pages stand on one receipt', async () => {
  const [line] = receiptOf().lines
  if (!line) throw new Error('a receipt without lines')
  const lines = ['Žluťoučký kůň', 'Чай зелёный', 'Τσάι', 'Œufs à 3 €', 'Ekşi ığdır'].map((name) => ({ ...line, name }))
  const { pictures, ...printed } = readEscpos(await writeEscpos(receiptOf({ lines }), 'en', options))
  expect(pictures).toEqual([])
  for (const { name } of lines.slice(1)) expect(printed.lines.map((one) => one.trim())).toContain(name)
})

test('Arabic, and whatever no code page knows, is printed as a picture as wide as the paper', async () => {
  const [line] = receiptOf().lines
  if (!line) throw new Error('a receipt without lines')
  const many = Array.from({ length: 60 }, () => ({ ...line, name: 'شاي أخضر بالنعناع' }))
  const arabic = readEscpos(await writeEscpos(receiptOf({ lines: many }), 'ar-MA', options))
  expect(arabic.lines.join('').trim()).toBe('')
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  expect(new Set(arabic.pictures.map(({ width }) => width))).toEqual(new Set([504]))
  expect(sum(arabic.pictures.map(({ height }) => height))).toBeGreaterThan(60 * 3 * 32)
  expect(sum(arabic.pictures.map(({ dark }) => dark))).toBeGreaterThan(60 * 1_000)
  const named = readEscpos(await writeEscpos(receiptOf({ customer: 'فاطمة' }), 'fr-MA', options))
  expect(named.pictures.length).toBeGreaterThan(0)
  expect([named.drawers, named.cuts]).toEqual([1, 1])
})

test('what is too long for a line goes on below, with its amount at the end of the last', () => {
  expect(pairLines('Total', '50,00', 12)).toEqual(['Total  50,00'])
  expect(pairLines('TVA 20 % sur 41,67', '8,33', 12)).toEqual(['TVA 20 % sur', '41,67   8,33'])
  expect(pairLines('Abcdefghijklmnop', '8,33', 12)).toEqual(['Abcdefghijkl', 'mnop    8,33'])
  expect(pairLines('Client', 'Zineb El-Ouazzani', 18)).toEqual(['Client       Zineb', '       El-Ouazzani'])
  expect(pairLines('Client', 'Abcdefghijklmnop', 12)).toEqual(['Client', '    Abcdefgh', '    ijklmnop'])
})

test('a picture has dates in the direction of their own marks, and no name runs over what it is of', () => {
  const page = { width: 504, direction: 'rtl' } as const
  expect(drawBlocks([{ kind: 'text', text: '21\u{200f}/11\u{200f}/2026، 23:00' }], page)).toContain('>\u{202b}21')
  const name = 'Abdelhafid Ben Mohammed El-Ouazzani as-Saqalli'
  const drawn = drawBlocks([{ kind: 'pair', left: 'الزبون', right: name }], page)
  expect([...drawn.matchAll(/<text x="(\d+)" y="(\d+)"/g)].map(([, x, y]) => [x, y])).toEqual([
    ['496', '24'],
    ['8', '24'],
    ['8', '56'],
    ['8', '88'],
  ])
})

test('what is isolated and goes on below stays so on each line, and all of them run as the words around it do', () => {
  const page = { width: 280, direction: 'rtl' } as const
  const isolated = '\u{2068}TVA réduite des produits de première nécessité 10 %\u{2069}'
  const drawn = drawBlocks([{ kind: 'text', text: `${isolated} من 120,00` }], page)
  const lines = [...drawn.matchAll(/<text[^>]*>([^<]*)</g)].map(([, line]) => line)
  expect(lines).toEqual([
    '\u{202b}\u{2068}TVA réduite des\u{2069}\u{202c}',
    '\u{202b}\u{2068}produits de\u{2069}\u{202c}',
    '\u{202b}\u{2068}première\u{2069}\u{202c}',
    '\u{202b}\u{2068}nécessité 10 %\u{2069}\u{202c}',
    '\u{202b}من 120,00\u{202c}',
  ])
})
