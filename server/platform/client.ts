import type { z } from 'zod'
import type { Problem } from './http-problem.ts'
import type { Operation, OperationMap } from './operation.ts'

type Operations = OperationMap<readonly Operation[]>

export interface ClientOptions {
  /** Where the server is, e.g. http://localhost:4000 */
  readonly url: string
  /** Headers of every request: authorization, cookie, comptoir-tenant. */
  readonly headers?: Record<string, string>
  readonly fetch?: typeof fetch
  /** Where the operations are, for who was built with the server; otherwise the server is asked. */
  readonly routes?: readonly { readonly name: string; readonly method: string; readonly path: string }[]
}

export interface CallOptions {
  readonly idempotencyKey?: string
  readonly headers?: Record<string, string>
  /** Ends the waiting; whether the command was done is then unknown. */
  readonly signal?: AbortSignal
}

/** A problem document, thrown; `problem.code` says which. */
export class ClientError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** Where each operation of a server is, by its name. */
type Routes = ReadonlyMap<string, Route>

interface Route {
  readonly method: string
  readonly path: string
  readonly fields: readonly string[]
  readonly summary: string
  readonly inTenant: boolean
}

const fieldsOf = (path: string) => [...path.matchAll(/[:{](\w+)/g)].map((match) => match[1] ?? '')

/**
 * The typed client: `call(name, input)` with the types of the registry `O`, inferred, not generated. It learns the
 * routes from the server's OpenAPI document, once it answers. Throws `ClientError` for every answer that is a problem.
 */
export function createClient<O extends Record<string, Operation> = Operations>(options: ClientOptions) {
  const send = options.fetch ?? fetch
  let routes = options.routes && Promise.resolve(knownRoutes(options.routes))
  const learn = () => {
    routes ??= readRoutes(options.url, send).catch((error: unknown) => {
      // The next call asks anew.
      routes = undefined
      throw error
    })
    return routes
  }

  return {
    async call<N extends keyof O & string>(
      name: N,
      input: z.input<O[N]['input']>,
      call: CallOptions = {},
    ): Promise<z.output<O[N]['output']>> {
      return (await request(name, input, call)).body as z.output<O[N]['output']>
    },
    request,
    /** The operations of the server with their summaries, and whether they work in a tenant, in its order. */
    async operations(): Promise<{ name: string; summary: string; inTenant: boolean }[]> {
      return [...(await learn())].map(([name, { summary, inTenant }]) => ({ name, summary, inTenant }))
    },
  }

  /** As `call`, with status and headers. */
  async function request(name: string, input: unknown, call: CallOptions = {}) {
    const route = (await learn()).get(name)
    if (!route) throw new Error(`The server has no operation ${name}`)
    const { url, body } = place(options.url, route, { ...(input as Record<string, unknown>) })
    const response = await send(url, {
      method: route.method,
      ...(call.signal ? { signal: call.signal } : {}),
      headers: {
        ...options.headers,
        ...call.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(call.idempotencyKey ? { 'idempotency-key': `"${call.idempotencyKey}"` } : {}),
      },
      ...(body === undefined ? {} : { body }),
    })
    return { status: response.status, headers: response.headers, body: await bodyOf(response) }
  }
}

/** What was answered; a problem is thrown. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  const body: unknown = text === '' ? null : JSON.parse(text)
  if (!response.ok) throw new ClientError(body as Problem)
  return body
}

function knownRoutes(known: NonNullable<ClientOptions['routes']>): Routes {
  return new Map(
    known.map(({ name, method, path }) => [
      name,
      { method, path, fields: fieldsOf(path), summary: '', inTenant: false },
    ]),
  )
}

/** Reads the routes of a server out of its OpenAPI document. */
async function readRoutes(url: string, send: typeof fetch): Promise<Routes> {
  const response = await send(new URL('/v1/openapi.json', url))
  const { paths } = (await bodyOf(response)) as {
    paths: Record<
      string,
      Record<string, { operationId: string; summary: string; parameters: { in: string; name: string }[] }>
    >
  }
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, summary, parameters }]): [string, Route] => [
      operationId,
      {
        summary,
        inTenant: parameters.some((one) => one.in === 'header' && one.name === 'Comptoir-Tenant'),
        method: method.toUpperCase(),
        path,
        fields: fieldsOf(path),
      },
    ]),
  )
  return new Map(routes)
}

/** Puts the fields of an input where they travel: path, query string or body. */
function place(base: string, route: Route, input: Record<string, unknown>): { url: URL; body?: string } {
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !route.fields.includes(name)))
  const path = route.path.replaceAll(/:\w+|\{\w+\}/g, (field) =>
    encodeURIComponent(String(input[field.replaceAll(/\W/g, '')])),
  )
  const url = new URL(path, base)
  if (route.method !== 'GET' && route.method !== 'DELETE') return { url, body: JSON.stringify(rest) }
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) url.searchParams.set(name, String(value))
  return { url }
}
