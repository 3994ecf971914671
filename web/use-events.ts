import { useEffect } from 'react'
import { queryClient, refresh } from './api.ts'

/** Changes that come within this are shown together. */
const gatherMs = 300

/** Hears from the server what changes in the tenant, and asks anew for what the page shows of it. Nothing is polled. */
export function useEvents(tenantId: string): void {
  useEffect(() => {
    const events = new EventSource(`/v1/events?tenant_id=${tenantId}`)
    const nouns = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const onChanged = ({ data }: MessageEvent<string>) => {
      const { resources } = JSON.parse(data) as { resources: string[] }
      for (const resource of resources) nouns.add(resource.split('.')[0] ?? '')
      timer ??= setTimeout(() => {
        timer = undefined
        // The first page is of all nouns.
        void refresh([...nouns, 'overview'])
        nouns.clear()
      }, gatherMs)
    }
    events.addEventListener('changed', onChanged)
    events.addEventListener('reset', () => void queryClient.invalidateQueries())
    return () => {
      clearTimeout(timer)
      events.close()
    }
  }, [tenantId])
}
