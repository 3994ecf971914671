import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { roleKinds } from '../../server/platform/roles.ts'
import { startServerProcess } from './process.ts'
import { goThrough, testAuthSecret } from './server.ts'

/**
 * From now on each server that a test of this file starts has a second one beside it, a process of its own on the same database and
 * data directory; requests go to the one and to the other in turn.
 */
export function serveWithTwo(): void {
  goThrough(async ({ url, database, dataDir }, env) => {
    const second = await startServerProcess({
      ...{ DATA_DIR: dataDir, DATABASE_URL: database.ownerUrl, AUTH_SECRET: testAuthSecret, JOBS_CONCURRENCY: '0' },
      ...Object.fromEntries(roleKinds.map((kind) => [`DATABASE_${kind.toUpperCase()}_URL`, database.roleUrls[kind]])),
      ...{ PAYMENT_SIMULATOR: 'true', ...env },
    })
    let count = 0
    const proxy = createServer((given, answer) => {
      count += 1
      forward(given, answer, count % 2 === 0 ? url : second.url)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    return {
      url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      async close() {
        proxy.closeAllConnections()
        proxy.close()
        await second.end('SIGTERM')
      },
    }
  })
}

// Of one connection, and no business of the other.
const ofConnection = ['connection', 'keep-alive', 'transfer-encoding']

function forward(given: IncomingMessage, answer: ServerResponse, to: string): void {
  const { method } = given
  const sent = request(new URL(given.url ?? '/', to), { method, headers: passedOn(given), agent: false }, (got) => {
    answer.writeHead(got.statusCode ?? 500, passedOn(got))
    got.pipe(answer)
  })
  sent.on('error', () => answer.destroy())
  given.pipe(sent)
}

function passedOn({ headers }: IncomingMessage) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)))
}
