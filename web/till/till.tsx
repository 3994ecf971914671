import { Center, Loader } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useCommonWords } from '../ui/common-words.ts'
import { type Device, readFact, useStored } from './store.ts'
import { useTillWords } from './words.ts'
import './till.css'

const AtWork = lazy(async () => ({ default: (await import('./at-work.tsx')).AtWork }))
const FirstFetch = lazy(async () => ({ default: (await import('./first-fetch.tsx')).FirstFetch }))
const SetUp = lazy(async () => ({ default: (await import('./set-up-page.tsx')).SetUp }))

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
  return <AtWork device={device} pending={<Waiting />} />
}

function Waiting() {
  const t = useCommonWords()
  return (
    <Center mih="100vh">
      <Loader role="status" aria-label={t('loading')} />
    </Center>
  )
}
