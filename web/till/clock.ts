import { readFact, writeFact } from './store.ts'

/** A clock that is off by less is taken as it is. */
const toleratedMs = 60_000

let offsetMs = 0

/** Takes the time of the server, by which a till with a wrong clock goes from then on. */
export async function setClock(serverNow: string): Promise<void> {
  const off = Date.parse(serverNow) - Date.now()
  offsetMs = Math.abs(off) > toleratedMs ? off : 0
  await writeFact('clockOffsetMs', offsetMs)
}

/** Goes on by the time of the server as it was known before this page. */
export async function restoreClock(): Promise<void> {
  offsetMs = (await readFact('clockOffsetMs')) ?? 0
}

/** The time at the till: by its own clock, or the server's where that is off. */
export function tillNow(): Date {
  return new Date(Date.now() + offsetMs)
}
