import { expect, test } from 'vitest'
import { uuidv7 } from '../server/platform/identifiers.ts'
import { now } from '../server/platform/time.ts'
import { type FoundGoods, indexGoods } from '../web/sales/find-goods.ts'
import { refundOf } from '../web/sales/refund.ts'
import { isWhole, sealSale } from '../web/sales/seal.ts'

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

test('slips of a till follow one another, and one that was changed, lost or moved is noticed', async () => {
  const first = { sequence: 0, hash: '00'.repeat(32) }
  const at = { device_id: 'd', register_id: 'r', session_id: 's', cashier_id: 'c', made_at: now() }
  const one = await sealSale(first, at, { id: uuidv7() })
  const two = await sealSale(one, at, { id: uuidv7() })
  expect(await isWhole(first, [one, two])).toBe(true)
  expect(await isWhole(first, [two])).toBe(false)
  expect(await isWhole(first, [two, one])).toBe(false)
  expect(await isWhole(first, [{ ...one, body: one.body.replace('"r"', '"x"') }, two])).toBe(false)
})

test('what comes back of a line in parts is what was paid for it', () => {
  const sold = { quantity: '3', gross: '10.00', discount: '0', net_discount: '0', net: '8.33', taxes: ['1.67'] }
  const back = refundOf(sold, undefined, { quantity: '1', minor_unit: 2 })
  const rest = refundOf(sold, back, { quantity: '2', minor_unit: 2 })
  expect([back.total, rest.total]).toEqual(['3.33', '6.67'])
})
