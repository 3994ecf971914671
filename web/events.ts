/** What is heard of a tenant. */
interface Handlers {
  /** These nouns changed. */
  readonly changed: (resources: readonly string[]) => void
  /** Anything may have changed. */
  readonly reset: () => void
  /** The server answers, for the first time or again. */
  readonly open?: () => void
}

const firstPauseMs = 2_000
const longestPauseMs = 60_000
/** A page out of sight for this long listens no more: browsers open only few connections at once to a server. */
const unseenMs = 60_000

/** Hears from the server what changes in a tenant, for as long as the page is seen; answers how to stop it. */
export function listenToTenant(tenantId: string, handlers: Handlers): () => void {
  const stopping = new AbortController()
  let events: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = firstPauseMs
  /** What came last: whoever opens anew is told what they missed since. */
  let last: string | undefined

  function open(): void {
    const since = last === undefined ? '' : `&last_event_id=${last}`
    const source = new EventSource(`/v1/events?tenant_id=${tenantId}${since}`)
    events = source
    const hear = (name: string, act?: (data: string) => void) =>
      source.addEventListener(name, ({ data, lastEventId }: MessageEvent<string>) => {
        if (lastEventId) last = lastEventId
        act?.(data)
      })
    hear('ready')
    hear('changed', (data) => handlers.changed((JSON.parse(data) as { resources: string[] }).resources))
    hear('reset', handlers.reset)
    source.addEventListener('open', () => {
      pauseMs = firstPauseMs
      handlers.open?.()
    })
    // A broken stream is opened anew by the browser; after any answer but 200 it gives up.
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED || source !== events) return
      events = undefined
      timer = setTimeout(open, pauseMs)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    })
  }

  function close(): void {
    clearTimeout(timer)
    events?.close()
    events = undefined
  }

  const look = () => {
    clearTimeout(timer)
    if (document.hidden) timer = setTimeout(close, unseenMs)
    else if (!events) open()
  }
  document.addEventListener('visibilitychange', look, { signal: stopping.signal })
  open()
  return () => {
    stopping.abort()
    close()
  }
}
