import { type Output, problemOf } from '../api.ts'
import { callAsDevice } from './call-as-device.ts'
import { type Queued, readFact, store, writeFact } from './store.ts'

type Answer = Output<'sync.push'>

/** As many slips as go at once: what was taken is off the queue before the rest is sent. */
const atOnce = 100
/** Read by this app; a server that reads none of them is told apart by `slip_format_unknown`. */
export const ownFormat = 2

let running: Promise<Pushed> | undefined

export interface Pushed {
  /** Whether the server answered. */
  readonly isReached: boolean
  /** Why the rest waits, where the server said so. */
  readonly problem?: { readonly code: string; readonly detail: string } | undefined
}

/**
 * Sends what is queued, in order, and takes off the queue what the server has. Tries at once are one. Throws where the server does
 * not answer or refuses the device; what is queued stays.
 */
export function pushQueue(): Promise<Pushed> {
  running ??= navigator.locks
    .request('comptoir-push', send)
    .then((result) => result as Pushed)
    .finally(() => {
      running = undefined
    })
  return running
}

/** What an error says of the server: out of reach, or why the rest waits. */
export function foundOf(error: unknown): Pushed {
  const problem = problemOf(error)
  // A mistake of the program is told to whoever watches the console, and the till goes on.
  if (!problem) reportError(error)
  const { status, code, detail } = problem ?? { status: 400, code: 'unexpected', detail: String(error) }
  return status === 0 || status >= 500 ? { isReached: false } : { isReached: true, problem: { code, detail } }
}

async function send(): Promise<Pushed> {
  const device = await readFact('device')
  if (!device) return { isReached: false }
  for (;;) {
    const slips = await store.slips.orderBy('sequence').limit(atOnce).toArray()
    const notes = await notesFor(slips)
    const isNews = notes.some(({ isSent }) => !isSent)
    const ended = slips.length < atOnce ? ((await readFact('ended')) ?? []) : []
    if (slips.length === 0 && !isNews && ended.length === 0) return { isReached: true }
    const answer = await callAsDevice(device, 'sync.push', {
      ...{ device_id: device.id, credential: device.credential, ended: [...ended] },
      slips: slips.map(({ sequence, previous_hash, body, hash }) => ({ sequence, previous_hash, body, hash })),
      notes: notes.map(({ body, hash }) => ({ body, hash })),
    })
    await writeFact('isServerNewer', !answer.formats.includes(ownFormat))
    const taken = await takeOff(answer, slips, ended)
    const left = await store.slips.count()
    const refused = answer.slips.find(({ outcome }) => outcome === 'refused')
    if (refused || (taken === 0 && left > 0)) return { isReached: true, problem: asProblem(refused) }
    if (left === 0 && slips.length < atOnce) return { isReached: true }
  }
}

/** The notes that these slips name, and after the last slip those that none names yet, in the order they were made. */
async function notesFor(slips: readonly Queued[]) {
  const named = new Set(slips.flatMap(({ noteHashes }) => noteHashes))
  const isLast = slips.length < atOnce
  const unnamed = isLast ? ((await readFact('head'))?.notes ?? []).map(({ hash }) => hash) : []
  const found = await store.notes.bulkGet([...named, ...unnamed])
  return found.filter((note) => note !== undefined)
}

/** Off the queue goes what the server booked or set aside with its text; what it refuses stays here. */
async function takeOff(answer: Answer, slips: readonly Queued[], ended: readonly { session_id: string }[]) {
  const done = answer.slips.filter(({ outcome }) => outcome !== 'refused').map(({ sequence }) => sequence)
  const waiting = answer.slips.filter(({ outcome }) => outcome === 'refused')
  const noted = answer.notes.filter(({ outcome }) => outcome !== 'refused')
  const setAside = answer.slips.filter(({ outcome }) => outcome === 'set_aside').length
  await store.transaction('rw', [store.slips, store.notes, store.tickets, store.facts], async () => {
    await store.slips.bulkDelete(done)
    if (setAside > 0) await writeFact('setAside', ((await readFact('setAside')) ?? 0) + setAside)
    for (const { sequence, code, detail } of waiting) {
      await store.slips.update(sequence, { problem: { code: code ?? '', detail: detail ?? '' } })
    }
    await forgetNotes(noted, slips)
    // A ticket that the branch has is taken up there, by whoever comes first.
    const parked = noted.filter(({ kind, outcome }) => kind === 'ticket' && /taken$/.test(outcome))
    await store.tickets.bulkDelete(parked.flatMap(({ id }) => id ?? []))
    const standing = noted.find(({ kind, session_id }) => kind === 'session' && session_id !== null)
    const session = await readFact('session')
    if (session && standing?.id === session.id) await writeFact('session', { ...session, isNoted: false })
    if (waiting.length === 0) {
      const sent = new Set(ended.map(({ session_id }) => session_id))
      await writeFact(
        'ended',
        ((await readFact('ended')) ?? []).filter(({ session_id }) => !sent.has(session_id)),
      )
    }
  })
  return done.length + noted.length
}

/** A note that no slip names yet is sent again with the one that will; the server knows it by its hash. */
async function forgetNotes(noted: Answer['notes'], slips: readonly Queued[]): Promise<void> {
  const named = new Set(slips.flatMap(({ noteHashes }) => noteHashes))
  for (const { hash } of noted) {
    if (named.has(hash)) await store.notes.delete(hash)
    else await store.notes.update(hash, { isSent: true })
  }
}

function asProblem(refused: Answer['slips'][number] | undefined) {
  return refused && { code: refused.code ?? '', detail: refused.detail ?? '' }
}
