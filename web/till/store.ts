import Dexie, { type EntityTable, liveQuery, type Table } from 'dexie'
import { useEffect, useRef, useState } from 'react'
import type { LineAmounts } from '../../server/basket/share-refund.ts'
import type { PinTries } from '../../server/cashiers/pin-verifier.ts'
import type { Receipt } from '../../server/receipts/receipt.ts'
import type { Output } from '../api.ts'

export type Ground = Output<'assortment.get-ground'>
export type Goods = Output<'assortment.list-goods'>['items'][number]
export type Stock = Output<'assortment.list-stock'>['items'][number]
export type Customer = Output<'assortment.list-customers'>['items'][number]
export type Cashier = Output<'cashiers.list-cashiers'>['items'][number]

/** What this device is, as the server enrolled it. */
export interface Device {
  readonly id: string
  readonly credential: string
  readonly name: string
  readonly tenantId: string
  readonly branchId: string
  readonly registerId: string
  readonly registerCode: string
}

/** Where the chain of this device stands: what its next receipt is numbered, and what its next slip follows. */
export interface Head {
  readonly nextSequence: number
  readonly hash: string
  /** Notes that no slip names yet. */
  readonly notes: readonly { readonly kind: NoteKind; readonly id: string; readonly hash: string }[]
}

/** The open session of the register, as far as this device knows. */
export interface Session {
  readonly id: string
  readonly openedBy: string | null
  readonly openedAt: string
  readonly floatAmount: string
  readonly currency: string
  /** Opened here while the server was out of reach, and not told to it yet. */
  readonly isNoted: boolean
}

export type NoteKind = 'session' | 'customer' | 'ticket'

/** Something sealed that the server has not taken yet. */
export interface Queued {
  readonly sequence: number
  readonly previous_hash: string
  readonly body: string
  readonly hash: string
  readonly madeAt: string
  /** Of the notes that this slip names. */
  readonly noteHashes: readonly string[]
  readonly problem?: { readonly code: string; readonly detail: string } | undefined
}

export interface Note {
  readonly hash: string
  readonly body: string
  readonly kind: NoteKind
  readonly id: string
  readonly madeAt: string
  /** The server has it, though no slip names it yet. */
  readonly isSent?: boolean
}

/** A line of a receipt of this device, by its place in it. */
export interface SoldLine {
  readonly line: number
  readonly name: string
  /** In the unit of the product. */
  readonly quantity: string
  readonly total: string
  /** What shares of it are computed from. */
  readonly amounts: Omit<LineAmounts, 'quantity'>
  /** Of a refund: the line of the sale. */
  readonly ofLine?: number
}

/** A receipt that this device made, to be shown, printed and taken back. */
export interface Sold {
  readonly id: string
  readonly sequence: number
  readonly sessionId: string
  readonly madeAt: string
  readonly isSealed: boolean
  /** What the receipt says; print it with `writeHtml`. */
  readonly receipt: Receipt
  /** What it came to before cash was rounded, and how it was paid, with the signs they have for the drawer. */
  readonly settled: {
    readonly total: string
    readonly rounding: string
    readonly payments: readonly { readonly tender_id: string; readonly amount: string }[]
  }
  /** Its lines as they can come back. */
  readonly lines: readonly SoldLine[]
  /** Of a refund: the sale it came back from. */
  readonly originalId: string | null
  readonly number: string
  readonly total: string
  readonly kind: 'sale' | 'refund'
  /** How often it was printed here. */
  readonly prints?: number
}

export interface Ticket {
  readonly id: string
  readonly label: string
  readonly total: string
  readonly basket: unknown
  readonly parkedAt: string
  readonly isNoted: boolean
}

interface Facts {
  device: Device
  head: Head
  session: Session | null
  ended: readonly { readonly session_id: string; readonly last_sequence: number; readonly head_hash: string }[]
  ground: Ground
  cashiers: Output<'cashiers.list-cashiers'>
  cursors: {
    readonly goods?: string
    readonly stock?: string
    readonly customers?: string
    readonly stockAsOf?: string
  }
  tries: Readonly<Record<string, PinTries>>
  favourites: readonly string[]
  basket: unknown
  /** The server reads no slips as this app writes them. */
  isServerNewer: boolean
  /** Receipts that the server could not book, since somebody last took note of it here. */
  setAside: number
  clockOffsetMs: number
}

const database = new Dexie('comptoir-till') as Dexie & {
  facts: Table<{ name: string; value: unknown }, string>
  goods: EntityTable<Goods, 'variant_id'>
  stock: EntityTable<Stock, 'variant_id'>
  customers: EntityTable<Customer, 'id'>
  slips: EntityTable<Queued, 'sequence'>
  notes: EntityTable<Note, 'hash'>
  sold: EntityTable<Sold, 'id'>
  tickets: EntityTable<Ticket, 'id'>
}
database.version(1).stores({
  facts: 'name',
  goods: 'variant_id',
  stock: 'variant_id',
  customers: 'id',
  slips: 'sequence',
  notes: 'hash, madeAt',
  sold: 'id, sequence, sessionId, madeAt',
  tickets: 'id, parkedAt',
})
database.version(2).stores({ sold: 'id, sequence, sessionId, madeAt, originalId' })

/** What the device holds: it survives reloads, killed tabs and days without network. */
export const store = database

/** One fact; undefined before it was ever known. */
export async function readFact<N extends keyof Facts>(name: N): Promise<Facts[N] | undefined> {
  return (await database.facts.get(name))?.value as Facts[N] | undefined
}

export async function writeFact<N extends keyof Facts>(name: N, value: Facts[N]): Promise<void> {
  await database.facts.put({ name, value })
}

/** What a reading of the store comes to, again whenever that changes, in this tab or another; undefined until it is read. Throws where it cannot be. */
export function useStored<T>(read: () => Promise<T>): T | undefined {
  const [value, setValue] = useState<T>()
  const [failure, setFailure] = useState<unknown>()
  const latest = useRef(read)
  useEffect(() => {
    const subscription = liveQuery(() => latest.current()).subscribe({ next: setValue, error: setFailure })
    return () => subscription.unsubscribe()
  }, [])
  if (failure) throw failure
  return value
}

/** One fact, again whenever it changes; undefined until it is read or while it is unknown. */
export function useFact<N extends keyof Facts>(name: N): Facts[N] | undefined {
  return useStored(() => readFact(name))
}

/** Forgets all of it: only for a device that holds nothing unsent. */
export async function forgetDevice(): Promise<void> {
  await database.transaction('rw', database.tables, () => Promise.all(database.tables.map((table) => table.clear())))
}
