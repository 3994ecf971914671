import { useNavigate, useRouterState } from '@tanstack/react-router'

/** What a list is filtered by, kept in the address: it can be sent to others, and is there again after going back. */
export function useFilters<const K extends string>(keys: readonly K[]) {
  const search = useRouterState({ select: ({ location }) => location.search as Record<string, unknown> })
  const navigate = useNavigate()
  const texts = keys.map((key) => [key, search[key] === undefined ? null : String(search[key])])
  const set = (changes: Partial<Record<K, string | null>>) => {
    const next = Object.entries({ ...search, ...changes }).filter(([, value]) => value !== null && value !== '')
    void navigate({ to: '.', search: Object.fromEntries(next) as never, replace: true })
  }
  return { filters: Object.fromEntries(texts) as Record<K, string | null>, set }
}
