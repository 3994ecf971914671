import { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Operation, routeOf } from './operation.ts'
import { platformRefusals, Refusal, refuse } from './refusal.ts'
import { id, version } from './schema.ts'

/** What a request shows of who sends it. */
export interface Credentials {
  readonly sessionToken?: string
  readonly apiKey?: string
  /** The tenant asked for, by the header Comptoir-Tenant. */
  readonly tenantId?: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Its body may take as long as something of it comes. */
    takesItsTime: boolean
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })
const token = /^[\x21-\x7e]{1,1000}$/

/** The URL to route. A path that is not percent-encoded UTF-8 leads nowhere, like any path nobody knows. */
export function routableUrl(url: string): string {
  try {
    decodeURIComponent(url.split('?')[0] ?? '')
    return url
  } catch {
    return '/unreadable'
  }
}

/** Parses a JSON body. Refuses invalid UTF-8 and malformed JSON with `malformed_body`. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(decoder.decode(body))
  } catch {
    throw new Refusal(platformRefusals.malformedBody)
  }
}

/**
 * Answers a request with 408, and ends its connection, when its body has not come in so many milliseconds. Where it takes its
 * time, that is when nothing of it came for as long.
 */
export function cutSlowBody(request: FastifyRequest, timeoutMs: number): void {
  const { raw, server } = request
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if (raw.complete || (length === undefined && encoding === undefined)) return
  // What was injected came whole, and is never closed.
  if (!(raw.socket instanceof Socket)) return
  let read = raw.socket.bytesRead
  const timer = setInterval(() => {
    const isAlive = raw.complete || (request.takesItsTime && raw.socket.bytesRead > read)
    read = raw.socket.bytesRead
    if (!isAlive) server.server.emit('clientError', bodyTimeout(), raw.socket)
    if (!isAlive || raw.complete) clearInterval(timer)
  }, timeoutMs)
  raw.once('close', () => clearInterval(timer))
}

/** As Node tells of requests that take too long. */
function bodyTimeout(): Error {
  return Object.assign(new Error('the body took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
}

/** The name of the session cookie; with TLS the browser itself holds it to this host and path. */
export function sessionCookie(secure: boolean): string {
  return secure ? '__Host-comptoir_session' : 'comptoir_session'
}

/** The name of the cookie by which a browser is known again. */
export function deviceCookie(secure: boolean): string {
  return secure ? '__Host-comptoir_device' : 'comptoir_device'
}

/** What the device cookie holds, if that can be a token. */
export function deviceTokenOf(request: FastifyRequest, secure: boolean): string | undefined {
  const cookie = request.cookies[deviceCookie(secure)]
  return cookie !== undefined && token.test(cookie) ? cookie : undefined
}

/**
 * Reads session cookie, API key and, for an operation that works in a tenant, the tenant asked for. A cookie that no
 * session can have counts as none. Refuses a tenant that is not an id with `tenant_not_found`.
 */
export function credentialsOf(
  request: FastifyRequest,
  { scope }: Pick<Operation, 'scope'>,
  secure: boolean,
): Credentials {
  const cookie = request.cookies[sessionCookie(secure)]
  const sessionToken = cookie !== undefined && token.test(cookie) ? cookie : undefined
  const apiKey = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const asked = scope === 'tenant' ? request.headers['comptoir-tenant'] : undefined
  const tenant = asked === undefined ? undefined : id.safeParse(asked)
  if (tenant && !tenant.success) refuse(platformRefusals.tenantNotFound)
  const proof = apiKey ? { apiKey } : sessionToken && { sessionToken }
  return {
    ...proof,
    ...(tenant?.data ? { tenantId: tenant.data } : {}),
  }
}

/**
 * Refuses a change that a page of another site makes the browser send. Browsers say so in Sec-Fetch-Site and Origin,
 * which pages cannot forge; clients that are not browsers send neither.
 */
export function assertSameSite(request: FastifyRequest, credentials: Credentials, publicUrl: string): void {
  if (credentials.apiKey) return
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') refuse(platformRefusals.crossSite)
  const { origin } = request.headers
  if (origin === undefined || site === 'same-origin') return
  if (origin !== new URL(publicUrl).origin && origin !== `${request.protocol}://${request.headers.host}`)
    refuse(platformRefusals.crossSite)
}

/** The Idempotency-Key, a structured-field string ("…") or bare. Refuses what is not 1 to 255 visible characters. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  const text = String(header)
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) refuse(platformRefusals.invalidIdempotencyKey)
  return key
}

/** Makes the flat input of an operation from path, query string, body and If-Match. Refuses a field that comes twice. */
export function inputOf(operation: Operation, request: FastifyRequest): unknown {
  const { method, pathFields } = routeOf(operation)
  const { body = {} } = method === 'GET' || method === 'DELETE' ? { body: queryOf(operation, request) } : request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const twice = pathFields.find((name) => Object.hasOwn(body, name))
  if (twice !== undefined) refuse(platformRefusals.invalidInput, `${twice} belongs in the path only`)
  const input = { ...body, ...(request.params as Record<string, unknown>) }
  return 'version' in shapeOf(operation) ? withVersion(input, request) : input
}

/** The schemas of the fields of an operation's input. */
function shapeOf(operation: Operation): Record<string, z.ZodType> {
  return operation.input instanceof z.ZodObject ? operation.input.shape : {}
}

/** Query strings hold text only: a whole number, true and false become one where the schema takes that. */
function queryOf(operation: Operation, request: FastifyRequest): Record<string, unknown> {
  const shape = shapeOf(operation)
  return Object.fromEntries(
    Object.entries(request.query as Record<string, unknown>).map(([name, value]) => {
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined
      if (typeof value !== 'string' || !field) return [name, value]
      if (/^-?\d{1,15}$/.test(value) && takesNumber(field)) return [name, Number(value)]
      return [name, /^(true|false)$/.test(value) && field.safeParse(true).success ? value === 'true' : value]
    }),
  )
}

function takesNumber(schema: z.ZodType): boolean {
  return schema.safeParse(1).success || schema.safeParse(0).success
}

function withVersion(input: Record<string, unknown>, request: FastifyRequest): Record<string, unknown> {
  const header = request.headers['if-match']
  if (header === undefined && input.version === undefined) refuse(platformRefusals.versionRequired)
  if (header === undefined) return input
  const read = version.safeParse(Number(/^"([1-9]\d*)"$/.exec(header)?.[1]))
  if (!read.success || (input.version !== undefined && input.version !== read.data))
    refuse(platformRefusals.versionConflict)
  return { ...input, version: read.data }
}
