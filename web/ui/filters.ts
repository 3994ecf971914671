import { useNavigate, useRouterState } from '@tanstack/react-router'

type Filters<K extends string> = { readonly [key in K]?: string }

/** What a list is filtered by, in the address: so it is kept on the way back, and can be sent. Empty ones are left out. */
export function useFilters<const K extends string>(
  keys: readonly K[],
): [Filters<K>, (change: { readonly [key in K]?: string | null | undefined }) => void] {
  const search = useRouterState({ select: ({ location }) => location.search }) as Record<string, unknown>
  const navigate = useNavigate()
  const given = keys.flatMap((key) => (search[key] === undefined ? [] : [[key, String(search[key])]]))
  const change = (changed: Record<string, string | null | undefined>) => {
    const all = Object.entries({ ...search, ...changed }).filter(([, value]) => value)
    void navigate({ to: '.', search: Object.fromEntries(all), replace: true } as never)
  }
  return [Object.fromEntries(given) as Filters<K>, change]
}
