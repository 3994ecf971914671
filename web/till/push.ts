import { type Output, problemOf } from '../api.ts'
import { appBuild } from '../keep-app.ts'
import { callAsDevice } from './call-as-device.ts'
import { type Queued, readFact, store, writeFact } from './store.ts'

type Pushed = Output<'sync.push'>

/** As many slips as go at once: what was taken is off the queue before the rest is sent. */
const atOnce = 100
/** Read by this app; a server that reads none of them is told apart by `slip_format_unknown`. */
const ownFormat = 2

let running: Promise<PushResult> | undefined

export interface PushResult {
  readonly isReached: boolean
  readonly left: number
  /** Why the rest waits, where the server said so. */
  readonly problem?: { readonly code: string; readonly detail: string } | undefined
}

/** Sends what is queued, in order, and takes off the queue what the server has. Tries at once are one. */
export function pushQueue(): Promise<PushResult> {
  running ??= navigator.locks
    .request('comptoir-push', send)
    .then((result) => result as PushResult)
    .finally(() => {
      running = undefined
    })
  return running
}

async function send(): Promise<PushResult> {
  const device = await readFact('device')
  if (!device) return { isReached: false, left: 0 }
  for (;;) {
    const slips = await store.slips.orderBy('sequence').limit(atOnce).toArray()
    const notes = await notesFor(slips)
    const ended = slips.length < atOnce ? ((await readFact('ended')) ?? []) : []
    if (slips.length === 0 && notes.length === 0 && ended.length === 0) return { isReached: true, left: 0 }
    let answer: Pushed
    try {
      answer = await callAsDevice(device, 'sync.push', {
        ...{ device_id: device.id, credential: device.credential, ended: [...ended] },
        slips: slips.map(({ sequence, previous_hash, body, hash }) => ({ sequence, previous_hash, body, hash })),
        notes: notes.map(({ body, hash }) => ({ body, hash })),
      })
    } catch (error) {
      return failed(error)
    }
    await writeFact('reached', reachedBy(answer))
    const taken = await takeOff(answer, slips, ended)
    const left = await store.slips.count()
    const refused = answer.slips.find(({ outcome }) => outcome === 'refused')
    if (refused || (taken === 0 && left > 0)) return { isReached: true, left, problem: asProblem(refused) }
    if (left === 0 && slips.length < atOnce) return { isReached: true, left }
  }
}

/** The notes that these slips name, and after the last slip those that none names yet, in the order they were made. */
async function notesFor(slips: readonly Queued[]) {
  const named = new Set(slips.flatMap(({ noteHashes }) => noteHashes))
  const isLast = slips.length < atOnce
  const unnamed = isLast ? new Set((await readFact('head'))?.notes.map(({ hash }) => hash)) : new Set<string>()
  return (await store.notes.orderBy('madeAt').toArray()).filter(({ hash }) => named.has(hash) || unnamed.has(hash))
}

async function failed(error: unknown): Promise<PushResult> {
  const problem = problemOf(error)
  if (!problem) throw error
  const left = await store.slips.count()
  if (problem.status === 0 || problem.status >= 500) return { isReached: false, left }
  return { isReached: true, left, problem: { code: problem.code, detail: problem.detail } }
}

/** Off the queue goes what the server booked or set aside with its text; what it refuses stays here. */
async function takeOff(answer: Pushed, slips: readonly Queued[], ended: readonly { session_id: string }[]) {
  const done = answer.slips.filter(({ outcome }) => outcome !== 'refused').map(({ sequence }) => sequence)
  const waiting = answer.slips.filter(({ outcome }) => outcome === 'refused')
  const noted = answer.notes.filter(({ outcome }) => outcome !== 'refused')
  await store.transaction('rw', [store.slips, store.notes, store.facts], async () => {
    await store.slips.bulkDelete(done)
    for (const { sequence, code, detail } of waiting) {
      await store.slips.update(sequence, { problem: { code: code ?? '', detail: detail ?? '' } })
    }
    await forgetNotes(noted, slips)
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
async function forgetNotes(noted: Pushed['notes'], slips: readonly Queued[]): Promise<void> {
  const named = new Set(slips.flatMap(({ noteHashes }) => noteHashes))
  await store.notes.bulkDelete(noted.map(({ hash }) => hash).filter((hash) => named.has(hash)))
}

function reachedBy({ server_version, formats, now }: Pushed) {
  return { at: now, serverVersion: server_version, isNewer: !formats.includes(ownFormat), build: appBuild }
}

function asProblem(refused: Pushed['slips'][number] | undefined) {
  return refused && { code: refused.code ?? '', detail: refused.detail ?? '' }
}
