import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { refusalsOf } from '../server/platform/openapi.ts'
import { type Operation, routeOf } from '../server/platform/operation.ts'
import { platformRefusals, type RefusalKind } from '../server/platform/refusal.ts'
import { createOperations } from '../server/registry.ts'
import { sendTo } from './harness/http.ts'
import { createSampler, type FieldSchema, inputSchemaOf, placeInput, type Sampler } from './harness/samples.ts'
import { signUpOwner, startTestServer, type TestOwner, type TestServer } from './harness/server.ts'

interface Described {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters: { name: string; in: string; required: boolean; schema: FieldSchema }[]
  requestBody?: { required: boolean; content: Record<string, { schema: FieldSchema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Described>>
  components: { securitySchemes: Record<string, { name?: string }>; schemas: Record<string, object> }
}

const names = createOperations({} as never, {} as never).map(({ name }) => name)

let server: TestServer
let owner: TestOwner
let sampler: Sampler
let document: Document

beforeAll(async () => {
  server = await startTestServer()
  owner = await signUpOwner(server)
  sampler = createSampler(server, owner)
  document = (await sendTo(server, { url: '/v1/openapi.json' })).json()
})

afterAll(() => server.close())

const operationOf = (name: string) => server.product.operations.find((one) => one.name === name) as Operation
const hasBody = ({ route }: Operation) => !/^(GET|DELETE) /.test(route)

function describedAs(operation: Operation): Described {
  const { method, path } = routeOf(operation)
  const found = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  if (!found) throw new Error(`${operation.route} is not in the document`)
  return found
}

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document) as never)
  expect(errors).toBeUndefined()
  expect({ valid, version: validator.version, openapi: document.openapi }).toEqual({
    valid: true,
    version: '3.1',
    openapi: '3.1.0',
  })
})

test('the document is the same to who takes it compressed and who does not', async () => {
  const ask = (encoding: string) =>
    server.product.http.inject({ url: '/v1/openapi.json', headers: { 'accept-encoding': encoding } })
  const [zipped, plain] = [await ask('gzip, deflate, br'), await ask('identity')]
  expect([zipped.headers['content-encoding'], plain.headers['content-encoding']]).toEqual(['gzip', undefined])
  for (const { headers } of [zipped, plain]) {
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(String(headers.vary)).toMatch(/accept-encoding/i)
  }
  expect(gunzipSync(zipped.rawPayload).toString()).toBe(plain.body)
  expect(plain.json()).toEqual(document)
})

test('each operation is in the document exactly once, and nothing else is', () => {
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId))
  expect(ids.toSorted()).toEqual(server.product.operations.map(({ name }) => name).toSorted())
  expect(new Set(ids).size).toBe(ids.length)
  expect(names.toSorted()).toEqual(ids.toSorted())
})

test.each(names)('%s is described as its schemas say', (name) => {
  const operation = operationOf(name)
  const described = describedAs(operation)
  const { properties = {}, required = [] } = inputSchemaOf(operation)
  const { pathFields } = routeOf(operation)
  const others = Object.keys(properties).filter((field) => !pathFields.includes(field))
  const placed = (place: string) => described.parameters.filter((one) => one.in === place)
  const body = described.requestBody?.content['application/json']?.schema

  expect(described).toMatchObject({ operationId: name, summary: operation.summary, tags: [name.split('.')[0]] })
  expect(placed('path')).toEqual(
    pathFields.map((field) => ({ name: field, in: 'path', required: true, schema: properties[field] })),
  )
  expect(placed('query').map((one) => one.name)).toEqual(hasBody(operation) ? [] : others)
  for (const one of placed('query')) {
    expect(one).toMatchObject({ schema: properties[one.name], required: required.includes(one.name) })
  }
  expect(body === undefined ? [] : Object.keys(body.properties ?? {})).toEqual(hasBody(operation) ? others : [])
  if (body) {
    expect(body.properties).toEqual(Object.fromEntries(others.map((field) => [field, properties[field]])))
    expect(body).toMatchObject({ additionalProperties: false, required: others.filter(isRequired(required)) })
  }
})

test.each(names)('%s lists every problem it may answer with, and who may call it', (name) => {
  const operation = operationOf(name)
  const { responses, security, parameters } = describedAs(operation)
  for (const { status, code, title } of refusalsOf(operation)) {
    expect(responses[status]?.description).toContain(`\`${code}\` ${title}`)
    expect(responses[status]?.content?.['application/problem+json']?.schema).toEqual({
      $ref: '#/components/schemas/Problem',
    })
  }
  const schemes = { anyone: [], person: ['session'], tenant: ['session', 'apiKey'] }
  expect(security.flatMap((one) => Object.keys(one))).toEqual(schemes[operation.scope])
  const headers = parameters.filter((one) => one.in === 'header').map((one) => one.name)
  expect(headers.includes('Comptoir-Tenant')).toBe(operation.scope === 'tenant')
  expect(headers.includes('Idempotency-Key')).toBe(operation.kind === 'command' && !operation.outside)
  expect(headers.includes('If-Match')).toBe('version' in (inputSchemaOf(operation).properties ?? {}))
})

test.each(names)('%s answers as the document says', async (name) => {
  const operation = operationOf(name)
  const { method, url, body } = placeInput(operation, await sampler.inputOf(operation))
  const cookie = await sampler.cookieOf(operation)
  const answer = await sendTo(server, { method, url, body, headers: { cookie, 'comptoir-tenant': owner.tenantId } })
  const response = describedAs(operation).responses[answer.statusCode]
  const schema = response?.content?.['application/json']?.schema
  expect(answer.statusCode).toBeLessThan(300)
  expect(response).toBeDefined()
  if (schema) expect(z.fromJSONSchema(schema as never).safeParse(answer.json()).error).toBeUndefined()
  else expect(answer.body).toBe('')
})

test('a problem is as the document says', async () => {
  const { Problem } = document.components.schemas
  for (const url of ['/v1/me', '/v1/branches?limit=0', '/v1/nothing']) {
    const problem = (await sendTo(server, { url, headers: url === '/v1/me' ? {} : { cookie: owner.cookie } })).json()
    expect(z.fromJSONSchema(Problem as never).safeParse(problem).error).toBeUndefined()
  }
})

test('the typed client reaches every query by its name', async () => {
  const queries = server.product.operations.filter(({ kind }) => kind === 'query')
  expect(queries.length).toBeGreaterThan(5)
  for (const one of queries) {
    const { status, body } = await owner.client.request(one.name, await sampler.inputOf(one))
    expect([one.name, status]).toEqual([one.name, 200])
    const { schema } = describedAs(one).responses['200']?.content?.['application/json'] ?? {}
    expect(z.fromJSONSchema(schema as never).safeParse(body).error).toBeUndefined()
  }
  const { items } = await owner.client.call('tenants.list-branches', { limit: 1 })
  const branch = await owner.client.call('tenants.get-branch', { id: items[0]?.id ?? '' })
  expect(branch.entity_id).toBe(owner.entityId)
})

test('/v1/problems lists every code that the product declares', async () => {
  const { items } = (await sendTo(server, { url: '/v1/problems' })).json() as { items: RefusalKind[] }
  const folder = join(import.meta.dirname, '../server')
  const contracts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(contract|refusals|goods|allocate-batches)\.ts$/.test(file),
  )
  expect(contracts.length).toBeGreaterThan(1)
  const modules: object[] = await Promise.all(contracts.map((file) => import(join(folder, file))))
  // What a browser shares with a contract is declared apart, and once.
  const declared = new Set([platformRefusals, ...modules].flatMap((one) => Object.values(one)).filter(isRefusalKind))
  expect(items).toEqual([...declared].toSorted((a, b) => a.code.localeCompare(b.code)))
  expect(new Set(items.map(({ code }) => code)).size).toBe(items.length)
})

test('/docs is a page whose parts are all there', async () => {
  const page = await sendTo(server, { url: '/docs/' })
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    (match) => new URL(match[1] ?? '', `${server.url}/docs/`),
  )
  expect(parts.length).toBeGreaterThan(3)
  for (const part of parts) {
    expect(part.origin).toBe(server.url)
    expect([part.pathname, (await sendTo(server, { url: part.pathname })).statusCode]).toEqual([part.pathname, 200])
  }
})

test('the document names the cookie that is sent', async () => {
  const secure = await startTestServer({ database: server.database, env: { PUBLIC_URL: 'https://shop.example' } })
  for (const one of [server, secure]) {
    const { components, servers } = (await sendTo(one, { url: '/v1/openapi.json' })).json()
    const body = { email: owner.email, password: owner.password }
    const { headers } = await sendTo(one, { method: 'POST', url: '/v1/sessions', body })
    expect(String(headers['set-cookie']).split('=')[0]).toBe(components.securitySchemes.session.name)
    expect(servers).toHaveLength(1)
  }
  await secure.close()
})

/** A version may come in If-Match instead. */
function isRequired(required: readonly string[]) {
  return (field: string) => required.includes(field) && field !== 'version'
}

function isRefusalKind(value: unknown): value is RefusalKind {
  return typeof value === 'object' && value !== null && 'code' in value && 'status' in value && 'title' in value
}
