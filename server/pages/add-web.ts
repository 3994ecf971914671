import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const directory = join(import.meta.dirname, '..', '..', 'web', 'dist')
const year = 31_536_000
/**
 * Of the app and of nothing else: its controls write style elements as they are shown, the camera's scanner is
 * WebAssembly, and receipts are shown in frames of this page.
 */
const policy = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
].join('; ')

/**
 * Serves the web app: its files, which are named after what is in them and stay for a year, and its page for every other
 * address that a browser asks for, since the app knows its own addresses. Where the app was not built, `/` leads to `/docs`.
 */
export async function addWeb(app: FastifyInstance): Promise<void> {
  if (!existsSync(join(directory, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, async (_, reply) => reply.redirect('/docs'))
    return
  }
  await app.register(fastifyStatic, {
    root: directory,
    index: false,
    wildcard: false,
    cacheControl: false,
    globIgnore: ['index.html', 'built-from.txt'],
    setHeaders(reply, path) {
      const isNamedByContent = path.includes(join(directory, 'assets'))
      reply.header('cache-control', isNamedByContent ? `public, max-age=${year}, immutable` : 'no-cache')
      reply.header('content-security-policy', policy)
    },
  })
  const page = readFileSync(join(directory, 'index.html'))
  const sendPage = (reply: FastifyReply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('content-security-policy', policy)
      .send(page)
  app.get('/', { schema: { hide: true } }, async (_, reply) => sendPage(reply))
  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const isPage = !request.url.startsWith('/v1/') && /\btext\/html\b/.test(request.headers.accept ?? '')
    return isPage ? sendPage(reply) : reply.callNotFound()
  })
}
