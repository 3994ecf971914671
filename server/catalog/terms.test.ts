import { expect, test } from 'vitest'
import { askedTerms, termsOf, termsOfVariant } from './terms.ts'

test('a thing is found by its words, by three letters at a time, and by its codes', () => {
  expect(termsOf({ name: 'Thé vert', codes: ['abc-1'] }).toSorted()).toEqual(
    ['!the vert', '=the', '=vert', ' th', 'the', 'he ', ' ve', 'ver', 'ert', 'rt ', '#ABC-1'].toSorted(),
  )
})

const share = (asked: string, name: string) => {
  const { terms, whole } = askedTerms(asked)
  const held = new Set(termsOf({ name }))
  const worth = new Map<number, number>()
  for (const { term, word, weight, is_slip } of terms) {
    const before = worth.get(word) ?? 0
    if (held.has(term)) worth.set(word, is_slip ? Math.max(before, weight) : before + weight)
  }
  return [...worth.values()].reduce((sum, weight) => sum + weight, 0) / whole
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

const slips: [asked: string, name: string][] = [
  ['lqit', 'Lait'],
  ['lati', 'Lait'],
  ['lit', 'Lait'],
  ['laait', 'Lait'],
  ['ait', 'Lait'],
  ['frias', 'Fromage frais'],
  ['svaon', 'Savon'],
  ['sacon', 'Savon'],
  ['savom doux', 'Savon doux'],
  ['rix', 'Riz'],
  ['حلبب', 'حليب'],
  ['حيلب', 'حليب'],
  ['حلب', 'حليب'],
  ['млоко', 'Молоко'],
]

test.each(slips)('%s may mean %s, though not as much as what is spelt so', (asked, name) => {
  expect(share(asked, name)).toBeGreaterThanOrEqual(0.35)
  expect(share(asked, name)).toBeLessThan(1)
})

test('options and SKU are words however many labels there are', () => {
  const labels = Array.from({ length: 6 }, (_, at) => ({
    name: Array.from({ length: 12 }, (_, word) => `mot${at}x${word}`).join(' '),
  }))
  const options = [{ value: 'Vermillon' }]
  const terms = termsOfVariant({ name: 'Rideau', labels }, { id: '1', sku: 'RID-9', options }, [])
  expect(terms).toEqual(expect.arrayContaining(['=rideau', '=vermillon', '=rid', '=9', '=mot0x0', '#RID-9']))
  expect(terms).not.toContain('=mot5x11')
})

test('an article is one code, whatever its number was printed as', () => {
  const terms = termsOf({ name: 'Pen', codes: ['012345678905'] })
  for (const asked of ['012345678905', '0012345678905', '00012345678905'])
    expect(terms, asked).toContain(askedTerms(asked).terms.find(({ term }) => term.startsWith('#'))?.term)
})
