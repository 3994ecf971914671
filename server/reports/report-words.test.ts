import { expect, test } from 'vitest'
import { reports } from './all-reports.ts'
import { sayIn } from './report-words.ts'

const labels = [...new Set(reports.flatMap(({ title, columns }) => [title, ...columns.map(({ label }) => label)]))]

test('every title and every column of a report has words in French and in Arabic', () => {
  expect(labels.filter((label) => !/\p{Script=Arabic}/u.test(sayIn('ar-MA')(label)))).toEqual([])
  const same = labels.filter((label) => sayIn('fr-MA')(label) === label)
  expect(same).toEqual(['Total', 'Base', 'Sessions'])
})

test('no sheet has the same head twice in any language', () => {
  for (const { columns } of reports)
    for (const locale of ['en', 'fr', 'ar']) {
      const heads = columns.map(({ label }) => sayIn(locale)(label))
      expect(new Set(heads).size, heads.join()).toBe(heads.length)
    }
})

test.each([
  ['fr-MA', 'Mois'],
  ['ar', 'الشهر'],
  ['en-GB', 'Month'],
  ['de', 'Month'],
])('in %s a month is called %s', (locale, word) => {
  expect(sayIn(locale)('Month')).toBe(word)
})
