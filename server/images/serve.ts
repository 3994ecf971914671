import type { FastifyInstance, FastifyRequest } from 'fastify'
import type pg from 'pg'
import { inReadTransaction } from '../platform/database.ts'
import { holds } from '../platform/execute.ts'
import { type Credentials, credentialsOf } from '../platform/http-request.ts'
import type { Caller } from '../platform/operation.ts'
import { platformRefusals, refuse } from '../platform/refusal.ts'
import { id } from '../platform/schema.ts'
import { permissions } from './contract.ts'
import { readKept } from './files.ts'
import { findFile } from './queries.ts'

interface ImageServer {
  readonly pool: pg.Pool
  readonly directory: string
  readonly isSecure: boolean
  isServing(): boolean
  authenticate(credentials: Credentials, requestId: string): Promise<Caller>
}

/**
 * Serves the files of images to those who may see images in the tenant that the path names. The name of a file is the hash of
 * what is in it, so a browser may keep it for ever.
 */
export function addImageFiles(app: FastifyInstance, server: ImageServer): void {
  const config = { operation: 'images.read-file' }
  app.get('/v1/image-files/:tenant_id/:sha256', { schema: { hide: true }, config }, async (request, reply) => {
    const { tenant_id, sha256 } = request.params as Record<'tenant_id' | 'sha256', string>
    if (!server.isServing()) refuse(platformRefusals.unavailable)
    const tenantId = id.safeParse(tenant_id).data ?? refuse(platformRefusals.notFound)
    await assertMayView(server, request, tenantId)
    const type = (await typeOf(server, tenantId, sha256)) ?? refuse(platformRefusals.notFound)
    const tag = `"${sha256}"`
    reply
      .type(type)
      .header('etag', tag)
      .header('cache-control', 'private, max-age=31536000, immutable')
      .header('content-security-policy', `default-src 'none'; sandbox`)
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    const bytes = await readKept({ directory: server.directory, tenantId, sha256 })
    // A database that was restored without its files has images that are not there.
    return reply.send(bytes ?? refuse(platformRefusals.notFound))
  })
}

async function assertMayView(server: ImageServer, request: FastifyRequest, tenantId: string): Promise<void> {
  const credentials = credentialsOf(request, { scope: 'person' }, server.isSecure)
  const caller = await server.authenticate({ ...credentials, tenantId }, request.id)
  if (caller.userId === null) refuse(platformRefusals.unauthenticated)
  if (!holds(caller.permissions, permissions.viewImages)) refuse(platformRefusals.forbidden)
}

async function typeOf({ pool }: ImageServer, tenantId: string, sha256: string): Promise<string | undefined> {
  if (!/^[0-9a-f]{64}$/.test(sha256)) return undefined
  const found = await inReadTransaction(pool, tenantId, (tx) => findFile({ ...tx, tenantId }, sha256))
  return found?.type
}
