import { sealNote, sealSlip } from '../../server/registers/seal-slip.ts'
import { type Basket, newBasket } from './basket.ts'
import {
  type Device,
  type Head,
  type Note,
  type NoteKind,
  type Queued,
  readFact,
  type Sold,
  store,
  writeFact,
} from './store.ts'

/** Two tabs of one device have one chain: whoever moves it on holds it alone. */
export function holdChain<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request('comptoir-chain', work) as Promise<T>
}

/** The device and where its chain stands. Throws on a device that was not set up. */
export async function readChain(): Promise<{ device: Device; head: Head }> {
  const [device, head] = await Promise.all([readFact('device'), readFact('head')])
  if (!device || !head) throw new Error('this device is not set up')
  return { device, head }
}

/** True while this device holds nothing that the server lacks. */
export async function isEverythingSent(): Promise<boolean> {
  const unsent = await store.notes.filter(({ isSent }) => !isSent).count()
  return (await store.slips.count()) === 0 && unsent === 0
}

/** What every slip and note says of who did it, and when by the clock of the till. */
export interface Moment {
  readonly cashier_id: string
  readonly made_at: string
}

/**
 * Seals a sale or refund as the next slip and puts it into the queue together with what the device keeps of it, all or
 * nothing. To be called while the chain is held.
 */
export async function sealNext(
  content: Moment & { readonly session_id: string } & Record<string, unknown>,
  sold: (sequence: number) => Sold,
): Promise<Queued> {
  const { device, head } = await readChain()
  const slip = await sealSlip(head.hash, {
    ...{ format: 2, sequence: head.nextSequence, device_id: device.id, register_id: device.registerId },
    ...{ notes: head.notes, ...content },
  })
  const queued: Queued = { ...slip, madeAt: content.made_at, noteHashes: head.notes.map(({ hash }) => hash) }
  await store.transaction('rw', [store.facts, store.slips, store.sold], async () => {
    await store.slips.add(queued)
    await store.sold.put(sold(slip.sequence))
    await writeFact('head', { nextSequence: slip.sequence + 1, hash: slip.hash, notes: [] })
    await leaveBehind(sold(slip.sequence))
  })
  return queued
}

/** Moves on behind a receipt that the server numbered. To be called while the chain is held. */
export async function moveOn(sold: Sold): Promise<void> {
  await store.transaction('rw', store.facts, store.sold, async () => {
    const { head } = await readChain()
    await store.sold.put(sold)
    await writeFact('head', { ...head, nextSequence: sold.sequence + 1 })
    await leaveBehind(sold)
  })
}

/**
 * What was sold is in the basket no more, whatever becomes of the page; and whoever sells on after all has taken back the word that
 * nothing more comes of the session.
 */
async function leaveBehind({ id, sessionId }: Sold): Promise<void> {
  if (((await readFact('basket')) as Basket | undefined)?.id === id) await writeFact('basket', newBasket())
  const ended = (await readFact('ended')) ?? []
  if (ended.some(({ session_id }) => session_id === sessionId))
    await writeFact(
      'ended',
      ended.filter(({ session_id }) => session_id !== sessionId),
    )
}

/** Notes what happened beside the receipts; the next slip seals it. To be called while the chain is held. */
export async function noteNext(
  what: { readonly kind: NoteKind; readonly id: string },
  content: Moment & Record<string, unknown>,
  also: () => Promise<unknown> = async () => {},
): Promise<Note> {
  const { device, head } = await readChain()
  const sealed = await sealNote({
    ...{ format: 1, device_id: device.id, register_id: device.registerId },
    ...{ ...what, ...content },
  })
  const note: Note = { ...sealed, ...what, madeAt: content.made_at }
  await store.transaction('rw', store.tables, async () => {
    await store.notes.put(note)
    await writeFact('head', { ...head, notes: [...head.notes, { ...what, hash: note.hash }] })
    await also()
  })
  return note
}

/** 16 random bytes in hex: keeps anybody from finding out from its hash who a note is about. */
export function newSalt(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
