import { expect, test } from 'vitest'
import { checkDigitOf, hasCheckDigit, toGtin14 } from './check-digit.ts'

// Numbers printed on goods, and the examples of the GS1 General Specifications; the last column says whether they fit.
const table: [code: string, kind: string, fits: boolean][] = [
  ['96385074', 'EAN-8', true],
  ['96385075', 'EAN-8', false],
  ['73513537', 'EAN-8', true],
  ['036000291452', 'UPC-A', true],
  ['036000291453', 'UPC-A', false],
  ['4006381333931', 'EAN-13', true],
  ['4006381333930', 'EAN-13', false],
  ['4006381339331', 'EAN-13, two digits swapped', false],
  ['6111245591063', 'EAN-13 of Morocco', true],
  ['0000000000000', 'nothing but zeros', true],
  ['09501101530003', 'GTIN-14', true],
  ['18901234567894', 'ITF-14', false],
  ['00012345600012', 'GTIN-14', true],
  ['106141412345678908', 'SSCC', true],
  ['106141412345678909', 'SSCC', false],
]

test.each(table)('the last digit of %s, %s, fits: %s', (code, _, fits) => {
  expect(hasCheckDigit(code)).toBe(fits)
})

test('no single digit that is misread goes unnoticed', () => {
  const code = '4006381333931'
  for (let at = 0; at < code.length; at++)
    for (let digit = 0; digit < 10; digit++) {
      const read = code.slice(0, at) + digit + code.slice(at + 1)
      expect(hasCheckDigit(read), read).toBe(read === code)
    }
})

test('the same article is one number whatever it was printed as', () => {
  expect(toGtin14('036000291452')).toBe(toGtin14('0036000291452'))
  expect(checkDigitOf('400638133393')).toBe(1)
})
