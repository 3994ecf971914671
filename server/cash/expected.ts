import { balancesOf } from '../ledger/index.ts'
import { purposeOfTender, type TenderKind, tenderKinds } from '../payments/index.ts'
import { type Money, money, toText } from '../platform/money.ts'
import type { Client } from './record-queries.ts'

/** What the books hold for a session, by kind of tender: what should be there. Only kinds that something was posted of. */
export async function expectedOf(scope: Client, sessionId: string): Promise<ReadonlyMap<TenderKind, Money>> {
  const balances = await balancesOf(scope, sessionId)
  return new Map(
    tenderKinds.flatMap((kind) => {
      const found = balances.find(({ purpose }) => purpose === purposeOfTender[kind])
      return found ? [[kind, money(found.balance)] as const] : []
    }),
  )
}

/** Counted less expected of each kind of tender that either is about. */
export function variancesOf(
  expected: ReadonlyMap<TenderKind, Money>,
  counted: ReadonlyMap<TenderKind, Money>,
): ReadonlyMap<TenderKind, Money> {
  const nothing = money('0')
  return new Map(
    tenderKinds
      .filter((kind) => expected.has(kind) || counted.has(kind))
      .map((kind) => [kind, (counted.get(kind) ?? nothing).minus(expected.get(kind) ?? nothing)]),
  )
}

/** How far a session is off in all: what is over of one kind of tender does not make up for what is short of another. */
export function sizeOf(variances: ReadonlyMap<TenderKind, Money>): Money {
  return [...variances.values()].reduce((sum, variance) => sum.plus(variance.abs()), money('0'))
}

/** What is over less what is short. */
export function sumOf(amounts: ReadonlyMap<TenderKind, Money>): Money {
  return [...amounts.values()].reduce((sum, amount) => sum.plus(amount), money('0'))
}

/** Amounts as a step keeps them. */
export function asTexts(amounts: ReadonlyMap<TenderKind, Money>): Record<string, string> {
  return Object.fromEntries([...amounts].map(([kind, amount]) => [kind, toText(amount)]))
}
