import { Paper, Progress, Stack, Text } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { Facts } from '../ui/facts.tsx'
import { dateTime } from '../ui/format.ts'
import { Page, Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { defineWords } from '../ui/words.ts'
import { CountActions } from './count-actions.tsx'
import { CountLines } from './count-lines.tsx'
import { ScanEntry } from './scan-entry.tsx'
import { toneOfState, useCountWords } from './words.ts'

const useWords = defineWords('count', {
  progress: [
    '{{counted}} of {{lines}} lines counted',
    '{{counted}} lignes comptées sur {{lines}}',
    'عُدّ {{counted}} من {{lines}} سطرًا',
  ],
  toRecount: ['To count again', 'À recompter', 'يُعاد عدّها'],
  varying: ['Lines that differ', 'Lignes avec écart', 'أسطر فيها فرق'],
  last: ['Last step', 'Dernière étape', 'آخر خطوة'],
  'step-open': ['Begun', 'Commencé', 'بدأ'],
  'step-submit': ['Handed in', 'Remis', 'سُلّم'],
  'step-send_back': ['Sent back', 'Renvoyé', 'أُعيد'],
  'step-lift_freeze': ['Freeze lifted', 'Dégelé', 'رُفع التجميد'],
  'step-approve': ['Approved', 'Validé', 'اعتُمد'],
  'step-cancel': ['Given up', 'Abandonné', 'أُلغي'],
})

export type Count = Output<'counts.get-count'>

/** One count: how far it is, its lines, and the next step. */
export function CountDetail() {
  const { id } = useParams({ strict: false }) as { id: string }
  const count = useRead('counts.get-count', { id })
  if (!count.data) return <Pending error={count.error} retry={() => void count.refetch()} />
  return <Shown count={count.data} />
}

function Shown({ count }: { count: Count }) {
  const words = useCountWords()
  const may = useMay()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const isCounting = count.state === 'open' && may('counts.enter-lines')
  return (
    <Page
      title={words('count', { number: count.number })}
      actions={<CountActions count={count} chosen={chosen} onDone={() => setChosen(new Set())} />}
    >
      <Head count={count} />
      {isCounting ? <ScanEntry count={count} /> : null}
      <CountLines count={count} isCounting={isCounting} chosen={chosen} onChoose={setChosen} />
    </Page>
  )
}

function Head({ count }: { count: Count }) {
  const t = useWords()
  const words = useCountWords()
  const common = useCommonWords()
  const nameOf = useEmployeeName()
  const { branchName, zoneOf } = useBranchOf()
  const zone = zoneOf(count.branch_id)
  const last = count.steps.at(-1)
  return (
    <Paper withBorder p="md">
      <Stack>
        <Facts
          of={[
            [
              words('state'),
              <Tag key="state" tone={toneOfState[count.state]}>
                {words(count.state)}
              </Tag>,
            ],
            [common('branch'), branchName(count.branch_id)],
            [words('subject'), words(count.subject)],
            [words('blind'), common(count.is_blind ? 'yes' : 'no')],
            [words('frozen'), count.frozen_until && dateTime(count.frozen_until, zone)],
            [t('toRecount'), count.to_recount === 0 ? null : count.to_recount],
            [t('varying'), count.varying],
            [words('notes'), count.notes],
            [
              t('last'),
              last &&
                [t(`step-${last.action}`), nameOf(last.actor_id), dateTime(last.recorded_at, zone), last.reason]
                  .filter(Boolean)
                  .join(' · '),
            ],
          ]}
        />
        <div>
          <Text size="sm" mb={4}>
            {t('progress', { counted: count.counted, lines: count.lines })}
          </Text>
          <Progress
            value={count.lines === 0 ? 0 : (count.counted / count.lines) * 100}
            aria-label={t('progress', { counted: count.counted, lines: count.lines })}
          />
        </div>
      </Stack>
    </Paper>
  )
}
