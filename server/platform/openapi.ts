import { z } from 'zod'
import { sessionCookie } from './http-request.ts'
import { successStatus } from './idempotency.ts'
import { type Operation, routeOf } from './operation.ts'
import { platformRefusals, type RefusalKind } from './refusal.ts'
import { jsonSchemaOf } from './schema.ts'

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
})

/** The OpenAPI 3.1 document of the operations; every part of it is read from them. */
export function openApiOf(operations: readonly Operation[], publicUrl: string) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const { method, path } = routeOf(operation)
    const item = path.replaceAll(/:(\w+)/g, '{$1}')
    paths[item] = { ...paths[item], [method.toLowerCase()]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Comptoir',
      version: '1',
      description: 'Amounts are decimal strings; times are ISO 8601; lists are paged by cursor.',
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(operations.map(moduleOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: sessionCookie(publicUrl.startsWith('https:')) },
        apiKey: { type: 'http', scheme: 'bearer' },
      },
      schemas: { Problem: withoutDialect(problem, 'output') },
    },
  }
}

/** The refusals an operation may answer with, beside those of the connection itself. */
export function refusalsOf(operation: Operation): RefusalKind[] {
  const p = platformRefusals
  const found: RefusalKind[] = [p.invalidInput, p.tooManyRequests, p.unavailable, p.overloaded, p.internal]
  if (operation.scope !== 'anyone') found.push(p.unauthenticated)
  if (operation.scope === 'person') found.push(p.forbidden)
  if (operation.scope === 'tenant') found.push(p.tenantRequired, p.tenantNotFound, p.forbidden)
  if (operation.reach === 'tenant') found.push(p.outOfScope)
  const inQuery = /^(GET|DELETE) /.test(operation.route)
  if (operation.kind === 'command' || !inQuery) found.push(p.malformedBody, p.bodyTooLarge, p.unsupportedMediaType)
  if (operation.kind === 'command') found.push(p.crossSite, p.busy)
  if (operation.kind === 'command' && !operation.outside) found.push(p.invalidIdempotencyKey, p.idempotencyKeyReused)
  if ('version' in fieldsOf(operation)) found.push(p.versionConflict, p.versionRequired)
  if ('cursor' in fieldsOf(operation)) found.push(p.invalidCursor)
  if (routeOf(operation).pathFields.length > 0) found.push(p.notFound)
  return [...found, ...(operation.refusals ?? [])].toSorted(
    (a, b) => a.status - b.status || a.code.localeCompare(b.code),
  )
}

function describe(operation: Operation) {
  const { method, pathFields } = routeOf(operation)
  const fields = fieldsOf(operation)
  const inQuery = method === 'GET' || method === 'DELETE'
  const required = new Set((jsonSchemaOf(operation.input, 'input').required as string[] | undefined) ?? [])
  const others = Object.keys(fields).filter((name) => !pathFields.includes(name))
  const parameters = [
    ...pathFields.map((name) => ({ name, in: 'path', required: true, schema: fields[name] ?? {} })),
    ...(inQuery
      ? others.map((name) => ({ name, in: 'query', required: required.has(name), schema: fields[name] }))
      : []),
    ...headersOf(operation),
  ]
  const body = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(others.map((name) => [name, fields[name]])),
    // A version may come in If-Match instead.
    required: others.filter((name) => required.has(name) && name !== 'version'),
  }
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [moduleOf(operation)],
    ...(operation.permission ? { description: `Needs the permission \`${operation.permission}\`.` } : {}),
    ...(operation.scope === 'anyone'
      ? { security: [] }
      : { security: operation.scope === 'person' ? [{ session: [] }] : [{ session: [] }, { apiKey: [] }] }),
    parameters,
    ...(inQuery
      ? {}
      : { requestBody: { required: others.length > 0, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(operation),
  }
}

function headersOf(operation: Operation) {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  })
  return [
    ...(operation.scope === 'tenant'
      ? [header('Comptoir-Tenant', 'Which tenant, when you have a place in several.')]
      : []),
    ...(operation.kind === 'command' && !operation.outside
      ? [header('Idempotency-Key', 'The same key with the same input happens once; kept 30 days.')]
      : []),
    ...('version' in fieldsOf(operation) ? [header('If-Match', 'The ETag you read, in place of version.')] : []),
  ]
}

function responsesOf(operation: Operation) {
  const output = withoutDialect(operation.output, 'output')
  const empty = output.type === 'null'
  const status = empty ? 204 : successStatus(operation)
  const versioned = 'version' in ((output.properties as object | undefined) ?? {})
  const success = {
    description: 'Done.',
    ...(versioned ? { headers: { ETag: { description: 'The version.', schema: { type: 'string' } } } } : {}),
    ...(empty ? {} : { content: { 'application/json': { schema: output } } }),
  }
  const byStatus = Object.groupBy(refusalsOf(operation), (kind) => String(kind.status))
  const problems = Object.entries(byStatus).map(([code, kinds = []]) => [
    code,
    {
      description: kinds.map((kind) => `\`${kind.code}\` ${kind.title}.`).join(' '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ])
  return { [status]: success, ...Object.fromEntries(problems) }
}

/** The module of an operation: what its name begins with. */
export function moduleOf(operation: Operation): string {
  return operation.name.split('.')[0] ?? ''
}

/** JSON Schema (draft 2020-12) of each field of the input, path fields included. */
export function fieldsOf(operation: Operation): Record<string, Record<string, unknown>> {
  return (jsonSchemaOf(operation.input, 'input').properties ?? {}) as Record<string, Record<string, unknown>>
}

function withoutDialect(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema, ...rest } = jsonSchemaOf(schema, io)
  return rest
}
