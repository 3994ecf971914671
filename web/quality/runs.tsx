import { useNavigate } from '@tanstack/react-router'
import { useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, quantity } from '../ui/format.ts'
import { List, type Listing } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { When } from '../ui/when.tsx'
import { QualityTabs, RunNow } from './quality-tabs.tsx'
import { useQualityWords } from './words.ts'

type Run = Listing<'quality.list-runs'>

const tones = { queued: 'info', done: 'good', failed: 'bad' } as const

/** The checks of the rules, the newest first. */
export function Runs() {
  const t = useQualityWords()
  const common = useCommonWords()
  const navigate = useNavigate()
  const { tenant } = useWorkplace()
  return (
    <Page title={t('title')} about={t('about')} actions={<RunNow />}>
      <QualityTabs />
      <List
        operation="quality.list-runs"
        input={{}}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/quality/runs/$id', params: { id } })}
        columns={[
          {
            head: common('when'),
            cell: (run) => <When>{dateTime(run.created_at, tenant.time_zone)}</When>,
            text: (run) => String(run.created_at),
          },
          {
            head: t('started'),
            cell: (run) => t(`started-${run.started_by}`),
            text: (run) => t(`started-${run.started_by}`),
          },
          {
            head: t('dataset'),
            cell: (run) => (run.dataset === null ? t('anyData') : t(run.dataset)),
            text: (run) => run.dataset,
          },
          {
            head: common('state'),
            cell: (run) => <Tag tone={tones[run.status]}>{t(`run-${run.status}`)}</Tag>,
            text: (run) => t(`run-${run.status}`),
          },
          count(t('checked'), (run) => run.rows_checked),
          count(t('wrongRows'), (run) => run.rows_failed),
        ]}
        label={t('runs')}
        file="quality-runs"
        empty={<Empty title={t('noRuns')}>{t('noRunsSay')}</Empty>}
      />
    </Page>
  )
}

function count(head: string, of: (run: Run) => string) {
  return { head, isAmount: true, cell: (run: Run) => quantity(of(run)), text: of }
}
