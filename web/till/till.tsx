import { Center, Loader } from '@mantine/core'
import { lazy, Suspense, useEffect } from 'react'
import { useCommonWords } from '../ui/common-words.ts'
import { whenIdle } from '../ui/when-idle.ts'
import { Counter } from './counter.tsx'
import { loadDialogs } from './dialogs.ts'
import { RunTill, useTill } from './engine.tsx'
import { Lock } from './lock.tsx'
import { OpenSession } from './open-session.tsx'
import { StatusBar } from './status-bar.tsx'
import { readFact, useFact, useStored } from './store.ts'
import { useTillWords } from './words.ts'
import './till.css'

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
      {found.device ? (
        <RunTill device={found.device} pending={<Waiting />}>
          <AtWork />
        </RunTill>
      ) : (
        <Suspense fallback={<Waiting />}>
          <SetUp />
        </Suspense>
      )}
    </>
  )
}

function AtWork() {
  const { cashier, setCashier } = useTill()
  const session = useFact('session')
  useIdle(() => setCashier(undefined))
  useEffect(() => whenIdle(() => void loadDialogs().catch(() => undefined)), [])
  const content = () => {
    if (!cashier) return <Lock />
    return session ? <Counter session={session} cashier={cashier} /> : <OpenSession cashier={cashier} />
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
  useEffect(() => {
    let timer = setTimeout(lock, idleMs)
    const again = () => {
      clearTimeout(timer)
      timer = setTimeout(lock, idleMs)
    }
    addEventListener('pointerdown', again)
    addEventListener('keydown', again)
    return () => {
      clearTimeout(timer)
      removeEventListener('pointerdown', again)
      removeEventListener('keydown', again)
    }
  })
}

function Waiting() {
  const t = useCommonWords()
  return (
    <Center mih="100vh">
      <Loader role="status" aria-label={t('loading')} />
    </Center>
  )
}
