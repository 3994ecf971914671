import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { keepAssortment, keepStock } from './assortment.ts'
import { type AtTill, keepCashiers } from './cashier.ts'
import { type KeptOnDevice, loadKept } from './kept-on-device.ts'
import { pushQueue } from './push.ts'
import { askToPersist } from './set-up.ts'
import { isOutOfReach } from './shift.ts'
import { followStanding } from './standing.ts'
import { type Device, readFact, store, useStored } from './store.ts'

export interface Engine {
  readonly device: Device
  readonly kept: KeptOnDevice
  readonly cashier: AtTill | undefined
  readonly setCashier: (cashier: AtTill | undefined) => void
  readonly isOnline: boolean
  /** Sealed and not sent. */
  readonly unsent: number
  readonly problem: { readonly code: string; readonly detail: string } | undefined
  readonly isPersisted: boolean
  /** Sends what is queued and fetches what changed. */
  readonly sync: () => Promise<void>
}

const Context = createContext<Engine | undefined>(undefined)
const firstPauseMs = 2_000
const longestPauseMs = 60_000

/** The till's engine, for what is below `<RunTill>`. */
export function useTill(): Engine {
  const engine = useContext(Context)
  if (!engine) throw new Error('no till runs here')
  return engine
}

/** Runs the till of a device that is set up: keeps it fed, sends what it sold, and says how it stands. */
export function RunTill({ device, children, pending }: { device: Device; children: ReactNode; pending: ReactNode }) {
  const [kept, setKept] = useState<KeptOnDevice>()
  const [cashier, setCashier] = useState<AtTill>()
  const [isPersisted, setPersisted] = useState(true)
  const { isOnline, problem, sync } = useSync(device, setKept)
  const unsent = useStored(() => store.slips.count()) ?? 0
  useEffect(() => {
    void loadKept().then(setKept, () => undefined)
    void askToPersist().then(setPersisted)
  }, [])
  const engine = useMemo(
    () => kept && { device, kept, cashier, setCashier, isOnline, unsent, problem, isPersisted, sync },
    [device, kept, cashier, isOnline, unsent, problem, isPersisted, sync],
  )
  return engine ? <Context value={engine}>{children}</Context> : pending
}

/** Syncs at the start, when the network comes back, when the server tells of changes, and, while something waits, again and again. */
function useSync(device: Device, setKept: (kept: KeptOnDevice) => void) {
  const [isOnline, setOnline] = useState(navigator.onLine)
  const [problem, setProblem] = useState<Engine['problem']>()
  const pause = useRef(firstPauseMs)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const sync = useCallback(async () => {
    clearTimeout(timer.current)
    const found = await syncOnce(device, setKept)
    setOnline(found.isReached)
    setProblem(found.problem)
    pause.current = found.isReached ? firstPauseMs : Math.min(pause.current * 2, longestPauseMs)
    const waits = !found.isReached || (await store.slips.count()) > 0
    if (waits) timer.current = setTimeout(() => void sync(), pause.current)
  }, [device, setKept])
  useEffect(() => {
    void sync()
    const again = () => void sync()
    const gone = () => setOnline(false)
    addEventListener('online', again)
    addEventListener('offline', gone)
    const events = listen(device, setKept, again)
    return () => {
      clearTimeout(timer.current)
      removeEventListener('online', again)
      removeEventListener('offline', gone)
      events.close()
    }
  }, [sync, device, setKept])
  return { isOnline, problem, sync }
}

async function syncOnce(device: Device, setKept: (kept: KeptOnDevice) => void) {
  const pushed = await pushQueue()
  if (!pushed.isReached) return pushed
  try {
    await followStanding()
    await keepCashiers()
    setKept(await keepAssortment(device.branchId))
  } catch (error) {
    // Without a session of the server nothing is fetched; what was sold has been sent all the same.
    if (!isOutOfReach(error)) throw error
  }
  return pushed
}

/** Hears of changes of goods, prices and stock while the server answers. */
function listen(device: Device, setKept: (kept: KeptOnDevice) => void, again: () => void) {
  const events = new EventSource('/v1/events')
  let isBusy = false
  let isAsked = false
  const refresh = async () => {
    isAsked = true
    if (isBusy) return
    isBusy = true
    while (isAsked) {
      isAsked = false
      await keepAssortment(device.branchId).then(setKept, () => undefined)
    }
    isBusy = false
  }
  events.addEventListener('changed', () => void refresh())
  events.addEventListener('reset', () => void refresh())
  events.addEventListener('open', again)
  return events
}

/** Fetches what lies on the shelves anew. */
export async function refreshStock(): Promise<void> {
  const device = await readFact('device')
  if (device) await keepStock(device.branchId)
}
