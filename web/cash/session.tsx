import { Button, Grid, Group, Paper, Stack, Title } from '@mantine/core'
import { IconChevronLeft, IconReportMoney } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useRegisters } from '../registers/use-registers.ts'
import { Certificate } from '../sync/certificate.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'
import { BackToTill } from './back-to-till.tsx'
import { Movements } from './movements.tsx'
import { SessionActions } from './session-actions.tsx'
import { isExpectedTold, type SessionInFull } from './session-state.ts'
import { SessionSummary } from './session-summary.tsx'
import { Thread } from './thread.tsx'
import { useCashWords } from './words.ts'

const useWords = defineWords('cash-session', {
  thread: ['How it was reconciled', 'Rapprochement', 'التسوية'],
  xReport: ['X report', 'Rapport X', 'تقرير X'],
  zReport: ['Z report', 'Rapport Z', 'تقرير Z'],
  lateOf: ['Late session of', 'Session tardive de', 'جلسة متأخرة تابعة لـ'],
  original: ['The session that had ended', 'La session qui était finie', 'الجلسة التي انتهت'],
})

/** One cash session: what is in its drawer, what was done with it, and what is to be done next. */
export function Session() {
  const { id } = useParams({ from: '/workplace/cash/$id' })
  const { data, error, refetch } = useRead('cash.get-session', { id })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return <SessionPage session={data} />
}

function SessionPage({ session }: { session: SessionInFull }) {
  const t = useWords()
  const cash = useCashWords()
  const may = useMay()
  const { registerName } = useRegisters()
  const { late_of } = session
  return (
    <Page
      title={cash('session', { number: session.number })}
      about={registerName(session.register_id)}
      actions={
        <>
          <Button
            variant="subtle"
            leftSection={<IconChevronLeft size={16} className="turns" />}
            renderRoot={(props) => <Link to="/cash" {...props} />}
          >
            {cash('sessions')}
          </Button>
          <BackToTill />
          {isExpectedTold(session) ? (
            <Button
              variant="default"
              leftSection={<IconReportMoney size={16} />}
              renderRoot={(props) => <Link to="/cash/$id/report" params={{ id: session.id }} {...props} />}
            >
              {t(session.status === 'closed' ? 'zReport' : 'xReport')}
            </Button>
          ) : null}
        </>
      }
    >
      {late_of === null ? null : (
        <Group gap="xs">
          {t('lateOf')}
          <Button
            variant="subtle"
            size="compact-sm"
            renderRoot={(props) => <Link to="/cash/$id" params={{ id: late_of }} {...props} />}
          >
            {t('original')}
          </Button>
        </Group>
      )}
      <SessionActions key={`${session.status}.${session.counts.length}.${session.steps.length}`} session={session} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="md">
            <SessionSummary session={session} />
            <Movements session={session} />
            {may('sync.get-certificate') ? <Certificate sessionId={session.id} /> : null}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Paper withBorder p="md">
            <Title order={2} size="h4" mb="md">
              {t('thread')}
            </Title>
            <Thread session={session} />
          </Paper>
        </Grid.Col>
      </Grid>
    </Page>
  )
}
