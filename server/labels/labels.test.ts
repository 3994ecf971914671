import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stockedBatch } from '../../tests/harness/batches.ts'
import { freshEan, makeProduct, unitOf } from '../../tests/harness/catalog.ts'
import { scanPicture } from '../../tests/harness/labels.ts'
import {
  clientIn,
  hire,
  signUpOwner,
  signUpPerson,
  startTestServer,
  type TestOwner,
  type TestServer,
} from '../../tests/harness/server.ts'
import { makeBatch } from '../../tests/harness/stock.ts'
import { sizes } from './sizes.ts'

let server: TestServer
let owner: TestOwner
beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
})
afterAll(() => server.close())

/** What stands for FNC1 where a scanner reads one. */
const separator = '\u001d'
const refused = (code: string) => ({ problem: { code } })
const print = async (input: object) => {
  const { content_base64, ...answer } = await owner.client.call('labels.print-labels', {
    format: 'png',
    size: '50x30',
    items: [],
    ...input,
  })
  return { ...answer, file: Buffer.from(content_base64, 'base64') }
}
const variantWith = async (barcodes: string[], more: object = {}) =>
  (await makeProduct(owner, { variants: [{ barcodes }], ...more })).variant.id
const scan = async (input: object) => scanPicture((await print(input)).file)

describe('what is printed scans as what it is', () => {
  test.each<[format: string, code: string]>([
    ['EAN-13', '3400930000007'],
    ['EAN-8', '96385074'],
    ['UPC-A', '036000291452'],
    ['Code 128', 'Sh-42/b'],
    ['ITF', '15400141288763'],
  ])('%s on every size of label', async (_, code) => {
    const variant_id = await variantWith([code])
    for (const size of Object.keys(sizes).filter((one) => !one.startsWith('a4'))) {
      const [found] = await scan({ size, items: [{ variant_id }] })
      expect(found?.text.replace(/^0(?=\d{12}$)/, ''), size).toBe(code)
    }
  })

  test.each(['gs1_datamatrix', 'gs1_128'])(
    '%s with number, last day and lot, which the catalogue reads back',
    async (symbol) => {
      const ean = freshEan()
      const variant_id = await variantWith([ean])
      const { id: batch_id } = await stockedBatch(owner, {
        variant_id,
        number: 'AB/12-x',
        expires_on: '2031-02-28',
      })
      const [found] = await scan({ symbol, size: '100x50', items: [{ variant_id, batch_id }] })
      expect(found?.bytes.replaceAll(separator, '')).toBe(`010${ean}1731022810AB/12-x`)
      const read = await owner.client.call('catalog.scan', { text: `010${ean}1731022810AB/12-x` })
      expect(read).toMatchObject({ variant_id, lot: 'AB/12-x', expires_on: '2031-02-28' })
    },
  )

  test.each(['A(21)B', 'A(B', '(10)', '1)"%&'])(
    'a lot is no other identifier, whatever is in it: %s',
    async (number) => {
      const ean = freshEan()
      const variant_id = await variantWith([ean])
      const { id: batch_id } = await stockedBatch(owner, { variant_id, number })
      for (const symbol of ['gs1_datamatrix', 'gs1_128']) {
        const [found] = await scan({ symbol, size: '100x50', items: [{ variant_id, batch_id }] })
        expect(found?.bytes.replaceAll(separator, ''), symbol).toBe(`010${ean}10${number}`)
      }
      expect(await owner.client.call('catalog.scan', { text: `010${ean}10${number}` })).toMatchObject({ lot: number })
    },
  )

  test('a pack has its own barcode', async () => {
    const variant_id = await variantWith([freshEan()])
    const pack = await owner.client.call('catalog.add-pack', { variant_id, name: 'Of 6', quantity: '6' })
    await owner.client.call('catalog.add-barcode', { variant_id, pack_id: pack.id, code: 'BOX-6' })
    expect(await scan({ items: [{ variant_id, pack_id: pack.id }] })).toMatchObject([{ text: 'BOX-6' }])
  })

  test.each([
    'Crème brûlée à l’œuf, façon grand-mère, avec beaucoup trop de mots pour une étiquette',
    'أموكسيسيلين 500 ملغ كبسولة',
    '<b>&"quoted"</b> 漢字 🍋',
    'x',
  ])('however it is called: %s', async (name) => {
    const code = freshEan()
    const variant_id = await variantWith([code], { name })
    expect(await scan({ items: [{ variant_id }] })).toMatchObject([{ text: code }])
  })
})

describe('a PDF', () => {
  const pagesOf = (pdf: Buffer) => (pdf.toString('latin1').match(/\/Type \/Page\b/g) ?? []).length
  const pdf = (input: object) => print({ format: 'pdf', ...input })

  test('has a page for each label of a roll, as large as the label', async () => {
    const items = [
      { variant_id: await variantWith([freshEan()]), copies: 3 },
      { variant_id: await variantWith([freshEan()]), copies: 2 },
    ]
    const { file, ...answer } = await pdf({ size: '50x30', items })
    expect(answer).toEqual({ file_name: 'labels.pdf', content_type: 'application/pdf', labels: 5, pages: 5 })
    expect(file.subarray(0, 5).toString()).toBe('%PDF-')
    expect(pagesOf(file)).toBe(5)
    expect(file.toString('latin1')).toMatch(/MediaBox \[0 0 141\.7\d* 85\.0\d*\]/)
  })

  test.each<[copies: number, first_position: number, pages: number]>([
    [1, 1, 1],
    [24, 1, 1],
    [24, 2, 2],
    [25, 1, 2],
    [1, 24, 1],
    [2, 24, 2],
  ])('of %i labels from position %i of a sheet of 24 on has %i pages', async (copies, first_position, pages) => {
    const items = [{ variant_id: await variantWith([freshEan()]), copies }]
    const { file, ...answer } = await pdf({ size: 'a4-24', items, first_position })
    expect(answer).toMatchObject({ labels: copies, pages })
    expect(pagesOf(file)).toBe(pages)
  })

  test('keeps a picture once, however many copies there are', async () => {
    const items = [{ variant_id: await variantWith([freshEan()]), copies: 1_000 }]
    expect((await pdf({ items })).file.length).toBeLessThan(1_000_000)
  })
})

describe('is refused:', () => {
  const items = async (more: object = {}) => [{ variant_id: await variantWith([freshEan()]), ...more }]
  const bare = async () => [{ variant_id: (await makeProduct(owner)).variant.id }]
  test.each<[what: string, input: () => Promise<object>, code: string]>([
    ['a variant without a barcode', async () => ({ items: await bare() }), 'label_barcode_missing'],
    ['an unknown variant', async () => ({ items: [{ variant_id: crypto.randomUUID() }] }), 'variant_not_found'],
    ['an unknown size', async () => ({ size: '1x1', items: await items() }), 'invalid_input'],
    ['no copies', async () => ({ format: 'pdf', items: await items({ copies: 0 }) }), 'invalid_input'],
    ['10,000 copies', async () => ({ format: 'pdf', items: await items({ copies: 10_000 }) }), 'invalid_input'],
    ['no item', async () => ({}), 'invalid_input'],
    [
      'more labels than a file holds',
      async () => ({
        format: 'pdf',
        items: [...(await items({ copies: 1_000 })), ...(await items({ copies: 1_000 })), ...(await items())],
      }),
      'too_many_labels',
    ],
    ['two labels as PNG', async () => ({ items: await items({ copies: 2 }) }), 'label_png_is_one'],
    ['a sheet as PNG', async () => ({ size: 'a4-21', items: await items() }), 'label_png_is_one'],
    [
      'a barcode of GS1 without a number of GS1',
      async () => ({ symbol: 'gs1_128', items: [{ variant_id: await variantWith([`OWN-${freshEan()}`]) }] }),
      'label_gtin_missing',
    ],
    ['an unknown pack', async () => ({ items: await items({ pack_id: crypto.randomUUID() }) }), 'label_pack_not_found'],
    [
      'an unknown batch',
      async () => ({ items: await items({ batch_id: crypto.randomUUID() }) }),
      'label_batch_not_found',
    ],
    [
      'an unknown branch',
      async () => ({ branch_id: crypto.randomUUID(), items: await items() }),
      'price_branch_not_found',
    ],
    ['a price there is not', async () => ({ branch_id: owner.branchId, items: await items() }), 'price_unknown'],
    [
      'a barcode that is too wide',
      async () => ({
        size: '40x25',
        items: [{ variant_id: await variantWith(['A-RATHER-LONG-CODE-OF-OUR-OWN-MAKING-1234']) }],
      }),
      'label_too_small',
    ],
  ])('%s', async (_, input, code) => {
    await expect(print(await input())).rejects.toMatchObject(refused(code))
  })

  test('the batch of another variant, and a lot that GS1 cannot say', async () => {
    const variant_id = await variantWith([freshEan()])
    const other = await stockedBatch(owner)
    const input = (batch_id: string) => ({ symbol: 'gs1_datamatrix', items: [{ variant_id, batch_id }] })
    await expect(print(input(other.id))).rejects.toMatchObject(refused('label_batch_not_found'))
    const long = await makeBatch(server, owner, { variant_id, number: 'Lôt 1' })
    await expect(print(input(long))).rejects.toMatchObject(refused('label_lot_unfit'))
  })
})

test('a price is that of the branch, whose labels are printed by those who work there', async () => {
  const variant_id = await variantWith([freshEan()], { unit_id: await unitOf(owner, 'kg') })
  const list = { code: 'SHOP', name: 'Shop', currency: 'EUR', includes_tax: true, branch_id: owner.branchId }
  const { id: price_list_id } = await owner.client.call('pricing.create-price-list', list)
  const price = { price_list_id, variant_id, unit_price: '12.345678', valid_from: '2100-01-01' }
  await owner.client.call('pricing.create-price', { ...price, valid_from: await today() })
  const without = await print({ items: [{ variant_id }] })
  const priced = await print({ branch_id: owner.branchId, items: [{ variant_id }] })
  expect(priced.file.equals(without.file)).toBe(false)
  const other = { entity_id: owner.entityId, code: 'B2', name: 'Second', time_zone: 'Europe/Paris' }
  const second = await owner.client.call('tenants.create-branch', other)
  const person = await signUpPerson(server)
  const roles = (await owner.client.call('tenants.list-roles', {})).items
  const manager = roles.find(({ name }) => name === 'manager')?.id ?? ''
  await hire(server, owner, person, [manager], { branch_ids: [second.id] })
  const call = clientIn(server, person, owner.tenantId).call('labels.print-labels', {
    format: 'png',
    size: '50x30',
    branch_id: owner.branchId,
    items: [{ variant_id }],
  })
  await expect(call).rejects.toMatchObject(refused('price_branch_not_found'))
})

async function today(): Promise<string> {
  const { items } = await owner.client.call('tenants.list-branches', {})
  const timeZone = items[0]?.time_zone ?? 'Europe/Paris'
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(Date.now())
}
