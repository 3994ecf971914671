import { describe, expect, test } from 'vitest'
import { type FoundGoods, indexGoods } from '../web/sales/find-goods.ts'
import { counterOf, type Kept } from '../web/sales/kept.ts'
import { readScan } from '../web/sales/read-scan.ts'
import { refundOf } from '../web/sales/refund.ts'
import { refundDue, usualRefund } from '../web/sales/refund-cash.ts'

const goods = (variant_id: string, name: string, more: Partial<FoundGoods> = {}): FoundGoods => ({
  ...{
    variant_id,
    product_id: variant_id,
    name,
    labels: [],
    sku: null,
    options: [],
    kind: 'stocked',
    unit_id: 'piece',
  },
  ...{ tax_class_id: 'standard', is_expiry_tracked: false, is_prescription_only: false, is_open_price: false },
  ...{ is_sellable: true, is_discontinued: false, allows_negative_stock: false },
  ...{ packs: [], barcodes: [], parts: [], prices: [], ...more },
})

test('goods are found by the beginnings of their words in any writing, by code, and not once they are gone or renamed', () => {
  const index = indexGoods([
    goods('1', 'Thé vert', { sku: 'TEA-1', labels: [{ name: 'شاي أخضر' }] }),
    goods('2', 'Thé noir', { is_sellable: false }),
    goods('3', 'Savon vert', { barcodes: [{ key: '06111234567899', pack_id: null }] }),
  ])
  const found = (text: string) => index.find(text, 10).map((one) => one.variant_id)
  expect(found('the')).toEqual(['1', '2'])
  expect(found('VER th')).toEqual(['1'])
  expect(found('أخض')).toEqual(['1'])
  expect(found('tea-1')).toEqual(['1'])
  expect(found('6111234567899')).toEqual(['3'])
  index.remove('1')
  index.put(goods('3', 'Shampooing'))
  expect([found('vert'), found('sham'), found('6111234567899'), index.size]).toEqual([[], ['3'], [], 2])
})

test('what comes back of a line in parts is what was paid for it', () => {
  const sold = { quantity: '3', gross: '10.00', discount: '0', net_discount: '0', net: '8.33', taxes: ['1.67'] }
  const back = refundOf(sold, undefined, { quantity: '1', minor_unit: 2 })
  const rest = refundOf(sold, back, { quantity: '2', minor_unit: 2 })
  expect([back.total, rest.total]).toEqual(['3.33', '6.67'])
})

describe('what goes back in cash is rounded as the till rounds it,', () => {
  const tender = (id: string, kind: 'cash' | 'card') => {
    return { id, kind, provider: null, needs_reference: false, is_active: true }
  }
  const till = {
    currency: { code: 'CHF', minor_unit: 2 },
    rounding: { step: '0.05', mode: 'half_up' as const },
    tenders: new Map([
      ['cash', tender('cash', 'cash')],
      ['card', tender('card', 'card')],
    ]),
    mayRefundOtherwise: true,
  }
  const left = (paid: Record<string, string>, total: string) => {
    return { paid: new Map(Object.entries(paid)), total, rounded: '0', minorUnit: 2 }
  }

  test.each([
    ['in part', '3.33', { cash: '10.00' }, '10.00', { cash: '3.35' }, '3.35'],
    ['beside a card', '9.98', { card: '5.00', cash: '5.00' }, '9.98', { card: '5.00', cash: '5.00' }, '10'],
    ['and nothing else is', '3.33', { card: '10.00' }, '10.00', { card: '3.33' }, '3.33'],
  ])('%s', (_, total, paid, worth, given, due) => {
    const of = left(paid as unknown as Record<string, string>, worth)
    expect(usualRefund(total, of, till)).toEqual(given)
    expect(refundDue(total, usualRefund(total, of, till), { left: of, till })).toBe(due)
  })

  test('and who may not read how gets it as it is', () => {
    const of = left({ cash: '10.00' }, '10.00')
    expect(usualRefund('3.33', of, undefined)).toEqual({ cash: '3.33' })
    expect(refundDue('3.33', { cash: '3.33' }, { left: of, till: undefined })).toBe('3.33')
  })
})

describe('what is scanned is a line as if it were chosen by hand, unless the label says what only it knows', () => {
  const medicine = goods('medicine', 'Paracetamol', {
    sku: 'PARA',
    packs: [{ id: 'box', name: 'Box', quantity: '6' }],
    barcodes: [
      { key: '06111234567895', pack_id: null },
      { key: '16111234567892', pack_id: 'box' },
    ],
  })
  const capitals = goods('capitals', 'Codeine', { sku: 'COD-A' })
  const small = goods('small', 'Codeine', { sku: 'COD-a' })
  const index = indexGoods([medicine, small, capitals])
  const level = { number: 'L7', expires_on: '2027-01-31', is_blocked: false, available: '9' }
  const kept = {
    ...index,
    ground: {
      branch: { id: 'b', time_zone: 'Africa/Casablanca', currency: 'MAD', currency_number: '504', minor_unit: 2 },
      settings: { in_store_codes: [] },
      days: [],
      units: [{ id: 'piece', code: 'piece', dimension: 'count', size: '1', decimals: 3 }],
      price_lists: [],
      channels: [],
    },
    stock: (id: string) => (id === 'medicine' ? { levels: [{ batch_id: 'seven', ...level }] } : undefined),
    customer: () => undefined,
  } as unknown as Kept
  const at = new Date('2026-11-22T09:00:00Z')

  test.each<[what: string, code: string, line: object | undefined]>([
    ['a piece', '6111234567895', { variant_id: 'medicine' }],
    ['a box', '16111234567892', { variant_id: 'medicine', pack_id: 'box' }],
    ['a SKU', 'para', { variant_id: 'medicine' }],
    ['a SKU in capitals', 'COD-A', { variant_id: 'capitals' }],
    ['the same in small letters', 'COD-a', { variant_id: 'small' }],
    ['a batch', '(01)06111234567895(10)L7', { variant_id: 'medicine', batch_id: 'seven' }],
    ['a box of a batch', ']d2011611123456789210L7', { variant_id: 'medicine', pack_id: 'box', batch_id: 'seven' }],
    ['a batch that is not there', '(01)06111234567895(10)L8', { barcode: '(01)06111234567895(10)L8' }],
    ['a count of its own', '(02)06111234567895(37)4', { barcode: '(02)06111234567895(37)4' }],
    ['what nobody has', '6111234567888', undefined],
    ['a word', 'paracet', undefined],
  ])('%s', (_, code, line) => {
    expect(counterOf(kept, at).bearerOf('06111234567895')?.variant_id).toBe('medicine')
    expect(readScan(kept, code, at)?.line).toEqual(line)
  })
})
