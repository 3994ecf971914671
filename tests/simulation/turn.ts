import type { Role, Shop } from './shop.ts'
import { accountOf } from './shop.ts'
import type { Shelf, Stock, Weighed } from './stock.ts'

/** A command of somebody in a shop, and what the model says that it comes to. */
export interface Turn {
  readonly who: Role
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** What is done, as people say it: `sells 2 × A0003 batch L1 for cash 24.00`. */
  readonly told: string
  readonly expected: Refused | Accepted
  /** What of the stock is looked at afterwards. */
  readonly shelves?: readonly Shelf[]
}

interface Refused {
  readonly code: string
}

interface Accepted {
  /** What the answer holds at least. */
  readonly answer: unknown
  /** Moves the model on, knowing the answer; says what came of it. */
  readonly apply: (body: Answer) => string | undefined
}

/** What the model learns from answers; each operation has some of it. */
export interface Answer {
  readonly id: string
  readonly version: number
  readonly number: string
  readonly movements: readonly { readonly batch_id: string | null }[]
  readonly lines: readonly { readonly parts: readonly { readonly id: string; readonly batch_id: string | null }[] }[]
}

/** When it is, for whoever plans. */
export interface Clock {
  /** In milliseconds, with all jumps. */
  now(): number
}

/** What is posted: amounts by account, debits above zero. */
export type Posted = readonly (readonly [account: string, amount: bigint])[]

/** Posts to the model's books. Throws what does not balance: the model is wrong then. */
export function post(shop: Shop, lines: Posted): void {
  if (lines.reduce((all, [, amount]) => all + amount, 0n) !== 0n)
    throw new Error(`the model posts what does not balance: ${lines.map(([name, amount]) => `${name} ${amount}`)}`)
  for (const [name, amount] of lines) {
    const balance = (shop.books.get(name) ?? 0n) + amount
    if (balance === 0n) shop.books.delete(name)
    else shop.books.set(name, balance)
  }
}

/** What the books hold of an account. */
export function balanceOf(shop: Shop, purpose: string, holder: string | null = null): bigint {
  return shop.books.get(accountOf(purpose, holder)) ?? 0n
}

/** The lines of movements of stock: the account of the branch, another one, and what settles the difference. */
export function stockLines(shop: Shop, branch: number, against: string, weighed: readonly Weighed[]): Posted {
  const holder = shop.branches[branch]?.id ?? null
  return weighed.flatMap(({ value, settled }) => [
    [accountOf('inventory', holder), value] as const,
    [accountOf(against), -value - settled] as const,
    [accountOf('cost_of_sales'), settled] as const,
  ])
}

/** Of a list, the one that a number stands for, whatever its length. */
export function pick<T>(list: readonly T[], number: number): T | undefined {
  return list[number % Math.max(list.length, 1)]
}

/** As `pick`, of those that fit alone when it is to be apt and there are any. */
export function pickApt<T>(
  list: readonly T[],
  { number, isApt }: { number: number; isApt: boolean },
  fits: (one: T) => boolean,
): T | undefined {
  const fitting = isApt ? list.filter(fits) : []
  return pick(fitting.length > 0 ? fitting : list, number)
}

/** Runs on a copy of the stock what may be refused; a code refuses it. */
export type Tried<T> = { readonly code: string } | { readonly stock: Stock; readonly value: T }
