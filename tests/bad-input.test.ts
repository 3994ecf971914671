import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { refusalsOf } from '../server/platform/openapi.ts'
import { type Operation, routeOf } from '../server/platform/operation.ts'
import { amount } from '../server/platform/schema.ts'
import { createOperations } from '../server/registry.ts'
import {
  createSampler,
  type FieldSchema,
  freshId,
  type Input,
  inputSchemaOf,
  placeInput,
  type Sampler,
  withoutNull,
} from './harness/samples.ts'
import { signUpOwner, signUpPerson, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

/** How a bad request differs from the valid one of its operation. */
interface Change {
  readonly input?: Input
  readonly headers?: Record<string, string | undefined>
  readonly payload?: string | Buffer
  /** Goes behind the query string. */
  readonly query?: string
  /** Goes behind the path. */
  readonly path?: string
}

interface Field extends Omit<FieldSchema, 'required'> {
  readonly name: string
  readonly place: 'path' | 'query' | 'body'
  readonly required: boolean
  readonly nullable: boolean
  /** The longest text it takes, after trimming. */
  readonly longest: number
}

interface Subject {
  readonly operation: Operation
  readonly fields: readonly Field[]
  readonly input: Input
}

type Row = readonly [what: string, answer: string | RegExp, changes: (subject: Subject) => Change[]]

const json = { 'content-type': 'application/json' }
const neighbour = 'Secret of the neighbour'
const operationNames = createOperations({} as never, { signUpOpen: true }).map(({ name }) => name)

let server: TestServer
let superuser: pg.Client
let owner: TestOwner
let ours: Sampler
let theirs: Sampler
/** Cookies and keys that open nothing, or not enough. */
const held = {
  expiredCookie: '',
  expiredKey: '',
  revokedKey: '',
  key: '',
  powerless: '',
  twoTenants: '',
  otherTenant: '',
}

beforeAll(async () => {
  server = await startTestServer()
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
  owner = await signUpOwner(server)
  ours = createSampler(server, owner)
  const other = await signUpOwner(server)
  theirs = createSampler(server, other, neighbour)
  held.otherTenant = other.tenantId

  const [powerless, twoTenants, late] = [
    await signUpPerson(server),
    await signUpPerson(server),
    await signUpPerson(server),
  ]
  await owner.client.call('tenants.add-employee', { user_id: powerless.userId, display_name: 'No role' })
  for (const one of [owner, other])
    await one.client.call('tenants.add-employee', { user_id: twoTenants.userId, display_name: 'Two' })
  held.powerless = powerless.cookie
  held.twoTenants = twoTenants.cookie
  held.expiredCookie = late.cookie
  await superuser.query("UPDATE identity.session SET expires_at = now() - interval '1 second' WHERE user_id = $1", [
    late.userId,
  ])

  const makeKey = (name: string) =>
    owner.client.call('tenants.create-api-key', { name, permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' })
  const [key, expired, revoked] = [await makeKey('key'), await makeKey('expired'), await makeKey('revoked')]
  await owner.client.call('tenants.revoke-api-key', { id: revoked.id, version: revoked.version })
  await superuser.query("UPDATE tenants.api_key SET expires_at = now() - interval '1 second' WHERE id = $1", [
    expired.id,
  ])
  held.key = `Bearer ${key.secret}`
  held.expiredKey = `Bearer ${expired.secret}`
  held.revokedKey = `Bearer ${revoked.secret}`
})

afterAll(async () => {
  await superuser.end()
  await server.close()
})

const ofBody = (field: Field) => field.place === 'body'
const ofText = (field: Field) => field.type === 'string'
const named = (name: string) => (field: Field) => field.name === name
const amountPattern = (z.toJSONSchema(amount) as FieldSchema).pattern
const takesBody = ({ operation }: Subject) => !/^(GET|DELETE) /.test(operation.route)
const isOwnId = ({ operation }: Subject, { name, place }: Field) =>
  name === 'id' && place === 'body' && operation.route.startsWith('POST')

/** Puts each of the values into each of the chosen fields. */
const put =
  (chosen: (field: Field) => boolean, ...values: (unknown | ((field: Field) => unknown))[]) =>
  ({ fields, input }: Subject): Change[] =>
    fields
      .filter(chosen)
      .flatMap((field) =>
        values.map((value) => ({
          input: { ...input, [field.name]: typeof value === 'function' ? value(field) : value },
        })),
      )

const send =
  (...payloads: (string | Buffer)[]) =>
  (subject: Subject): Change[] =>
    takesBody(subject) ? payloads.map((payload) => ({ payload })) : []

const ask =
  (...queries: string[]) =>
  (subject: Subject): Change[] =>
    takesBody(subject) ? [] : queries.map((query) => ({ query }))

const when =
  (applies: (subject: Subject) => boolean, ...changes: Change[]) =>
  (subject: Subject): Change[] =>
    applies(subject) ? changes : []

const asWithout =
  (chosen: (field: Field) => boolean) =>
  (subject: Subject): Change[] =>
    subject.fields.filter(chosen).map(({ name }) => ({ input: without(subject, name).input }))

const asCaller = (...headers: Record<string, string | undefined>[]): Change[] =>
  headers.map((one) => ({ headers: { cookie: undefined, 'comptoir-tenant': undefined, ...one } }))

/** A body that is the valid input with one more key, written as text: an object literal would not keep such a key. */
const withKey = (key: string, value: string) => (subject: Subject) =>
  takesBody(subject)
    ? [{ payload: `{${JSON.stringify(key)}:${value},${JSON.stringify(bodyOf(subject)).slice(1)}`.replace(',}', '}') }]
    : []

const without = (subject: Subject, name: string): Subject => ({
  ...subject,
  input: Object.fromEntries(Object.entries(subject.input).filter(([other]) => other !== name)),
})

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const base64 = (text: string) => Buffer.from(text).toString('base64url')
const hasVersion = ({ fields }: Subject) => fields.some(named('version'))
const takesKey = ({ operation }: Subject) => operation.kind === 'command' && !operation.outside
const inTenant = ({ operation }: Subject) => operation.scope === 'tenant'
const guarded = ({ operation }: Subject) => operation.scope !== 'anyone'
const refersElsewhere = (subject: Subject, field: Field) =>
  field.place !== 'path' &&
  field.name !== 'user_id' &&
  !isOwnId(subject, field) &&
  (field.format ?? field.items?.format) === 'uuid'

function wrongTypes({ type, nullable, items, maxItems }: Field): unknown[] {
  const nothing = nullable ? [] : [null]
  if (type === 'string') return [1, true, [], {}, ['text'], ...nothing]
  if (type === 'integer') return ['1', 1.5, true, [], {}, -1, 1e300, ...nothing]
  if (type === 'boolean') return [0, 'true', [], {}, ...nothing]
  if (type === 'array')
    return [
      'text',
      1,
      {},
      [null],
      [[]],
      [{}],
      [1],
      Array(maxItems ? maxItems + 1 : 100_000).fill(items ? '*' : 1),
      ...nothing,
    ]
  return [1, 'text', [], ...nothing]
}

// prettier and biome keep one row a line where it fits: what is wrong, the answer, the requests
const rows: Row[] = [
  [
    'a field of a wrong type',
    '400 invalid_input',
    (s) => s.fields.filter(ofBody).flatMap((f) => put(named(f.name), ...wrongTypes(f))(s)),
  ],
  [
    'a required field missing',
    '400 invalid_input',
    asWithout((f) => f.required && f.place !== 'path' && f.name !== 'version'),
  ],
  [
    'an unknown field',
    '400 invalid_input',
    (s) => [{ input: { ...s.input, surprise: 1 } }, { input: { ...s.input, toString: 1 } }],
  ],
  [
    'a key of the prototype',
    '400 invalid_input',
    (s) =>
      ['__proto__', 'constructor', 'prototype'].flatMap((key) => [
        ...withKey(key, '{"admin":true}')(s),
        ...ask(`${key}=1`)(s),
      ]),
  ],
  [
    'a body too large',
    '413 body_too_large',
    send(JSON.stringify({ surprise: 'x'.repeat(1_048_576) }), Buffer.alloc(3_000_000, ' ')),
  ],
  [
    'a body that is not UTF-8',
    '400 malformed_body',
    send(Buffer.from([0x22, 0xff, 0x22]), Buffer.from('{"name":"caf\xe9"}', 'latin1'), Buffer.from('{}', 'utf16le')),
  ],
  [
    'malformed JSON',
    '400 malformed_body',
    send(
      '{',
      '{"name":}',
      "{'name':1}",
      '{"name":1,}',
      '{} {}',
      'NaN',
      '{"version":NaN}',
      '{"version":Infinity}',
      'undefined',
      ' ',
      '<a/>',
    ),
  ],
  ['a body that is no object', '400 invalid_input', send('[]', '[{}]', '"text"', '1', 'null', 'true')],
  [
    'deep nesting',
    '400 invalid_input',
    (s) => [
      ...send(nested(100_000))(s),
      ...withKey('surprise', nested(200_000))(s),
      ...s.fields.filter(ofBody).flatMap(({ name }) => withKey(name, nested(5_000))(without(s, name))),
    ],
  ],
  [
    'another media type',
    '415 unsupported_media_type',
    (s) =>
      takesBody(s)
        ? [
            'text/plain',
            'application/x-www-form-urlencoded',
            'multipart/form-data; boundary=x',
            'application/xml',
            undefined,
          ].map((type) => ({ headers: { 'content-type': type }, payload: '{}' }))
        : [],
  ],
  [
    'a parameter given twice',
    '400 invalid_input',
    (s) =>
      s.fields
        .filter((f) => f.place === 'query')
        .flatMap(({ name }) => ask(`${name}=1&${name}=2`)({ ...s, input: {} })),
  ],
  ['an unknown parameter', '400 invalid_input', ask('surprise=1', 'limit[]=1', 'a.b=1', '%FF=%FF', 'surprise')],

  [
    'a limit that is none',
    '400 invalid_input',
    put(named('limit'), 0, -1, 201, 'abc', 'NaN', 'Infinity', 1.5, '1e1', '', '0x10', '99999999999999999999', '١٢'),
  ],
  [
    'a cursor of no list',
    '400 invalid_cursor',
    put(
      named('cursor'),
      'garbage',
      '%%%',
      '\u0000',
      base64('no json'),
      base64('{"a":1}'),
      base64('null'),
      base64('[]'),
      base64('["x"]'),
      base64('[1]'),
      base64(`["${freshId()}","extra"]`),
      base64('[null]'),
      base64(nested(300)),
      '/etc/passwd',
    ),
  ],
  ['a cursor too long or empty', '400 invalid_input', put(named('cursor'), 'a'.repeat(1_001), '')],

  [
    'an id that is no id',
    '400 invalid_input',
    put(
      (f) => f.format === 'uuid',
      'x',
      '123',
      '\u0000',
      `${freshId()}0`,
      freshId().replaceAll('-', ''),
      `{${freshId()}}`,
      `${freshId()}' OR 1=1`,
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ),
  ],
  [
    'a list of ids that are none',
    '400 invalid_input',
    put((f) => f.items?.format === 'uuid', ['x'], [freshId(), ''], [null], ['00000000-0000-0000-0000-000000000000']),
  ],
  ['an id too long for a path', '400 invalid_input', put((f) => f.place === 'path', 'a'.repeat(1_000))],
  [
    'a path that is not UTF-8',
    '404 not_found',
    (s) => s.fields.filter((f) => f.place === 'path').map(() => ({ path: '%FF' })),
  ],
  ['an id that does not exist', '404 not_found', put((f) => f.place === 'path' && f.format === 'uuid', freshId)],
  [
    'a reference to what does not exist',
    /^422 \w+_not_found$/,
    (s) =>
      s.fields
        .filter((f) => f.name === 'user_id' || refersElsewhere(s, f))
        .flatMap((f) => put(named(f.name), f.items ? [freshId()] : freshId())(s)),
  ],

  [
    'a version that was never read',
    '428 version_required',
    (s) => (hasVersion(s) ? asWithout(named('version'))(s) : []),
  ],
  [
    'a stale version',
    '412 version_conflict',
    (s) => [
      ...put(named('version'), 999)(s),
      ...asWithout(named('version'))(s).map((change) => ({ ...change, headers: { 'if-match': '"999"' } })),
    ],
  ],
  [
    'an If-Match that is none',
    '412 version_conflict',
    (s) =>
      asWithout(named('version'))(s).flatMap((change) =>
        [
          '1',
          'W/"1"',
          '*',
          '"1", "2"',
          '""',
          '"a"',
          '"-1"',
          '"0"',
          '"1.0"',
          '"9999999999"',
          '"99999999999999999999"',
        ].map((header) => ({ ...change, headers: { 'if-match': header } })),
      ),
  ],
  [
    'an If-Match that contradicts the input',
    '412 version_conflict',
    (s) => when(hasVersion, { headers: { 'if-match': '"2000"' } })(s),
  ],

  ['no credential', '401 unauthenticated', when(guarded, ...asCaller({}))],
  [
    'a session nobody has',
    '401 unauthenticated',
    (s) =>
      when(
        guarded,
        ...asCaller(
          ...['', 'x', 'x'.repeat(4_000), '%00', 'a%00b', '%ED%A0%80', '%C3%A9', '"', "' OR 1=1 --"].map((token) => ({
            cookie: `comptoir_session=${token}`,
          })),
          { cookie: held.expiredCookie },
        ),
      )(s),
  ],
  [
    'an API key nobody has',
    '401 unauthenticated',
    (s) =>
      when(
        guarded,
        ...asCaller(
          ...[
            'Bearer x',
            'Bearer',
            'Bearer ',
            'bearer \u00e9',
            `Bearer ck_${'A'.repeat(43)}`,
            `Bearer ${'x'.repeat(6_000)}`,
            'Basic eDp5',
            held.expiredKey,
            held.revokedKey,
          ].map((authorization) => ({ authorization })),
        ),
      )(s),
  ],
  [
    'a caller without the permission',
    '403 forbidden',
    (s) => [
      ...when((one) => one.operation.permission !== null, ...asCaller({ cookie: held.powerless }))(s),
      ...when((one) => one.operation.scope === 'person', ...asCaller({ authorization: held.key }))(s),
    ],
  ],
  [
    'a tenant that is not the caller’s',
    '404 tenant_not_found',
    (s) =>
      when(
        inTenant,
        ...[held.otherTenant, freshId(), 'x', '', '00000000-0000-0000-0000-000000000000'].map((tenant) => ({
          headers: { 'comptoir-tenant': tenant },
        })),
      )(s),
  ],
  [
    'no tenant named among two',
    '400 tenant_required',
    (s) => when(inTenant, ...asCaller({ cookie: held.twoTenants }))(s),
  ],
  [
    'an Idempotency-Key that is none',
    '400 invalid_idempotency_key',
    when(
      takesKey,
      ...['', '""', 'two words', '"two words"', 'é', 'x'.repeat(256), '\t'].map((key) => ({
        headers: { 'idempotency-key': key },
      })),
    ),
  ],

  [
    'an amount that is none',
    '400 invalid_input',
    put(
      (f) => f.pattern === amountPattern,
      'NaN',
      'Infinity',
      '-Infinity',
      '1e5',
      '1E5',
      '1.23456',
      '1234567890123456',
      '1,5',
      '01',
      '.5',
      '5.',
      '+1',
      ' 1',
      '1 ',
      '0x10',
      '1_000',
      '٣',
      '--1',
      1,
      1.5,
    ),
  ],
  [
    'a time that is none',
    '400 invalid_input',
    put(
      (f) => f.format === 'date-time',
      '2026-02-30T00:00:00Z',
      '2027-02-29T00:00:00Z',
      '9999-01-01T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '2036-01-01T00:00:00',
      '2036-13-01T00:00:00Z',
      '2036-01-01T24:00:00Z',
      '2036-01-01T00:60:00Z',
      '2036-01-01',
      '2036-01-01T00:00:00+99:99',
      '2036-01-01 00:00:00Z',
      '+275760-09-14T00:00:00Z',
      'tomorrow',
      'infinity',
      2_082_758_400,
    ),
  ],
  [
    'a time zone that is none',
    '400 invalid_input',
    put(named('time_zone'), 'Mars/Phobos', '+02:00', 'Europe/Paris ', '../../etc/localtime', "'; SELECT 1"),
  ],
  ['a locale that is none', '400 invalid_input', put(named('locale'), 'x', 'french!', 'en_US', '-'.repeat(35))],
  ['a word outside its list', '400 invalid_input', put((f) => f.enum !== undefined, 'nonsense', 'ACTIVE', 0)],
  [
    'text with NUL or control characters',
    '400 invalid_input',
    put((f) => ofBody(f) && ofText(f) && !f.secret, 'a\u0000b', 'a\u0007b', 'a\u007fb', 'a\u0085b', 'a\u001bb'),
  ],
  [
    'text with half a surrogate pair',
    '400 invalid_input',
    put((f) => ofBody(f) && ofText(f) && !f.secret, 'Sample \ud800 text', 'Sample text \udc00'),
  ],
  [
    'text too long',
    '400 invalid_input',
    put(
      (f) => ofBody(f) && ofText(f),
      ({ longest }: Field) => 'x'.repeat(longest + 1),
      'é'.repeat(200_000),
    ),
  ],
  ['text that is empty', '400 invalid_input', put((f) => ofBody(f) && ofText(f), '')],
  [
    'text of blanks',
    '400 invalid_input',
    put((f) => ofBody(f) && ofText(f) && !f.secret, ' ', '   ', '\u00a0', '\u2003'),
  ],
  [
    'a list with bad text',
    '400 invalid_input',
    put(
      (f) => ofBody(f) && f.items !== undefined && f.items.format !== 'uuid',
      ['a\u0000b'],
      [''],
      ['\ud800'],
      ['x'.repeat(100_000)],
    ),
  ],
]

describe('every operation', () => {
  test('is in the list this file goes through', () => {
    expect(operationNames).toEqual(server.product.operations.map(({ name }) => name))
  })

  test.each(operationNames)('%s takes its sample', async (name) => {
    const operation = operationOf(name)
    const fresh = await owner.client.request('identity.sign-in', { email: owner.email, password: owner.password })
    const cookie = fresh.headers.getSetCookie()[0]?.split(';')[0]
    const { statusCode, json: body } = await inject(operation, { headers: { cookie } }, await ours.inputOf(operation))
    if (statusCode >= 300) expect(operation.refusals?.map(({ code }) => code)).toContain(body().code)
  })

  test.each(operationNames)('%s refuses every row of the table and changes nothing', async (name) => {
    const subject = await subjectOf(operationOf(name))
    const wrong: string[] = []
    let before = await fingerprint()
    for (const [what, answer, changes] of rows) {
      for (const change of changes(subject)) {
        const found = await fault(subject, change, answer)
        if (found) wrong.push(`${what}: ${found}`)
      }
      const after = await fingerprint()
      if (after !== before) wrong.push(`${what}: changed ${difference(before, after)}`)
      before = after
    }
    expect(wrong).toEqual([])
  })

  test.each(operationNames)('%s does not tell another tenant’s rows from none', async (name) => {
    const subject = await subjectOf(operationOf(name))
    const foreign = await theirs.inputOf(subject.operation)
    const before = await fingerprint()
    for (const field of subject.fields.filter((one) => one.place === 'path' || refersElsewhere(subject, one))) {
      const answerTo = async (value: unknown) => {
        const response = await inject(subject.operation, {}, { ...subject.input, [field.name]: value })
        expect(response.body).not.toContain(neighbour)
        const { code, detail, title } = response.json()
        return { status: response.statusCode, code, detail, title }
      }
      const toNone = await answerTo(field.items ? [freshId()] : freshId())
      expect(await answerTo(foreign[field.name])).toEqual(toNone)
      expect(toNone.status).toBe(field.place === 'path' ? 404 : 422)
    }
    expect(await fingerprint()).toBe(before)
  })

  // A failure prints the seed and the path that repeat it.
  test.each(operationNames)('%s never breaks on arbitrary JSON and writes only what it accepts', async (name) => {
    const operation = operationOf(name)
    const valid = await ours.inputOf(operation)
    const field = fc.constantFrom(...Object.keys(valid), 'surprise')
    const mutated = fc.dictionary(field, fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })), { maxKeys: 3 })
    const arbitrary = fc.oneof(
      mutated.map((change) => ({ ...valid, ...change }) as fc.JsonValue),
      fc.jsonValue({ noUnicodeString: false }),
      fc.dictionary(field, fc.jsonValue()),
    )
    let before = await fingerprint()
    await fc.assert(
      fc.asyncProperty(arbitrary, async (value) => {
        const isInput = typeof value === 'object' && value !== null && !Array.isArray(value)
        const change =
          isInput || !takesBody({ operation, fields: [], input: {} }) ? {} : { payload: JSON.stringify(value) }
        const { statusCode } = await inject(operation, change, isInput ? value : { ...valid, surprise: value })
        expect(statusCode).toBeLessThan(500)
        const after = await fingerprint()
        if (statusCode >= 400) expect(difference(before, after)).toBe('')
        before = after
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })
})

function operationOf(name: string): Operation {
  const operation = server.product.operations.find((one) => one.name === name)
  if (!operation) throw new Error(`no operation ${name}`)
  return operation
}

async function subjectOf(operation: Operation): Promise<Subject> {
  const { pathFields } = routeOf(operation)
  const schema = inputSchemaOf(operation)
  const parsed = z.toJSONSchema(operation.input, { io: 'output', unrepresentable: 'any' }) as FieldSchema
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]): Field => {
    const longest = withoutNull(parsed.properties?.[name] ?? {}).maxLength ?? 10_000
    const elsewhere = /^(GET|DELETE) /.test(operation.route) ? 'query' : 'body'
    return {
      ...withoutNull(field),
      name,
      longest,
      place: pathFields.includes(name) ? 'path' : elsewhere,
      required: schema.required?.includes(name) ?? false,
      nullable: field.anyOf?.some((one) => one.type === 'null') ?? false,
    }
  })
  return { operation, fields, input: await ours.inputOf(operation) }
}

function bodyOf({ operation, input }: Subject): Input {
  return placeInput(operation, input).body ?? {}
}

function inject(operation: Operation, change: Change, input: Input) {
  const { method, url, body } = placeInput(operation, change.input ?? input)
  const payload = change.payload ?? (body && JSON.stringify(body))
  const headers = {
    cookie: owner.cookie,
    'comptoir-tenant': owner.tenantId,
    ...(payload === undefined ? {} : json),
    ...change.headers,
  }
  const query = change.query === undefined ? '' : `${url.includes('?') ? '&' : '?'}${change.query}`
  return server.product.http.inject({
    method,
    url: `${url.replace(/(?=\?)|$/, change.path ?? '')}${query}`,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >,
    ...(payload === undefined ? {} : { payload }),
  })
}

const leak =
  /\n\s+at |node_modules|\.[jt]s:\d|\/server\/|\b(SELECT|INSERT|UPDATE|DELETE) \w|violates|constraint|relation "|pg_|syntax error/

/** What is wrong with the answer to a bad request; undefined when it is the one that was expected. */
async function fault(subject: Subject, change: Change, answer: string | RegExp): Promise<string | undefined> {
  const response = await inject(subject.operation, change, subject.input)
  const told = response.json()
  const found = `${response.statusCode} ${told?.code}`
  const documented = refusalsOf(subject.operation).find(({ code }) => code === told?.code)
  const shape = {
    type: `/v1/problems#${told?.code}`,
    status: response.statusCode,
    instance: `urn:uuid:${response.headers['x-request-id']}`,
  }
  const complaints = [
    (typeof answer === 'string' ? found !== answer : !answer.test(found)) && `answered ${found}`,
    !/^application\/problem\+json\b/.test(String(response.headers['content-type'])) &&
      `sent ${response.headers['content-type']}`,
    documented?.status !== response.statusCode && `${found} is not documented`,
    documented?.title !== told?.title && `is titled ${told?.title}`,
    Object.entries(shape).some(([name, value]) => told?.[name] !== value) && 'has a wrong type, status or instance',
    !(typeof told?.detail === 'string' && told.detail !== '') && 'has no detail',
    leak.test(response.body) && `leaks ${leak.exec(response.body)?.[0]}`,
    response.body.includes(neighbour) && 'shows another tenant’s data',
  ].filter(Boolean)
  if (complaints.length === 0) return undefined
  return `${complaints.join(', ')} to ${JSON.stringify({ ...change, payload: change.payload?.toString() }).slice(0, 300)}: ${response.body.slice(0, 300)}`
}

/** One line a table: how many rows, and a hash of them all. */
async function fingerprint(): Promise<string> {
  fingerprintQuery ??= await queryOfAllTables()
  const { rows: lines } = await superuser.query(fingerprintQuery)
  return lines.map(({ line }) => line).join('\n')
}

let fingerprintQuery: string | undefined

async function queryOfAllTables(): Promise<string> {
  const { rows: tables } = await superuser.query(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1`,
  )
  return tables
    .map(
      ({ name }) =>
        `SELECT '${name} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM ONLY ${name} t`,
    )
    .join(' UNION ALL ')
}

function difference(before: string, after: string): string {
  const known = new Set(before.split('\n'))
  return after
    .split('\n')
    .filter((line) => !known.has(line))
    .join(', ')
}
