import { problemOf } from '../api.ts'
import { listenToTenant } from '../events.ts'
import { lookForNewerApp } from '../keep-app.ts'
import { keepAssortment } from './assortment.ts'
import { keepCashiers } from './cashier.ts'
import type { KeptOnDevice } from './kept-on-device.ts'
import { foundOf, type Pushed, pushQueue } from './push.ts'
import { followStanding } from './standing.ts'
import { type Device, store } from './store.ts'
import { takeTurns } from './take-turns.ts'

const firstPauseMs = 2_000
const longestPauseMs = 60_000
const hourMs = 3_600_000
/** Changes that the server tells of within this are fetched together. */
const gatherMs = 1_000

interface Syncing {
  readonly device: Device
  /** Whether somebody is here whom the server knows: goods and customers are fetched for them. */
  readonly isSignedIn: boolean
  readonly onFound: (found: Pushed) => void
  readonly onKept: (kept: KeptOnDevice) => void
  /** The session of who is here has ended. */
  readonly onSignedOut: () => void
}

export interface Sync {
  /** Sends what is queued. */
  readonly send: () => Promise<void>
  /** Sends what is queued and fetches what changed. */
  readonly sync: () => Promise<void>
  readonly stop: () => void
}

/** Syncs at once, when the network comes back, when the server tells of changes, and, while something waits, again and again. */
export function startSync(syncing: Syncing): Sync {
  const { device, isSignedIn, onFound } = syncing
  const stopping = new AbortController()
  const { signal } = stopping
  let pauseMs = firstPauseMs
  let timer: ReturnType<typeof setTimeout> | undefined
  let isDue = true
  const tell = async (found: Pushed) => {
    if (signal.aborted) return
    onFound(found)
    const isWell = found.isReached && !found.problem
    pauseMs = isWell ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs)
    const isAgain = isDue || !found.isReached || (await store.slips.count()) > 0
    clearTimeout(timer)
    if (isAgain && !signal.aborted) timer = setTimeout(() => void sync(), pauseMs)
  }
  const send = takeTurns(async () => tell(await pushQueue().catch(foundOf)))
  const sync = takeTurns(async () => {
    isDue = true
    const found = await syncOnce(syncing, signal).catch(foundOf)
    isDue = !found.isReached
    await tell(found)
  })
  const fetchChanges = takeTurns(() => keepGoods(syncing, signal).catch(() => undefined))
  let gathering: ReturnType<typeof setTimeout> | undefined
  const fetchSoon = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined
      void fetchChanges()
    }, gatherMs)
  }
  addEventListener('online', () => void sync(), { signal })
  addEventListener('offline', () => onFound({ isReached: false }), { signal })
  const stopListening = isSignedIn
    ? listenToTenant(device.tenantId, {
        changed: fetchSoon,
        reset: fetchSoon,
        open() {
          lookForNewerApp()
          void sync()
        },
      })
    : undefined
  // PINs are known for a while from when they were fetched: a till that nobody unlocks fetches them, too.
  const hourly = setInterval(() => void sync(), hourMs)
  void sync()
  return {
    send,
    sync,
    stop() {
      stopping.abort()
      clearTimeout(timer)
      clearInterval(hourly)
      clearTimeout(gathering)
      stopListening?.()
    },
  }
}

async function syncOnce(syncing: Syncing, stopping: AbortSignal): Promise<Pushed> {
  const pushed = await pushQueue()
  if (!pushed.isReached) return pushed
  await followStanding()
  await keepCashiers()
  if (syncing.isSignedIn && !stopping.aborted) await keepGoods(syncing, stopping)
  return pushed
}

async function keepGoods({ device, onKept, onSignedOut }: Syncing, stopping: AbortSignal): Promise<void> {
  try {
    onKept(await keepAssortment(device.branchId))
  } catch (error) {
    if (problemOf(error)?.status !== 401) throw error
    // Whoever is here by now may be somebody else.
    if (!stopping.aborted) onSignedOut()
  }
}
