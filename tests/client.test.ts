import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ClientError, createClient } from '../server/platform/client.ts'
import { platformRefusals } from '../server/platform/refusal.ts'
import type { Operations } from '../server/registry.ts'
import { startTestServer, type TestServer } from './harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const { status, code, title } = platformRefusals.unavailable
const unavailable = { type: `/v1/problems#${code}`, title, status, detail: 'The database is away', code }

/** A server that answers everything with a problem, until it is stopped. */
async function startUnavailable() {
  const broken = createServer((_, response) => {
    const headers = { 'content-type': 'application/problem+json', connection: 'close' }
    response.writeHead(status, headers).end(JSON.stringify(unavailable))
  })
  await once(broken.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(broken.address() as AddressInfo).port}`,
    async stop() {
      broken.close().closeAllConnections()
      await once(broken, 'close')
    },
  }
}

test('a client whose first requests met a problem and then no server works once there is one, and reads the routes once', async () => {
  const asked: string[] = []
  const broken = await startUnavailable()
  let { url } = broken
  const client = createClient<Operations>({
    url: server.url,
    fetch: (to, init) => {
      const { pathname } = new URL(String(to))
      asked.push(pathname)
      return fetch(new URL(pathname, url), init)
    },
  })
  const person = { email: 'amina@example.org', password: 'correct horse battery' }
  const signUp = () => client.call('identity.sign-up', { name: 'Amina', ...person })
  await expect(signUp()).rejects.toThrow(new ClientError(unavailable as never))
  await expect(client.operations()).rejects.toMatchObject({ problem: unavailable })
  await broken.stop()
  await expect(signUp()).rejects.toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
  await expect(client.operations()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  url = server.url
  await signUp()
  await client.call('identity.sign-in', person)
  const document = '/v1/openapi.json'
  expect(asked.map((path) => path === document)).toEqual([true, true, true, true, true, false, false])
})
