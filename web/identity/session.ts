import { useLocalStorage } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { call, keyOf, type OperationName, type Output, problemOf, queryClient } from '../api.ts'

/** Set while somebody is signed in here, so that a stranger's first page asks the server nothing. */
const mark = 'comptoir.signed-in'
/** Set by a till that was locked: to go on there takes a PIN, or the password anew. */
const lockMark = 'comptoir.locked'
const branchMark = 'comptoir.branch'

const signOutMs = 8_000

export type Me = Output<'identity.get-me'>
export type Workplace = Output<'tenants.get-workplace'>
export type Branch = Output<'tenants.list-branches'>['items'][number]

/** Who is signed in; null when nobody is. */
export async function readMe(): Promise<Me | null> {
  if (!localStorage.getItem(mark)) return null
  return queryClient.fetchQuery({ queryKey: keyOf('identity.get-me'), queryFn: askMe, staleTime: 60_000 })
}

async function askMe(): Promise<Me | null> {
  try {
    return await call('identity.get-me', {})
  } catch (error) {
    if (problemOf(error)?.status !== 401) throw error
    localStorage.removeItem(mark)
    return null
  }
}

/** Where they work; null for somebody without a place. */
export async function readWorkplace(): Promise<Workplace | null> {
  return queryClient.fetchQuery({ queryKey: keyOf('tenants.get-workplace'), queryFn: askWorkplace, staleTime: 60_000 })
}

async function askWorkplace(): Promise<Workplace | null> {
  try {
    return await call('tenants.get-workplace', {})
  } catch (error) {
    const code = problemOf(error)?.code
    if (code === 'tenant_required' || code === 'tenant_not_found') return null
    throw error
  }
}

/** The tabs of a browser have one session: each tells the others when it is another one. */
const tabs = new BroadcastChannel('comptoir-session')
tabs.addEventListener('message', () => void queryClient.invalidateQueries())

/** Calls back when somebody signed in in another tab of this browser; answers how to stop it. */
export function onOtherSession(listener: () => void): () => void {
  tabs.addEventListener('message', listener)
  return () => tabs.removeEventListener('message', listener)
}

/** From now on somebody is signed in: whatever was known of another is forgotten. */
export function beginSession(): void {
  queryClient.clear()
  localStorage.setItem(mark, '1')
  localStorage.removeItem(lockMark)
  tellOtherTabs()
}

/** Says that the session of this browser is another one, or about another tenant. */
export function tellOtherTabs(): void {
  tabs.postMessage('changed')
}

/** From now on whoever is signed in goes on at a till of this browser only after signing in anew. */
export function lockSession(): void {
  localStorage.setItem(lockMark, '1')
}

export const isSessionLocked = () => localStorage.getItem(lockMark) !== null

/** Signs out here. Where the server does not answer, the session is still forgotten on this device. */
export async function endSession(): Promise<void> {
  // First, so that nothing is asked in a session that is about to end.
  localStorage.removeItem(mark)
  queryClient.clear()
  await call('identity.sign-out', {}, { withinMs: signOutMs }).catch(() => undefined)
  queryClient.clear()
  tellOtherTabs()
}

export function useMe(): Me | undefined {
  return useQuery({ queryKey: keyOf('identity.get-me'), queryFn: askMe, staleTime: 60_000 }).data ?? undefined
}

/** The workplace, on all pages below the shell, which are shown with one only. */
export function useWorkplace(): Workplace {
  const { data } = useQuery({ queryKey: keyOf('tenants.get-workplace'), queryFn: askWorkplace, staleTime: 60_000 })
  if (!data) throw new Error('a page of the workplace is shown to somebody who has none')
  return data
}

/** Asks whether whoever is signed in may use an operation. */
export function useMay(): (name: OperationName) => boolean {
  const { operations } = useWorkplace()
  return (name) => operations.includes(name)
}

/** The same outside of a component. */
export function mayNow(name: OperationName): boolean {
  const workplace = queryClient.getQueryData<Workplace | null>(keyOf('tenants.get-workplace'))
  return workplace?.operations.includes(name) ?? false
}

/** The branches they work in, by name, and the one that the pages are about. */
export function useBranches(): {
  branches: readonly Branch[]
  branch: Branch | undefined
  choose: (id: string) => void
} {
  const { tenant, operations } = useWorkplace()
  const { data: branches = [] } = useQuery({
    queryKey: keyOf('tenants.list-branches'),
    queryFn: readBranches,
    staleTime: 300_000,
    enabled: operations.includes('tenants.list-branches'),
  })
  const [chosen, choose] = useLocalStorage({
    key: `${branchMark}.${tenant.id}`,
    defaultValue: '',
    getInitialValueInEffect: false,
  })
  return { branches, branch: branches.find(({ id }) => id === chosen) ?? branches[0], choose }
}

/** The branch that the pages are about. */
export function useBranch(): Branch | undefined {
  return useBranches().branch
}

async function readBranches(): Promise<Branch[]> {
  const found: Branch[] = []
  let cursor: string | undefined
  do {
    const page = await call('tenants.list-branches', { limit: 200, ...(cursor ? { cursor } : {}) })
    found.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return found.toSorted((one, other) => one.name.localeCompare(other.name))
}
