import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProduct } from '../../tests/harness/catalog.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from '../../tests/harness/server.ts'
import { checkDigitOf } from '../codes/index.ts'

const gs = '\u001d'
const checked = (digits: string) => `${digits}${checkDigitOf(digits)}`
const [tea, box, ham] = [checked('611000000001'), checked('1611000000002'), checked('611000000003')]
const gtin = (code: string) => code.padStart(14, '0')
const scale = (digits: string) => checked(digits)

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  const { client } = owner
  const { variant } = await makeProduct(owner, { name: 'Tea', variants: [{ sku: 'TEA-1', barcodes: [tea] }] })
  const pack = await client.call('catalog.add-pack', { variant_id: variant.id, name: 'Box', quantity: '24' })
  await client.call('catalog.add-barcode', { variant_id: variant.id, pack_id: pack.id, code: box })
  const kilo = await makeProduct(owner, { name: 'Ham', unit: 'kg', variants: [{ barcodes: [ham] }] })
  await client.call('catalog.add-barcode', { variant_id: kilo.variant.id, code: '00012', kind: 'in_store' })
  const gram = await makeProduct(owner, { name: 'Cheese', unit: 'g' })
  await client.call('catalog.add-barcode', { variant_id: gram.variant.id, code: '00013', kind: 'in_store' })
  const value = ['21IIIIIWW.WWWC', '22IIIIIPPP.PPC']
  const { version } = await client.call('settings.get-setting', { name: 'catalog.in-store-codes' })
  await client.call('settings.set-setting', { name: 'catalog.in-store-codes', version, value })
})
afterAll(() => server.close())

// What the scanner sent; what it is.
const table: [text: string, answer: object][] = [
  [tea, { found_by: 'barcode', name: 'Tea', pack_id: null, quantity: '1', lot: null }],
  [gtin(tea), { found_by: 'barcode', name: 'Tea' }],
  [box, { found_by: 'barcode', name: 'Tea', quantity: '24' }],
  ['tea-1', { found_by: 'sku', name: 'Tea' }],
  ['TEA-1', { found_by: 'sku', name: 'Tea', quantity: '1' }],
  [`(01)${gtin(tea)}(17)270300(10)L-7`, { name: 'Tea', lot: 'L-7', expires_on: '2027-03-31', quantity: '1' }],
  [`]d201${gtin(tea)}10L-7${gs}17270331`, { name: 'Tea', lot: 'L-7', expires_on: '2027-03-31' }],
  [`01${gtin(tea)}17270331`, { name: 'Tea', lot: null, expires_on: '2027-03-31' }],
  [`(02)${gtin(tea)}(37)6(10)L-8`, { name: 'Tea', lot: 'L-8', quantity: '6' }],
  [`(01)${box}(30)2`, { name: 'Tea', quantity: '48' }],
  [`(01)${gtin(ham)}(3103)001250(10)H1`, { name: 'Ham', quantity: '1.25', lot: 'H1' }],
  [`(01)${gtin(ham)}(3202)000250`, { name: 'Ham', quantity: '1.134' }],
  [`(01)${gtin(ham)}(3105)125050(716)A123(10)H2`, { name: 'Ham', quantity: '1.25', lot: 'H2' }],
  [`(01)${gtin(ham)}(3932)978000995`, { name: 'Ham', quantity: null, price: '9.95', price_currency: 'EUR' }],
  [`(01)${gtin(ham)}(3922)0995`, { name: 'Ham', quantity: null, price: '9.95', price_currency: null }],
  [`(01)${gtin(tea)}(3103)000250`, { name: 'Tea', quantity: '1' }],
  [scale('210001201250'), { found_by: 'in_store', name: 'Ham', quantity: '1.25', price: null }],
  [scale('210001300125'), { found_by: 'in_store', name: 'Cheese', quantity: '125' }],
  [scale('220001201995'), { found_by: 'in_store', name: 'Ham', quantity: null, price: '19.95' }],
]

test.each(table)('%j is resolved', async (text, answer) => {
  expect(await owner.client.call('catalog.scan', { text })).toMatchObject(answer)
})

const wrong: [text: string, code: string][] = [
  [checked('611999999999'), 'barcode_unknown'],
  [scale('210099901250'), 'barcode_unknown'],
  [`(01)${checked('0611999999999')}(10)A`, 'barcode_unknown'],
  [`(01)${gtin(tea).slice(0, 13)}${(checkDigitOf(gtin(tea).slice(0, 13)) + 1) % 10}(10)A`, 'wrong_check_digit'],
  [`(01)${gtin(tea)}(17)271331`, 'gs1_date_invalid'],
  [`(01)${gtin(tea)}(10)`, 'gs1_malformed'],
  ['(10)L-7', 'gs1_malformed'],
  [`(01)${gtin(ham)}(3150)000002`, 'unit_mismatch'],
  [`(01)${gtin(ham)}(3105)000001`, 'quantity_zero'],
  [`(02)${gtin(tea)}(37)00`, 'gs1_malformed'],
  ['é', 'invalid_input'],
  ['', 'invalid_input'],
  ['x'.repeat(201), 'invalid_input'],
]

test.each(wrong)('%j is refused: %s', async (text, code) => {
  await expect(owner.client.call('catalog.scan', { text })).rejects.toMatchObject({ problem: { code } })
})

test('another tenant reads its own from the same code', async () => {
  const other = await signUpOwner(server)
  await expect(other.client.call('catalog.scan', { text: tea })).rejects.toMatchObject({
    problem: { code: 'barcode_unknown' },
  })
})
