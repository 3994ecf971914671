import { expect, test } from 'vitest'
import { foldText } from './fold-text.ts'

const plain: [text: string, plain: string][] = [
  ['Crème BRÛLÉE', 'creme brulee'],
  ['Œufs à la coque', 'oeufs a la coque'],
  ['Straße', 'strasse'],
  ['Łódź', 'lodz'],
  ['ﬁlet', 'filet'],
  ['مُحَمَّد', 'محمد'],
  ['أدوية', 'ادويه'],
  ['٥٠٠ ملغ', '500 ملغ'],
]

test.each(plain)('%s is compared as %s', (text, expected) => {
  expect(foldText(text)).toBe(expected)
})
