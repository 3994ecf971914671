import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Phrase {
  readonly at: string
  readonly english: string
  readonly french: string
  readonly arabic: string
}

const text = /'((?:\\.|[^'\\])*)'/.source
const phrase = new RegExp(String.raw`([\w/'-]+): \[\s*${text},\s*${text},\s*${text},?\s*\]`, 'g')

const phrases: Phrase[] = globSync('web/**/*.{ts,tsx}')
  .filter((path) => !path.startsWith('web/dist/'))
  .flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(phrase)].map(([, key, english = '', french = '', arabic = '']) => {
      return { at: `${path} ${key}`, english, french, arabic }
    }),
  )

const [, table = ''] = readFileSync('CONTRIBUTING.md', 'utf8').split('## Words of the app')
const terms = table
  .split('\n')
  .filter((line) => /^\| [a-z]/.test(line))
  .map((line) => line.split('|').map((cell) => cell.split(',').map((one) => plain(one))))
  .map(([, english = [], french = [], arabic = [], never = []]) => ({ english, french, arabic, never }))

/** Without the article, so that one form in the table stands for both. */
function plain(words: string): string {
  return words
    .trim()
    .toLowerCase()
    .replace(/(^| )ال(?=\p{Script=Arabic})/gu, '$1')
}

test('a noun alone is the word that the table has for it', () => {
  expect(phrases.length).toBeGreaterThan(900)
  for (const { at, english, french, arabic } of phrases) {
    const term = terms.find((one) => one.english.includes(plain(english)))
    if (!term) continue
    expect(term.french, at).toContain(plain(french))
    expect(term.arabic, at).toContain(plain(arabic))
  }
})

test('no phrase about a noun has a word that is never used for it', () => {
  for (const { at, english, french, arabic } of phrases) {
    for (const term of terms.filter((one) => mentions(english, one.english))) {
      expect(
        term.never.filter((word) => mentions(french, [word]) || mentions(plain(arabic), [word])),
        `${at}: ${english}`,
      ).toEqual([])
    }
  }
})

test('a phrase that has a form of its own for one has those of Arabic for two and for a few as well', () => {
  const names = new Set(phrases.map(({ at }) => at))
  const counted = phrases.flatMap(({ at }) => (at.endsWith('_one') ? at.slice(0, -'_one'.length) : []))
  expect(counted.length).toBeGreaterThan(5)
  for (const at of counted) expect([names.has(`${at}_two`), names.has(`${at}_few`)], at).toEqual([true, true])
})

function mentions(said: string, words: readonly string[]): boolean {
  const parts = ` ${said.toLowerCase().replace(/[^\p{L}\p{M}-]+/gu, ' ')} `
  return words.some((word) => parts.includes(` ${word} `))
}
