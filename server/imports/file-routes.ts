import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type pg from 'pg'
import { inReadTransaction, inTransaction } from '../platform/database.ts'
import { holds } from '../platform/execute.ts'
import { assertSameSite, type Credentials, credentialsOf } from '../platform/http-request.ts'
import type { Caller } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import { id } from '../platform/schema.ts'
import { now } from '../platform/time.ts'
import { contentLength, fileTooLarge, importExpired, mostBytes, permissions } from './contract.ts'
import { findKept, keepStream, rejectedFile } from './files.ts'
import { noteUploads } from './purge-queries.ts'
import { findImport } from './queries.ts'

interface FileServer {
  readonly pool: pg.Pool
  readonly directory: string
  readonly publicUrl: string
  isServing(): boolean
  authenticate(credentials: Credentials, requestId: string): Promise<Caller>
}

/**
 * Takes the files of imports, as the body of a request, straight to the disk: `POST /v1/import-files` answers with the hash by
 * which `imports.create-import` names the file. And gives the rows back that were rejected, in the format of the file.
 */
export function addImportFiles(app: FastifyInstance, server: FileServer): void {
  // The parser of this scope alone takes any type, and leaves the body where it is.
  app.register((scope, _, ready) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body))
    scope.post(
      '/v1/import-files',
      { schema: { hide: true }, bodyLimit: mostBytes, config: { operation: 'imports.upload-file' } },
      async (request, reply) => {
        const { tenantId } = await assertMay(server, request, permissions.run)
        const body = request.body as Readable | undefined
        if (!body) refuse(platformRefusals.malformedBody, 'The body is the file')
        const { data: length = 0 } = contentLength.safeParse(request.headers['content-length'])
        if (length > mostBytes) refuse(fileTooLarge)
        request.takesItsTime = true
        const noteSent = (file: { sha256: string; bytes: number }) =>
          inTransaction(server.pool, tenantId, (tx) =>
            noteUploads({ client: tx.client, tenantId }, [{ ...file, sent_at: now() }]),
          )
        const place = { directory: server.directory, tenantId, mostBytes }
        const kept = await keepStream({ ...place, noteSent }, body).catch((error) => {
          // Whoever sent it may be gone, and nobody else is told.
          if (error instanceof Refusal && !request.raw.complete)
            request.log.warn({ tenantId, code: error.kind.code }, 'an upload was not kept')
          throw error
        })
        return reply.code(201).header('cache-control', 'no-store').send(kept)
      },
    )
    ready()
  })
  app.get(
    '/v1/imports/:id/rejected-rows',
    { schema: { hide: true }, config: { operation: 'imports.read-rejected-rows' } },
    async (request, reply) => {
      const { tenantId } = await assertMay(server, request, permissions.readFiles)
      const importId = id.safeParse((request.params as { id: string }).id).data ?? refuse(platformRefusals.notFound)
      const found = await inReadTransaction(server.pool, tenantId, (tx) => findImport({ ...tx, tenantId }, importId))
      if (!found) refuse(platformRefusals.notFound)
      if (found.expired_at !== null) refuse(importExpired)
      const { path } = await findKept({ directory: server.directory, tenantId, sha256: found.sha256 })
      const file = rejectedFile({ pool: server.pool, tenantId, found, path })
      return reply
        .type(file.type)
        .header('content-disposition', `attachment; filename="rejected-rows.${file.extension}"`)
        .header('cache-control', 'no-store')
        .send(file.stream)
    },
  )
}

async function assertMay(server: FileServer, request: FastifyRequest, permission: string) {
  if (!server.isServing()) refuse(platformRefusals.unavailable)
  const isSecure = server.publicUrl.startsWith('https:')
  const credentials = credentialsOf(request, { scope: 'tenant' }, isSecure)
  if (request.method !== 'GET') assertSameSite(request, credentials, server.publicUrl)
  const caller = await server.authenticate(credentials, request.id)
  Object.assign(request, { caller })
  if (caller.userId === null) refuse(platformRefusals.unauthenticated)
  const { tenantId } = caller
  if (tenantId === null) refuse(platformRefusals.tenantRequired)
  if (!holds(caller.permissions, permission))
    refuse(platformRefusals.forbidden, `This needs the permission ${permission}`)
  if (caller.scope !== null) refuse(platformRefusals.outOfScope)
  return { tenantId }
}
