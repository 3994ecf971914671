import { expect, test } from 'vitest'
import { fold, prefixesOf, termsOf } from './search-terms.ts'

const terms = (given: Partial<Parameters<typeof termsOf>[0]>) =>
  termsOf({ names: [], emails: [], phones: [], codes: [], ...given })

test('a name is found from each of its words on, without accents and case', () => {
  expect(terms({ names: ['Épicerie El-Fàssi', null] })).toEqual(['epicerie el fassi', 'el fassi', 'fassi'])
  expect(fold('  Łódź — Straße, Œuvre ')).toBe('lodz strasse oeuvre')
  expect(fold('محمد 陈')).toBe('محمد 陈')
  expect(fold('★')).toBe('')
  expect(fold('فاطِمـة')).toBe(fold('فاطمه'))
  expect(fold('مصطفى ٤٢')).toBe(fold('مصطفي 42'))
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

test.each(['001525482000074', '0015', '1525482', '٠٠١٥', '001 525 482'])(
  'a code of zeros first is found by %s',
  (search) => {
    const asked = prefixesOf(search)
    expect(asked).toHaveLength(1)
    expect(terms({ codes: ['001525482000074'] }).some((term) => term.startsWith(asked[0] ?? '-'))).toBe(true)
  },
)

test.each(['0042', '42', 'c-0042'])('a number in a code, with zeros before it, is found by %s', (search) => {
  const of = terms({ codes: ['C-0042'] })
  for (const prefix of prefixesOf(search))
    expect(
      of.some((term) => term.startsWith(prefix)),
      prefix,
    ).toBe(true)
})

test('a name that begins with a zero is found', () => {
  expect(terms({ names: ['007 Bar'] })).toContain('7 bar')
  expect(prefixesOf('007')).toEqual(['7'])
})

test('a search of nothing but signs finds nothing', () => {
  expect(prefixesOf(' ★ — ')).toEqual([])
})

test('terms and searches are cut alike, between characters', () => {
  const long = '𝒜'.repeat(100)
  expect(terms({ names: [long] })).toEqual(prefixesOf(long))
})
