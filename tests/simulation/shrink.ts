/** What is wrong, whatever the numbers and ids, and whatever rows show it. */
export function kindOf(message: string): string {
  const [first = ''] = message.split('\n')
  const [what = ''] = first.replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '#').split('{')
  return what.replaceAll(/[\d.]+/g, '#').slice(0, 80)
}

/** How often a shorter list is tried, and for how long. */
const mostTries = 80
const mostMilliseconds = 120_000

/**
 * Looks for a short list of steps that still goes wrong: the last ones after those that every list begins with, then fewer and fewer
 * of these (delta debugging, Zeller and Hildebrandt 2002). Answers what the shortest came to; undefined when even all of them go well.
 */
export async function shrink<S, R>(
  steps: readonly S[],
  first: number,
  tryOut: (some: readonly S[]) => Promise<R | undefined>,
): Promise<R | undefined> {
  let tries = 0
  const began = performance.now()
  const goesOn = () => tries < mostTries && performance.now() - began < mostMilliseconds
  const attempt = (some: readonly S[]) => {
    tries += 1
    return tryOut(some)
  }
  let shortest: readonly S[] = steps
  let result: R | undefined
  for (let last = 16; result === undefined && goesOn(); last *= 4) {
    const isAll = first + last >= steps.length
    shortest = isAll ? steps : [...steps.slice(0, first), ...steps.slice(-last)]
    result = await attempt(shortest)
    if (isAll) break
  }
  if (result === undefined) return undefined
  for (let parts = 2; parts <= shortest.length && goesOn(); ) {
    const size = Math.ceil(shortest.length / parts)
    let isShorter = false
    for (let from = 0; from < shortest.length && goesOn(); ) {
      const fewer = [...shortest.slice(0, from), ...shortest.slice(from + size)]
      const again = fewer.length > 0 ? await attempt(fewer) : undefined
      if (again === undefined) from += size
      else [shortest, result, isShorter] = [fewer, again, true]
    }
    if (size === 1 && !isShorter) break
    parts = isShorter ? Math.max(2, parts - 1) : Math.min(parts * 2, Math.max(parts + 1, shortest.length))
  }
  return result
}
