import { expect, test } from 'vitest'
import { z } from 'zod'
import { personRemoverOf, redactorOf, secretRemoverOf } from './redact.ts'

const personal = z.string().meta({ personal: true })
const secret = z.string().nullable().meta({ secret: true })

test.each([
  ['a plain field stays', z.object({ code: z.string() }), { code: 'A' }, { code: 'A' }],
  ['a personal field is named only', z.object({ name: personal }), { name: 'Amina' }, { name: '(personal)' }],
  ['also when it is optional', z.object({ name: personal.optional() }), { name: 'Amina' }, { name: '(personal)' }],
  ['a secret is named only', z.object({ key: secret }), { key: 'ck_1' }, { key: '(secret)' }],
  ['in a list', z.array(z.object({ name: personal })), [{ name: 'Amina' }], [{ name: '(personal)' }]],
  [
    'deep inside',
    z.object({ a: z.object({ b: z.object({ name: personal }) }) }),
    { a: { b: { name: 'A' } } },
    { a: { b: { name: '(personal)' } } },
  ],
  [
    'in any branch of a union',
    z.union([z.object({ code: z.string() }), z.object({ name: personal })]),
    { name: 'Amina' },
    { name: '(personal)' },
  ],
  ['in a record', z.record(z.string(), personal), { en: 'Amina' }, { en: '(personal)' }],
  [
    'a field that the schema does not describe',
    z.object({ code: z.string() }),
    { code: 'A', email: 'a@example.org' },
    { code: 'A', email: '(undescribed)' },
  ],
  ['a time', z.object({ at: z.date() }), { at: new Date(0) }, { at: new Date(0) }],
  ['null and nothing', z.object({ name: personal.nullable() }), { name: null }, { name: null }],
])('redaction of %s', (_, schema, value, expected) => {
  expect(redactorOf(schema)(value)).toEqual(expected)
})

test('removing people leaves null for what is personal or secret; there is nothing to remove where nobody is named', () => {
  const schema = z.object({
    id: z.string(),
    of: z.array(z.object({ name: personal })),
    key: secret,
    extra: z.unknown(),
  })
  const answer = { id: 'a', of: [{ name: 'Amina' }], key: 'ck_1', extra: { a: 1 } }
  expect(personRemoverOf(schema)?.(answer)).toEqual({ id: 'a', of: [{ name: null }], key: null, extra: { a: 1 } })
  expect(personRemoverOf(z.object({ id: z.string() }))).toBeUndefined()
})

test('removing secrets leaves everything else as it is', () => {
  const schema = z.object({ name: personal, key: secret, extra: z.unknown() })
  expect(secretRemoverOf(schema)({ name: 'Amina', key: 'ck_1', extra: { a: 1 } })).toEqual({
    name: 'Amina',
    key: null,
    extra: { a: 1 },
  })
})

test('where nobody is named in an answer, it is the same without people', () => {
  const remove = personRemoverOf(z.object({ lines: z.array(z.object({ prescription: personal.nullable() })) }))
  const unnamed = { lines: [{ prescription: null }, { prescription: null }] }
  expect(remove?.(unnamed)).toBe(unnamed)
  expect(remove?.({ lines: [{ prescription: null }, { prescription: 'RX-1' }] })).toEqual(unnamed)
})
