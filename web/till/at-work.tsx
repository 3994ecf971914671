import { type ReactNode, useEffect, useEffectEvent } from 'react'
import { whenIdle } from '../ui/when-idle.ts'
import { Counter } from './counter.tsx'
import { loadDialogs } from './dialogs.ts'
import { RunTill, useTill } from './engine.tsx'
import { Lock } from './lock.tsx'
import { OneCounter } from './one-counter.tsx'
import { OpenSession } from './open-session.tsx'
import { StatusBar } from './status-bar.tsx'
import { type Device, useFact } from './store.ts'

const idleMs = 5 * 60_000

/** The till of a device that has fetched what it sells with. */
export function AtWork({ device, pending }: { device: Device; pending: ReactNode }) {
  return (
    <RunTill device={device} pending={pending}>
      <Screens />
    </RunTill>
  )
}

function Screens() {
  const { cashier, lock } = useTill()
  const session = useFact('session')
  useIdle(lock)
  useEffect(() => whenIdle(() => void loadDialogs().catch(() => undefined)), [])
  const content = () => {
    if (!cashier) return <Lock />
    if (!session) return <OpenSession cashier={cashier} />
    return (
      <OneCounter>
        <Counter session={session} cashier={cashier} />
      </OneCounter>
    )
  }
  return (
    <div className="till">
      <StatusBar />
      {content()}
    </div>
  )
}

/** Locks a till that nobody has touched for a while. */
function useIdle(lock: () => void) {
  const onIdle = useEffectEvent(lock)
  useEffect(() => {
    const whileShown = new AbortController()
    let timer = setTimeout(onIdle, idleMs)
    const again = () => {
      clearTimeout(timer)
      timer = setTimeout(onIdle, idleMs)
    }
    addEventListener('pointerdown', again, whileShown)
    addEventListener('keydown', again, whileShown)
    return () => {
      clearTimeout(timer)
      whileShown.abort()
    }
  }, [])
}
