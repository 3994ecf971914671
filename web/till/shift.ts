import { problemOf, type Refused, refusalOf } from '../api.ts'
import { callAsCashier } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import { holdChain, isEverythingSent, noteNext, readChain } from './chain.ts'
import { pushQueue } from './push.ts'
import { followAfter } from './standing.ts'
import { readFact, type Session, writeFact } from './store.ts'

/** Opens a session of the register with a float: at the server, or noted here where it does not answer. */
export async function openSession(
  cashier: AtTill,
  float: { readonly amount: string; readonly currency: string },
  now: Date,
): Promise<void> {
  const id = crypto.randomUUID()
  await holdChain(async () => {
    const { device } = await readChain()
    if (await isEverythingSent()) {
      try {
        const opened = await callAsCashier(
          cashier,
          'cash.open-session',
          { id, register_id: device.registerId, float_amount: float.amount },
          { idempotencyKey: id },
        )
        await writeFact('session', {
          ...{ id, openedBy: opened.opened_by, openedAt: String(opened.opened_at) },
          ...{ floatAmount: float.amount, currency: opened.currency, isNoted: false },
        })
        return
      } catch (error) {
        if (!isOutOfReach(error)) throw error
      }
    }
    const openedAt = now.toISOString()
    const session: Session = {
      id,
      openedBy: cashier.employeeId,
      openedAt,
      floatAmount: float.amount,
      currency: float.currency,
      isNoted: true,
    }
    await noteNext(
      { kind: 'session', id },
      { cashier_id: cashier.employeeId, made_at: openedAt, float_amount: float.amount, currency: float.currency },
      () => writeFact('session', session),
    )
  })
}

const closeNeedsServer: Refused = {
  status: 0,
  code: 'close_needs_server',
  detail: 'A session is closed and counted while the server answers: it has to have all sales.',
}

/**
 * Ends the sales of the session here, sends what is left with the word that nothing more comes, and closes it at the server.
 * Throws the refusal, `close_needs_server` where the server does not answer; the session then stays open, and what is sold takes the word
 * back.
 */
export async function closeSession(cashier: AtTill): Promise<{ readonly id: string }> {
  const session = await readFact('session')
  if (!session) throw new Error('no session is open here')
  await holdChain(async () => {
    const { head } = await readChain()
    const others = ((await readFact('ended')) ?? []).filter(({ session_id }) => session_id !== session.id)
    await writeFact('ended', [
      ...others,
      { session_id: session.id, last_sequence: head.nextSequence - 1, head_hash: head.hash },
    ])
  })
  const { isReached, problem } = await pushQueue()
  if (!isReached) throw refusalOf(closeNeedsServer)
  if (problem) throw refusalOf({ status: 409, ...problem })
  try {
    const { id, version } = await callAsCashier(cashier, 'cash.get-session', { id: session.id })
    await callAsCashier(cashier, 'cash.close-session', { id, version })
    await writeFact('session', null)
    return { id }
  } catch (error) {
    followAfter(error)
    throw error
  }
}

/** Whether an error leaves only the device to do it: no server, an ailing one, or a session that ended. */
export function isOutOfReach(error: unknown): boolean {
  const problem = problemOf(error)
  if (!problem) return false
  return problem.status === 0 || problem.status >= 500 || problem.status === 401 || problem.status === 429
}
