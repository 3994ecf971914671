import type { Readable } from 'node:stream'
import { expect } from 'vitest'
import type { TestServer } from './server.ts'

export interface Sent {
  readonly method?: string
  readonly url: string
  readonly headers?: Record<string, string>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, as JSON's media type. */
  readonly payload?: string | Readable
  /** The address it comes from. */
  readonly remoteAddress?: string
}

export type Received = Awaited<ReturnType<typeof sendTo>>

/** Hands a request to a server as if it came over a connection, from any address. */
export async function sendTo(server: Pick<TestServer, 'product'>, { body, payload, headers, ...request }: Sent) {
  const content = payload ?? (body === undefined ? undefined : JSON.stringify(body))
  return server.product.http.inject({
    method: 'GET',
    ...request,
    headers: { ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(content === undefined ? {} : { payload: content }),
  })
}

/** A request to sign in. */
export function signIn(person: { email: string; password: string }, more: Partial<Sent> = {}): Sent {
  return { method: 'POST', url: '/v1/sessions', body: { email: person.email, password: person.password }, ...more }
}

/** Fails unless the answer is a whole problem document with this status and code. */
export function expectProblem(response: Received, status: number, code: string): void {
  const problem = response.json()
  expect(`${response.statusCode} ${problem.code}`).toBe(`${status} ${code}`)
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  const members = ['type', 'title', 'status', 'code', 'detail', 'instance']
  expect(Object.keys(problem)).toEqual(expect.arrayContaining(members))
}
