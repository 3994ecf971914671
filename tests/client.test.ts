import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'
import { startTestServer, type TestServer } from './harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('a client whose first request met no server works once there is one, and reads the routes once', async () => {
  const asked: string[] = []
  let url = 'http://127.0.0.1:1'
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
  await expect(signUp()).rejects.toThrow('fetch failed')
  await expect(client.operations()).rejects.toThrow('fetch failed')
  url = server.url
  await signUp()
  await client.call('identity.sign-in', person)
  const document = '/v1/openapi.json'
  expect(asked.map((path) => path === document)).toEqual([true, true, true, false, false])
})
