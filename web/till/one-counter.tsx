import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
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

/** Whether this tab is the counter, and how to make it so: it also becomes it when the other tab is closed or locked. */
function useCounterLock() {
  const [isHere, setHere] = useState<boolean>()
  const release = useRef(() => {})
  const request = useCallback((options: LockOptions) => {
    const leaving = Promise.withResolvers<void>()
    release.current = leaving.resolve
    return navigator.locks
      .request(lockName, options, (lock) => {
        setHere(lock !== null)
        return lock ? leaving.promise.then(() => true) : false
      })
      .catch(() => setHere(false))
  }, [])
  useEffect(() => {
    const waiting = new AbortController()
    void request({ ifAvailable: true }).then((was) => {
      if (was === false && !waiting.signal.aborted) return request({ signal: waiting.signal })
    })
    return () => {
      waiting.abort()
      release.current()
    }
  }, [request])
  return { isHere, take: () => void request({ steal: true }) }
}
