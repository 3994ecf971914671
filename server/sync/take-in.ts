import type { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { platformRefusals, Refusal, refuse } from '../platform/refusal.ts'
import type { DeviceAtWork, SealedSlip } from '../registers/index.ts'
import { receiptsNumbered } from '../sales/index.ts'
import type { Settings } from '../settings/index.ts'
import { bookSlips, type Raised } from './book.ts'
import { type pushed, type pushInput, sequenceGap } from './contract.ts'
import { type Followed, followChain, type Head } from './follow-chain.ts'
import { assertSessions, type Judged, judgeSlips } from './judge-slips.ts'
import { missingFrom, textOfRanges } from './missing.ts'
import { findSlips, keepTexts } from './queries.ts'
import { type NewException, type NewSlip, recordPush } from './record-queries.ts'

/** The device whose queue is taken in; `revokedAt` where somebody else brings it. */
export interface Sender extends DeviceAtWork {
  readonly revokedAt?: Date | null
}

type Answer = z.input<typeof pushed>['slips'][number]
type Queue = Pick<z.output<typeof pushInput>, 'slips' | 'ended'>

/** What becomes of one slip that is new: it is booked, or set aside. */
interface Taken {
  readonly row: NewSlip
  readonly sealed: SealedSlip
  readonly answer: Answer
  readonly exceptions: readonly NewException[]
}

/**
 * Takes in what a device sealed, in order, held against others who do the same. A slip that is next is booked as it happened,
 * or set aside; one that was here before is answered as then; after a gap all are refused. Refuses with `sequence_gap`
 * when that is all there is, and with `busy` when the register moved meanwhile.
 */
export async function takeIn(context: CommandContext, settings: Settings, sender: Sender, { slips, ended }: Queue) {
  await assertSessions(context, sender, ended)
  const from: Head = { sequence: sender.lastSequence, hash: sender.headHash }
  const behind = slips.flatMap(({ sequence }) => (sequence <= from.sequence ? [sequence] : []))
  const receipts = await receiptsNumbered(context, sender.registerId, behind)
  const soldByServer = new Map(receipts.filter(({ is_offline }) => !is_offline).map((one) => [one.sequence, one]))
  const { followed, head } = await followChain(from, slips, {
    deviceId: sender.id,
    registerId: sender.registerId,
    soldByServer,
  })
  const missing = missingFrom(head.sequence, slips)
  const known = await answersOfKnown(context, sender, followed)
  const judged = await judgeSlips(context, settings, sender, followed, (sealed) => known.has(keyOf(sealed)))
  const isRefused = (at: Followed) => at.kind === 'gap'
  if (slips.length > 0 && followed.every(isRefused))
    refuse(sequenceGap, `Missing: ${textOfRanges(missing)}. The next is ${head.sequence + 1}`)

  const taken = await bookAll(context, settings, judged)
  for (const at of followed) if (at.kind === 'sold') taken.set(keyOf(at.sealed), asSold(context, at, soldByServer))
  await record(context, settings, sender, { from, head, taken: [...taken.values()], ended })
  const answers = followed.map((at) => answerOf(at, taken, known))
  return { slips: answers, missing, next_sequence: head.sequence + 1, head_hash: head.hash }
}

/** Answers to slips whose numbers are behind the head, by hash. */
async function answersOfKnown(context: CommandContext, sender: Sender, followed: readonly Followed[]) {
  const behind = followed.filter(({ kind }) => kind === 'behind').map(({ sealed }) => sealed.sequence)
  const rows = behind.length === 0 ? [] : await findSlips(context, sender.id, behind)
  return new Map(
    rows.map(({ sequence, hash, session_id, sale_id, fault, detail }): [string, Answer] => [
      keyOf({ sequence, hash: hash.toString('hex') }),
      {
        ...{ sequence, sale_id, session_id, detail, code: fault },
        outcome: sale_id === null ? 'already_set_aside' : 'already_booked',
        exceptions: [],
      },
    ]),
  )
}

/** Books what can be booked, in order, and sets the rest aside; by key. */
async function bookAll(
  context: CommandContext,
  settings: Settings,
  judged: readonly Judged[],
): Promise<Map<string, Taken>> {
  const ready = judged.flatMap((one) => (one.kind === 'bookable' ? [one] : []))
  const booked = ready.length === 0 ? [] : await bookSlips(context, settings, ready)
  const results = new Map(ready.map((one, index) => [one, booked[index]]))
  const taken = new Map<string, Taken>()
  for (const one of judged) {
    const key = keyOf(one.sealed)
    if (taken.has(key)) continue
    if (one.kind === 'faulty') {
      taken.set(key, setAside(context, one.sealed, one))
      continue
    }
    const result = results.get(one)
    if (!result) throw new Error('a slip was neither booked nor refused')
    const { slip, session } = one
    if (result instanceof Refusal)
      taken.set(key, setAside(context, one.sealed, { fault: result.kind.code, detail: result.message, slip }))
    else
      taken.set(
        key,
        asBooked(context, one, {
          saleId: result.saleId,
          sessionId: session.id,
          raised: [...one.raised, ...result.raised],
        }),
      )
  }
  return taken
}

function asBooked(
  context: CommandContext,
  { sealed, slip }: Extract<Judged, { kind: 'bookable' }>,
  { saleId, sessionId, raised }: { saleId: string; sessionId: string; raised: readonly Raised[] },
): Taken {
  const id = context.newId()
  const exceptions = raised.map((one) => ({
    ...one,
    ...{ id: context.newId(), slip_id: id, sale_id: saleId, session_id: sessionId },
  }))
  for (const { id: exceptionId, ...values } of exceptions)
    context.changed({ resource: 'sync_exception', id: exceptionId, new: values })
  return {
    row: {
      ...placeOf(sealed, id),
      ...{ session_id: slip.session_id, made_at: slip.made_at, sale_id: saleId, fault: null, detail: null },
    },
    sealed,
    exceptions,
    answer: {
      ...{
        sequence: sealed.sequence,
        outcome: 'booked',
        code: null,
        detail: null,
        sale_id: saleId,
        session_id: sessionId,
      },
      exceptions: [...raised],
    },
  }
}

/** What the server sold itself: the till sealed it because it did not hear of it. */
function asSold(
  context: CommandContext,
  { sealed, slip }: Extract<Followed, { kind: 'sold' }>,
  soldByServer: ReadonlyMap<number, { readonly id: string; readonly session_id: string }>,
): Taken {
  const sale = soldByServer.get(sealed.sequence)
  const [sale_id, session_id] = [sale?.id ?? null, sale?.session_id ?? null]
  return {
    row: { ...placeOf(sealed, context.newId()), session_id, made_at: slip.made_at, sale_id, fault: null, detail: null },
    sealed,
    exceptions: [],
    answer: {
      ...{ sequence: sealed.sequence, outcome: 'already_booked', code: null, detail: null, sale_id, session_id },
      exceptions: [],
    },
  }
}

function setAside(
  context: CommandContext,
  sealed: SealedSlip,
  { fault, detail, slip }: Pick<Extract<Judged, { kind: 'faulty' }>, 'fault' | 'detail' | 'slip'>,
): Taken {
  const id = context.newId()
  const session_id = slip?.session_id ?? null
  context.changed({
    resource: 'set_aside_slip',
    id,
    new: { sequence: sealed.sequence, hash: sealed.hash, code: fault },
  })
  return {
    row: { ...placeOf(sealed, id), session_id, made_at: slip?.made_at ?? null, sale_id: null, fault, detail },
    sealed,
    exceptions: [],
    answer: {
      ...{ sequence: sealed.sequence, outcome: 'set_aside', code: fault, detail, sale_id: null, session_id: null },
      exceptions: [],
    },
  }
}

function placeOf({ sequence, previous_hash, hash }: SealedSlip, id: string) {
  return { id, sequence, previous_hash, hash }
}

async function record(
  context: CommandContext,
  settings: Settings,
  sender: Sender,
  done: { from: Head; head: Head; taken: readonly Taken[]; ended: Queue['ended'] },
): Promise<void> {
  const { from, head, taken, ended } = done
  if (taken.length === 0 && ended.length === 0) return
  const isWritten = await recordPush(context, {
    register_id: sender.registerId,
    branch_id: sender.branchId,
    device_id: sender.id,
    employee_id: context.caller.employeeId,
    from_sequence: from.sequence,
    last_sequence: head.sequence,
    head_hash: head.hash === from.hash ? null : head.hash,
    slips: taken.map(({ row }) => row),
    exceptions: taken.flatMap(({ exceptions }) => exceptions),
    statements: ended.map((one) => ({ ...one, id: context.newId() })),
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
  const next = { last_sequence: head.sequence, booked: taken.length - aside.length, set_aside: aside.length }
  context.changed({ resource: 'device', id: sender.id, old: { last_sequence: from.sequence }, new: next })
}

/** Where the text of a slip that was set aside stands. */
export function textPlace({ tenantId }: { readonly tenantId: string }, id: string) {
  return { table: 'sync.kept_text', column: 'sealed', tenantId, row: id }
}

function answerOf(at: Followed, taken: Map<string, Taken>, known: ReadonlyMap<string, Answer>): Answer {
  const { sequence } = at.sealed
  if (at.kind === 'gap') {
    const detail = `Receipts ${textOfRanges([at.missing])} are missing before it`
    return {
      sequence,
      outcome: 'refused',
      code: sequenceGap.code,
      detail,
      sale_id: null,
      session_id: null,
      exceptions: [],
    }
  }
  const key = keyOf(at.sealed)
  const answer = known.get(key) ?? taken.get(key)?.answer
  if (!answer) throw new Error(`nothing became of slip ${sequence}`)
  return answer
}

function keyOf({ sequence, hash }: Pick<SealedSlip, 'sequence' | 'hash'>): string {
  return `${sequence} ${hash}`
}
