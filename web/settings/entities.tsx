import { Button, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useMay } from '../identity/session.ts'
import { type Column, List, type Listing } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { EntityForm } from './entity-form.tsx'
import { countryName } from './place-names.ts'
import { SettingsTabs } from './settings-tabs.tsx'
import { useSettingWords } from './words.ts'

type Entity = Listing<'tenants.list-entities'>

/** The legal persons that keep books. */
export function Entities() {
  const t = useSettingWords()
  const may = useMay()
  const [edited, setEdited] = useState<Entity | 'new'>()
  const columns = useColumns()
  const create = may('tenants.create-entity') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>
      {t('newEntity')}
    </Button>
  ) : null
  return (
    <Page title={t('entities')} about={t('entitiesSays')} actions={create}>
      <SettingsTabs />
      <List
        operation="tenants.list-entities"
        input={{}}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={setEdited}
        file="legal-entities"
        label={t('entities')}
        empty={
          <Empty title={t('noEntities')} action={create}>
            {t('entitiesSays')}
          </Empty>
        }
      />
      {edited ? <EntityForm entity={edited} close={() => setEdited(undefined)} /> : null}
    </Page>
  )
}

function useColumns(): Column<Entity>[] {
  const t = useSettingWords()
  const state = ({ is_active }: Entity) => t(is_active ? 'open' : 'closed')
  return [
    {
      head: t('legalName'),
      cell: ({ legal_name }) => (
        <Text size="sm" fw={500}>
          {legal_name}
        </Text>
      ),
      text: ({ legal_name }) => legal_name,
    },
    { head: t('country'), cell: ({ country }) => countryName(country), text: ({ country }) => country },
    { head: t('currency'), cell: ({ currency }) => <bdi>{currency}</bdi>, text: ({ currency }) => currency },
    {
      head: t('taxNumber'),
      cell: ({ tax_number }) => <bdi className="code">{tax_number ?? '—'}</bdi>,
      text: ({ tax_number }) => tax_number,
    },
    {
      head: t('state'),
      cell: (entity) => <Tag tone={entity.is_active ? 'good' : 'plain'}>{state(entity)}</Tag>,
      text: state,
    },
  ]
}
