import { Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { useBranches, useWorkplace } from '../identity/session.ts'
import { nounWord } from '../tenants/permission-words.ts'
import { Page, Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { useLanguage } from '../ui/words.ts'
import { EditSetting } from './edit-setting.tsx'
import { settingText } from './setting-words.ts'
import { SettingsTabs } from './settings-tabs.tsx'
import { useValueText } from './value-text.ts'
import { useSettingWords } from './words.ts'

export type Setting = Output<'settings.list-settings'>['items'][number]

/** Every setting with what is in force, for the business or for a branch. */
export function Settings() {
  const t = useSettingWords()
  const { branches } = useBranches()
  const { filters, set } = useFilters(['branch'])
  const { employee } = useWorkplace()
  // Whoever works in a part of the business sets what is of its branches.
  const isPart = employee.scope !== null
  const branchId = filters.branch ?? (isPart ? (branches[0]?.id ?? null) : null)
  return (
    <Page title={t('settings')} about={t('about')}>
      <SettingsTabs />
      <Select
        label={t('place')}
        placeholder={t('whole')}
        clearable={!isPart}
        data={branches.map(({ id, name }) => ({ value: id, label: name }))}
        value={branchId}
        onChange={(id) => set({ branch: id })}
        maw={320}
      />
      <All key={branchId} branchId={branchId} />
    </Page>
  )
}

function All({ branchId }: { branchId: string | null }) {
  useLanguage()
  const { data, error } = useRead('settings.list-settings', branchId ? { branch_id: branchId } : {})
  const [edited, setEdited] = useState<Setting>()
  if (!data) return <Pending error={error} />
  const here = branchId ? 'branch' : 'tenant'
  const shown = data.items.filter(({ scopes }) => scopes.includes('tenant') || scopes.includes('branch'))
  const groups = Map.groupBy(shown, ({ name }) => name.split('.')[0] ?? '')
  return (
    <Stack>
      {[...groups].map(([noun, items]) => (
        <Paper key={noun} withBorder p="md">
          <Title order={2} size="h5" mb="xs">
            {nounWord(noun)}
          </Title>
          <Rows items={items} open={setEdited} />
        </Paper>
      ))}
      {edited ? (
        <EditSetting setting={edited} here={here} branchId={branchId} close={() => setEdited(undefined)} />
      ) : null}
    </Stack>
  )
}

function Rows({ items, open }: { items: readonly Setting[]; open: (setting: Setting) => void }) {
  const t = useSettingWords()
  const textOf = useValueText()
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table highlightOnHover layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('name')}</Table.Th>
            <Table.Th w="26%">{t('value')}</Table.Th>
            <Table.Th w={180}>{t('from')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((setting) => (
            <Table.Tr
              key={setting.name}
              tabIndex={0}
              style={{ cursor: 'pointer' }}
              onClick={() => open(setting)}
              onKeyDown={(event) => event.key === 'Enter' && open(setting)}
            >
              <Table.Td>
                <Text size="sm" fw={500}>
                  {settingText(setting).name}
                </Text>
              </Table.Td>
              <Table.Td>
                <Group gap="xs">
                  <Text size="sm">{textOf(setting.value)}</Text>
                  {setting.is_valid ? null : <Tag tone="bad">{t('invalid')}</Tag>}
                </Group>
              </Table.Td>
              <Table.Td>
                <Tag tone={setting.source === 'default' ? 'plain' : 'info'}>{t(setting.source)}</Tag>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
