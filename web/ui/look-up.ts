import { useQuery } from '@tanstack/react-query'
import { call, type Input, type OperationName, type Output, queryClient } from '../api.ts'

type LookUp = Extract<OperationName, `${string}.look-up-${string}`>
type Found<N extends LookUp> = Output<N>['items'][number] & { readonly id: string }

/** As many as the server takes at once. */
const most = 200
const keptMs = 300_000

/**
 * What things of one kind are called, by their ids. What is asked for at the same moment is asked of the server together, and
 * kept for a while; null is what there is not, or not for this person.
 */
export function makeLookUp<N extends LookUp>(name: N) {
  let asked = new Map<string, PromiseWithResolvers<Found<N> | null>>()

  function find(id: string): Promise<Found<N> | null> {
    if (asked.size === 0) queueMicrotask(() => setTimeout(() => void ask()))
    const one = asked.get(id) ?? Promise.withResolvers<Found<N> | null>()
    asked.set(id, one)
    return one.promise
  }

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

  const options = (id: string) => ({
    queryKey: [name.split('.')[0], name, id],
    queryFn: () => find(id),
    staleTime: keptMs,
  })
  return {
    /** The one with this id; undefined while it is not known. */
    use: (id: string | null | undefined): Found<N> | undefined =>
      useQuery({ ...options(id ?? ''), enabled: Boolean(id) }).data ?? undefined,
    /** Reads those that are not known yet, so that `known` has them. */
    load: (ids: readonly (string | null)[]): Promise<unknown> =>
      Promise.all([...new Set(ids)].map((id) => id && queryClient.fetchQuery(options(id)))),
    known: (id: string | null): Found<N> | undefined =>
      (id && queryClient.getQueryData<Found<N> | null>(options(id).queryKey)) || undefined,
  }
}
