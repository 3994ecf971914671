import { expect, test } from 'vitest'
import { checkDigitOf } from './check-digit.ts'
import { readInStoreCode } from './in-store-code.ts'

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
