import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { useTill } from './engine.tsx'
import { useTillWords } from './words.ts'

const lockName = 'comptoir-counter'

/** Shows the counter in one tab of this browser: a basket that two tabs change would be neither's. */
export function OneCounter({ children }: { children: ReactNode }) {
  const t = useTillWords()
  const { isHere, take } = useCounterLock()
  if (isHere) return children
  if (isHere === undefined) return null
  return (
    <Center component="main" flex={1} p="md">
      <Stack align="center" maw={480}>
        <Title order={1} size="h3">
          {t('inOtherTab')}
        </Title>
        <Text ta="center" c="dimmed">
          {t('inOtherTabLead')}
        </Text>
        <Button onClick={take}>{t('useHere')}</Button>
      </Stack>
    </Center>
  )
}

/** Whether this tab is the counter, and how to make it so; it also becomes it when the other tab is closed or locked. */
function useCounterLock() {
  const { sync } = useTill()
  const [isHere, setHere] = useState<boolean>()
  const leave = useRef(() => {})
  const request = useCallback(async (options: LockOptions): Promise<void> => {
    await navigator.locks.request(lockName, options, async (lock) => {
      setHere(lock !== null)
      if (!lock) return
      const leaving = Promise.withResolvers<void>()
      leave.current = leaving.resolve
      await leaving.promise
    })
  }, [])
  useEffect(() => {
    const here = new AbortController()
    const { signal } = here
    const waitForIt = async () => {
      await request({ ifAvailable: true }).catch(() => setHere(false))
      while (!signal.aborted) await request({ signal }).catch(() => setHere(false))
    }
    void waitForIt()
    return () => {
      here.abort()
      leave.current()
    }
  }, [request])
  const take = () => {
    // What the other tab fetched is to be read here.
    void request({ steal: true }).catch(() => setHere(false))
    void sync()
  }
  return { isHere, take }
}
