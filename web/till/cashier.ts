import { countPinTry, noTries, type PinTries, verifyPin } from '../../server/cashiers/pin-verifier.ts'
import { call, problemOf } from '../api.ts'
import { beginSession, endSession, lockSession } from '../identity/session.ts'
import { whileNothingIsFetched } from './fetching.ts'
import { type Cashier, readFact, store, writeFact } from './store.ts'

/** Who is at the till. */
export interface AtTill {
  readonly employeeId: string
  readonly name: string
  readonly permissions: ReadonlySet<string>
  /** The server knows that they are here; otherwise it is the device that let them in. */
  readonly isSignedIn: boolean
  /** They came by PIN; whoever signed in by password has a session of their own. */
  readonly isByPin: boolean
}

/** How long a counter waits for the server, before the device goes on by itself. */
export const counterMs = 8_000

let leaving: Promise<void> = Promise.resolve()

/** Ends what a cashier could do here: a session by PIN ends with it, of another one nobody goes on without the password. */
export function leaveTill({ isByPin, isSignedIn }: AtTill): void {
  if (isByPin && isSignedIn) leaving = whileNothingIsFetched(endSession)
  else if (!isByPin) lockSession()
}

export type Unlocked =
  | { readonly outcome: 'accepted'; readonly cashier: AtTill }
  | { readonly outcome: 'wrong' | 'expired' | 'unknown' }
  | { readonly outcome: 'locked'; readonly until: string }

/** Fetches who may switch in here, and what their PINs are known by without the server. */
export async function keepCashiers(): Promise<void> {
  const device = await readFact('device')
  if (!device) return
  await writeFact(
    'cashiers',
    await call('cashiers.list-cashiers', { device_id: device.id, credential: device.credential }),
  )
}

/** Lets a cashier in by PIN: the server judges it where it answers, else the device by the verifier it keeps. */
export async function unlock(cashier: Cashier, pin: string, now: Date): Promise<Unlocked> {
  const device = await readFact('device')
  if (!device) return { outcome: 'unknown' }
  // Signing one out must not sign out the next.
  await leaving
  try {
    const asked = { device_id: device.id, credential: device.credential, employee_id: cashier.employee_id, pin }
    const answer = await call('cashiers.switch-cashier', asked, { withinMs: counterMs })
    beginSession()
    await keepTries(cashier.employee_id, noTries)
    void keepCashiers().catch(() => undefined)
    return { outcome: 'accepted', cashier: atTill(cashier, answer.permissions, true) }
  } catch (error) {
    const problem = problemOf(error)
    if (!problem) throw error
    if (problem.code === 'wrong_till_pin') return { outcome: 'wrong' }
    if (problem.code === 'till_pin_locked') return { outcome: 'locked', until: '' }
    if (problem.status !== 0 && problem.status < 500 && problem.status !== 429) throw error
    return unlockHere(cashier, pin, now)
  }
}

async function unlockHere(cashier: Cashier, pin: string, now: Date): Promise<Unlocked> {
  const list = await readFact('cashiers')
  const { verifier } = cashier
  if (!list || !verifier) return { outcome: 'unknown' }
  return navigator.locks.request('comptoir-pin', async (): Promise<Unlocked> => {
    const tries = (await readFact('tries'))?.[cashier.employee_id] ?? noTries
    const { issued_at, expires_at, lock } = list
    // Counted before it is judged: closing the tab is no way to try for nothing.
    const counted = countPinTry({ lock, tries, now })
    if ('tries' in counted) await keepTries(cashier.employee_id, counted.tries)
    const judged = await verifyPin({ verifier, issued_at, expires_at, lock, tries, pin, now })
    if (judged.outcome === 'expired') {
      await keepTries(cashier.employee_id, tries)
      return { outcome: 'expired' }
    }
    if (judged.outcome === 'locked') return { outcome: 'locked', until: judged.locked_until }
    if (judged.outcome === 'wrong') return { outcome: 'wrong' }
    await keepTries(cashier.employee_id, noTries)
    return { outcome: 'accepted', cashier: atTill(cashier, cashier.permissions, false) }
  })
}

async function keepTries(employeeId: string, tries: PinTries): Promise<void> {
  await store.transaction('rw', store.facts, async () => {
    await writeFact('tries', { ...(await readFact('tries')), [employeeId]: tries })
  })
}

function atTill({ employee_id, display_name }: Cashier, permissions: readonly string[], isSignedIn: boolean): AtTill {
  return { employeeId: employee_id, name: display_name, permissions: new Set(permissions), isSignedIn, isByPin: true }
}
