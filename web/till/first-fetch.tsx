import { Alert, Button, Center, Paper, Progress, Stack, Text, Title } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { explain } from '../ui/problem.ts'
import { keepAssortment } from './assortment.ts'
import { keepCashiers } from './cashier.ts'
import { useSetUpWords } from './set-up-words.ts'
import type { Device } from './store.ts'

/** Fetches all that a till sells with, before it is sold at for the first time. */
export function FirstFetch({ device }: { device: Device }) {
  const t = useSetUpWords()
  const [rows, setRows] = useState(0)
  const [refusal, setRefusal] = useState<string>()
  const go = useCallback(async () => {
    setRefusal(undefined)
    try {
      await keepCashiers()
      await keepAssortment(device.branchId, setRows)
    } catch (error) {
      setRefusal(explain(error))
    }
  }, [device])
  useEffect(() => void go(), [go])
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={480}>
        <Stack>
          <Title order={1} size="h3">
            {t('setUpTitle')}
          </Title>
          <Text>{t('fetching', { count: rows })}</Text>
          {refusal === undefined ? (
            <Progress value={100} animated aria-label={t('fetching', { count: rows })} />
          ) : (
            <>
              <Alert color="red" role="alert">
                {refusal}
              </Alert>
              <Button onClick={() => void go()}>{t('again')}</Button>
            </>
          )}
        </Stack>
      </Paper>
    </Center>
  )
}
