import { expect, test } from 'vitest'
import { ruleKinds } from '../server/quality/contract.ts'
import { datasets } from '../server/quality/datasets.ts'
import { presetRules } from '../server/quality/presets.ts'
import { kindFor } from '../web/quality/rule-kinds.ts'
import { columnWords, datasetWords, kindWords, presetWords } from '../web/quality/rule-words.ts'

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted()

test('every rule to start with is called in three languages, in English as by the server, and no words are of another', () => {
  const english = Object.entries(presetWords).map(([key, [name]]) => [key, name])
  const named = presetRules.map(({ rule_key, name }) => [`rule/${rule_key}`, name])
  expect(Object.fromEntries(english)).toEqual(Object.fromEntries(named))
})

test('every dataset, kind of rule and column is called something', () => {
  expect(sorted(Object.keys(datasetWords))).toEqual(sorted(datasets.map(({ name }) => name)))
  expect(sorted(Object.keys(kindWords))).toEqual(sorted(ruleKinds))
  const columns = datasets.flatMap(({ columns: of }) => Object.keys(of).map((name) => `column/${name}`))
  expect(sorted(Object.keys(columnWords))).toEqual(sorted(columns))
})

test.each([
  ['freshness', { time: null }, true, 'not_null'],
  ['freshness', { time: 'made_at' }, true, 'freshness'],
  ['custom_sql', { time: null }, false, 'not_null'],
  ['range', { time: null }, false, 'range'],
] as const)('of %s, what cannot be asked of another dataset gives way', (kind, dataset, maySql, expected) => {
  expect(kindFor(dataset, kind, maySql)).toBe(expected)
})

test('each is in its own letters', () => {
  const all = { ...presetWords, ...datasetWords, ...kindWords, ...columnWords }
  for (const [key, [english, french, arabic]] of Object.entries(all)) {
    for (const text of [english, french]) expect(text, key).toMatch(/^\P{Script=Arabic}+$/u)
    expect(arabic, key).toMatch(/^\p{Script=Arabic}/u)
  }
})
