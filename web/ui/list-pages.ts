import { type InfiniteData, type Query, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { call, type Input, keyOf, type OperationName, queryClient } from '../api.ts'
import type { Listing } from './list.tsx'

export interface Page<Item> {
  readonly items: Item[]
  readonly next_cursor: string | null
}

const pageSize = 100
const endOfKey = 'pages'
/** So many pages of a list follow what changes; whoever reads further down gets what is new at the top of it. */
const mostFollowing = 3

/** True for a list that was read too far down to be read anew whenever something changes. */
export function isLongList({ queryKey, state }: Pick<Query, 'queryKey' | 'state'>): boolean {
  return queryKey.at(-1) === endOfKey && isLong(state.data as Pages | undefined)
}

type Pages = InfiniteData<unknown>
const isLong = (data: Pages | undefined) => (data?.pages.length ?? 0) > mostFollowing

/** Forgets what was read further down; answers whether there was any. */
function forgetRest(queryKey: QueryKey): boolean {
  const data = queryClient.getQueryData<Pages>(queryKey)
  if (!data || !isLong(data)) return false
  const first = { pages: data.pages.slice(0, mostFollowing), pageParams: data.pageParams.slice(0, mostFollowing) }
  // As old as can be: whoever shows it asks anew.
  queryClient.setQueryData(queryKey, first, { updatedAt: 0 })
  return true
}

/** The pages of a list as far as they were read; `freshen` is for when its top is in sight. */
export function usePages<N extends OperationName>(
  operation: N,
  input: Omit<Input<N>, 'limit' | 'cursor'>,
  loadAlong: ((items: readonly Listing<N>[]) => Promise<unknown>) | undefined,
) {
  const read = async (cursor: string | null) => {
    const asked = { ...input, limit: pageSize, ...(cursor ? { cursor } : {}) } as Input<N>
    const page = (await call(operation, asked)) as Page<Listing<N>>
    await loadAlong?.(page.items)
    return page
  }
  const queryKey = [...keyOf(operation, input as Input<N>), endOfKey]
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })
  const text = JSON.stringify(queryKey)
  useEffect(() => () => void forgetRest(JSON.parse(text)), [text])
  const freshen = () => {
    if (forgetRest(queryKey)) void query.refetch()
  }
  return { query, read, freshen }
}
