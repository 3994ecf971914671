import { useQuery } from '@tanstack/react-query'
import { call, type Input, keyOf, type OperationName } from '../api.ts'
import { useMay } from '../identity/session.ts'
import type { Listing } from './list.tsx'

const none: readonly never[] = []

/** All of a list that is short, such as units or tenders; none until it is read, and for those who may not read it. */
export function useWholeList<N extends OperationName>(
  name: N,
  input: Omit<Input<N>, 'limit' | 'cursor'>,
  options: { enabled?: boolean } = {},
): readonly Listing<N>[] {
  return useWholeListState(name, input, options).items
}

/** The same for a page that says when there is none: whether it is read, or why it could not be. */
export function useWholeListState<N extends OperationName>(
  name: N,
  input: Omit<Input<N>, 'limit' | 'cursor'>,
  { enabled = true }: { enabled?: boolean } = {},
) {
  const may = useMay()
  const { data, error, isLoading, refetch } = useQuery({
    queryKey: [...keyOf(name, input as Input<N>), 'whole'],
    queryFn: () => readAll(name, input),
    staleTime: 60_000,
    enabled: enabled && may(name),
  })
  const items: readonly Listing<N>[] = data ?? none
  return { items, isLoading, error: data ? null : error, retry: () => void refetch() }
}

async function readAll<N extends OperationName>(name: N, input: Omit<Input<N>, 'limit' | 'cursor'>) {
  const all: Listing<N>[] = []
  let cursor: string | null = null
  do {
    const page = (await call(name, { ...input, limit: 200, ...(cursor ? { cursor } : {}) } as Input<N>)) as {
      items: Listing<N>[]
      next_cursor: string | null
    }
    all.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return all
}
