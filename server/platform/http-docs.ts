import { gzipSync } from 'node:zlib'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { openApiOf, refusalsOf } from './openapi.ts'
import type { Operation } from './operation.ts'

/** The one style element that Swagger UI puts into the page; the browser test of /docs notices when an update changes it. */
export const docsStyleHash = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='"

/** Serves what is written about the operations: `/v1/openapi.json`, `/v1/problems` and a readable page at `/docs`. */
export async function addDocs(
  app: FastifyInstance,
  { operations, publicUrl }: { operations: readonly Operation[]; publicUrl: string },
): Promise<void> {
  const document = openApiOf(operations, publicUrl)
  const problems = problemsOf(operations)
  await app.register(swagger, { mode: 'static', specification: { document: document as never } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'none', displayOperationId: true, filter: true },
    // The bar on top offers to load documents of other servers, which the policy forbids.
    theme: {
      title: 'Comptoir operations',
      css: [{ filename: 'comptoir.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  })
  const schema = { hide: true }
  const text = JSON.stringify(document)
  let zipped: Buffer | undefined
  // Every client asks for it first: it is written once, and compressed once for all who take gzip.
  app.get('/v1/openapi.json', { schema }, async (request, reply) => {
    reply.type('application/json; charset=utf-8').header('vary', 'accept-encoding')
    if (!/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers['accept-encoding'] ?? '')) return reply.send(text)
    zipped ??= gzipSync(text)
    return reply.header('content-encoding', 'gzip').send(zipped)
  })
  app.get('/v1/problems', { schema }, async (_, reply) => reply.send({ items: problems }))
}

/** Every problem code of the product with its status and title, by code. */
export function problemsOf(operations: readonly Operation[]) {
  const kinds = new Map(operations.flatMap(refusalsOf).map((kind) => [kind.code, kind]))
  return [...kinds.values()].toSorted((a, b) => a.code.localeCompare(b.code))
}
