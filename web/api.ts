import { routes } from 'virtual:routes'
import { QueryClient, type QueryKey, type UseQueryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import type { z } from 'zod'
import { ClientError, createClient } from '../server/platform/client.ts'
import type { Operations } from '../server/registry.ts'

export type OperationName = keyof Operations & string
export type Input<N extends OperationName> = z.input<Operations[N]['input']>
export type Output<N extends OperationName> = z.output<Operations[N]['output']>

/** How long anything may take before it counts as unanswered. */
const usualMs = 60_000

const client = createClient<Operations>({ url: location.origin, routes, fetch: (...call) => fetch(...call) })

/**
 * Asks the server. Throws `ClientError` for a refusal; where no server answers within `withinMs`, one with the code `unreachable`,
 * and then nobody knows whether a command was done: it is sent again under the same key.
 */
export async function call<N extends OperationName>(
  name: N,
  input: Input<N>,
  { withinMs = usualMs, ...options }: CallOptions = {},
): Promise<Output<N>> {
  try {
    return await client.call(name, input, { ...options, signal: AbortSignal.timeout(withinMs) })
  } catch (error) {
    if (error instanceof ClientError) throw error
    throw Object.assign(refusalOf(unreachable), { cause: error })
  }
}

export interface CallOptions {
  readonly idempotencyKey?: string
  readonly headers?: Record<string, string>
  readonly withinMs?: number
}

/** A refusal, as the server answers with. */
export interface Refused {
  readonly status: number
  readonly code: string
  readonly detail: string
}

/** Of ours: no server answered. */
const unreachable: Refused = { status: 0, code: 'unreachable', detail: 'The server does not answer.' }

/** A refusal of this app, or one that the server told earlier, to be thrown and explained like one of its answers. */
export function refusalOf({ status, code, detail }: Refused): ClientError {
  return new ClientError({ type: 'about:blank', title: detail, status, code, detail, instance: '' })
}

/** The refusal that an error is; undefined for a mistake of the program. */
export function problemOf(error: unknown) {
  return error instanceof ClientError ? error.problem : undefined
}

/** Where the answer of a query is kept: below the module's noun, so that a change of that noun makes it be asked anew. */
export function keyOf<N extends OperationName>(name: N, input?: Input<N>): QueryKey {
  return [name.split('.')[0], name, input ?? {}]
}

/** Whatever is refused is refused again; what did not arrive is tried twice more. */
const retries = (count: number, error: unknown) => problemOf(error)?.status === 0 && count < 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, retry: retries, refetchOnWindowFocus: false, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
})

type ReadOptions<N extends OperationName> = Omit<UseQueryOptions<Output<N>>, 'queryKey' | 'queryFn'>

/** The answer of a query, kept until something of its noun changes. */
export function useRead<N extends OperationName>(name: N, input: Input<N>, options: ReadOptions<N> = {}) {
  return useQuery<Output<N>>({ queryKey: keyOf(name, input), queryFn: () => call(name, input), ...options })
}

/**
 * A command to be sent. A second try of the same input after no answer came is the same command, so that it happens once;
 * after it, what the app knows of its noun, and of the others named in `touches`, is asked anew.
 */
export function useCommand<N extends OperationName>(name: N, touches: readonly string[] = []) {
  const sent = useRef<{ input: string; key: string }>(undefined)
  return useMutation<Output<N>, unknown, Input<N>>({
    mutationFn: async (input) => {
      const text = JSON.stringify(input)
      if (sent.current?.input !== text) sent.current = { input: text, key: crypto.randomUUID() }
      const answer = await call(name, input, { idempotencyKey: sent.current.key })
      sent.current = undefined
      return answer
    },
    onSuccess: () => refresh([name.split('.')[0] ?? '', ...touches]),
  })
}

/** Asks anew for what the app shows of these nouns. */
export async function refresh(nouns: readonly string[]): Promise<void> {
  await Promise.all(nouns.map((noun) => queryClient.invalidateQueries({ queryKey: [noun] })))
}
