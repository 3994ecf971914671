/** Calls back once the browser has nothing to do: for what a page stands without. */
export function whenIdle(act: () => void): void {
  // Safari has no such callback.
  if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: 2_000 })
  else setTimeout(act, 1_000)
}
