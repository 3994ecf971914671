import { Button, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useState } from 'react'
import { type Output, useCommand } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { confirm } from '../ui/confirm.tsx'
import { dateTime } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { tell } from '../ui/tell.tsx'
import { NewKey } from './new-key.tsx'
import { SettingsTabs } from './settings-tabs.tsx'
import { useSettingWords } from './words.ts'

type ApiKey = Output<'tenants.list-api-keys'>['items'][number]

/** Keys with which other programs work here. */
export function ApiKeys() {
  const t = useSettingWords()
  const may = useMay()
  const [isMaking, setMaking] = useState(false)
  const columns = useColumns()
  const create = may('tenants.create-api-key') ? (
    <Button leftSection={<IconKey size={16} />} onClick={() => setMaking(true)}>
      {t('newKey')}
    </Button>
  ) : null
  return (
    <Page title={t('keys')} about={t('noKeysSays')} actions={create}>
      <SettingsTabs />
      <List
        operation="tenants.list-api-keys"
        input={{}}
        columns={columns}
        keyOf={({ id }) => id}
        file="api-keys"
        label={t('keys')}
        empty={
          <Empty title={t('noKeys')} action={create}>
            {t('noKeysSays')}
          </Empty>
        }
      />
      {isMaking ? <NewKey close={() => setMaking(false)} /> : null}
    </Page>
  )
}

function useColumns(): Column<ApiKey>[] {
  const t = useSettingWords()
  const { tenant } = useWorkplace()
  const until = ({ expires_at }: ApiKey) => dateTime(expires_at, tenant.time_zone)
  const state = ({ revoked_at }: ApiKey) => t(revoked_at === null ? 'live' : 'revoked')
  return [
    {
      head: t('name'),
      cell: ({ name }) => (
        <Text size="sm" fw={500}>
          {name}
        </Text>
      ),
      text: ({ name }) => name,
    },
    {
      head: t('state'),
      cell: (key) => <Tag tone={key.revoked_at === null ? 'good' : 'plain'}>{state(key)}</Tag>,
      text: state,
    },
    {
      head: t('permissions'),
      cell: ({ permissions }) => permissions.length,
      text: ({ permissions }) => permissions.join(' '),
    },
    { head: t('until'), cell: until, text: until },
    { head: '', cell: (key) => <Revoke apiKey={key} /> },
  ]
}

function Revoke({ apiKey: { id, version, name, revoked_at } }: { apiKey: ApiKey }) {
  const t = useSettingWords()
  const may = useMay()
  const revoke = useCommand('tenants.revoke-api-key')
  const ask = () =>
    confirm({
      title: t('revokeTitle', { name }),
      says: t('revokeSays'),
      button: t('revoke'),
      act: () => revoke.mutate({ id, version }, { onError: tell }),
    })
  if (revoked_at !== null || !may('tenants.revoke-api-key')) return null
  return (
    <Button size="compact-xs" variant="subtle" color="red" onClick={ask} aria-label={`${t('revoke')}: ${name}`}>
      {t('revoke')}
    </Button>
  )
}
