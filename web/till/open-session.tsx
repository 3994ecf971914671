import { Alert, Button, Center, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useRead } from '../api.ts'
import { explain } from '../ui/problem.ts'
import { decimalText } from './amount-text.ts'
import type { AtTill } from './cashier.ts'
import { tillNow } from './clock.ts'
import { useTill } from './engine.tsx'
import { openSession } from './shift.ts'
import { useTillWords } from './words.ts'

/** Begins the day of a drawer. */
export function OpenSession({ cashier }: { cashier: AtTill }) {
  const t = useTillWords()
  const { kept } = useTill()
  const [float, setFloat] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string>()
  const { currency, minor_unit } = kept.ground.branch
  const amount = decimalText(float, minor_unit)
  const isUnreadable = float.trim() !== '' && amount === ''
  const go = async () => {
    if (isUnreadable) return
    setBusy(true)
    setRefusal(undefined)
    try {
      await openSession(cashier, { amount: amount || '0', currency }, tillNow())
    } catch (error) {
      setRefusal(explain(error))
    } finally {
      setBusy(false)
    }
  }
  if (!cashier.permissions.has('cash.open-session')) {
    return (
      <Center component="main" flex={1}>
        <Text>{t('mayNotOpen')}</Text>
      </Center>
    )
  }
  return (
    <Center component="main" flex={1} p="md">
      <Stack w="100%" maw={400}>
        <Uncounted isAsked={cashier.isSignedIn} />
        <Paper withBorder p="xl">
          <form
            onSubmit={(event) => {
              event.preventDefault()
              void go()
            }}
          >
            <Stack>
              <Title order={1} size="h3">
                {t('openTitle')}
              </Title>
              <Text c="dimmed">{t('openLead')}</Text>
              <TextInput
                label={t('float')}
                size="lg"
                inputMode="decimal"
                autoFocus
                dir="ltr"
                value={float}
                onChange={(event) => setFloat(event.currentTarget.value)}
                rightSection={<Text size="sm">{currency}</Text>}
                rightSectionWidth={56}
                error={isUnreadable ? t('unreadable') : refusal}
              />
              <Button type="submit" size="lg" loading={isBusy}>
                {t('open')}
              </Button>
            </Stack>
          </form>
        </Paper>
      </Stack>
    </Center>
  )
}

/** The session before, while nobody has counted it. */
function Uncounted({ isAsked }: { isAsked: boolean }) {
  const t = useTillWords()
  const { device, isOnline } = useTill()
  const ended = { register_id: device.registerId, status: 'pending_reconciliation', reconciliation: 'draft' } as const
  const { data } = useRead('cash.list-sessions', { ...ended, limit: 1 }, { enabled: isAsked && isOnline, staleTime: 0 })
  const [session] = data?.items ?? []
  if (!session) return null
  return (
    <Alert color="blue">
      <Group justify="space-between">
        {t('uncounted', { number: session.number })}
        <Button size="xs" renderRoot={(props) => <Link to="/cash/$id" params={{ id: session.id }} {...props} />}>
          {t('countIt')}
        </Button>
      </Group>
    </Alert>
  )
}
