import { z } from 'zod'
import type { CommandContext } from '../platform/operation.ts'
import { Refusal } from '../platform/refusal.ts'
import { firstHash, hashSlip, readCanonicalText, type SealedNote } from '../registers/index.ts'
import type { Settings } from '../settings/index.ts'
import { permissionsOfEmployees } from '../tenants/index.ts'
import type { Raised } from './book.ts'
import { noteMissing, slipOfAnotherRegister } from './contract.ts'
import { doNote, openWithoutFloat } from './do-note.ts'
import type { Arrived, Followed } from './follow-chain.ts'
import { type Note, note as noteSchema } from './note.ts'
import { type NoteHere, notesHere, standInsOf } from './note-queries.ts'
import type { NewException, NewNote } from './record-queries.ts'
import { noteHash, noteKinds } from './slip.ts'
import type { Sender, Waiting } from './take-in.ts'
import type { NoteAnswer } from './taken.ts'

/** What becomes of one note that is new. */
export interface NoteTaken {
  readonly row: NewNote
  readonly sealed: SealedNote
  readonly exceptions: readonly NewException[]
}

interface Noted {
  readonly taken: readonly NoteTaken[]
  readonly answers: readonly NoteAnswer[]
  /** The first slip that names a note that is neither here nor comes with it. */
  readonly waiting: Waiting | undefined
  /** Which session stands for one that was opened offline, where another one does. */
  standInFor(sessionIds: readonly string[]): Promise<ReadonlyMap<string, string>>
}

const named = z.object({ kind: z.enum(noteKinds), id: z.uuid(), hash: noteHash })
const slipNaming = z.looseObject({
  notes: z.array(named),
  cashier_id: z.uuid(),
  made_at: z.iso.datetime({ offset: true }),
})
type Naming = z.output<typeof named> & Pick<z.output<typeof slipNaming>, 'cashier_id' | 'made_at'>

/** A note that came damaged, or before its server could read it, is judged anew when it comes again. */
const faultsOfText: ReadonlySet<string | null> = new Set(['note_lost', 'hash_mismatch', 'format_unknown'])

/**
 * Does what a device noted beside its receipts, in order, once each, before the slips that name it: so a sale finds the session and
 * the customer that were made for it. What cannot be done is kept and raised, and holds nothing up; a session is opened all the
 * same, without a float, for its receipts belong somewhere. Notes of slips that are refused wait with them.
 */
export async function takeNotes(
  context: CommandContext,
  settings: Settings,
  sender: Sender,
  {
    arrived,
    followed,
    notes,
  }: { arrived: readonly Arrived[]; followed: readonly Followed[]; notes: readonly SealedNote[] },
): Promise<Noted> {
  const naming = arrived.map(({ value }) => namingsOf(value))
  const hashes = [...notes.map(({ hash }) => hash), ...naming.flat().map(({ hash }) => hash)]
  const here = hashes.length === 0 ? [] : await notesHere(context, sender.id, hashes)
  const known = new Set([...hashes.slice(0, notes.length), ...here.map(({ hash }) => hash)])
  const isNew = ({ kind }: Followed) => kind === 'next' || kind === 'sold'
  const missing = followed.findIndex((at, index) => isNew(at) && naming[index]?.some(({ hash }) => !known.has(hash)))
  const isHeldUp = (index: number) => {
    const kind = followed[index]?.kind
    return (missing >= 0 && index >= missing) || kind === 'gap' || kind === 'elsewhere'
  }
  const free = new Set(naming.flatMap((some, index) => (isHeldUp(index) ? [] : some.map(({ hash }) => hash))))
  const held = new Set(naming.flatMap((some, index) => (isHeldUp(index) ? some.map(({ hash }) => hash) : [])))
  const namings = new Map(naming.flat().map((one) => [one.hash, one]))
  const taker = createTaker(context, { settings, sender, here, namings })
  const answers: NoteAnswer[] = []
  for (const sealed of notes) {
    const waits = held.has(sealed.hash) && !free.has(sealed.hash)
    answers.push(waits ? refused(sealed, noteMissing.code) : await taker.take(sealed))
  }
  const at = followed[missing]
  return {
    ...{ taken: taker.taken, answers },
    waiting: at && { at, refusal: new Refusal(noteMissing) },
    async standInFor(sessionIds) {
      const before = await standInsOf(context, sender.registerId, sessionIds)
      const now = taker.taken.flatMap(({ row: { subject_id, session_id } }) =>
        subject_id !== null && session_id !== null ? [[subject_id, session_id] as const] : [],
      )
      return new Map([...before, ...now])
    },
  }
}

/** The notes that the text of a slip names, whatever else it says. */
function namingsOf(value: unknown): Naming[] {
  const { data } = slipNaming.safeParse(value)
  return data?.notes.map((one) => ({ ...one, cashier_id: data.cashier_id, made_at: data.made_at })) ?? []
}

interface Taking {
  readonly settings: Settings
  readonly sender: Sender
  readonly here: readonly NoteHere[]
  readonly namings: ReadonlyMap<string, Naming>
}

type Read = { readonly note: Note; readonly fault?: undefined } | { readonly fault: string; readonly note?: undefined }

function createTaker(context: CommandContext, { settings, sender, here, namings }: Taking) {
  const taken: NoteTaken[] = []

  const write = (sealed: SealedNote, row: Omit<NewNote, 'id' | 'hash'>, raised: readonly Raised[]): NoteAnswer => {
    const id = context.newId()
    const { kind, subject_id, session_id, fault } = row
    const of = { slip_id: null, note_id: id, sale_id: null, session_id }
    const exceptions = raised.map((one) => ({ ...one, ...of, id: context.newId() }))
    for (const { id: exceptionId, ...values } of exceptions)
      context.changed({ resource: 'sync_exception', id: exceptionId, new: values })
    taken.push({ row: { ...row, id, hash: sealed.hash }, sealed, exceptions })
    const told = { hash: sealed.hash, kind, id: subject_id, session_id, exceptions: [...raised] }
    return { ...told, outcome: fault === null ? 'taken' : 'kept', code: fault }
  }

  const cashierOf = async (id: string) => (await permissionsOfEmployees(context, [id], sender.branchId)).get(id)

  return {
    taken,
    async take(sealed: SealedNote): Promise<NoteAnswer> {
      const twin = [...taken].reverse().find(({ row }) => row.hash === sealed.hash)?.row
      const known = twin ?? here.findLast(({ hash }) => hash === sealed.hash)
      const read = await readNote(sealed, sender)
      if (known && (known.fault === null || !faultsOfText.has(known.fault) || known.fault === read.fault))
        return {
          ...{ hash: sealed.hash, kind: known.kind, id: known.subject_id, session_id: known.session_id },
          ...{ outcome: known.fault === null ? 'already_taken' : 'already_kept', code: known.fault, exceptions: [] },
        }
      if (read.fault === slipOfAnotherRegister.code) return refused(sealed, read.fault)
      const naming = namings.get(sealed.hash)
      const { note } = read
      const cashierId = note?.cashier_id ?? naming?.cashier_id
      const cashier = cashierId === undefined ? undefined : await cashierOf(cashierId)
      const done = note
        ? await doNote(context, { sender, settings, cashier }, note)
        : new Refusal({ code: read.fault, status: 422, title: 'It cannot be read' })
      const about = {
        kind: note?.kind ?? naming?.kind ?? null,
        subject_id: note?.id ?? naming?.id ?? null,
        made_at: note?.made_at ?? naming?.made_at ?? null,
        cashier_id: cashier ? (cashierId ?? null) : null,
      }
      const late = lateness(sender)
      if (!(done instanceof Refusal)) {
        const row = { ...about, session_id: done.sessionId, fault: null }
        return write(sealed, row, [...late, ...done.raised])
      }
      // What it says stays out of the sentence: it may be about a person.
      const raised = [...late, { kind: done.kind.code, line: null, detail: done.kind.title }]
      const opening = about.kind === 'session' ? (note ?? naming) : undefined
      const session_id = opening ? await openWithoutFloat(context, { sender, settings, cashier }, opening) : null
      return write(sealed, { ...about, session_id, fault: done.kind.code }, raised)
    },
  }
}

/** What somebody else brought was not sent by its device. */
function lateness({ retiredAt, revokedAt }: Sender): Raised[] {
  if (!retiredAt) return []
  const kind = revokedAt ? 'device_revoked' : 'device_unbound'
  return [{ kind, line: null, detail: 'Somebody else brought what its device had noted' }]
}

/** What a note says, or why that cannot be believed. */
async function readNote({ body, hash }: SealedNote, { id, registerId, revokedAt }: Sender): Promise<Read> {
  if (body === '') return { fault: 'note_lost' }
  if ((await hashSlip(firstHash, body)) !== hash) return { fault: 'hash_mismatch' }
  const value = readCanonicalText(body)
  const { data } = noteSchema.safeParse(value)
  if (!data) {
    const format = z.looseObject({ format: z.int() }).safeParse(value).data?.format
    return { fault: format === undefined || format === 1 ? 'unreadable' : 'format_unknown' }
  }
  if (data.device_id !== id) return { fault: 'device_unknown' }
  if (data.register_id !== registerId) return { fault: slipOfAnotherRegister.code }
  if (revokedAt && new Date(data.made_at) >= revokedAt) return { fault: 'sealed_after_revocation' }
  return { note: data }
}

function refused({ hash }: SealedNote, code: string): NoteAnswer {
  return { hash, kind: null, id: null, outcome: 'refused', code, session_id: null, exceptions: [] }
}
