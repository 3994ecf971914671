import { Button, Select } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useBranch, useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { NewCount } from './new-count.tsx'
import { states, toneOfState, useCountWords } from './words.ts'

const useWords = defineWords('count-list', {
  anyState: ['Any state', 'Tous les états', 'كل الحالات'],
  empty: ['Nothing was counted yet', 'Aucun inventaire', 'لا توجد عمليات جرد'],
  emptySays: [
    'A count says what really lies in the branch. Somebody counts, somebody else approves, and the difference is posted.',
    'Un inventaire dit ce qu’il y a vraiment. Quelqu’un compte, quelqu’un d’autre valide, et l’écart est comptabilisé.',
    'يُظهر الجرد ما يوجد فعلًا. يعدّ شخص ويعتمد آخر، ثم يُرحّل الفرق.',
  ],
})

/** The counts of the branch. */
export function Counts() {
  const t = useWords()
  const words = useCountWords()
  const common = useCommonWords()
  const may = useMay()
  const branch = useBranch()
  const navigate = useNavigate()
  const [isNew, setNew] = useState(false)
  const { filters, set } = useFilters(['state'])
  const state = states.find((one) => one === filters.state)
  const blindOf = ({ is_blind }: { is_blind: boolean }) => common(is_blind ? 'yes' : 'no')
  const begin =
    branch && may('counts.create-count') ? (
      <Button leftSection={<IconPlus size={18} />} onClick={() => setNew(true)}>
        {words('new')}
      </Button>
    ) : null
  return (
    <Page title={words('counts')} about={branch?.name ?? ''} actions={begin}>
      <List
        operation="counts.list-counts"
        input={{ ...(branch ? { branch_id: branch.id } : {}), ...(state ? { state } : {}) }}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/counts/$id', params: { id } })}
        columns={[
          {
            head: words('number'),
            cell: (one) => <span className="code">{one.number}</span>,
            text: (one) => one.number,
          },
          {
            head: words('state'),
            cell: (one) => <Tag tone={toneOfState[one.state]}>{words(one.state)}</Tag>,
            text: (one) => words(one.state),
          },
          { head: words('subject'), cell: (one) => words(one.subject), text: (one) => words(one.subject) },
          { head: words('blind'), cell: blindOf, text: blindOf },
          { head: words('notes'), cell: (one) => one.notes, text: (one) => one.notes },
          {
            head: words('began'),
            cell: (one) => <When>{dateTime(one.created_at, branch?.time_zone ?? 'UTC')}</When>,
            text: (one) => one.created_at,
          },
        ]}
        label={words('counts')}
        file="counts"
        filters={
          <Select
            aria-label={words('state')}
            placeholder={t('anyState')}
            clearable
            data={states.map((value) => ({ value, label: words(value) }))}
            value={state ?? null}
            onChange={(value) => set({ state: value })}
          />
        }
        filteredBy={['state']}
        empty={
          <Empty title={t('empty')} action={begin}>
            {t('emptySays')}
          </Empty>
        }
      />
      {isNew && branch ? <NewCount branch={branch} onClose={() => setNew(false)} /> : null}
    </Page>
  )
}
