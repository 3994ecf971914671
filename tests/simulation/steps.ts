import { chance } from './amounts.ts'
import type { Role } from './shop.ts'
import type { Crash } from './world.ts'

/**
 * What can happen in a shop. Numbers stand for whatever there is then, so that a step still means something when others are left out.
 * What `isApt` is about something that it fits, where there is such a thing: without it, few would be done that need others before.
 */
export interface Steps {
  readonly sell: {
    register: number
    lines: { goods: number; quantity: number; batch: number | null }[]
    pay: 'cash' | 'change' | 'card' | 'both'
    wrong: 'short' | 'total' | 'register' | 'clock' | null
    by: Role
  }
  readonly refund: {
    register: number
    of: number
    line: number
    quantity: number
    pay: 'cash' | 'card'
    toShelf: boolean
    wrong: 'more' | 'amount' | null
    by: Role
  }
  readonly receive: {
    branch: number
    goods: number
    quantity: number
    /** In hundredths of a unit of the currency. */
    cost: number
    lot: number
    wrong: 'date' | 'batch' | null
  }
  readonly open: { register: number; float: number; isApt: boolean }
  readonly moveCash: {
    register: number
    kind: 'pay-in' | 'pay-out' | 'drop'
    amount: number
    purpose: number
    wrong: 'more' | null
    by: Role
  }
  readonly close: { register: number; isStale: boolean; isApt: boolean; by: Role }
  /** How much more is counted than should be there. */
  readonly tally: { register: number; off: number; wrong: 'card' | null; isApt: boolean; by: Role }
  readonly judge: {
    register: number
    verdict: 'write' | 'again' | 'approve'
    isStale: boolean
    isApt: boolean
    by: Role
  }
  readonly park: { branch: number; lines: { goods: number; quantity: number }[] }
  readonly moveTicket: { ticket: number; action: 'take' | 'put-back' | 'discard'; isStale: boolean; isApt: boolean }
  readonly sellParked: { ticket: number; pay: 'cash' | 'card'; isApt: boolean }
  readonly transfer: { from: number; goods: number; quantity: number; batch: number | null }
  readonly moveTransfer: {
    of: number
    action: 'dispatch' | 'receive' | 'part' | 'last' | 'more' | 'cancel' | 'take-back'
    quantity: number
    isStale: boolean
    isApt: boolean
  }
  readonly count: { branch: number; goods: number; by: Role }
  readonly enter: { of: number; place: number; off: number; isApt: boolean; by: Role }
  readonly moveCount: {
    of: number
    action: 'submit' | 'approve' | 'cancel'
    isStale: boolean
    isApt: boolean
    by: Role
  }
  readonly price: { goods: number; price: number; inDays: number }
  readonly tax: { taxClass: number; rate: number }
  readonly seal: { lines: { goods: number; quantity: number }[] }
  readonly push: { isAgain: boolean; isGap: boolean; ends: boolean }
  /** Sends what was done so many commands ago once more, or something else under its key. */
  readonly replay: { back: number; isOther: boolean }
}

export type Step = { [K in keyof Steps]: { readonly do: K; readonly shop: number } & Steps[K] }[keyof Steps]

type Dice = ReturnType<typeof chance>

/** How every simulation begins: the tills are opened, and there is something to sell. */
export function firstSteps(shops: number): Step[] {
  const all = Array.from({ length: shops }, (_, shop) => shop)
  const range = [0, 1, 2, 3, 4, 5]
  return all.flatMap((shop): Step[] => [
    ...[0, 1, 2, 3].map((register): Step => ({ do: 'open', shop, register, float: 100, isApt: false })),
    ...[0, 1].flatMap((branch) =>
      range.map((goods): Step => {
        return { do: 'receive', shop, branch, goods, quantity: 40, cost: 417, lot: goods, wrong: null }
      }),
    ),
  ])
}

/** What happens to all shops at once: their clock jumps, or a server or its connections end while they work. */
export type Event =
  | { readonly do: 'clock'; readonly hours: number }
  | {
      readonly do: 'crash'
      readonly what: Crash
      readonly server: number
      readonly when: 'sent' | 'working'
    }

/** The steps of a seed, without end. */
export function* stepsOf(seed: number, shops: number): Generator<Step | Event> {
  const dice = chance(seed)
  const weights = Object.entries(makers).flatMap(([name, { weight }]) =>
    Array.from({ length: weight }, () => name as keyof Steps),
  )
  for (;;) {
    if (dice(250) === 0) yield { do: 'clock', hours: one(dice, 1, 2, 5, -1, -3, 24, 24, 48, -24) }
    const [isOfServer, isOfConnections] = [dice(3_000) === 0, dice(700) === 0]
    const struck = { server: dice(2), when: one(dice, 'sent', 'working', 'working') } as const
    if (isOfServer) yield { do: 'crash', what: 'server', ...struck }
    else if (isOfConnections) yield { do: 'crash', what: 'connections', ...struck }
    const name = weights[dice(weights.length)] ?? 'sell'
    yield { do: name, shop: dice(shops), ...makers[name].make(dice) } as Step
  }
}

const one = <T>(dice: Dice, ...of: readonly T[]): T => of[dice(of.length)] as T
const often = (dice: Dice): boolean => dice(3) > 0
const rarely = <T>(dice: Dice, value: T, outOf = 12): T | null => (dice(outOf) === 0 ? value : null)

const makers: { [K in keyof Steps]: { readonly weight: number; make(dice: Dice): Steps[K] } } = {
  sell: {
    weight: 45,
    make: (dice) => ({
      register: dice(4),
      lines: Array.from({ length: 1 + dice(3) }, () => ({
        goods: dice(6),
        quantity: dice(20) === 0 ? 50 + dice(100) : 1 + dice(4),
        batch: rarely(dice, dice(4), 4),
      })),
      pay: one(dice, 'cash', 'cash', 'change', 'card', 'both'),
      wrong: rarely(dice, one(dice, 'short', 'total', 'register', 'clock')),
      by: one(dice, 'cashier', 'cashier', 'manager'),
    }),
  },
  refund: {
    weight: 12,
    make: (dice) => ({
      register: dice(4),
      of: dice(1000),
      line: dice(3),
      quantity: 1 + dice(4),
      pay: one(dice, 'cash', 'cash', 'card'),
      toShelf: dice(5) > 0,
      wrong: rarely(dice, one(dice, 'more', 'amount'), 8),
      by: dice(15) === 0 ? 'cashier' : 'manager',
    }),
  },
  receive: {
    weight: 9,
    make: (dice) => ({
      branch: dice(2),
      goods: dice(6),
      quantity: 1 + dice(40),
      cost: dice(2000),
      lot: dice(4),
      wrong: rarely(dice, one(dice, 'date', 'batch'), 15),
    }),
  },
  open: { weight: 6, make: (dice) => ({ register: dice(4), float: 50 * dice(5), isApt: dice(6) > 0 }) },
  moveCash: {
    weight: 7,
    make: (dice) => ({
      ...{
        register: dice(4),
        kind: one(dice, 'pay-in', 'pay-in', 'pay-out', 'drop'),
        amount: 1 + dice(30),
        purpose: dice(2),
      },
      ...{ wrong: rarely(dice, 'more', 10), by: one(dice, 'cashier', 'manager') },
    }),
  },
  close: {
    weight: 4,
    make: (dice) => ({
      ...{ register: dice(4), isStale: dice(8) === 0, isApt: often(dice) },
      by: one(dice, 'cashier', 'manager'),
    }),
  },
  tally: {
    weight: 6,
    make: (dice) => ({
      ...{ register: dice(4), off: one(dice, 0, 3, -8, 15, -40, -40) },
      ...{
        wrong: rarely(dice, 'card', 8),
        isApt: often(dice),
        by: one(dice, 'cashier', 'cashier', 'cashier', 'cashier', 'cashier', 'manager'),
      },
    }),
  },
  judge: {
    weight: 13,
    make: (dice) => ({
      ...{ register: dice(4), verdict: one(dice, 'write', 'write', 'again', 'approve', 'approve', 'approve') },
      ...{ isStale: dice(10) === 0, isApt: often(dice), by: dice(8) === 0 ? 'cashier' : 'manager' },
    }),
  },
  park: {
    weight: 3,
    make: (dice) => ({
      branch: dice(2),
      lines: Array.from({ length: 1 + dice(2) }, () => ({ goods: dice(6), quantity: 1 + dice(3) })),
    }),
  },
  moveTicket: {
    weight: 3,
    make: (dice) => ({
      ...{ ticket: dice(100), action: one(dice, 'take', 'take', 'put-back', 'discard') },
      ...{ isStale: dice(8) === 0, isApt: often(dice) },
    }),
  },
  sellParked: {
    weight: 3,
    make: (dice) => ({ ticket: dice(100), pay: one(dice, 'cash', 'card'), isApt: often(dice) }),
  },
  transfer: {
    weight: 3,
    make: (dice) => ({
      ...{
        from: dice(2),
        goods: dice(6),
        quantity: dice(12) === 0 ? 200 : 1 + dice(12),
        batch: rarely(dice, dice(4), 4),
      },
    }),
  },
  moveTransfer: {
    weight: 18,
    make: (dice) => ({
      of: dice(100),
      action: one(
        dice,
        'dispatch',
        'dispatch',
        'dispatch',
        'receive',
        'receive',
        'part',
        'last',
        'last',
        'last',
        'more',
        'cancel',
        'take-back',
        'take-back',
        'take-back',
        'take-back',
        'take-back',
      ),
      ...{ quantity: 1 + dice(6), isStale: dice(12) === 0, isApt: often(dice) },
    }),
  },
  count: {
    weight: 2,
    make: (dice) => ({ branch: dice(2), goods: dice(6), by: dice(10) === 0 ? 'cashier' : 'manager' }),
  },
  enter: {
    weight: 6,
    make: (dice) => ({
      of: dice(100),
      place: dice(5),
      off: one(dice, 0, 1, 3, -1, -2, -30),
      isApt: often(dice),
      by: one(dice, 'cashier', 'cashier', 'cashier', 'cashier', 'manager'),
    }),
  },
  moveCount: {
    weight: 8,
    make: (dice) => {
      const action = one(dice, 'submit', 'submit', 'submit', 'approve', 'approve', 'approve', 'cancel')
      // Who counted does not approve, so that somebody else hands in what the manager is to approve.
      const isByCashier = action === 'submit' ? dice(4) > 0 : dice(10) === 0
      const by = isByCashier ? 'cashier' : 'manager'
      return { of: dice(100), action, isStale: dice(12) === 0, isApt: often(dice), by }
    },
  },
  price: {
    weight: 2,
    make: (dice) => ({ goods: dice(6), price: 1 + dice(5000), inDays: one(dice, 0, 0, 0, 1, 2, -1) }),
  },
  seal: {
    weight: 7,
    make: (dice) => ({ lines: Array.from({ length: 1 + dice(2) }, () => ({ goods: dice(6), quantity: 1 + dice(3) })) }),
  },
  push: { weight: 5, make: (dice) => ({ isAgain: dice(3) === 0, isGap: dice(8) === 0, ends: dice(3) === 0 }) },
  replay: { weight: 5, make: (dice) => ({ back: dice(20), isOther: dice(5) === 0 }) },
  tax: { weight: 2, make: (dice) => ({ taxClass: dice(2), rate: one(dice, 0, 55, 100, 196, 200, 210) }) },
}
