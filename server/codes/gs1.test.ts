import { expect, test } from 'vitest'
import { looksLikeGs1, readGs1 } from './gs1.ts'

const today = '2026-11-21'
const gs = '\u001d'

// The text; then GTIN, lot, expiry, and what else is said.
const read: [text: string, gtin: string | null, lot: string | null, expires: string | null, more: object][] = [
  ['(01)09501101530003(17)270331(10)AB-123', '09501101530003', 'AB-123', '2027-03-31', {}],
  [']C101095011015300031727033110AB-123', '09501101530003', 'AB-123', '2027-03-31', {}],
  [`]d201095011015300031727033110AB-123${gs}21SER9`, '09501101530003', 'AB-123', '2027-03-31', { serial: 'SER9' }],
  [`${gs}0109501101530003${gs}10L1${gs}17270331`, '09501101530003', 'L1', '2027-03-31', {}],
  ['(01)09501101530003(17)270200', '09501101530003', null, '2027-02-28', {}],
  ['(01)09501101530003(17)280200', '09501101530003', null, '2028-02-29', {}],
  [
    '(01)09501101530003(11)250115(15)260630',
    '09501101530003',
    null,
    null,
    { produced_on: '2025-01-15', best_before_on: '2026-06-30' },
  ],
  [
    '(01)09501101530003(3103)001250',
    '09501101530003',
    null,
    null,
    { measure: { name: 'net_weight_kg', value: '1.25' } },
  ],
  ['(01)09501101530003(3922)0995', '09501101530003', null, null, { price: '9.95' }],
  ['(01)09501101530003(3932)50412950', '09501101530003', null, null, { price: '129.5', price_currency: '504' }],
  ['(01)09501101530003(3912)5040500', '09501101530003', null, null, { price: null }],
  ['(01)09501101530003(716)A123(10)L9', '09501101530003', 'L9', null, {}],
  [`]d201095011015300037152012345678${gs}8200http://example.org${gs}10L9`, '09501101530003', 'L9', null, {}],
  [`]d2010950110153000367ABC${gs}10L9`, '09501101530003', 'L9', null, {}],
  ['(02)09501101530003(37)00024(10)L7', null, 'L7', null, { content: '09501101530003', count: '24' }],
  ['(00)106141412345678908', null, null, null, {}],
  ['(01)09501101530003(7003)2703311430', '09501101530003', null, '2027-03-31', {}],
]

test.each(read)('%j is read', (text, gtin, lot, expires_on, more) => {
  expect(looksLikeGs1(text)).toBe(true)
  expect(readGs1(text, today)).toMatchObject({ gtin, lot, expires_on, ...more })
})

// General Specifications, 7.12: 51 years ahead or more lies behind, 50 years behind or more lies ahead.
const centuries: [day: string, today: string, read: string][] = [
  ['760101', '2026-06-01', '2076-01-01'],
  ['770101', '2026-06-01', '1977-01-01'],
  ['990101', '2026-06-01', '1999-01-01'],
  ['260101', '2026-06-01', '2026-01-01'],
  ['000101', '2049-06-01', '2000-01-01'],
  ['000101', '2050-06-01', '2100-01-01'],
  ['020101', '1999-06-01', '2002-01-01'],
]

test.each(centuries)('the day %s in the light of %s is %s', (day, today, expires_on) => {
  expect(readGs1(`(01)09501101530003(17)${day}`, today)).toMatchObject({ expires_on })
})

const wrong: [text: string, fault: string][] = [
  ['(01)09501101530004(10)A', 'check_digit'],
  ['(00)106141412345678909', 'check_digit'],
  ['(01)09501101530003(17)271331', 'date'],
  ['(01)09501101530003(17)270230', 'date'],
  ['(01)09501101530003(17)2702', 'malformed'],
  ['(01)0950110153000', 'malformed'],
  ['(01)09501101530003(10)', 'malformed'],
  ['(01)09501101530003(10)ABCDEFGHIJKLMNOPQRSTU', 'malformed'],
  ['(01)09501101530003(10)A(10)B', 'malformed'],
  ['(01)09501101530003(1)A', 'malformed'],
  ['(02)09501101530003(37)000', 'malformed'],
  ['(01)09501101530003(9999)A', 'malformed'],
  ['(01)09501101530003 (10)A', 'malformed'],
  ['(01)0950110153000a(10)A', 'malformed'],
  [`]C101095011015300031027033110AB${gs}99${gs}`, 'malformed'],
  [']C1', 'malformed'],
]

test.each(wrong)('%j is refused: %s', (text, fault) => {
  expect(readGs1(text, today)).toEqual({ fault })
})

test.each(['4006381333931', '096385074', 'SKU-1', '0109501101530003'])('%s is no element string', (text) => {
  expect(looksLikeGs1(text)).toBe(false)
})

test('what the table does not hold is kept as it stands', () => {
  const elements = [
    { ai: '01', title: 'gtin', value: '09501101530003' },
    { ai: '6789', title: 'unknown', value: 'ABC' },
    { ai: '10', title: 'lot', value: 'L9' },
  ]
  expect(readGs1('(01)09501101530003(6789)ABC(10)L9', today)).toMatchObject({ elements })
})
