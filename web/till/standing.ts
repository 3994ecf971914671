import { problemOf } from '../api.ts'
import { callAsDevice } from './call-as-device.ts'
import { holdChain, isEverythingSent, readChain } from './chain.ts'
import { setClock } from './clock.ts'
import { ownFormat } from './push.ts'
import { readFact, store, writeFact } from './store.ts'

/**
 * Asks where the device stands, and follows: the open session, and the number of the next receipt where nothing sealed waits
 * here. What waits here comes first, so the numbers of its own stay as they are; so does what happened while the server answered.
 */
export async function followStanding(): Promise<void> {
  const device = await readFact('device')
  if (!device) return
  const before = await standHere()
  const standing = await callAsDevice(device, 'sync.get-standing', { id: device.id })
  await setClock(standing.now)
  await writeFact('isServerNewer', !standing.formats.includes(ownFormat))
  await holdChain(async () => {
    const now = await standHere()
    if (now.hash !== before.hash || now.nextSequence !== before.nextSequence) return
    const isEmpty = await isEverythingSent()
    await store.transaction('rw', store.facts, async () => {
      if (isEmpty) {
        const { next_sequence: nextSequence, head_hash: hash } = standing
        await writeFact('head', { nextSequence, hash, notes: now.notes })
        // It may have been moved to another register.
        const { register_id: registerId, register_code: registerCode } = standing
        if (registerId !== device.registerId || registerCode !== device.registerCode)
          await writeFact('device', { ...device, registerId, registerCode })
      }
      if (now.session?.isNoted || now.session?.id !== before.session?.id) return
      const { session } = standing
      await writeFact(
        'session',
        session && {
          ...{ id: session.id, openedBy: session.opened_by, openedAt: String(session.opened_at) },
          ...{ floatAmount: session.float_amount, currency: session.currency, isNoted: false },
        },
      )
    })
  })
}

/** Says that the register or its session is not where this device thinks. */
const elsewhere = new Set(['sequence_taken', 'sequence_gap', 'session_not_open', 'session_not_found'])

/** Asks anew where the device stands after a refusal that says it stands elsewhere, for the next try. */
export function followAfter(error: unknown): void {
  if (elsewhere.has(problemOf(error)?.code ?? '')) void followStanding().catch(() => undefined)
}

async function standHere() {
  const { head } = await readChain()
  return { ...head, session: await readFact('session') }
}
