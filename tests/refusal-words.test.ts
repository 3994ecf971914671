import { expect, test } from 'vitest'
import { problemsOf } from '../server/platform/http-docs.ts'
import { registeredOperations } from '../tools/reference.ts'
import { refusalWords } from '../web/ui/refusal-words/refusals.ts'

/** The app says it from its first page on, in English too: `web/ui/problem.ts`. */
const saidByTheApp = ['invalid_input']

const codes = problemsOf(registeredOperations()).map(({ code }) => code)

test('every refusal of the server has words in French and Arabic, and no words are of another', () => {
  expect([...Object.keys(refusalWords), ...saidByTheApp].toSorted()).toEqual(codes.toSorted())
})

test('each is a sentence in its own letters', () => {
  for (const [code, [french, arabic]] of Object.entries(refusalWords)) {
    expect(french, code).toMatch(/^[A-ZÀ-Ý].+\.$/u)
    expect(french, code).not.toMatch(/\p{Script=Arabic}/u)
    expect(arabic, code).toMatch(/^\p{Script=Arabic}.+\.$/u)
  }
})
