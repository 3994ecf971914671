import { Button, SegmentedControl, Select } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Output } from '../api.ts'
import { useBranch, useMay } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, day } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { type State, states, toneOfState, useTransferWords } from './words.ts'

const useWords = defineWords('transfer-list', {
  both: ['Both ways', 'Tous', 'الاتجاهان'],
  in: ['Coming', 'Entrants', 'واردة'],
  out: ['Going', 'Sortants', 'صادرة'],
  direction: ['Direction', 'Sens', 'الاتجاه'],
  anyState: ['Any state', 'Tous les états', 'كل الحالات'],
  empty: ['No transfers', 'Aucun transfert', 'لا توجد تحويلات'],
  emptySays: [
    'A transfer takes goods from one of your branches to another. The one plans and sends it, the other says what came.',
    'Un transfert déplace des articles d’un point de vente à un autre. L’un prépare et expédie, l’autre dit ce qui est arrivé.',
    'ينقل التحويل البضاعة من فرع إلى آخر: الأول يخطط ويرسل، والآخر يؤكد ما وصل.',
  ],
})

/** Goods on their way from and to the branch. */
export function Transfers() {
  const t = useWords()
  const words = useTransferWords()
  const may = useMay()
  const branch = useBranch()
  const navigate = useNavigate()
  const { filters, set } = useFilters(['direction', 'state'])
  const direction = filters.direction === 'in' || filters.direction === 'out' ? filters.direction : undefined
  const state = states.find((one) => one === filters.state)
  const plan = may('transfers.create-transfer') ? (
    <Button leftSection={<IconPlus size={18} />} renderRoot={(props) => <Link to="/transfers/new" {...props} />}>
      {words('new')}
    </Button>
  ) : null
  const columns = useColumns()
  return (
    <Page title={words('transfers')} about={branch?.name ?? ''} actions={plan}>
      <List
        operation="transfers.list-transfers"
        input={{
          ...(branch ? { branch_id: branch.id } : {}),
          ...(branch && direction ? { direction } : {}),
          ...(state ? { state } : {}),
        }}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/transfers/$id', params: { id } })}
        columns={columns}
        label={words('transfers')}
        file="transfers"
        filters={<Filters {...{ direction, state, set }} />}
        filteredBy={['direction', 'state']}
        empty={
          <Empty title={t('empty')} action={plan}>
            {t('emptySays')}
          </Empty>
        }
      />
    </Page>
  )
}

type Transfer = Output<'transfers.list-transfers'>['items'][number]

function useColumns(): Column<Transfer>[] {
  const words = useTransferWords()
  const { branchName, zoneOf } = useBranchOf()
  return [
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
    {
      head: words('from'),
      cell: (one) => branchName(one.from_branch_id),
      text: (one) => branchName(one.from_branch_id),
    },
    {
      head: words('to'),
      cell: (one) => branchName(one.to_branch_id),
      text: (one) => branchName(one.to_branch_id),
    },
    {
      head: words('expected'),
      cell: (one) => <When>{one.expected_on && day(one.expected_on)}</When>,
      text: (one) => one.expected_on,
    },
    {
      head: words('created'),
      cell: (one) => <When>{dateTime(one.created_at, zoneOf(one.from_branch_id))}</When>,
      text: (one) => one.created_at,
    },
  ]
}

interface FiltersProps {
  readonly direction: 'in' | 'out' | undefined
  readonly state: State | undefined
  readonly set: (changes: { direction?: string | null; state?: string | null }) => void
}

function Filters({ direction, state, set }: FiltersProps) {
  const t = useWords()
  const words = useTransferWords()
  const common = useCommonWords()
  return (
    <>
      <SegmentedControl
        aria-label={t('direction')}
        data={(['both', 'in', 'out'] as const).map((value) => ({ value, label: t(value) }))}
        value={direction ?? 'both'}
        onChange={(value) => set({ direction: value === 'both' ? null : value })}
      />
      <Select
        aria-label={common('filter')}
        placeholder={t('anyState')}
        clearable
        data={states.map((value) => ({ value, label: words(value) }))}
        value={state ?? null}
        onChange={(value) => set({ state: value })}
      />
    </>
  )
}
