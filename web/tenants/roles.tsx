import { Button, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useMay } from '../identity/session.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { PeopleTabs } from './people-tabs.tsx'
import { usePeopleWords, useRoleName } from './people-words.ts'
import type { Role } from './use-people.ts'

/** The roles that people may hold. */
export function Roles() {
  const t = usePeopleWords()
  const may = useMay()
  const navigate = useNavigate()
  const nameOf = useRoleName()
  const kindOf = useKindOf()
  const open = (id: string) => void navigate({ to: '/people/roles/$id', params: { id } })
  const create = may('tenants.create-role') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => open('new')}>
      {t('newRole')}
    </Button>
  ) : null
  const count = ({ permissions }: Role) => (permissions.includes('*') ? t('everything') : String(permissions.length))
  const columns: Column<Role>[] = [
    {
      head: t('name'),
      cell: (role) => (
        <Text size="sm" fw={500}>
          {nameOf(role)}
        </Text>
      ),
      text: nameOf,
    },
    { head: t('kind'), cell: kindOf, text: kindOf },
    { head: t('permissions'), cell: count, text: count },
  ]
  return (
    <Page title={t('roles')} about={t('rolesAbout')} actions={create}>
      <PeopleTabs />
      <List
        operation="tenants.list-roles"
        input={{}}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => open(id)}
        file="roles"
        label={t('roles')}
        empty={
          <Empty title={t('roles')} action={create}>
            {t('rolesAbout')}
          </Empty>
        }
      />
    </Page>
  )
}

/** Whether a role is ready-made, was once, or never. */
export function useKindOf(): (role: Role) => string {
  const t = usePeopleWords()
  return ({ preset, made_from }) => {
    if (preset !== null) return t('readyMade')
    return t(made_from === null ? 'own' : 'edited')
  }
}
