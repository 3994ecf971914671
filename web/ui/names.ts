import { useQuery } from '@tanstack/react-query'
import { call, type Input, type OperationName } from '../api.ts'
import { useMay } from '../identity/session.ts'
import type { ItemOf } from './whole-list.ts'

type LookUp = Extract<OperationName, `${string}.look-up-${string}`>
interface Waiting {
  readonly ids: Set<string>
  readonly answer: Promise<Map<string, unknown>>
}

const mostIds = 200
const waiting = new Map<string, Waiting>()

/**
 * What a thing is called, by its id. Those that a page asks for at once are asked of the server together. Null for what is
 * not there, and undefined until that is known, or for those who may not look it up.
 */
export function useLookUp<N extends LookUp>(name: N, id: string | null | undefined): ItemOf<N> | null | undefined {
  const may = useMay()
  const { data } = useQuery({
    queryKey: [name.split('.')[0], name, id],
    queryFn: () => lookUp(name, String(id)),
    staleTime: 60_000,
    enabled: Boolean(id) && may(name),
  })
  return data
}

/** The same where no component asks, such as for a file. */
export async function lookUp<N extends LookUp>(name: N, id: string): Promise<ItemOf<N> | null> {
  const open = waiting.get(name)
  const joined = open && open.ids.size < mostIds ? open : begin(name)
  joined.ids.add(id)
  return ((await joined.answer).get(id) ?? null) as ItemOf<N> | null
}

function begin(name: LookUp): Waiting {
  const ids = new Set<string>()
  const answer = new Promise<void>((resolve) => setTimeout(resolve)).then(async () => {
    if (waiting.get(name)?.ids === ids) waiting.delete(name)
    const { items } = (await call(name, { ids: [...ids].join(',') } as Input<LookUp>)) as { items: { id: string }[] }
    return new Map<string, unknown>(items.map((item) => [item.id, item]))
  })
  const made = { ids, answer }
  waiting.set(name, made)
  return made
}
