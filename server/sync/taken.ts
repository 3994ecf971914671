import type { z } from 'zod'
import { money, toText } from '../platform/money.ts'
import type { CommandContext } from '../platform/operation.ts'
import type { SealedSlip } from '../registers/index.ts'
import type { Raised } from './book.ts'
import type { pushed } from './contract.ts'
import type { Followed } from './follow-chain.ts'
import type { Judged } from './judge-slips.ts'
import type { MadeHere, SlipHere } from './read-chain.ts'
import type { NewException, NewSlip } from './record-queries.ts'
import { documentOf } from './slip.ts'

export type Answer = z.input<typeof pushed>['slips'][number]
export type NoteAnswer = z.input<typeof pushed>['notes'][number]

/** What becomes of one slip that is new: it is booked, or set aside. */
export interface Taken {
  readonly row: NewSlip
  readonly sealed: SealedSlip
  readonly answer: Answer
  readonly exceptions: readonly NewException[]
}

/** What came damaged, and was settled by somebody before it came whole, may be in the books twice. */
export function settledBefore({ sealed: { hash }, textHash }: Followed, here: readonly SlipHere[]): Raised[] {
  return asideAs({ hash, text_hash: textHash }, here)
    .filter(({ settled_as }) => settled_as !== null)
    .map((one) => ({
      ...{ kind: 'settled_before', line: null },
      detail: `It had been set aside (${one.fault}), and settled as ${one.settled_as}`,
    }))
}

/** What becomes of a slip that is booked. */
export function asBooked(
  context: CommandContext,
  { at, slip, session, raised: known }: Extract<Judged, { kind: 'bookable' }>,
  { saleId, raised: found }: { saleId: string; raised: readonly Raised[] },
): Taken {
  const { id, row } = rowOf(context, at, slip)
  const raised = [...known, ...found]
  return {
    row: { ...row, sale_id: saleId },
    sealed: at.sealed,
    exceptions: raise(context, { slip_id: id, sale_id: saleId, session_id: session.id }, raised),
    answer: { ...answer(at, 'booked'), sale_id: saleId, session_id: session.id, exceptions: raised },
  }
}

/** What the server sold itself: the till sealed it because it did not hear of it. */
export function asSold(
  context: CommandContext,
  at: Extract<Followed, { kind: 'sold' }>,
  made: ReadonlyMap<string, MadeHere>,
): Taken {
  const document = documentOf(at.slip)
  const found = made.get(document.id)
  if (!found) throw new Error('a sale that the server made is not there')
  const { id, row } = rowOf(context, at, at.slip)
  const tenders = new Set(document.tenders.filter(({ amount }) => !money(amount).isZero()).map((one) => one.tender_id))
  const isSame =
    money(found.total).abs().equals(money(document.total)) &&
    tenders.symmetricDifference(new Set(found.tenderIds)).size === 0
  const detail = `The server sold it for ${toText(money(found.total))}, the till for ${document.total}, or it was paid in other ways`
  const raised = isSame ? [] : [{ kind: 'sold_otherwise', line: null, detail }]
  const of = { sale_id: document.id, session_id: found.session_id }
  return {
    row: { ...row, ...of },
    sealed: at.sealed,
    exceptions: raise(context, { slip_id: id, ...of }, raised),
    answer: { ...answer(at, 'already_booked'), ...of, exceptions: raised },
  }
}

function raise(
  context: CommandContext,
  of: Pick<NewException, 'slip_id' | 'sale_id' | 'session_id'>,
  raised: readonly Raised[],
): NewException[] {
  return raised.map((one) => {
    const values = { ...one, ...of, note_id: null }
    const id = context.newId()
    context.changed({ resource: 'sync_exception', id, new: values })
    return { ...values, id }
  })
}

/** What becomes of a slip that cannot be booked. */
export function setAside(
  context: CommandContext,
  { at, slip, fault, detail }: Pick<Extract<Judged, { kind: 'faulty' }>, 'at' | 'fault' | 'detail' | 'slip'>,
): Taken {
  const { id, row } = rowOf(context, at, slip)
  const { sequence, hash } = at.sealed
  context.changed({ resource: 'set_aside_slip', id, new: { sequence, hash, code: fault } })
  return {
    row: { ...row, fault, detail },
    sealed: at.sealed,
    exceptions: [],
    answer: { ...answer(at, 'set_aside'), code: fault, detail },
  }
}

function rowOf(
  context: CommandContext,
  at: Followed,
  slip: { readonly session_id: string; readonly made_at: string } | undefined,
): { id: string; row: NewSlip } {
  const { sequence, previous_hash, hash } = at.sealed
  const number = at.kind === 'next' || at.kind === 'sold' || at.kind === 'faulty' ? at.number : null
  const id = context.newId()
  return {
    id,
    row: {
      ...{ id, sequence, number, previous_hash, hash, text_hash: at.textHash },
      ...{ session_id: slip?.session_id ?? null, made_at: slip?.made_at ?? null },
      ...{ sale_id: null, fault: null, detail: null },
    },
  }
}

/** Slips that were set aside, damaged or out of place, and that are booked now: nobody has to settle them. */
export function settledBy(context: CommandContext, taken: readonly Taken[], here: readonly SlipHere[]) {
  const aside = [...here.filter(({ settled_as }) => settled_as === null), ...taken.map(({ row }) => row)]
  return taken
    .filter(({ row }) => row.sale_id !== null)
    .flatMap(({ row }) => asideAs(row, aside))
    .map(({ id }) => ({
      ...{ id: context.newId(), slip_id: id, outcome: 'corrected' as const },
      reason: 'It came again, as it was sealed, and is booked',
    }))
}

type Told = Pick<SlipHere, 'hash' | 'text_hash' | 'fault'>

/** Those that were set aside of what came of a slip. */
function asideAs<T extends Told>({ hash, text_hash }: Pick<Told, 'hash' | 'text_hash'>, slips: readonly T[]): T[] {
  return slips.filter((one) => one.fault !== null && (one.hash === hash || one.text_hash === text_hash))
}

/** The answer to a slip, with nothing but what became of it. */
export function answer({ sealed: { sequence } }: Followed, outcome: Answer['outcome']): Answer {
  return { sequence, outcome, code: null, detail: null, sale_id: null, session_id: null, exceptions: [] }
}
