import type { RungUp } from './basket.ts'
import type { Stock } from './stock.ts'

/** Who works in a shop: the manager owns the tenant; both have signed in. */
export type Role = 'manager' | 'cashier'

export interface Person {
  /** Of their session, which ends some time after a jump of the clock. */
  cookie: string
  readonly email: string
  readonly password: string
  readonly employeeId: string
}

/** Something with a first day and perhaps a last one. */
export interface Period {
  readonly from: string
  readonly through: string | null
}

export interface Goods {
  readonly code: string
  readonly variantId: string
  /** It comes in batches that expire. */
  readonly isTracked: boolean
  readonly goesBelowZero: boolean
  readonly taxClass: number
  /** With tax, in the smallest unit of the currency. */
  prices: (Period & { price: bigint })[]
}

export interface TaxClass {
  readonly id: string
  readonly code: string
  /** In tenths of a percent. */
  rates: (Period & { id: string; version: number; rate: bigint })[]
}

export interface Batch {
  readonly id: string
  readonly goods: number
  readonly number: string
  readonly expiresOn: string
}

export interface Session {
  readonly id: string
  /** The day on which it began. */
  readonly openedOn: string
  version: number
  state: 'open' | 'pending' | 'escalated' | 'closed'
  /** What was counted last, of cash and card. */
  counted: { cash: bigint; card: bigint } | null
  /** What the cashier, who opened it, paid out of it. */
  paidOut: bigint
  /** Who has counted it, or had it counted again. */
  readonly lookedAtBy: Role[]
  readonly countedBy: Role[]
}

export interface Device {
  readonly id: string
  readonly credential: string
  /** The last number it gave away, and the hash of the last slip it sealed. */
  sequence: number
  hash: string
  /** Sealed, and not brought yet. */
  queue: Slip[]
  /** The last ones that were brought. */
  sent: Slip[]
  /** The session in which it said that it seals nothing more. */
  ended: string | null
}

export interface Register {
  readonly id: string
  readonly code: string
  readonly branch: number
  sequence: number
  session: Session | null
  readonly device: Device | null
}

/** What left of which batch, and what of it has come back to the shelf. */
export interface Part {
  readonly batch: string | null
  readonly quantity: number
  readonly value: bigint
  backQuantity: number
  backValue: bigint
}

export interface SoldLine {
  readonly goods: number
  readonly quantity: number
  readonly total: bigint
  readonly tax: bigint
  parts: Part[]
  /** What came back of it, to the shelf or not. */
  back: { quantity: number; total: bigint; tax: bigint }
}

export interface Sale {
  readonly id: string
  readonly number: string
  readonly kind: 'sale' | 'refund'
  readonly lines: SoldLine[]
  /** What is left of what was paid for it. */
  left: bigint
}

/** A sale that a device sealed. */
export interface Slip {
  readonly sealed: { sequence: number; previous_hash: string; body: string; hash: string }
  readonly saleId: string
  /** The day by the clock of its till, and the one on which its session began. */
  readonly madeOn: string
  readonly openedOn: string
  readonly lines: readonly { goods: number; quantity: number }[]
  readonly rung: RungUp
}

export interface Ticket {
  readonly id: string
  readonly branch: number
  version: number
  state: 'open' | 'taken' | 'sold' | 'discarded'
  readonly lines: readonly { goods: number; quantity: number }[]
}

export interface Transfer {
  readonly id: string
  readonly from: number
  readonly to: number
  version: number
  state: 'pending' | 'in_transit' | 'short' | 'completed' | 'cancelled'
  readonly number: string
  readonly goods: number
  readonly quantity: number
  /** The batch that was asked for; undefined: what expires first. */
  readonly batch: string | undefined
  parts: { id: string; batch: string | null; quantity: number; open: number; value: bigint }[]
}

export interface Count {
  readonly id: string
  readonly branch: number
  readonly goods: number
  version: number
  state: 'open' | 'submitted' | 'approved' | 'cancelled'
  /** What was counted in one place, less what the books said then. */
  entry: { batch: string | null; variance: number } | null
  /** Who entered lines or handed it in. */
  readonly by: Role[]
}

/** A command that was done, to be sent again. */
export interface Done {
  readonly who: Role
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly key: string
  readonly body: unknown
}

/** A tenant as a plain program would keep it. Amounts are in the smallest unit of its currency. */
export interface Shop {
  readonly name: string
  readonly zone: string
  readonly currency: string
  readonly decimals: number
  readonly country: string
  readonly tenantId: string
  readonly entityId: string
  readonly priceListId: string
  readonly tenders: { readonly cash: string; readonly card: string }
  readonly people: Readonly<Record<Role, Person>>
  readonly branches: readonly { readonly id: string; readonly name: string }[]
  readonly taxClasses: readonly TaxClass[]
  readonly goods: readonly Goods[]
  readonly registers: readonly Register[]
  batches: Batch[]
  stock: Stock
  /** Balances that are not zero, by `accountOf`. */
  books: Map<string, bigint>
  sales: Sale[]
  tickets: Ticket[]
  transfers: Transfer[]
  counts: Count[]
  done: Done[]
  /** The day on which the simulation began there. */
  readonly firstDay: string
}

/** Names an account by what it serves, and whom. */
export function accountOf(purpose: string, holder: string | null = null): string {
  return `${purpose} ${holder ?? ''}`.trim()
}

/** What is in force on a day. */
export function inForce<P extends Period>(periods: readonly P[], day: string): P | undefined {
  return periods.find(({ from, through }) => from <= day && (through === null || through >= day))
}

/** The day that it is at a time in the zone of a shop. */
export function dayAt({ zone }: Pick<Shop, 'zone'>, time: number): string {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' })
  formats.set(zone, format)
  return format.format(time)
}

/** Each takes a while to make. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** The day so many days after another. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
