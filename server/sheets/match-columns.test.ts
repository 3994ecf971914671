import { expect, test } from 'vitest'
import { matchColumns, type SheetField } from './index.ts'

const fields: readonly SheetField[] = [
  {
    name: 'sku',
    kind: 'code',
    synonyms: {
      en: ['item code', 'stock code', 'product code'],
      fr: ['référence', 'code article'],
      ar: ['رمز المنتج'],
    },
  },
  {
    name: 'barcode',
    kind: 'code',
    synonyms: { en: ['ean', 'gtin', 'upc'], fr: ['code-barres', 'gencod'], ar: ['الباركود', 'رمز شريطي'] },
    isLike: (text) => /^(\d{8}|\d{12,14})$/.test(text),
  },
  {
    name: 'name',
    kind: 'text',
    synonyms: { en: ['description', 'product'], fr: ['désignation', 'libellé', 'nom'], ar: ['الاسم', 'اسم المنتج'] },
  },
  {
    name: 'unit_price',
    kind: 'amount',
    synonyms: {
      en: ['price', 'selling price'],
      fr: ['prix de vente', 'prix unitaire', 'ppv'],
      ar: ['السعر', 'سعر البيع'],
    },
  },
  {
    name: 'unit_cost',
    kind: 'amount',
    synonyms: { en: ['cost', 'purchase price'], fr: ["prix d'achat", 'coût'], ar: ['التكلفة', 'سعر الشراء'] },
  },
  {
    name: 'quantity',
    kind: 'quantity',
    synonyms: { en: ['stock', 'on hand'], fr: ['quantité', 'qté en stock'], ar: ['الكمية'] },
  },
  {
    name: 'expires_on',
    kind: 'date',
    synonyms: {
      en: ['expiry date', 'best before'],
      fr: ['date de péremption', 'dlc'],
      ar: ['تاريخ الانتهاء', 'تاريخ الصلاحية'],
    },
  },
  {
    name: 'invoice_number',
    kind: 'code',
    synonyms: { en: ['invoice'], fr: ['numéro de facture', 'facture'], ar: ['رقم الفاتورة'] },
  },
]

const rows = (...cells: readonly string[][]) => cells.map((row, at) => ({ number: at + 2, cells: row }))

function matched(columns: readonly string[], samples: Parameters<typeof matchColumns>[1] = []) {
  return Object.fromEntries(matchColumns(columns, samples, fields).map(({ column, field }) => [column, field]))
}

test.each<[string, Record<string, string>]>([
  [
    'English',
    {
      'Item Code': 'sku',
      EAN: 'barcode',
      'Product Description': 'name',
      'Selling price': 'unit_price',
      'Qty on hand': 'quantity',
      EXPIRY_DATE: 'expires_on',
    },
  ],
  [
    'what programs write',
    {
      StockCode: 'sku',
      UnitPrice: 'unit_price',
      InvoiceNo: 'invoice_number',
      Quantity: 'quantity',
      Description: 'name',
    },
  ],
  [
    'French',
    {
      Réf: 'sku',
      'Code barres': 'barcode',
      DESIGNATION: 'name',
      'P.P.V.': 'unit_price',
      'Prix achat': 'unit_cost',
      Qté: 'quantity',
      'Date péremption': 'expires_on',
      'N° facture': 'invoice_number',
    },
  ],
  [
    'Arabic',
    {
      'رمز المُنتج': 'sku',
      باركود: 'barcode',
      الإسم: 'name',
      السعر: 'unit_price',
      'سعر الشراء': 'unit_cost',
      الكميه: 'quantity',
      'تاريخ الإنتهاء': 'expires_on',
    },
  ],
  ['with letters that differ', { Quantty: 'quantity', Descripton: 'name' }],
  ['with nothing that is known', { 'Column 1': '', Fax: '' }],
])('headers are matched: %s', (_, expected) => {
  const known = Object.entries(expected).filter(([, field]) => field !== '')
  expect(matched(Object.keys(expected))).toEqual(Object.fromEntries(known))
})

test('a name itself is certain, and one that is only alike is not', () => {
  const confidences = new Map(
    matchColumns(['sku', 'Selling prices'], [], fields).map(({ field, confidence }) => [field, confidence]),
  )
  expect(confidences.get('sku')).toBeGreaterThan(0.9)
  expect(confidences.get('unit_price')).toBeLessThan(0.9)
})

test('what cannot be read as the kind of a field speaks against it', () => {
  const samples = rows(['Paris', '2.50'], ['Lyon', '3.10'], ['Fès', '1.00'])
  expect(matched(['Prix de vente', 'Prix unitaire'], samples)).toEqual({ 'Prix unitaire': 'unit_price' })
})

test('a column without a known name is told by what stands in it', () => {
  const samples = rows(['Tea', '6111128000071'], ['Coffee', '6111128000088'])
  expect(matchColumns(['Name', 'Column 2'], samples, fields)).toContainEqual({
    field: 'barcode',
    column: 'Column 2',
    confidence: 0.5,
  })
})

test('no column is two fields, and no field two columns', () => {
  const matches = matchColumns(['Price', 'Selling price', 'price', 'PRIX UNITAIRE'], [], fields)
  expect(new Set(matches.map(({ field }) => field)).size).toBe(matches.length)
  expect(new Set(matches.map(({ column }) => column)).size).toBe(matches.length)
})
