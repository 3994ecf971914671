import { useQuery } from '@tanstack/react-query'
import { call, type Input, keyOf, type OperationName, type Output } from '../api.ts'
import { useMay } from '../identity/session.ts'

export type ItemOf<N extends OperationName> = Output<N> extends { items: readonly (infer Item)[] } ? Item : never

interface Page<Item> {
  readonly items: readonly Item[]
  readonly next_cursor: string | null
}

const none: readonly never[] = []

/** All of a list that is short, such as units or tenders; nothing for those who may not read it. */
export function useWholeList<N extends OperationName>(
  name: N,
  input: Omit<Input<N>, 'limit' | 'cursor'>,
): readonly ItemOf<N>[] {
  const may = useMay()
  const { data } = useQuery({
    queryKey: [...keyOf(name, input as Input<N>), 'whole'],
    queryFn: () => readAll(name, input),
    staleTime: 300_000,
    enabled: may(name),
  })
  return data ?? none
}

async function readAll<N extends OperationName>(
  name: N,
  input: Omit<Input<N>, 'limit' | 'cursor'>,
): Promise<ItemOf<N>[]> {
  const all: ItemOf<N>[] = []
  let cursor: string | null = null
  do {
    const asked = { ...input, limit: 200, ...(cursor ? { cursor } : {}) } as Input<N>
    const page = (await call(name, asked)) as Page<ItemOf<N>>
    all.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return all
}
