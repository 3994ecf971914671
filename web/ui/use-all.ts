import { useQuery } from '@tanstack/react-query'
import { call, type Input, keyOf, type OperationName } from '../api.ts'
import type { Listing } from './list.tsx'

/** All of a small list, such as registers, read once and kept; nothing while it is read or when it is not `enabled`. */
export function useAll<N extends OperationName>(
  name: N,
  input: Omit<Input<N>, 'limit' | 'cursor'>,
  { enabled = true }: { enabled?: boolean } = {},
): readonly Listing<N>[] {
  const { data = [] } = useQuery({
    queryKey: [...keyOf(name, input as Input<N>), 'all'],
    queryFn: () => readAll(name, input),
    staleTime: 60_000,
    enabled,
  })
  return data
}

async function readAll<N extends OperationName>(name: N, input: Omit<Input<N>, 'limit' | 'cursor'>) {
  const found: Listing<N>[] = []
  let cursor: string | null = null
  do {
    const page = (await call(name, { ...input, limit: 200, ...(cursor ? { cursor } : {}) } as Input<N>)) as {
      items: Listing<N>[]
      next_cursor: string | null
    }
    found.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return found
}
