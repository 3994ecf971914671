import { useEffect } from 'react'
import { queryClient, refresh } from './api.ts'
import { listenToTenant } from './events.ts'
import { isLongList } from './ui/list-pages.ts'

/** Changes that come within this are shown together. */
const gatherMs = 1_000
/** The first page is of all nouns, and dear. */
const overviewMs = 5_000

/** Hears from the server what changes in the tenant, and asks anew for what the page shows of it. Nothing is polled. */
export function useEvents(tenantId: string): void {
  useEffect(() => {
    const nouns = new Set<string>()
    const shown = pace(() => {
      const changed = [...nouns]
      nouns.clear()
      return Promise.race([follow(changed), pause(overviewMs)])
    })
    const overview = pace(() => Promise.all([refresh(['overview']), pause(overviewMs - gatherMs)]))
    const stopListening = listenToTenant(tenantId, {
      changed(resources) {
        for (const resource of resources) nouns.add(resource.split('.')[0] ?? '')
        shown.ask()
        overview.ask()
      },
      reset: () => void queryClient.invalidateQueries(),
    })
    return () => {
      stopListening()
      shown.stop()
      overview.stop()
    }
  }, [tenantId])
}

/** Asks anew for what is shown of these nouns, but for lists that somebody reads far down. */
async function follow(nouns: readonly string[]): Promise<void> {
  await Promise.all(
    nouns.flatMap((noun) => [
      queryClient.invalidateQueries({ queryKey: [noun], predicate: (query) => !isLongList(query) }),
      queryClient.invalidateQueries({ queryKey: [noun], predicate: isLongList, refetchType: 'none' }),
    ]),
  )
}

/** Acts once for all who ask meanwhile, and again only when that is done: what is slow is not begun anew by each change. */
function pace(act: () => Promise<unknown>) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsked = false
  let isStopped = false
  const run = async () => {
    isAsked = false
    try {
      await act()
    } finally {
      timer = undefined
      if (isAsked) start()
    }
  }
  const start = () => {
    if (!isStopped) timer = setTimeout(() => void run(), gatherMs)
  }
  return {
    ask() {
      isAsked = true
      if (timer === undefined) start()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
