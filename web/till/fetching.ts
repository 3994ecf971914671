/**
 * Does work while nothing else of this browser fetches goods: one tab fetches them at a time, and nobody's session is ended
 * under what is fetched in it.
 */
export function whileNothingIsFetched<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request('comptoir-assortment', work) as Promise<T>
}
