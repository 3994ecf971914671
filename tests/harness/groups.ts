/**
 * Works on items, so many at once, and answers in their order. The first failure ends it, once whatever is under way has
 * ended too.
 */
export async function inGroups<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < items.length; at += atOnce) {
    const outcomes = await Promise.allSettled(items.slice(at, at + atOnce).map(work))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
      done.push(outcome.value)
    }
  }
  return done
}
