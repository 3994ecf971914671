import { expect, test } from 'vitest'
import { checkDigitOf } from '../codes/index.ts'
import { inStoreCodesSetting, readInStoreCode } from './in-store-code.ts'

const templates = ['21IIIIIWW.WWWC', '22IIIIIPPP.PPC', '23IIIIVPPPPPC', '02IIIIIP.PPPPC']
const checked = (digits: string) => `${digits}${checkDigitOf(digits)}`

const table: [code: string, read: object | undefined][] = [
  [checked('210001201250'), { item: '00012', weight: '1.25', price: null }],
  [checked('210001200000'), { item: '00012', weight: '0', price: null }],
  [checked('220004201995'), { item: '00042', weight: null, price: '19.95' }],
  [checked('230042700150'), { item: '0042', weight: null, price: '150' }],
  // A scale that prints UPC-A.
  [checked('20001212345'), { item: '00012', weight: null, price: '1.2345' }],
  [checked('240001201250'), undefined],
  ['2100012012501', undefined],
  ['SKU', undefined],
]

test.each(table)('a scale that printed %s means %j', (code, read) => {
  expect(readInStoreCode(code, templates)).toEqual(read)
})

const settings: [templates: unknown, taken: boolean][] = [
  [[], true],
  [templates, true],
  [['21IIIIIWW.WWWC', '21IIIIIPP.PPPC'], false],
  [['61IIIIIWW.WWWC'], false],
  [['21IIIIIWWWWC'], false],
  [['21IIIIIWW.WWWWC'], false],
  [['21WWWWWIIIIIC'], false],
  ['21IIIIIWW.WWWC', false],
]

test.each(settings)('as a setting, %j is taken: %s', (value, taken) => {
  expect(inStoreCodesSetting.type.safeParse(value).success).toBe(taken)
})
