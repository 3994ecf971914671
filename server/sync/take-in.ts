import type { z } from 'zod'
import { beyondSold } from '../basket/index.ts'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, type RefusalKind, refuse } from '../platform/refusal.ts'
import { type DeviceAtWork, type RetiredDevice, sequenceGap } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { bookSlips, isToWaitFor } from './book.ts'
import { noteMissing, type pushed, type pushInput, slipOfAnotherRegister } from './contract.ts'
import { type Followed, followChain, type Head, readTexts, salesNamed } from './follow-chain.ts'
import { assertSessions, type Judged, judgeSlips } from './judge-slips.ts'
import { missingFrom, type Range, textOfRanges } from './missing.ts'
import { keepNotes } from './note-queries.ts'
import { keepTexts } from './queries.ts'
import { type MadeHere, readChain, type SlipHere } from './read-chain.ts'
import { recordPush } from './record-queries.ts'
import { notePlace, serverTold } from './standing.ts'
import { type NoteTaken, takeNotes } from './take-notes.ts'
import { type Answer, answer, asBooked, asSold, setAside, settledBefore, settledBy, type Taken } from './taken.ts'

/** The device whose queue is taken in; retired where somebody else brings it. */
export type Sender = DeviceAtWork & Partial<Pick<RetiredDevice, 'retiredAt' | 'revokedAt'>>

type Queue = Pick<z.output<typeof pushInput>, 'slips' | 'notes' | 'ended'>

/**
 * Takes in what a device sealed, in order, held against others who do the same. A slip that is in its place is booked as it
 * happened, or set aside; one that was here before is answered as then; after a gap all are refused, and so are those that wait
 * for something to be put right in the books. Refuses with what they are refused for when that is all there is, and with `busy`
 * when the register moved meanwhile.
 */
export async function takeIn(
  context: CommandContext,
  settings: Settings,
  sender: Sender,
  { slips, notes, ended }: Queue,
): Promise<z.input<typeof pushed>> {
  const arrived = await readTexts(slips)
  const { chain, here, made } = await readChain(context, sender, { slips, saleIds: salesNamed(arrived) })
  const sealed = followChain(chain, arrived)
  const noted = await takeNotes(context, settings, sender, { arrived, followed: sealed, notes })
  const standIns = await noted.standInFor(sessionsNamed(sealed, ended))
  const inPlace = <T extends { readonly session_id: string }>(one: T): T => ({
    ...one,
    session_id: standIns.get(one.session_id) ?? one.session_id,
  })
  const followed = sealed.map((at) =>
    at.kind === 'next' || at.kind === 'sold' ? { ...at, slip: inPlace(at.slip) } : at,
  )
  const ends = ended.map(inPlace)
  await assertSessions(context, sender, ends)
  const missing = missingOf(followed)
  const stop = noted.waiting && followed[sealed.indexOf(noted.waiting.at)]
  const ready = stop ? followed.slice(0, followed.indexOf(stop)) : followed
  const judged = await judgeSlips(context, settings, sender, ready)
  const from = chain.head
  const booked = await bookAll(context, settings, { judged, followed: ready, here, made, from, sender })
  const { taken } = booked
  const waiting = booked.waiting ?? (stop && { at: stop, refusal: new Refusal(noteMissing) })
  const answers = followed.map((at) => answerOf(at, { taken, here, waiting }))
  const isNothing = slips.length > 0 && answers.every(({ outcome }) => outcome === 'refused')
  if (isNothing && noted.taken.length === 0) refuseAll(followed, waiting, missing)

  const done = waiting ? followed.slice(0, followed.indexOf(waiting.at)) : followed
  const head = done.at(-1)?.after ?? chain.head
  await record(context, settings, sender, {
    from,
    head,
    taken: [...taken.values()],
    noted: noted.taken,
    here,
    ended: ends,
  })
  const next = { next_sequence: head.sequence + 1, head_hash: head.hash }
  return { slips: answers, notes: [...noted.answers], missing, ...next, ...serverTold(context) }
}

function sessionsNamed(followed: readonly Followed[], ended: Queue['ended']): string[] {
  const slips = followed.flatMap((at) => (at.kind === 'next' || at.kind === 'sold' ? [at.slip] : []))
  return [...new Set([...slips, ...ended].map(({ session_id }) => session_id))]
}

/** The numbers that have to come before those that are refused for a gap. */
function missingOf(followed: readonly Followed[]): Range[] {
  const gaps = followed.flatMap((at) => (at.kind === 'gap' ? [at] : []))
  const first = gaps[0]?.missing.first
  return first === undefined
    ? []
    : missingFrom(
        first - 1,
        gaps.map(({ sealed }) => sealed),
      )
}

function refuseAll(followed: readonly Followed[], waiting: Waiting | undefined, missing: readonly Range[]): never {
  if (waiting) throw waiting.refusal
  if (missing.length === 0) refuse(slipOfAnotherRegister)
  refuse(sequenceGap, `Missing: ${textOfRanges(missing)}. The next is ${(followed[0]?.after.sequence ?? 0) + 1}`)
}

/** The first slip that waits for something, and what for. */
export interface Waiting {
  readonly at: Followed
  readonly refusal: Refusal
}

const moneyOnly = 'All of it was back already; what was paid out is booked as owed by customers'

interface ToBook {
  readonly judged: readonly Judged[]
  readonly followed: readonly Followed[]
  readonly here: readonly SlipHere[]
  readonly made: ReadonlyMap<string, MadeHere>
  readonly from: Head
  readonly sender: Sender
}

/** Books what can be booked, in order, and sets the rest aside, up to the first slip that waits for something. */
async function bookAll(
  context: CommandContext,
  settings: Settings,
  { judged, followed, here, made, from, sender }: ToBook,
): Promise<{ taken: Map<Followed, Taken>; waiting: Waiting | undefined }> {
  const ready = judged.flatMap((one) => (one.kind === 'bookable' ? [one] : []))
  const start = { registerId: sender.registerId, sequence: from.sequence }
  const booked = ready.length === 0 ? [] : await bookSlips(context, settings, ready, start)
  const results = new Map(ready.map((one, index) => [one.at, { one, result: booked[index] }]))
  const faults = new Map(judged.flatMap((one) => (one.kind === 'faulty' ? [[one.at, one] as const] : [])))
  const taken = new Map<Followed, Taken>()
  for (const at of followed) {
    const fault = faults.get(at)
    if (fault) taken.set(at, setAside(context, fault))
    if (at.kind === 'sold') taken.set(at, asSold(context, at, made))
    const found = results.get(at)
    if (!found) continue
    const { one, result } = found
    if (!result) throw new Error('a slip was neither booked nor refused')
    const { slip } = one
    if (!(result instanceof Refusal)) {
      const { saleId } = result
      const raised = [...result.raised, ...settledBefore(at, here)]
      if (saleId !== null) taken.set(at, asBooked(context, one, { saleId, raised }))
      else taken.set(at, setAside(context, { at, slip, fault: beyondSold.code, detail: moneyOnly }))
    } else if (isToWaitFor(result)) return { taken, waiting: { at, refusal: result } }
    else taken.set(at, setAside(context, { at, slip, fault: result.kind.code, detail: result.message }))
  }
  return { taken, waiting: undefined }
}

interface Done {
  readonly from: Head
  readonly head: Head
  readonly taken: readonly Taken[]
  readonly noted: readonly NoteTaken[]
  readonly here: readonly SlipHere[]
  readonly ended: Queue['ended']
}

async function record(
  context: CommandContext,
  settings: Settings,
  sender: Sender,
  { from, head, taken, noted, here, ended }: Done,
): Promise<void> {
  if (taken.length === 0 && noted.length === 0 && ended.length === 0) return
  const isWritten = await recordPush(context, {
    register_id: sender.registerId,
    branch_id: sender.branchId,
    device_id: sender.id,
    employee_id: context.caller.employeeId,
    from_sequence: from.sequence,
    last_sequence: head.sequence,
    head_hash: head.hash === from.hash ? null : head.hash,
    notes: noted.map(({ row }) => row),
    slips: taken.map(({ row }) => row),
    exceptions: [...noted, ...taken].flatMap(({ exceptions }) => exceptions),
    resolutions: settledBy(context, taken, here),
    statements: [...new Map(ended.map((one) => [one.session_id, { ...one, id: context.newId() }])).values()],
  })
  if (!isWritten) refuse(platformRefusals.busy)
  const aside = taken.filter(({ row }) => row.fault !== null)
  await keepTexts(
    context,
    aside.map(({ row: { id }, sealed }) => ({
      id,
      sealed: settings.encryption.seal(sealed.body, textPlace(context, id)),
    })),
  )
  await keepNotes(
    context,
    noted
      .filter(({ row, sealed }) => row.fault !== null && sealed.body !== '')
      .map(({ row: { id }, sealed }) => ({
        id,
        sealed: settings.encryption.seal(sealed.body, notePlace(context, id)),
      })),
  )
  const next = { last_sequence: head.sequence, booked: taken.length - aside.length, set_aside: aside.length }
  context.changed({ resource: 'device', id: sender.id, old: { last_sequence: from.sequence }, new: next })
}

/** Where the text of a slip that was set aside stands. */
export function textPlace({ tenantId }: { readonly tenantId: string }, id: string) {
  return { table: 'sync.kept_text', column: 'sealed', tenantId, row: id }
}

interface Fates {
  readonly taken: ReadonlyMap<Followed, Taken>
  readonly here: readonly SlipHere[]
  readonly waiting: Waiting | undefined
}

function answerOf(at: Followed, { taken, here, waiting }: Fates): Answer {
  const found = taken.get(at)
  if (found) return found.answer
  const refused = (kind: RefusalKind, detail: string) => ({ ...answer(at, 'refused'), code: kind.code, detail })
  if (at.kind === 'gap') return refused(sequenceGap, `Receipts ${textOfRanges([at.missing])} are missing before it`)
  if (at.kind === 'elsewhere') return refused(slipOfAnotherRegister, slipOfAnotherRegister.title)
  const isSame = (hash: string, text: string) => hash === at.sealed.hash && text === at.textHash
  const twin = [...taken.values()].find(({ row }) => isSame(row.hash, row.text_hash))
  if (twin) return twin.answer
  if (waiting && at.kind !== 'here') return refused(waiting.refusal.kind, waiting.refusal.message)
  const known = here.findLast((one) => isSame(one.hash, one.text_hash))
  if (known) return answerOfKnown(at, known)
  throw new Error(`nothing became of slip ${at.sealed.sequence}`)
}

function answerOfKnown(at: Followed, { sale_id, session_id, fault, detail }: SlipHere): Answer {
  const outcome = sale_id === null ? 'already_set_aside' : 'already_booked'
  return { ...answer(at, outcome), sale_id, session_id, code: fault, detail }
}
