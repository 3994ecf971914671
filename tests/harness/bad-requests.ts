import { z } from 'zod'
import { ownIdField } from '../../server/platform/idempotency.ts'
import { amount } from '../../server/platform/schema.ts'
import {
  as,
  ask,
  type Change,
  type Credentials,
  changed,
  type Field,
  ifMatch,
  inItems,
  leaveOut,
  ofItems,
  ofPath,
  ofQuery,
  put,
  type Subject,
  send,
  typed,
  version,
  withKey,
  without,
  wrongTypes,
} from './bad-changes.ts'
import { freshId } from './hints.ts'
import type { FieldSchema, Input } from './samples.ts'

/** What is wrong, the answer as `status code`, and the requests that are wrong in this way for an operation. */
export type Row = readonly [
  what: string,
  answer: string | RegExp,
  changes: (subject: Subject, held: Credentials) => Change[],
]

const nil = '00000000-0000-0000-0000-000000000000'
const amountPattern = (z.toJSONSchema(amount) as FieldSchema).pattern
const words = (text: string) => text.split(/\s+/)
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const base64 = (text: string) => Buffer.from(text).toString('base64url')

const badAmounts = [
  ...['', ' 1', '1 ', 1, 1.5],
  ...words('NaN Infinity -Infinity 1e5 1E5 1.23456 1234567890123456 1,5 01 .5 5. +1 0x10 1_000 ٣ --1'),
]

const inBody = ({ place }: Field) => place === 'body'
const isText = (field: Field) => inBody(field) && field.type === 'string'
/** A cursor is no text: it has rows of its own. */
const isPlainText = (field: Field) => isText(field) && !field.secret && field.name !== 'cursor'
const isId = ({ format }: Field) => format === 'uuid'

const takesKey = ({ operation }: Subject) => operation.kind === 'command' && !operation.outside
const inTenant = ({ operation }: Subject) => operation.scope === 'tenant'
const guarded = ({ operation }: Subject) => operation.scope !== 'anyone'
const hasVersion = ({ fields }: Subject) => fields.some(version)

/** True for the id that a client gives to what it makes. */
export function isOwnId({ operation }: Subject, { name, place }: Field): boolean {
  return name === ownIdField(operation) && place === 'body' && operation.route.startsWith('POST')
}

/** True for a field of the path that says by an id what the operation is about; a number counts in every tenant anew. */
export function namesSubject({ name, place }: Field): boolean {
  return place === 'path' && /(^|_)id$/.test(name)
}

/** Ids that are taken down, or looked for, as they are: a document may be of any module, an actor be long gone. */
const taken = new Set(['document_id', 'origin_id', 'actor_id', 'import_id'])
/** What is answered one by one: what is refused of them is said in the answer. */
const judgedOneByOne = new Set([
  'catalog.create-products products',
  'history.record-documents documents',
  'history.reverse-documents ids',
])

/** True for a field that names something of the tenant, beside what the operation itself is about. People have no tenant. */
export function refersElsewhere(subject: Subject, field: Field): boolean {
  const { name, place, format, items } = field
  const isHere =
    place === 'path' ||
    name === 'user_id' ||
    isOwnId(subject, field) ||
    taken.has(name) ||
    judgedOneByOne.has(`${subject.operation.name} ${name}`)
  return !isHere && ((format ?? items?.format) === 'uuid' || idsOfItems(field).length > 0)
}

/** The value of a field with ids of nothing in it. */
export function idOfNothing(field: Field, value: unknown): unknown {
  if (!field.items) return freshId()
  const ids = idsOfItems(field)
  if (ids.length === 0) return [freshId()]
  return ((value ?? [{}]) as Input[]).map((item) => ({
    ...item,
    ...Object.fromEntries(ids.map((id) => [id, freshId()])),
  }))
}

function idsOfItems({ items }: Field): string[] {
  return Object.entries(items?.properties ?? {}).flatMap(([name, { format }]) => (format === 'uuid' ? name : []))
}

export const rows: readonly Row[] = [
  [
    'a field of a wrong type',
    '400 invalid_input',
    (s) => s.fields.filter(inBody).flatMap((f) => put(f, wrongTypes(f))(s)),
  ],
  ['a required field missing', '400 invalid_input', leaveOut((f) => f.required && f.place !== 'path' && !version(f))],
  [
    'an unknown field',
    '400 invalid_input',
    (s) => words('surprise toString').map((name) => ({ input: { ...s.input, [name]: 1 } })),
  ],
  [
    'a key of the prototype',
    '400 invalid_input',
    (s) => words('__proto__ constructor').flatMap((key) => withKey(key)(s)),
  ],
  ['a parameter of the prototype', '400 invalid_input', ask(...words('__proto__=1 constructor=1 toString=1'))],
  [
    'a field of the path anywhere else',
    '400 invalid_input',
    (s) =>
      ofPath(s).flatMap(({ name }) => [
        ...ask(`${name}=${s.input[name]}`)(s),
        ...withKey(name, JSON.stringify(s.input[name]))(s),
      ]),
  ],
  ['an unknown parameter', '400 invalid_input', ask(...words('surprise=1 surprise limit[]=1 a.b=1 %FF=%FF'))],
  [
    'a parameter given twice',
    '400 invalid_input',
    (s) => ofQuery(s).flatMap(({ name }) => ask(`${name}=1&${name}=2`)(s)),
  ],

  [
    'a body too large',
    '413 body_too_large',
    (s) => {
      const most = s.operation.kind === 'command' ? (s.operation.mostBytes ?? 1_048_576) : 1_048_576
      return send(JSON.stringify('x'.repeat(most)), Buffer.alloc(most + 1, ' '))(s)
    },
  ],
  [
    'a body that is not UTF-8',
    '400 malformed_body',
    send(Buffer.from('{"a":"\xe9"}', 'latin1'), Buffer.from('{}', 'utf16le')),
  ],
  [
    'malformed JSON',
    '400 malformed_body',
    send(' ', '{} {}', ...words(`{ {"a":} {'a':1} {"a":1,} NaN {"a":NaN} undefined <a/>`)),
  ],
  ['a body that is no object', '400 invalid_input', send(...words('[] [{}] "text" 1 null true'))],
  [
    'deep nesting',
    '400 invalid_input',
    (s) => [...send(nested(100_000))(s), ...withKey('surprise', nested(200_000))(s)],
  ],
  [
    'a deeply nested field',
    '400 invalid_input',
    (s) => s.fields.filter(inBody).flatMap(({ name }) => withKey(name, nested(5_000))(without(s, name))),
  ],
  [
    'another media type',
    '415 unsupported_media_type',
    typed('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', undefined),
  ],

  [
    'a limit that is none',
    '400 invalid_input',
    put('limit', ['', ...words('0 -1 201 abc NaN Infinity 1.5 1e1 0x10 99999999999999999999 ١٢')]),
  ],
  ['a cursor of no list', '400 invalid_cursor', put('cursor', ['\0', ...words('garbage %%% /etc/passwd')])],
  [
    'a cursor of other values, or of text that no column keeps',
    '400 invalid_cursor',
    put('cursor', [
      ...words(`x {"a":1} null [] ["x"] [1] ["${freshId()}","x"] [null] ${nested(300)}`).map(base64),
      ...words(String.raw`["\u0000"] ["US","\u0000"] ["A","\u0000","2026-01-01",1]`).map(base64),
    ]),
  ],
  ['a cursor too long or empty', '400 invalid_input', put('cursor', ['a'.repeat(1_001), ''])],

  [
    'an id that is no id',
    '400 invalid_input',
    put(isId, ['\0', `${freshId()}' OR 1=1`, 'a'.repeat(1_000), ...words(`x 123 ${freshId()}0 {${freshId()}}`)]),
  ],
  ['an id of nothing', '400 invalid_input', put(isId, [nil, nil.replaceAll('0', 'f'), nil.replaceAll('0', 'F')])],
  [
    'a list of ids that are none',
    '400 invalid_input',
    put((f) => f.items?.format === 'uuid', [['x'], [freshId(), ''], [null], [nil]]),
  ],
  ['a path that is not UTF-8', '404 not_found', (s) => ofPath(s).map(() => ({ path: '%FF' }))],
  ['an id that does not exist', '404 not_found', put((f) => f.place === 'path' && isId(f), [freshId()])],
  [
    'a reference to nothing',
    /^(422 \w+|404 tenant)_not_found$/,
    (s) =>
      s.fields
        .filter((f) => f.name === 'user_id' || refersElsewhere(s, f))
        .flatMap((f) => put(f, [idOfNothing(f, s.input[f.name])])(s)),
  ],

  ['a version that was never read', '428 version_required', leaveOut(version)],
  ['a stale version', '412 version_conflict', (s) => [...put('version', [999])(s), ...ifMatch('"999"')(s)]],
  [
    'an If-Match that is none',
    '412 version_conflict',
    ifMatch('"1", "2"', ...words('1 W/"1" * "" "a" "-1" "0" "01" "1.0" "9999999999" "99999999999999999999"')),
  ],
  [
    'an If-Match against the input',
    '412 version_conflict',
    (s) => (hasVersion(s) ? [{ headers: { 'if-match': '"999"' } }] : []),
  ],

  ['no credential', '401 unauthenticated', as(guarded, () => [{}])],
  [
    'a session nobody has',
    '401 unauthenticated',
    as(guarded, () =>
      ['', "' OR 1=1 --", 'x'.repeat(4_000), ...words('x %00 a%00b %ED%A0%80 %C3%A9 "')].map((token) => ({
        cookie: `comptoir_session=${token}`,
      })),
    ),
  ],
  ['a session that ended', '401 unauthenticated', as(guarded, (held) => [{ cookie: held.expiredCookie }])],
  [
    'a key nobody has',
    '401 unauthenticated',
    as(guarded, () =>
      ['x', '', '\xe9', 'x'.repeat(6_000), `ck_${'A'.repeat(43)}`].map((key) => ({ authorization: `Bearer ${key}` })),
    ),
  ],
  [
    'a key that ended',
    '401 unauthenticated',
    as(guarded, (held) => [held.expiredKey, held.revokedKey, 'Basic eDp5'].map((authorization) => ({ authorization }))),
  ],
  [
    'a caller without the permission',
    '403 forbidden',
    as(
      ({ operation }) => operation.permission !== null,
      (held) => [{ cookie: held.powerless }],
    ),
  ],
  [
    'a key in place of a person',
    '403 forbidden',
    as(
      ({ operation }) => operation.scope === 'person',
      (held) => [{ authorization: held.key }],
    ),
  ],
  [
    'a tenant of others',
    '404 tenant_not_found',
    (s, held) =>
      inTenant(s)
        ? [held.otherTenant, freshId(), nil, 'x', ''].map((id) => ({ headers: { 'comptoir-tenant': id } }))
        : [],
  ],
  ['no tenant named among two', '400 tenant_required', as(inTenant, (held) => [{ cookie: held.twoTenants }])],
  [
    'an Idempotency-Key that is none',
    '400 invalid_idempotency_key',
    (s) =>
      takesKey(s)
        ? ['', '""', 'two words', '"two words"', 'é', 'x'.repeat(256)].map((key) => ({
            headers: { 'idempotency-key': key },
          }))
        : [],
  ],

  ['an amount that is none', '400 invalid_input', put((f) => f.pattern === amountPattern && inBody(f), badAmounts)],
  [
    'an amount in the address that is none',
    '400 invalid_input',
    // There a number is the same text.
    put(
      (f) => f.pattern === amountPattern && !inBody(f),
      badAmounts.filter((value) => typeof value === 'string'),
    ),
  ],
  [
    'an item of a list with a field that is none',
    '400 invalid_input',
    inItems(({ pattern, format }) => [
      ...(pattern === amountPattern ? badAmounts : []),
      ...(format === 'uuid' ? ['', 'x', nil, 1, freshId().slice(1)] : []),
    ]),
  ],
  [
    'an item of a list with a field of a wrong type',
    '400 invalid_input',
    inItems(({ type }) => [
      null,
      type === 'integer' ? 1.5 : 1,
      {},
      ...(type === 'boolean' ? [] : [true]),
      ...(type === 'array' ? [] : [[]]),
    ]),
  ],
  [
    'an item of a list with a field too few',
    '400 invalid_input',
    inItems((_, isRequired) => (isRequired ? [undefined] : [])),
  ],
  [
    'an item of a list with a field too many',
    '400 invalid_input',
    (s) =>
      ofItems(s).flatMap((f) =>
        put(
          f,
          changed(s, f, (item) => ({ ...item, surprise: 1 })),
        )(s),
      ),
  ],
  [
    'a day that is none',
    '400 invalid_input',
    put(
      (f) => f.format === 'date',
      words(
        'x 2026-02-30 2027-02-29 2026-13-01 2026-00-10 2026-1-1 20260101 26-01-01 2026-01-01T00:00:00Z today infinity 0000-01-01 +10000-01-01 ٢٠٢٦-٠١-٠١',
      ),
    ),
  ],
  [
    'a month that is none',
    '400 invalid_input',
    put('month', words('x 2026 2026-13 2026-00 2026-1 202601 2026-01-01 1969-12 2200-01 ٢٠٢٦-٠١')),
  ],
  [
    'a time that is none',
    '400 invalid_input',
    put(
      (f) => f.format === 'date-time',
      [
        '2036-01-01 00:00:00Z',
        2_082_758_400,
        ...words(
          '2026-02-30T00:00:00Z 2027-02-29T00:00:00Z 9999-01-01T00:00:00Z 0000-01-01T00:00:00Z 2036-01-01T00:00:00 2036-13-01T00:00:00Z 2036-01-01T24:00:00Z 2036-01-01T00:60:00Z 2036-01-01 2036-01-01T00:00:00+99:99 +275760-09-14T00:00:00Z tomorrow infinity',
        ),
      ],
    ),
  ],
  [
    'a time zone that is none',
    '400 invalid_input',
    put('time_zone', ['Europe/Paris ', "'; SELECT 1", ...words('Mars/Phobos +02:00 ../../etc/localtime')]),
  ],
  ['a locale that is none', '400 invalid_input', put('locale', words('x french! en_US ---'))],
  ['a word outside its list', '400 invalid_input', put((f) => f.enum !== undefined, ['nonsense', 'ACTIVE', 0])],
  [
    'text with control characters',
    '400 invalid_input',
    put(
      isPlainText,
      ['\0', '\x07', '\x1b', '\x7f', '\x85'].map((bad) => `a${bad}b`),
    ),
  ],
  [
    'text with half a surrogate pair',
    '400 invalid_input',
    put(isPlainText, ['Sample \ud800 text', 'Sample text \udc00']),
  ],
  [
    'text too long',
    '400 invalid_input',
    (s) => s.fields.filter(isText).flatMap((f) => put(f, ['x'.repeat(f.longest + 1), 'é'.repeat(200_000)])(s)),
  ],
  ['text that is empty', '400 invalid_input', put(isText, [''])],
  ['text of blanks', '400 invalid_input', put(isPlainText, [' ', '   ', '\u00a0', '\u2003'])],
  [
    'a list of bad text',
    '400 invalid_input',
    put((f) => inBody(f) && f.items !== undefined, [['a\0b'], [''], ['\ud800'], ['x'.repeat(100_000)]]),
  ],
]
