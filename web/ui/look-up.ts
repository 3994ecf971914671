import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, type Input, type OperationName, type Output, queryClient } from '../api.ts'
import { mayNow } from '../identity/session.ts'

type LookUp = Extract<OperationName, `${string}.look-up-${string}`>
type Found<N extends LookUp> = Output<N>['items'][number] & { readonly id: string }

/** As many as the server takes at once. */
const most = 200
const keptMs = 300_000
const none: readonly string[] = []

/**
 * What things of one kind are called, by their ids. What is asked for at the same moment is asked of the server together, and
 * kept for a while; null is what there is not, or not for this person, and undefined what is not known yet.
 */
export function makeLookUp<N extends LookUp>(name: N) {
  const find = askTogether(name)
  const options = (id: string) => ({
    queryKey: [name.split('.')[0], name, id],
    queryFn: () => (mayNow(name) ? find(id) : null),
    staleTime: keptMs,
  })
  const read = (id: string): Promise<Found<N> | null> => queryClient.fetchQuery(options(id))
  return {
    /** The one with this id. */
    use: (id: string | null | undefined): Found<N> | null | undefined =>
      useQuery({ ...options(id ?? ''), enabled: Boolean(id) }).data,
    /** Answers for any id; for a page that says many at once. */
    useAny: (): ((id: string) => Found<N> | null | undefined) => {
      const [ids, want] = useState(none)
      const answers = useQueries({ queries: ids.map(options) })
      const found = new Map(ids.map((id, at) => [id, answers[at]?.data]))
      return (id) => {
        // Pages ask while they are drawn, when nothing may change yet.
        if (!found.has(id)) queueMicrotask(() => want((all) => (all.includes(id) ? all : [...all, id])))
        return found.get(id) ?? queryClient.getQueryData<Found<N> | null>(options(id).queryKey)
      }
    },
    /** The one with this id where no component asks, such as for a file. */
    read,
    /** Reads those that are not known yet, so that `known` has them. */
    load: (ids: readonly (string | null)[]): Promise<unknown> =>
      Promise.all([...new Set(ids)].map((id) => id && read(id))),
    known: (id: string | null): Found<N> | null | undefined =>
      id === null ? undefined : queryClient.getQueryData<Found<N> | null>(options(id).queryKey),
  }
}

/** Asks for one by its id, together with all others that are asked for at the same moment. */
function askTogether<N extends LookUp>(name: N): (id: string) => Promise<Found<N> | null> {
  let asked = new Map<string, PromiseWithResolvers<Found<N> | null>>()

  async function ask(): Promise<void> {
    const now = [...asked]
    asked = new Map()
    for (let from = 0; from < now.length; from += most) {
      const some = now.slice(from, from + most)
      try {
        const input = { ids: some.map(([id]) => id).join(',') } as unknown as Input<N>
        const { items } = (await call(name, input)) as { items: Found<N>[] }
        const found = new Map(items.map((item) => [item.id, item]))
        for (const [id, { resolve }] of some) resolve(found.get(id) ?? null)
      } catch (error) {
        for (const [, { reject }] of some) reject(error)
      }
    }
  }

  return (id) => {
    if (asked.size === 0) queueMicrotask(() => setTimeout(() => void ask()))
    const one = asked.get(id) ?? Promise.withResolvers<Found<N> | null>()
    asked.set(id, one)
    return one.promise
  }
}
