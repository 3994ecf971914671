import { Badge, Button, Group, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBuilding, IconPlus, IconUser, IconUsersGroup } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Input, Output } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { CreateParty } from './create-party.tsx'
import { roles } from './roles.ts'
import { useGroups } from './use-groups.ts'
import { usePartyWords } from './words.ts'

type Party = Output<'parties.list-parties'>['items'][number]

/** Whom the tenant deals with. */
export function Parties() {
  const t = usePartyWords()
  const may = useMay()
  const navigate = useNavigate()
  const { filters, set } = useFilters(['search', 'role', 'group'])
  const [isCreating, creating] = useDisclosure()
  const columns = useColumns()
  const role = roles.find((one) => one === filters.role)
  const input: Input<'parties.list-parties'> = {
    ...(filters.search ? { search: filters.search } : {}),
    ...(role ? { role } : {}),
    ...(filters.group ? { group_id: filters.group } : {}),
  }
  const create = may('parties.create-party') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={creating.open}>
      {t('create')}
    </Button>
  ) : null
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconUsersGroup size={16} />}
            renderRoot={(props) => <Link to="/customer-groups" {...props} />}
          >
            {t('groups')}
          </Button>
          {create}
        </>
      }
    >
      <List
        operation="parties.list-parties"
        input={input}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/parties/$id', params: { id } })}
        filters={<Filters filters={filters} set={set} />}
        file="contacts"
        label={t('title')}
        empty={
          Object.keys(input).length > 0 ? (
            <Empty title={t('nothingFound')}>{t('nothingFoundText')}</Empty>
          ) : (
            <Empty title={t('emptyTitle')} action={create}>
              {t('emptyText')}
            </Empty>
          )
        }
      />
      {isCreating ? <CreateParty role={role ?? 'customer'} close={creating.close} /> : null}
    </Page>
  )
}

type Filtering = ReturnType<typeof useFilters<'search' | 'role' | 'group'>>

function Filters({ filters, set }: Filtering) {
  const t = usePartyWords()
  const groups = useGroups()
  return (
    <>
      <SearchField value={filters.search ?? ''} label={t('search')} onSearch={(search) => set({ search })} />
      <Select
        aria-label={t('role')}
        placeholder={t('anyRole')}
        clearable
        data={roles.map((value) => ({ value, label: t(value) }))}
        value={filters.role ?? null}
        onChange={(role) => set({ role })}
        w={160}
      />
      {groups.length > 0 ? (
        <Select
          aria-label={t('group')}
          placeholder={t('anyGroup')}
          clearable
          data={groups.map(({ id, name }) => ({ value: id, label: name }))}
          value={filters.group ?? null}
          onChange={(group) => set({ group })}
          w={200}
        />
      ) : null}
    </>
  )
}

function useColumns(): Column<Party>[] {
  const t = usePartyWords()
  const groups = new Map(useGroups().map(({ id, name }) => [id, name]))
  const nameOf = ({ name, anonymised_at }: Party) => (anonymised_at ? t('forgottenName') : (name ?? ''))
  const held = ({ roles: all }: Party) => all.filter(({ ended_at }) => ended_at === null)
  const groupOf = (party: Party) => held(party).flatMap(({ group_id }) => groups.get(group_id ?? '') ?? [])[0] ?? null
  return [
    {
      head: t('name'),
      cell: (party) => (
        <Group gap="sm" wrap="nowrap" miw={200}>
          {party.kind === 'person' ? <IconUser size={18} stroke={1.5} /> : <IconBuilding size={18} stroke={1.5} />}
          <Text size="sm" fw={500} lineClamp={1} {...(party.anonymised_at ? { c: 'dimmed' } : {})}>
            {nameOf(party)}
          </Text>
        </Group>
      ),
      text: nameOf,
    },
    {
      head: t('role'),
      cell: (party) => (
        <Group gap={4} wrap="nowrap">
          {held(party).map(({ role }) => (
            <Badge key={role} variant="light" tt="none" color={role === 'customer' ? 'green' : 'blue'}>
              {t(role)}
            </Badge>
          ))}
        </Group>
      ),
      text: (party) =>
        held(party)
          .map(({ role }) => t(role))
          .join(', '),
    },
    {
      head: t('code'),
      cell: (party) => <span className="code">{held(party).find(({ code }) => code)?.code}</span>,
      text: (party) => held(party).find(({ code }) => code)?.code ?? null,
    },
    { head: t('phone'), cell: ({ phone }) => <span className="code">{phone}</span>, text: ({ phone }) => phone },
    { head: t('email'), cell: ({ email }) => <span className="code">{email}</span>, text: ({ email }) => email },
    { head: t('group'), cell: groupOf, text: groupOf },
  ]
}
