const pauseMs = 5_000

/** What comes in front of the page. Where it does not arrive it is asked for again: a question waits, and is not lost. */
export async function loadLayers(): Promise<typeof import('./layers.tsx')> {
  for (;;) {
    try {
      return await import('./layers.tsx')
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
