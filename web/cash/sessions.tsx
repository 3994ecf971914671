import { Badge, Group, Select, Text, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Output } from '../api.ts'
import { useBranches } from '../identity/session.ts'
import { useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { readEmployeeName, useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, money } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { CashTabs } from './cash-tabs.tsx'
import { filterOf, stageOf, stages } from './session-state.ts'
import { StageBadge } from './session-summary.tsx'
import { useCashWords } from './words.ts'

const useWords = defineWords('cash-sessions', {
  number: ['No.', 'N°', 'رقم'],
  from: ['From', 'Du', 'من'],
  through: ['Through', 'Au', 'إلى'],
  anyState: ['Any state', 'Tous les états', 'كل الحالات'],
  anyRegister: ['Any register', 'Tous les postes de caisse', 'كل الصناديق'],
  anyBranch: ['Any branch', 'Tous les points de vente', 'كل الفروع'],
  nothing: ['No cash session here', 'Aucune session de caisse', 'لا توجد جلسات صندوق'],
  nothingSays: [
    'A session begins when a cashier opens a register with a float, and ends when its cash is counted. Open one at the till, or look with other filters.',
    'Une session commence quand un caissier ouvre une caisse avec un fond et finit quand on la compte. Ouvrez-en une à la caisse, ou changez les filtres.',
    'تبدأ الجلسة حين يفتح أمين الصندوق صندوقًا برصيد بداية، وتنتهي بعدّ نقده. افتح جلسة من نقطة البيع أو غيّر عوامل التصفية.',
  ],
})

type Session = Output<'cash.list-sessions'>['items'][number]
const filterKeys = ['branch', 'register', 'state', 'from', 'through'] as const

/** The cash sessions of the branches they work in, newest first. */
export function Sessions() {
  const t = useWords()
  const cash = useCashWords()
  const navigate = useNavigate()
  const { filters } = useFilters(filterKeys)
  const { branch, register, from, through, state } = filters
  const columns = useColumns()
  return (
    <Page title={cash('sessions')}>
      <CashTabs />
      <List
        operation="cash.list-sessions"
        input={{
          ...filterOf(state),
          ...(branch ? { branch_id: branch } : {}),
          ...(register ? { register_id: register } : {}),
          ...(from ? { from } : {}),
          ...(through ? { through } : {}),
        }}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/cash/$id', params: { id } })}
        filteredBy={filterKeys}
        empty={<Empty title={t('nothing')}>{t('nothingSays')}</Empty>}
        file="cash-sessions"
        label={cash('sessions')}
        filters={<Filters />}
      />
    </Page>
  )
}

function Filters() {
  const t = useWords()
  const cash = useCashWords()
  const common = useCommonWords()
  const { branches } = useBranches()
  const { registers } = useRegisters()
  const { filters, set } = useFilters(filterKeys)
  const { branch } = filters
  const shown = registers.filter(({ branch_id }) => branch === null || branch_id === branch)
  return (
    <Group gap="xs">
      <Select
        aria-label={cash('state')}
        placeholder={t('anyState')}
        clearable
        w={170}
        value={filters.state}
        onChange={(state) => set({ state })}
        data={stages.map((stage) => ({ value: stage, label: cash(stage) }))}
      />
      {branches.length > 1 ? (
        <Select
          aria-label={common('branch')}
          placeholder={t('anyBranch')}
          clearable
          searchable
          w={190}
          value={branch}
          onChange={(next) => set({ branch: next, register: null })}
          data={branches.map(({ id, name }) => ({ value: id, label: name }))}
        />
      ) : null}
      <Select
        aria-label={cash('register')}
        placeholder={t('anyRegister')}
        clearable
        searchable
        w={180}
        value={filters.register}
        onChange={(register) => set({ register })}
        data={shown.map(({ id, code, name }) => ({ value: id, label: `${code} · ${name}` }))}
      />
      <DayFilter label={t('from')} value={filters.from} onChange={(from) => set({ from })} />
      <DayFilter label={t('through')} value={filters.through} onChange={(through) => set({ through })} />
    </Group>
  )
}

function DayFilter(props: { label: string; value: string | null; onChange: (day: string) => void }) {
  const { label, value, onChange } = props
  return (
    <TextInput
      type="date"
      aria-label={label}
      leftSection={
        <Text size="xs" c="dimmed">
          {label}
        </Text>
      }
      leftSectionWidth={72}
      w={212}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

function useColumns(): Column<Session>[] {
  const t = useWords()
  const cash = useCashWords()
  const common = useCommonWords()
  const nameOf = useEmployeeName()
  const { registerName } = useRegisters()
  const { isOne, branchName, zoneOf } = useBranchOf()
  const at = (session: Session, time: Session['closed_at']) => (time ? dateTime(time, zoneOf(session.branch_id)) : '')
  const branch: Column<Session> = {
    head: common('branch'),
    cell: ({ branch_id }) => branchName(branch_id),
    text: ({ branch_id }) => branchName(branch_id),
  }
  return [
    { head: t('number'), cell: ({ number }) => <span className="code">{number}</span>, text: ({ number }) => number },
    {
      head: cash('register'),
      cell: ({ register_id }) => registerName(register_id),
      text: ({ register_id }) => registerName(register_id),
    },
    ...(isOne ? [] : [branch]),
    {
      head: cash('state'),
      cell: (session) => (
        <Group gap={4} wrap="nowrap">
          <StageBadge stage={stageOf(session)} />
          {session.late_of ? (
            <Badge variant="outline" color="orange">
              {cash('late')}
            </Badge>
          ) : null}
        </Group>
      ),
      text: (session) => cash(stageOf(session)),
    },
    {
      head: cash('opened'),
      cell: (session) => at(session, session.opened_at),
      text: (session) => String(session.opened_at),
    },
    {
      head: cash('openedBy'),
      cell: ({ opened_by }) => nameOf(opened_by),
      text: ({ opened_by }) => readEmployeeName(opened_by),
    },
    {
      head: cash('closed'),
      cell: (session) => at(session, session.closed_at),
      text: ({ closed_at }) => (closed_at ? String(closed_at) : null),
    },
    {
      head: cash('float'),
      cell: ({ float_amount, currency }) => money(float_amount, currency),
      text: ({ float_amount }) => float_amount,
      isAmount: true,
    },
  ]
}
