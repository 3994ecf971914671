import { expect, test } from 'vitest'
import { z } from 'zod'
import { problemsOf } from '../server/platform/http-docs.ts'
import { amount } from '../server/platform/schema.ts'
import { registeredOperations } from '../tools/reference.ts'
import { fieldWords, otherFieldWords, refusalWords } from '../web/ui/refusal-words/refusals.ts'

/** The app says it from its first page on, in English too: `web/ui/problem.ts`. */
const saidByTheApp = ['invalid_input']

const codes = problemsOf(registeredOperations()).map(({ code }) => code)

test('every refusal of the server has words in French and Arabic, and no words are of another', () => {
  expect([...Object.keys(refusalWords), ...saidByTheApp].toSorted()).toEqual(codes.toSorted())
})

test.each([
  ['À remplir.', z.string(), undefined],
  ['À remplir.', z.string().min(1), ''],
  ['Au moins 30.', z.int().min(30), 7],
  ['50 au plus.', z.int().max(50), 70],
  ['3 caractères au plus.', z.string().max(3), 'four'],
  ['Il en faut au moins un.', z.array(z.string()).min(1), []],
  ['Un nombre entier est attendu.', z.int(), 1.5],
  ['Un nombre est attendu.', z.number(), 'x'],
  ['Une adresse e-mail est attendue.', z.email(), 'x'],
  ['Un nombre de 15 chiffres et 4 décimales au plus.', amount, 'x'],
])('a field that a schema refuses is told in French: %s', (told, schema, value) => {
  const message = (schema as z.ZodType).safeParse(value).error?.issues[0]?.message ?? ''
  const [says, [french]] = fieldWords.find(([pattern]) => pattern.test(message)) ?? [/.*/s, otherFieldWords]
  expect((says.exec(message)?.[0] ?? '').replace(says, french), message).toBe(told)
})

test('each is a sentence in its own letters', () => {
  const ofFields = [...fieldWords.map(([says, words]) => [says.source, words] as const), ['', otherFieldWords] as const]
  for (const [says, [french, arabic]] of ofFields) {
    expect(french, says).toMatch(/^[A-ZÀ-Ý$]/)
    expect(french, says).not.toMatch(/\p{Script=Arabic}/u)
    expect(arabic, says).toMatch(/^\p{Script=Arabic}/u)
  }
  for (const [code, [french, arabic]] of Object.entries(refusalWords)) {
    expect(french, code).toMatch(/^[A-ZÀ-Ý].+\.$/u)
    expect(french, code).not.toMatch(/\p{Script=Arabic}/u)
    expect(arabic, code).toMatch(/^\p{Script=Arabic}.+\.$/u)
  }
})
