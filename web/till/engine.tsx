import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { onOtherSession } from '../identity/session.ts'
import { type AtTill, leaveTill } from './cashier.ts'
import { restoreClock } from './clock.ts'
import { type KeptOnDevice, loadKept } from './kept-on-device.ts'
import type { Pushed } from './push.ts'
import { askToPersist } from './set-up.ts'
import { type Device, store, useStored } from './store.ts'
import { type Sync, startSync } from './sync.ts'

export interface Engine extends Omit<Sync, 'stop'> {
  readonly device: Device
  readonly kept: KeptOnDevice
  readonly cashier: AtTill | undefined
  readonly setCashier: (cashier: AtTill) => void
  readonly lock: () => void
  readonly isOnline: boolean
  /** Sealed and not sent. */
  readonly unsent: number
  /** Why the rest waits, where the server said so. */
  readonly problem: Pushed['problem']
  readonly isPersisted: boolean
}

const Context = createContext<Engine | undefined>(undefined)

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
  const [failure, setFailure] = useState<unknown>()
  const isSignedIn = cashier?.isSignedIn ?? false
  const signOut = useCallback(() => setCashier((one) => one && { ...one, isSignedIn: false }), [])
  const syncing = useSync({ device, isSignedIn, onKept: setKept, onSignedOut: signOut })
  const unsent = useStored(() => store.slips.count()) ?? 0
  useEffect(() => {
    void restoreClock().then(loadKept).then(setKept, setFailure)
    void askToPersist().then(setPersisted)
    // Whoever signed in in another tab is who the server knows now.
    return onOtherSession(() => setCashier(undefined))
  }, [])
  const lock = useCallback(() => {
    if (cashier) leaveTill(cashier)
    setCashier(undefined)
  }, [cashier])
  const engine = useMemo(
    () => kept && { device, kept, cashier, setCashier, lock, unsent, isPersisted, ...syncing },
    [device, kept, cashier, lock, unsent, isPersisted, syncing],
  )
  if (failure) throw failure
  return engine ? <Context value={engine}>{children}</Context> : pending
}

/** The sync of the device, anew whenever somebody is here whom the server knows, or no longer is. */
function useSync({ device, isSignedIn, onKept, onSignedOut }: Omit<Parameters<typeof startSync>[0], 'onFound'>) {
  const [found, setFound] = useState<Pushed>({ isReached: navigator.onLine })
  const running = useRef<Sync>(undefined)
  useEffect(() => {
    const started = startSync({ device, isSignedIn, onFound: setFound, onKept, onSignedOut })
    running.current = started
    return started.stop
  }, [device, isSignedIn, onKept, onSignedOut])
  return useMemo(
    () => ({
      ...{ isOnline: found.isReached, problem: found.problem },
      send: async () => running.current?.send(),
      sync: async () => running.current?.sync(),
    }),
    [found],
  )
}
