import fc from 'fast-check'
import type { FieldSchema } from './samples.ts'

/** A JSON Schema as operations have it. */
export interface Schema extends FieldSchema {
  readonly maximum?: number
  readonly minItems?: number
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Record<string, Schema>
}

/** Ids that look right: of things that are there and of things of somebody else. */
export type Ids = readonly string[]

/** What a field of this schema may be sent: often valid or nearly so, sometimes absurd. */
export function hostileValue(schema: Schema, ids: Ids): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: validValue(schema, ids) },
    { weight: 4, arbitrary: nearlyValid(schema, ids) },
    { weight: 2, arbitrary: absurd },
  )
}

/** What the schema takes, as far as a schema can say. */
export function validValue(schema: Schema, ids: Ids): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => validValue(one, ids)))
  if (schema.type === 'string') return validText(schema, ids)
  if (schema.type === 'integer' || schema.type === 'number') return fc.integer(rangeOf(schema))
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'null') return fc.constant(null)
  if (schema.type === 'array') {
    const maxLength = Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3))
    return fc.array(validValue(schema.items ?? {}, ids), { minLength: schema.minItems ?? 0, maxLength })
  }
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, one]) => [name, validValue(one, ids)] as const)
    return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] })
  }
  return fc.jsonValue()
}

function validText({ format, pattern, minLength = 0, maxLength = 40 }: Schema, ids: Ids): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.oneof(fc.constantFrom(...ids), fc.uuid())
  if (format === 'date') return aTime.map((time) => time.slice(0, 10))
  if (format === 'date-time') return aTime
  if (pattern !== undefined) return fc.oneof(fc.constantFrom(...numbersAsText), textLike(pattern))
  const longest = Math.max(minLength, Math.min(maxLength, 40))
  return fc.oneof(fc.string({ unit: 'grapheme', minLength, maxLength: longest }), fc.constantFrom(...strangeTexts))
}

const aTime = fc
  .date({ min: new Date('1890-01-01T00:00:00Z'), max: new Date('2210-01-01T00:00:00Z'), noInvalidDate: true })
  .map((time) => time.toISOString())

/** Texts of a pattern; those that fast-check cannot read are left to the constants beside it. */
function textLike(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern))
  } catch {
    return fc.constantFrom(...numbersAsText)
  }
}

function rangeOf({ minimum = -(2 ** 31), maximum = 2 ** 31 - 1 }: Schema) {
  return { min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) }
}

/** What is just not valid, or only just. */
function nearlyValid(schema: Schema, ids: Ids): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => nearlyValid(one, ids)))
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum = 0, maximum = 2 ** 31 - 1 } = schema
    return fc.constantFrom<unknown>(minimum, minimum - 1, maximum, maximum + 1, '1', 1.5, ...strangeNumbers)
  }
  if (schema.type === 'array') return nearlyValidList(schema, ids)
  if (schema.properties) {
    const change = fc.constantFrom(...Object.keys(schema.properties), 'surprise', '__proto__', 'constructor')
    return fc
      .tuple(validValue(schema, ids), change, fc.oneof(fc.constant(undefined), absurd))
      .map(([value, name, other]) => Object.fromEntries([...Object.entries(value as object), [name, other]]))
  }
  if (schema.type !== 'string') return fc.constantFrom<unknown>(0, 1, '', 'true', 'null', [], {})
  const edges = [...(edgesOf[schema.format ?? ''] ?? []), ...(schema.pattern ? numbersAsText : strangeTexts)]
  const valid = validValue(schema, ids).map(String)
  const tweaked = fc.tuple(valid, fc.constantFrom(...tweaks)).map(([text, tweak]) => tweak(text))
  return fc.oneof(
    { weight: 2, arbitrary: tweaked },
    { weight: 2, arbitrary: fc.constantFrom(...edges, 'x'.repeat((schema.maxLength ?? 1_000) + 1)) },
    { weight: 1, arbitrary: fc.constantFrom(...unkept) },
  )
}

function nearlyValidList({ items = {}, minItems = 0, maxItems = 1_000 }: Schema, ids: Ids): fc.Arbitrary<unknown> {
  const item = validValue(items, ids)
  return fc.oneof(
    fc.array(hostileItem(items, ids), { minLength: 1, maxLength: 3 }),
    fc.constantFrom<unknown>([], [null], [[]], {}, ''),
    item.map((one) => [one, one]),
    fc
      .tuple(item, fc.constantFrom(minItems, Math.min(maxItems, 1_000) + 1))
      .map(([one, length]) => Array.from({ length }, () => one)),
    item,
  )
}

function hostileItem(schema: Schema, ids: Ids): fc.Arbitrary<unknown> {
  return fc.oneof(validValue(schema, ids), nearlyValid(schema, ids))
}

// Text that JSON reads as a number: what no number of JavaScript holds is kept as it is written.
const raw = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
const strangeNumbers: readonly unknown[] = [
  ...[-1, 0, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324, 0.1 + 0.2],
  ...['-0', '1e400', '-1e400', '9007199254740993', '1E2', '1.0', '123456789012345678901234567890'].map(raw),
]
const numbersAsText = [
  ...['0', '-0', '0.0', '1', '-1', '00', '01', '.5', '5.', '1e400', '1E2', 'NaN', 'Infinity', '0x10', '1_000', '1,5'],
  ...['999999999999999.9999', '-999999999999999.9999', '9999999999999.999999', '1000000000000000', '0.0001'],
  ...['0.000001', '0.0000001', '9007199254740993', '100', '100.0001', '-0.0001', '٣', '１', '1\u00a0', '+1', '1-'],
  ...['9'.repeat(400), `0.${'0'.repeat(400)}1`],
]
/** What PostgreSQL keeps in no text, or not as it was. */
const unkept = ['a\0b', '\0', '\ud800', 'a\udc00b']
const strangeTexts = [
  ...['', ' ', '\0', 'a\0b', '\ud800', 'a\udc00b', '\u202eevil', '\u200b', '\ufeff', '\u0085', '\u2028', '\x1b[31m'],
  ...[
    'é',
    'e\u0301',
    'ﬁ',
    '\u212b',
    'İ',
    'ß',
    'ǆ',
    '👩‍👩‍👧‍👦',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '\u{10ffff}',
    '\ufffe',
    `e${'\u0301'.repeat(200)}`,
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    'true',
    '*',
    '%',
    '_',
    '\\',
    '%00',
    '../../etc/passwd',
  ],
  ...["'", '"', "'; --", '$1', '$$', '{{7*7}}', '<script>', '=1+1', '@a', '%s%n', '\\u0000', '{', '[', '(', ')*'],
  ...['x'.repeat(255), 'x'.repeat(256), 'é'.repeat(128), 'x'.repeat(70_000), '\t', 'a\nb', 'a\r\nb', '-', '--', '.'],
]
const edgesOf: Readonly<Record<string, readonly string[]>> = {
  uuid: [
    ...['', '0', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ...['{01890a5d-ac96-774b-bcce-b302099a8057}', '01890a5dac96774bbcceb302099a8057', 'urn:uuid:x'],
  ],
  date: [
    ...['1900-01-01', '1899-12-31', '2200-12-31', '2201-01-01', '0000-01-01', '0001-01-01', '9999-12-31'],
    ...['2026-02-29', '2028-02-29', '2026-13-01', '2026-1-1', '-2026-01-01', '+002026-01-01', '2026-W01-1', 'infinity'],
  ],
  'date-time': [
    ...['1900-01-01T00:00:00Z', '2200-12-31T23:59:59.999999999Z', '2201-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ...['1900-01-01T00:00:00+23:59', '2200-12-31T23:59:59-23:59', '2016-12-31T23:59:60Z', '2026-01-01T24:00:00Z'],
    ...['2026-03-29T02:30:00+01:00', '2026-01-01T00:00:00', '2026-01-01', 'infinity', '-infinity', 'now', 'epoch'],
  ],
}
const tweaks: readonly ((text: string) => string)[] = [
  (text) => ` ${text}`,
  (text) => `${text} `,
  (text) => `${text}\0`,
  (text) => `\ud800${text}`,
  (text) => `\u202e${text}`,
  (text) => `${text.slice(0, 1)}\u200b${text.slice(1)}`,
  (text) => text.toUpperCase(),
  (text) => text.normalize('NFD'),
  (text) => text.slice(1),
  (text) => text.slice(0, -1),
  (text) => text + text,
  (text) => `-${text}`,
  (text) => text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
]

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
const withPrototype: unknown = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}')

/** What no field is meant for. */
export const absurd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, [], {}, [[]], [{}], true, false, withPrototype, nested(500), ...strangeNumbers),
  fc.constantFrom(...strangeTexts),
  fc.constantFrom(...numbersAsText),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
)
