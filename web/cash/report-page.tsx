import { Button } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useRead } from '../api.ts'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { PrintFrame } from '../ui/print-frame.tsx'
import { defineWords, words } from '../ui/words.ts'
import { isExpectedTold, type SessionInFull } from './session-state.ts'
import { useCashWords } from './words.ts'
import { XReport } from './x-report.tsx'

const useWords = defineWords('cash-report', {
  x: ['X report', 'Rapport X', 'تقرير X'],
  z: ['Z report', 'Rapport Z', 'تقرير Z'],
  blind: ['This session is counted blind', 'Cette session se compte à l’aveugle', 'تُعدّ هذه الجلسة عدًّا أعمى'],
  blindSays: [
    'Its report is shown once it is closed.',
    'Son rapport s’affichera une fois qu’elle sera clôturée.',
    'يظهر تقريرها بعد إقفالها.',
  ],
})

/** The report of a session, to look at and to print: how it stands (X), or for ever (Z). */
export function ReportPage() {
  const t = useWords()
  const cash = useCashWords()
  const { id } = useParams({ from: '/workplace/cash/$id/report' })
  const { data, error, refetch } = useRead('cash.get-session', { id })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return (
    <Page
      title={`${t(data.status === 'closed' ? 'z' : 'x')} · ${cash('session', { number: data.number })}`}
      actions={
        <Button
          variant="subtle"
          leftSection={<IconChevronLeft size={16} className="turns" />}
          renderRoot={(props) => <Link to="/cash/$id" params={{ id }} {...props} />}
        >
          {cash('session', { number: data.number })}
        </Button>
      }
    >
      <ReportOf session={data} />
    </Page>
  )
}

function ReportOf({ session }: { session: SessionInFull }) {
  const t = useWords()
  if (session.status === 'closed') return <ZReport id={session.id} />
  if (!isExpectedTold(session)) return <Empty title={t('blind')}>{t('blindSays')}</Empty>
  return <XReport id={session.id} />
}

function ZReport({ id }: { id: string }) {
  const t = useWords()
  const { data, error } = useRead('cash.print-z-report', { id, locale: words.language })
  if (!data) return <Pending error={error} />
  return <PrintFrame title={t('z')} html={data.html} />
}
