import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditWriter } from '../platform/audit-entry.ts'
import { type Databases, inTransaction, withRetries } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { id } from '../platform/schema.ts'
import { now } from '../platform/time.ts'
import type { Deliver, Providers } from './provider.ts'
import { noteOutcome } from './settle-authorization.ts'

const signatureHeader = 'comptoir-signature'
const mostBytes = 65_536

interface Receiver {
  readonly databases: Pick<Databases, 'app'>
  readonly providers: Providers
  readonly writeAudit: AuditWriter
  readonly environment: string
  readonly log: Log
  isServing(): boolean
}

/**
 * Receives what providers of payments say by themselves: `POST /v1/payment-callbacks/<provider>/<tenant>`, signed by the provider
 * over the bytes of the body. The same may come often; what contradicts what is known is noted and changes nothing.
 */
export function addPaymentCallbacks(app: FastifyInstance, receiver: Receiver): void {
  app.register((callbacks, _, done) => {
    callbacks.removeAllContentTypeParsers()
    callbacks.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body)
    const config = { operation: 'payments.receive-callback' }
    const options = { schema: { hide: true }, bodyLimit: mostBytes, config }
    callbacks.post('/v1/payment-callbacks/:provider/:tenant_id', options, async (request, reply) => {
      if (!receiver.isServing()) refuse(platformRefusals.unavailable)
      await receive(receiver, request)
      return reply.code(204).send()
    })
    done()
  })
}

/** Delivers messages of the shipped simulator to the server that it is part of. */
export function deliverTo(app: () => FastifyInstance): Deliver {
  return async ({ provider, tenantId, body, signature }) => {
    const { statusCode } = await app().inject({
      method: 'POST',
      url: `/v1/payment-callbacks/${provider}/${tenantId}`,
      headers: { 'content-type': 'application/json', [signatureHeader]: signature },
      payload: body,
    })
    if (statusCode !== 204) throw new Error(`a message of a provider was answered with ${statusCode}`)
  }
}

async function receive(receiver: Receiver, request: FastifyRequest): Promise<void> {
  const { databases, providers, environment, writeAudit, log } = receiver
  const { provider: name, tenant_id } = request.params as Record<'provider' | 'tenant_id', string>
  const provider = providers.get(name) ?? refuse(platformRefusals.notFound)
  const tenantId = id.safeParse(tenant_id).data ?? refuse(platformRefusals.notFound)
  const said = readSigned(() =>
    provider.readCallback({
      tenantId,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      signature: String(request.headers[signatureHeader] ?? ''),
      at: now(),
    }),
  )
  const { reference, outcome, provider_reference, reason } = said
  const authorization_id = id.safeParse(reference).data ?? refuse(platformRefusals.notFound)
  const noting = { tenantId, environment, writeAudit, event: 'payments.receive-callback' }
  const heard = { authorization_id, outcome, provider_reference, reason, source: 'callback' } as const
  const { code } = await withRetries(
    () => inTransaction(databases.app, tenantId, (tx) => noteOutcome(tx, noting, heard)),
    () => {},
  )
  if (code === 'authorization_not_found') refuse(platformRefusals.notFound)
  if (code === 'outcome_contradicts')
    log.warn(
      { tenantId, authorizationId: authorization_id, said: outcome },
      'a provider of payments contradicts itself',
    )
}

/** Refuses what is not signed as `unauthenticated`, and what is signed and makes no sense as `malformed_body`. */
function readSigned<T>(read: () => T | undefined): T {
  let said: T | undefined
  try {
    said = read()
  } catch {
    return refuse(platformRefusals.malformedBody)
  }
  return said ?? refuse(platformRefusals.unauthenticated, 'The message is not signed by the provider')
}
