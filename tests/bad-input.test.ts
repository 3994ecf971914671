import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalsOf } from '../server/platform/openapi.ts'
import type { Operation } from '../server/platform/operation.ts'
import { createOperations } from '../server/registry.ts'
import { type Change, type Credentials, type Subject, subjectOf, takesBody } from './harness/bad-changes.ts'
import { idOfNothing, isOwnId, namesSubject, refersElsewhere, rows } from './harness/bad-requests.ts'
import { difference, leftByRefusals, watchDatabase } from './harness/fingerprint.ts'
import { inGroups } from './harness/groups.ts'
import { createSampler, type Input, placeInput, type Sampler } from './harness/samples.ts'
import { hire, signUpOwner, signUpPerson, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

const neighbour = 'Secret of the neighbour'
const atOnce = 32
// Known before there is a server, so that each operation is a test of its own.
const names = createOperations({} as never, {} as never).map(({ name }) => name)

let server: TestServer
let superuser: pg.Client
let owner: TestOwner
let ours: Sampler
let theirs: Sampler
let held: Credentials
let fingerprint: () => Promise<string>

beforeAll(async () => {
  server = await startTestServer()
  superuser = new pg.Client({ connectionString: server.database.superuserUrl })
  await superuser.connect()
  owner = await signUpOwner(server)
  ours = createSampler(server, owner)
  const other = await signUpOwner(server)
  theirs = createSampler(server, other, { marker: neighbour })
  held = await makeCredentials(other)
  fingerprint = await watchDatabase(superuser, leftByRefusals)
})

afterAll(async () => {
  await superuser.end()
  await server.close()
})

async function makeCredentials(other: TestOwner): Promise<Credentials> {
  const [powerless, twoTenants, late] = [
    await signUpPerson(server),
    await signUpPerson(server),
    await signUpPerson(server),
  ]
  await hire(server, owner, powerless)
  for (const one of [owner, other]) {
    await hire(server, one, twoTenants)
  }
  const past = "expires_at = now() - interval '1 second'"
  await superuser.query(`UPDATE identity.session SET ${past} WHERE user_id = $1`, [late.userId])

  const makeKey = (name: string) =>
    owner.client.call('tenants.create-api-key', { name, permissions: ['*'], expires_at: '2036-01-01T00:00:00Z' })
  const [key, expired, revoked] = [await makeKey('key'), await makeKey('expired'), await makeKey('revoked')]
  await owner.client.call('tenants.revoke-api-key', { id: revoked.id, version: revoked.version })
  await superuser.query(`UPDATE tenants.api_key SET ${past} WHERE id = $1`, [expired.id])
  return {
    expiredCookie: late.cookie,
    expiredKey: `Bearer ${expired.secret}`,
    revokedKey: `Bearer ${revoked.secret}`,
    key: `Bearer ${key.secret}`,
    powerless: powerless.cookie,
    twoTenants: twoTenants.cookie,
    otherTenant: other.tenantId,
  }
}

test('every operation is a test below', () => {
  expect(names).toEqual(server.product.operations.map(({ name }) => name))
})

test('every row of the table is about some operation', () => {
  const subjects = server.product.operations.map((operation) => subjectOf(operation, {}))
  const idle = rows.filter(([, , changes]) => subjects.every((subject) => changes(subject, held).length === 0))
  expect(idle.map(([what]) => what)).toEqual([])
})

test.each(names)('%s takes its sample', async (name) => {
  const operation = operationOf(name)
  const input = await ours.inputOf(operation)
  const response = await send(operation, { headers: { cookie: await ours.cookieOf(operation) } }, input)
  if (response.statusCode >= 300) {
    expect(operation.refusals?.map(({ code }) => code)).toContain(response.json().code)
  }
})

test.each(names)('%s refuses every row of the table and changes nothing', async (name) => {
  const operation = operationOf(name)
  const subject = subjectOf(operation, await ours.inputOf(operation))
  const wrong: string[] = []
  let before = await fingerprint()
  for (const [what, answer, changes] of rows) {
    const bad = changes(subject, held)
    if (bad.length === 0) continue
    // Many at once, as none of them may change anything.
    const faults = await inGroups(bad, atOnce, (change) => fault(subject, change, answer))
    wrong.push(...faults.filter((found) => found !== undefined).map((found) => `${what}: ${found}`))
    const after = await fingerprint()
    if (after !== before) wrong.push(`${what}: changed ${difference(before, after)}`)
    before = after
  }
  expect(wrong).toEqual([])
})

test.each(names)('%s does not tell what another tenant has from what nobody has', async (name) => {
  const operation = operationOf(name)
  const subject = subjectOf(operation, await ours.inputOf(operation))
  const foreign = await theirs.inputOf(operation)
  const before = await fingerprint()
  for (const field of subject.fields.filter((one) => namesSubject(one) || refersElsewhere(subject, one))) {
    const answerTo = async (value: unknown) => {
      const response = await send(operation, {}, { ...subject.input, [field.name]: value })
      expect(response.body).not.toContain(neighbour)
      const { code, detail, title } = response.json()
      return { status: response.statusCode, code, detail, title }
    }
    const toNothing = await answerTo(idOfNothing(field, subject.input[field.name]))
    expect(await answerTo(foreign[field.name])).toEqual(toNothing)
    expect(toNothing.status).toBe(field.place === 'path' || field.name === 'tenant_id' ? 404 : 422)
  }
  expect(await fingerprint()).toBe(before)
})

test.each(names)('%s makes nothing under an id that is taken', async (name) => {
  const operation = operationOf(name)
  const subject = subjectOf(operation, await ours.inputOf(operation))
  const ownId = subject.fields.find((field) => isOwnId(subject, field))?.name
  if (ownId === undefined) return
  expect((await send(operation, {}, subject.input)).statusCode).toBe(201)
  const again = { ...subject, input: { ...(await ours.inputOf(operation)), [ownId]: subject.input[ownId] } }
  const before = await fingerprint()
  const somebodyElse = operation.scope === 'tenant' ? { authorization: held.key } : { cookie: held.powerless }
  // Somebody else is an API key here, and one key may not make another.
  const refused = name === 'tenants.create-api-key' ? '403 grants_too_much' : '409 already_exists'
  expect(await fault(again, { headers: somebodyElse }, refused)).toBeUndefined()
  expect(await fault(again, {}, '422 idempotency_key_reused')).toBeUndefined()
  expect(await fingerprint()).toBe(before)
})

const anyJson = fc.jsonValue()
const anyText = fc.string({ unit: 'binary' })

// A failure prints the seed and the path that repeat it.
test.each(names)('%s never breaks on arbitrary JSON and writes only what it accepts', async (name) => {
  const operation = operationOf(name)
  const valid = await ours.inputOf(operation)
  const field = fc.constantFrom(...Object.keys(valid), 'surprise')
  const change = fc.dictionary(field, fc.oneof(anyJson, anyText), { maxKeys: 3 })
  const mutated = change.map((change): unknown => ({ ...valid, ...change }))
  const arbitrary = fc.oneof(mutated, anyJson, fc.dictionary(field, anyJson))
  let cookie = await ours.cookieOf(operation)
  let before = await fingerprint()
  const property = fc.asyncProperty(arbitrary, async (value) => {
    const { statusCode, headers } = await sendAny(operation, value, cookie, valid)
    if (headers['set-cookie']) cookie = await ours.cookieOf(operation)
    expect(statusCode).toBeLessThan(500)
    if (operation.name !== 'identity.sign-in') expect(statusCode).not.toBe(401)
    const after = await fingerprint()
    if (statusCode >= 400) expect(difference(before, after)).toBe('')
    before = after
  })
  await fc.assert(property, { numRuns: 25, endOnFailure: true })
})

function operationOf(name: string): Operation {
  const operation = server.product.operations.find((one) => one.name === name)
  if (!operation) throw new Error(`no operation ${name}`)
  return operation
}

/** Sends what is an object field by field, anything else as the whole body, or as one field of a query. */
function sendAny(operation: Operation, value: unknown, cookie: string, valid: Input) {
  const isInput = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isInput) return send(operation, { headers: { cookie } }, value as Input)
  if (!takesBody({ operation })) return send(operation, { headers: { cookie } }, { ...valid, surprise: value })
  return send(operation, { headers: { cookie }, payload: JSON.stringify(value) }, valid)
}

function send(operation: Operation, change: Change, input: Input) {
  const { method, url, body } = placeInput(operation, change.input ?? input)
  const payload = change.payload ?? (body && JSON.stringify(body))
  const headers = Object.entries({
    cookie: owner.cookie,
    'comptoir-tenant': owner.tenantId,
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...change.headers,
  }).filter(([, value]) => value !== undefined)
  const query = change.query === undefined ? '' : `${url.includes('?') ? '&' : '?'}${change.query}`
  return server.product.http.inject({
    method,
    url: `${url.replace(/(?=\?)|$/, change.path ?? '')}${query}`,
    headers: Object.fromEntries(headers) as Record<string, string>,
    ...(payload === undefined ? {} : { payload }),
  })
}

const leak =
  /\n\s+at |node_modules|\.[jt]s:\d|\/server\/|\b(SELECT|INSERT|UPDATE|DELETE) \w|violates|relation "|pg_|syntax/

/** What is wrong with the answer to a bad request; undefined when it is the one that was expected. */
async function fault(subject: Subject, change: Change, answer: string | RegExp): Promise<string | undefined> {
  const response = await send(subject.operation, change, subject.input)
  const { statusCode: status, headers, body } = response
  const told = response.json()
  const found = `${status} ${told?.code}`
  const documented = refusalsOf(subject.operation).find(({ code }) => code === told?.code)
  const expected = { type: `/v1/problems#${told?.code}`, status, instance: `urn:uuid:${headers['x-request-id']}` }
  const complaints = [
    (typeof answer === 'string' ? found !== answer : !answer.test(found)) && `answered ${found}`,
    !/^application\/problem\+json\b/.test(String(headers['content-type'])) && `sent ${headers['content-type']}`,
    documented?.status !== status && `${found} is not documented`,
    documented?.title !== told?.title && `is titled ${told?.title}`,
    Object.entries(expected).some(([name, value]) => told?.[name] !== value) && 'has a wrong type, status or instance',
    !(typeof told?.detail === 'string' && told.detail !== '') && 'has no detail',
    leak.test(body) && `leaks ${leak.exec(body)?.[0]}`,
    body.includes(neighbour) && 'shows another tenant’s data',
  ].filter(Boolean)
  if (complaints.length === 0) return undefined
  const request = JSON.stringify({ ...change, payload: change.payload?.toString() }).slice(0, 300)
  return `${complaints.join(', ')} to ${request}: ${body.slice(0, 300)}`
}
