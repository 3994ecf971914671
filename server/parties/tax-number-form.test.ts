import { expect, test } from 'vitest'
import { isTaxNumber } from './tax-number-form.ts'

// Made up, or as authorities print them in their examples.
const table: [country: string, scheme: string, number: string, answer: boolean][] = [
  ['MA', 'ICE', '001525482000074', true],
  ['MA', 'ICE', '12', false],
  ['MA', 'ICE', '00152548200007X', false],
  ['FR', 'VAT', 'FR40303265045', true],
  ['FR', 'VAT', 'FRXX303265045', true],
  ['FR', 'VAT', 'FR41303265045', false],
  ['FR', 'VAT', 'FR00000000001', false],
  ['FR', 'VAT', '40303265045', false],
  ['FR', 'SIREN', '303265045', true],
  ['FR', 'SIREN', '303265046', false],
  ['MX', 'RFC', 'GODE561231GR8', true],
  ['MX', 'RFC', 'ABC680524P76', true],
  ['MX', 'RFC', 'ABC68052', false],
  ['AR', 'CUIT', '20123456786', true],
  ['AR', 'CUIT', '20123456787', false],
  ['CO', 'NIT', '800197268', true],
  ['CO', 'NIT', '8001972684', true],
  ['CO', 'NIT', '8001972685', false],
  ['PE', 'RUC', '1', true],
]

test.each(table)('%s %s %s: %s', (country, scheme, number, answer) => {
  expect(isTaxNumber({ country, scheme, number })).toBe(answer)
})
