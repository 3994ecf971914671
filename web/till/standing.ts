import { appBuild } from '../keep-app.ts'
import { callAsDevice } from './call-as-device.ts'
import { holdChain, readChain } from './chain.ts'
import { readFact, store, writeFact } from './store.ts'

/**
 * Asks where the device stands, and follows: the open session, and the number of the next receipt where nothing sealed waits
 * here. What waits here comes first, so the numbers of its own stay as they are.
 */
export async function followStanding(): Promise<void> {
  const device = await readFact('device')
  if (!device) return
  await holdChain(async () => {
    const standing = await callAsDevice(device, 'sync.get-standing', { id: device.id })
    const { head } = await readChain()
    const isEmpty = (await store.slips.count()) === 0 && head.notes.length === 0
    await store.transaction('rw', store.facts, async () => {
      await writeFact('reached', {
        ...{ at: standing.now, serverVersion: standing.server_version, build: appBuild },
        isNewer: !standing.formats.includes(2),
      })
      if (isEmpty)
        await writeFact('head', { nextSequence: standing.next_sequence, hash: standing.head_hash, notes: [] })
      const held = await readFact('session')
      if (held?.isNoted) return
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
