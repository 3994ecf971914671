import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Language, languages } from './words.ts'
import { pageNames, writePage } from './write-page.ts'

const assets = [
  { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  { name: 'page.css', type: 'text/css; charset=utf-8' },
] as const

/** Serves the pages that links in mails lead to, and their script and style, from memory. */
export function addPages(app: FastifyInstance): void {
  const schema = { hide: true }
  for (const name of pageNames) {
    app.get(`/${name}`, { schema }, async (request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('vary', 'accept-language')
        .send(writePage(name, languageOf(request.headers['accept-language']))),
    )
  }
  for (const { name, type } of assets) {
    const content = readFileSync(join(import.meta.dirname, name))
    app.get(`/pages/${name}`, { schema }, async (_, reply) =>
      reply.type(type).header('cache-control', 'no-cache').send(content),
    )
  }
}

/** The first of our languages that the browser names; browsers name them in the order in which people want them. */
function languageOf(accepted = ''): Language {
  const wanted = accepted.split(',').map((range) => range.trim().slice(0, 2).toLowerCase())
  return wanted.flatMap((tag) => languages.filter((language) => language === tag))[0] ?? 'en'
}
