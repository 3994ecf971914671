import { expect, test } from 'vitest'
import { fold, prefixesOf, termsOf } from './search-terms.ts'

const terms = (given: Partial<Parameters<typeof termsOf>[0]>) =>
  termsOf({ names: [], emails: [], phones: [], codes: [], ...given })

test('a name is found from each of its words on, without accents and case', () => {
  expect(terms({ names: ['Épicerie El-Fàssi', null] })).toEqual(['epicerie el fassi', 'el fassi', 'fassi'])
  expect(fold('  Łódź — Straße, Œuvre ')).toBe('lodz strasse oeuvre')
  expect(fold('محمد 陈')).toBe('محمد 陈')
  expect(fold('★')).toBe('')
})

test('a telephone number is found however it is dialled', () => {
  const of = terms({ phones: ['+212 522 27 31 04'] })
  for (const search of ['+212522273104', '00212 522-273104', '0522 27 31 04', '(0)522.273104', '522273104'])
    expect(of.some((term) => term.startsWith(prefixesOf(search)[0] ?? '-'))).toBe(true)
})

test('an address is found by how it begins, and not by the words in it', () => {
  expect(terms({ emails: ['Amina@Example.org'] })).toEqual(['amina@example.org'])
  expect(prefixesOf('AMINA@ex')).toEqual(['amina@ex'])
})

test('a code is found with what stands between its parts and without', () => {
  expect(terms({ codes: ['C-1001/a'] })).toEqual(['c 1001 a', '1001 a', 'a', 'c1001a'])
  expect(prefixesOf('c-1001')).toEqual(['c', '1001'])
})

test('a search of nothing but signs finds nothing', () => {
  expect(prefixesOf(' ★ — ')).toEqual([])
})

test('terms and searches are cut alike, between characters', () => {
  const long = '𝒜'.repeat(100)
  expect(terms({ names: [long] })).toEqual(prefixesOf(long))
})
