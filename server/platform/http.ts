import { createHash, timingSafeEqual } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import type { Execute } from './execute.ts'
import { addDocs, docsStyleHash } from './http-docs.ts'
import { sendProblem } from './http-problem.ts'
import {
  assertSameSite,
  type Credentials,
  credentialsOf,
  cutSlowBody,
  deviceCookie,
  deviceTokenOf,
  idempotencyKeyOf,
  inputOf,
  parseBody,
  routableUrl,
  sessionCookie,
} from './http-request.ts'
import type { Answer } from './idempotency.ts'
import { uuidv7 } from './identifiers.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { type Caller, type Cookie, type Operation, routeOf } from './operation.ts'
import { platformRefusals, Refusal, refuse, refuseFor } from './refusal.ts'

export interface HttpOptions {
  operations: readonly Operation[]
  execute: Execute
  /** Resolves credentials to a caller; throws `unauthenticated` when they are unknown, expired or revoked. */
  authenticate(credentials: Credentials, requestId: string): Promise<Caller>
  /** What is wrong, or undefined when requests can be served. */
  readiness(): Promise<string | undefined>
  /** False until the database is migrated: requests of operations are refused, the machine room answers. */
  isServing(): boolean
  publicUrl: string
  trustProxy: boolean | string[]
  rateLimitPerMinute: number
  signInLimitPerMinute: number
  /** How long a body may take to come. */
  bodyTimeoutMs: number
  metricsToken: string | undefined
  metrics: Metrics
  log: Log
}

const bodyLimitBytes = 1_048_576
/** Many tills share one shop's address. */
const addressLimitFactor = 5
const longestEmail = 254
const longestId = 36
const longestDevice = 300
const sweepMs = 50

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
    /** All of it was there before its caller was looked up. */
    isWhole: boolean
  }
  interface FastifyContextConfig {
    operation?: string
  }
}

/** Makes the HTTP server: one route an operation, the documents about them, and what a machine room asks for. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    trustProxy: options.trustProxy,
    bodyLimit: bodyLimitBytes,
    genReqId: () => uuidv7(),
    rewriteUrl: (request) => routableUrl(request.url ?? '/'),
    // As long as the longest request line, so that no parameter is refused before it is read.
    routerOptions: { maxParamLength: 16_384 },
    // Bodies have a limit of their own, for a file takes longer; heads have that of Node, a minute.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    // Requests that come while it closes are refused by `isServing`, with a problem.
    return503OnClosing: false,
  })
  app.setValidatorCompiler(() => () => true)
  app.setErrorHandler((error, _, reply) => sendProblem(reply, error))
  app.setNotFoundHandler((_, reply) => sendProblem(reply, new Refusal(platformRefusals.notFound)))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
    parseBody(body),
  )
  app.decorateRequest('caller')
  app.decorateRequest('isWhole', false)
  app.decorateRequest('takesItsTime', false)
  app.addHook('onRequest', async (request) => cutSlowBody(request, options.bodyTimeoutMs))

  const secure = options.publicUrl.startsWith('https:')
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", docsStyleHash],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: secure,
  })
  await app.register(cookie)
  await app.register(compress, { threshold: 1_024 })
  await app.register(rateLimit, { global: false })
  const perAddress = limit(app, options.rateLimitPerMinute * addressLimitFactor, addressOf)
  app.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/v1/')) await perAddress(request)
  })
  addMeasures(app, options.metrics)
  await addDocs(app, options)
  addMachineRoom(app, options)
  await app.register(async (v1) => addOperations(v1, options, secure))
  return app
}

/** Answers the requests at work and no new ones. Their connections, kept alive, would hold the close for a minute. */
export async function drain(http: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => http.server.closeIdleConnections(), sweepMs)
  await http.close()
  clearInterval(sweep)
}

function addOperations(app: FastifyInstance, options: HttpOptions, secure: boolean): void {
  const accountOf = (request: FastifyRequest) => request.caller.apiKeyId ?? request.caller.userId ?? addressOf(request)
  const perAccount = limit(app, options.rateLimitPerMinute, accountOf)
  const guess = (key: (request: FastifyRequest) => string) => limit(app, options.signInLimitPerMinute, key)
  const guesses = [guess(addressOf), guess(emailOf)]
  const asked = [guess(addressOf)]
  const shown = [guess(deviceOf)]
  const guardsOf = ({ guessable }: Operation) => {
    if (guessable === 'from-one-address') return asked
    if (guessable === 'from-one-device') return shown
    return guessable ? guesses : [perAccount]
  }
  for (const operation of options.operations) {
    const { method, path } = routeOf(operation)
    const identify = (request: FastifyRequest, credentials: Credentials) =>
      options.authenticate(operation.scope === 'anyone' ? {} : credentials, request.id)
    app.route({
      method: method as 'GET',
      url: path,
      ...(operation.mostBytes === undefined ? {} : { bodyLimit: operation.mostBytes }),
      config: { operation: operation.name },
      schema: { hide: true },
      onRequest: async (request) => {
        if (!options.isServing()) refuse(platformRefusals.unavailable, 'The server is starting or stopping; try again')
        const credentials = credentialsOf(request, operation, secure)
        if (operation.kind === 'command') assertSameSite(request, credentials, options.publicUrl)
        // A short body comes with its head and is read in this turn: then one look-up is enough.
        if (!request.raw.complete) await nextTurn()
        request.isWhole = request.raw.complete
        request.caller = await identify(request, credentials)
      },
      preHandler: [
        // Who sends the rest of a body for a minute may have been signed out or suspended meanwhile.
        async (request) => {
          if (!request.isWhole) request.caller = await identify(request, credentialsOf(request, operation, secure))
        },
        ...guardsOf(operation),
      ],
      handler: async (request, reply) => {
        const answer = await options.execute({
          operation,
          input: inputOf(operation, request),
          caller: request.caller,
          idempotencyKey: operation.kind === 'command' && !operation.outside ? idempotencyKeyOf(request) : undefined,
          address: request.ip,
          device: (request.headers['user-agent'] ?? '').slice(0, longestDevice),
          deviceToken: deviceTokenOf(request, secure),
          sessionToken: credentialsOf(request, operation, secure).sessionToken,
        })
        return sendAnswer(reply, answer, secure)
      },
    })
  }
}

/** Counts requests by what `key` gives, over a minute; refuses those beyond `max` with `too_many_requests` and Retry-After. */
function limit(app: FastifyInstance, max: number, key: (request: FastifyRequest) => string) {
  const count = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator: key })
  return async (request: FastifyRequest): Promise<void> => {
    const found = await count(request)
    if (found.isAllowed || !found.isExceeded) return
    refuseFor(platformRefusals.tooManyRequests, found.ttlInSeconds)
  }
}

/** The address of a request; of IPv6 the network, for whoever has one address there has all of them. */
function addressOf(request: Pick<FastifyRequest, 'ip'>): string {
  return normalizeIP(request.ip, 64)
}

/** The e-mail address somebody tries, cut so that the counter holds no bodies; without one, who tries, or from where. */
function emailOf(request: FastifyRequest): string {
  const { email } = Object(request.body) as { email?: unknown }
  if (typeof email === 'string') return email.slice(0, longestEmail).toLowerCase()
  return request.caller.userId ?? addressOf(request)
}

/** The device that somebody says they are, at their address: nobody elsewhere uses up what it may do. */
function deviceOf(request: FastifyRequest): string {
  const { device_id: device } = Object(request.body) as { device_id?: unknown }
  return `${addressOf(request)} ${typeof device === 'string' ? device.slice(0, longestId) : ''}`
}

function sendAnswer(reply: FastifyReply, answer: Answer, secure: boolean): FastifyReply {
  const setCookie = (name: string, cookie: Cookie | null) => {
    const expires = cookie?.expiresAt ?? new Date(0)
    reply.setCookie(name, cookie?.token ?? '', { httpOnly: true, sameSite: 'lax', secure, path: '/', expires })
  }
  if (answer.session !== undefined) setCookie(sessionCookie(secure), answer.session)
  if (answer.device !== undefined) setCookie(deviceCookie(secure), answer.device)
  const version = (answer.body as { version?: unknown } | null)?.version
  if (typeof version === 'number') reply.header('etag', `"${version}"`)
  if (answer.replayed) reply.header('idempotency-replayed', 'true')
  reply.header('cache-control', 'no-store').code(answer.status)
  return answer.status === 204 ? reply.send() : reply.type('application/json').send(JSON.stringify(answer.body))
}

function addMeasures(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { operation } = request.routeOptions.config
    if (!operation) return
    metrics.requests.inc({ operation, status: reply.statusCode })
    metrics.duration.observe({ operation }, reply.elapsedTime / 1000)
    request.log.info(
      { tenantId: request.caller?.tenantId, operation, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
  })
}

function addMachineRoom(app: FastifyInstance, options: HttpOptions): void {
  const schema = { hide: true }
  app.get('/livez', { schema }, async () => ({ status: 'alive' }))
  app.get('/readyz', { schema }, async (_, reply) => {
    const wrong = await options.readiness()
    return wrong === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reason: wrong })
  })
  app.get('/metrics', { schema }, async (request, reply) => {
    const { metricsToken, metrics } = options
    // Behind a proxy nobody told us of, every request seems to come from this machine.
    const relayed = options.trustProxy === false && request.headers['x-forwarded-for'] !== undefined
    const local = !relayed && /^(127\.|::1$|::ffff:127\.)/.test(request.ip)
    const open =
      metricsToken === undefined ? local : equalSecrets(request.headers.authorization ?? '', `Bearer ${metricsToken}`)
    if (!open) throw new Refusal(platformRefusals.unauthenticated)
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}

/** Compares in a time that does not tell how much of them is equal. */
function equalSecrets(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
