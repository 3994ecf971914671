import { Center, Loader } from '@mantine/core'
import { lazy, Suspense, useEffect, useEffectEvent } from 'react'
import { useCommonWords } from '../ui/common-words.ts'
import { whenIdle } from '../ui/when-idle.ts'
import { Counter } from './counter.tsx'
import { loadDialogs } from './dialogs.ts'
import { RunTill, useTill } from './engine.tsx'
import { Lock } from './lock.tsx'
import { OneCounter } from './one-counter.tsx'
import { OpenSession } from './open-session.tsx'
import { StatusBar } from './status-bar.tsx'
import { type Device, readFact, useFact, useStored } from './store.ts'
import { useTillWords } from './words.ts'
import './till.css'

const FirstFetch = lazy(async () => ({ default: (await import('./first-fetch.tsx')).FirstFetch }))
const SetUp = lazy(async () => ({ default: (await import('./set-up-page.tsx')).SetUp }))
const idleMs = 5 * 60_000

/** The till of this browser: set up once, then locked, opened, and sold at. */
export function Till() {
  const t = useTillWords()
  const found = useStored(async () => ({ device: await readFact('device') }))
  if (!found) return <Waiting />
  return (
    <>
      <title>{`${t('till')} · Comptoir`}</title>
      <Suspense fallback={<Waiting />}>{found.device ? <OfDevice device={found.device} /> : <SetUp />}</Suspense>
    </>
  )
}

function OfDevice({ device }: { device: Device }) {
  // Customers are the last that is fetched.
  const isFed = useStored(async () => (await readFact('cursors'))?.customers !== undefined)
  if (isFed === undefined) return <Waiting />
  if (!isFed) return <FirstFetch device={device} />
  return (
    <RunTill device={device} pending={<Waiting />}>
      <AtWork />
    </RunTill>
  )
}

function AtWork() {
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

function Waiting() {
  const t = useCommonWords()
  return (
    <Center mih="100vh">
      <Loader role="status" aria-label={t('loading')} />
    </Center>
  )
}
