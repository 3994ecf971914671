import { expect, test } from 'vitest'
import { askedTerms, plainText, termsOf } from './terms.ts'

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
  expect(plainText(text)).toBe(expected)
})

test('a thing is found by its words, by three letters at a time, and by its codes', () => {
  expect(termsOf({ texts: ['Thé vert'], codes: ['abc-1'] }).toSorted()).toEqual(
    ['=the', '=vert', ' th', 'the', 'he ', ' ve', 'ver', 'ert', 'rt ', '#ABC-1'].toSorted(),
  )
})

const share = (asked: string, name: string) => {
  const { terms, weights, whole } = askedTerms(asked)
  const held = new Set(termsOf({ texts: [name], codes: [] }))
  return terms.reduce((sum, term, at) => sum + (held.has(term) ? (weights[at] ?? 0) : 0), 0) / whole
}

test('what somebody is still typing has all that it can have', () => {
  for (const asked of ['dol', 'doli', 'doliprane', 'doliprane 100', 'doliprane 1000'])
    expect(share(asked, 'Doliprane 1000'), asked).toBeGreaterThanOrEqual(1)
})

test('a slip costs some of it, another word nearly all', () => {
  for (const asked of ['dolipran', 'dolyprane', 'dolipranne', 'dliprane'])
    expect(share(asked, 'Doliprane'), asked).toBeGreaterThanOrEqual(0.35)
  for (const asked of ['aspirine', 'efferalgan']) expect(share(asked, 'Doliprane'), asked).toBeLessThan(0.35)
})
