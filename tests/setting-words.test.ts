import { expect, test } from 'vitest'
import { declaredSettings } from '../server/declared-settings.ts'
import { takesOf } from '../server/settings/index.ts'
import { features } from '../server/tenants/features.ts'
import { featureWords } from '../web/settings/feature-words.ts'
import { choiceWords, settingWords } from '../web/settings/setting-table.ts'

test('every setting and feature of the server has words in three languages, and no words are of another', () => {
  expect(Object.keys(settingWords)).toEqual(declaredSettings.map(({ name }) => name).toSorted())
  expect(Object.keys(featureWords).toSorted()).toEqual(features.map(({ name }) => name).toSorted())
})

test('every choice of a setting is called something', () => {
  const choices = declaredSettings.flatMap((setting) => {
    const [, list] = /^one of (.+)$/.exec(takesOf(setting)) ?? []
    return list ? (JSON.parse(`[${list}]`) as string[]) : []
  })
  expect(Object.keys(choiceWords).toSorted()).toEqual([...new Set(choices)].toSorted())
})

test('each is in its own letters', () => {
  for (const [name, words] of Object.entries({ ...settingWords, ...featureWords })) {
    const [english, french, arabic] = words.name
    for (const text of [english, french, words.help[0]]) expect(text, name).toMatch(/^[A-ZÀ-Ý]\P{Script=Arabic}+$/u)
    expect(arabic, name).toMatch(/^\p{Script=Arabic}/u)
    expect(words.help[0], name).toMatch(/\.$/)
    expect(words.help[1], name).toMatch(/^\p{Script=Arabic}.+\.$/u)
  }
})
