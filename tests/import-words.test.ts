import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { reasonWords } from '../server/imports/undo-rows.ts'
import { problemsOf } from '../server/platform/http-docs.ts'
import { registeredOperations } from '../tools/reference.ts'
import { faultWords, undoWords } from '../web/imports/fault-phrases.ts'

const english = (words: Readonly<Record<string, readonly [string, string, string]>>) =>
  Object.fromEntries(Object.entries(words).map(([key, [text]]) => [key, text]))

/** How a row is refused in the source of a target: by a refusal of its own, or by a fault of a cell. */
const codes = [
  /refusal(?:Kind)?\(\s*'(\w+)'/g,
  /\bcode: '(\w+)',\s+message/g,
  /\bcode = '(\w+)', title/g,
  /\bsay\('\w+', (?:'\w+', )?'(\w+)', ['`]/g,
]

test('every code by which a target refuses a row has words in three languages', async () => {
  const found = new Set<string>()
  for (const folder of ['server/import-targets', 'server/imports'])
    for (const file of (await readdir(folder)).filter((name) => !name.endsWith('.test.ts'))) {
      if (file === 'contract.ts') continue
      const text = await readFile(`${folder}/${file}`, 'utf8')
      for (const pattern of codes) for (const [, code = ''] of text.matchAll(pattern)) found.add(code)
    }
  expect([...found]).toEqual(expect.arrayContaining(['stock_opened', 'category_too_deep', 'document_incomplete']))
  const refusals = problemsOf(registeredOperations()).map(({ code }) => code)
  const said = new Set([...refusals, ...Object.keys(faultWords)])
  expect([...found].filter((code) => !said.has(code))).toEqual([])
})

test('every reason that keeps an import from being taken back has words, in English those of the server', () => {
  expect(english(undoWords)).toEqual(reasonWords)
})

test('each is in its own letters', () => {
  for (const [key, [first, second, arabic]] of Object.entries({ ...faultWords, ...undoWords })) {
    for (const text of [first, second]) expect(text, key).toMatch(/^\P{Script=Arabic}+$/u)
    expect(arabic, key).toMatch(/^\p{Script=Arabic}/u)
  }
})
