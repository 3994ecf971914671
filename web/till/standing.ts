import { callAsDevice } from './call-as-device.ts'
import { holdChain, readChain } from './chain.ts'
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
  await writeFact('isServerNewer', !standing.formats.includes(ownFormat))
  await holdChain(async () => {
    const now = await standHere()
    if (now.hash !== before.hash || now.nextSequence !== before.nextSequence) return
    const isEmpty = (await store.slips.count()) === 0 && now.notes.length === 0
    await store.transaction('rw', store.facts, async () => {
      if (isEmpty)
        await writeFact('head', { nextSequence: standing.next_sequence, hash: standing.head_hash, notes: [] })
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

async function standHere() {
  const { head } = await readChain()
  return { ...head, session: await readFact('session') }
}
