import { Button, Group, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconUserPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useMay } from '../identity/session.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { Invite } from './invite.tsx'
import { PeopleTabs } from './people-tabs.tsx'
import { usePeopleWords } from './people-words.ts'
import { type Employee, useRoles, useWorksIn } from './use-people.ts'

const tones: Readonly<Record<Employee['status'], Tone>> = {
  invited: 'info',
  active: 'good',
  suspended: 'warn',
  ended: 'plain',
}

const statuses = ['active', 'invited', 'suspended'] as const

/** Who works in the tenant. */
export function People() {
  const t = usePeopleWords()
  const may = useMay()
  const navigate = useNavigate()
  const [isInviting, inviting] = useDisclosure()
  const columns = useColumns()
  const { filters, set } = useFilters(['search', 'status'])
  const status = statuses.find((one) => one === filters.status)
  const invite = may('tenants.add-employee') ? (
    <Button leftSection={<IconUserPlus size={16} />} onClick={inviting.open}>
      {t('invite')}
    </Button>
  ) : null
  return (
    <Page title={t('people')} about={t('about')} actions={invite}>
      <PeopleTabs />
      <List
        operation="tenants.list-employees"
        input={{ ...(filters.search ? { search: filters.search } : {}), ...(status ? { status } : {}) }}
        filters={<Filters {...{ filters, set }} status={status} />}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/people/$id', params: { id } })}
        file="people"
        label={t('people')}
        filteredBy={['search', 'status']}
        empty={
          <Empty title={t('nobody')} action={invite}>
            {t('nobodySays')}
          </Empty>
        }
      />
      {isInviting ? <Invite close={inviting.close} /> : null}
    </Page>
  )
}

interface Filtering {
  readonly filters: Record<'search' | 'status', string | null>
  readonly set: (changes: { search?: string; status?: string | null }) => void
  readonly status: string | undefined
}

function Filters({ filters, set, status }: Filtering) {
  const t = usePeopleWords()
  return (
    <>
      <SearchField value={filters.search ?? ''} label={t('search')} onSearch={(search) => set({ search })} />
      <Select
        aria-label={t('state')}
        placeholder={t('anyState')}
        clearable
        w={180}
        value={status ?? null}
        onChange={(next) => set({ status: next })}
        data={statuses.map((one) => ({ value: one, label: t(one) }))}
      />
    </>
  )
}

function useColumns(): Column<Employee>[] {
  const t = usePeopleWords()
  const { rolesOf } = useRoles()
  const worksIn = useWorksIn()
  const pin = ({ has_till_pin }: Employee) => t(has_till_pin ? 'pinSet' : 'pinNotSet')
  return [
    {
      head: t('name'),
      cell: ({ display_name, invited_email }) => (
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" fw={500}>
            {display_name}
          </Text>
          <Text size="xs" c="dimmed" dir="ltr">
            {invited_email}
          </Text>
        </Group>
      ),
      text: ({ display_name }) => display_name,
    },
    { head: t('state'), cell: ({ status }) => <EmployeeState status={status} />, text: ({ status }) => t(status) },
    { head: t('roles'), cell: (one) => <Short>{rolesOf(one)}</Short>, text: rolesOf },
    { head: t('worksIn'), cell: (one) => <Short>{worksIn(one)}</Short>, text: worksIn },
    { head: t('pin'), cell: (one) => (one.has_till_pin ? pin(one) : '—'), text: pin },
  ]
}

function Short({ children }: { children: string }) {
  return (
    <Text size="sm" truncate maw={260} title={children}>
      {children || '—'}
    </Text>
  )
}

/** Whether a place is open, as a word in its colour. */
export function EmployeeState({ status }: Pick<Employee, 'status'>) {
  const t = usePeopleWords()
  return <Tag tone={tones[status]}>{t(status)}</Tag>
}
