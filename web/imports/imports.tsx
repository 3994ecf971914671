import { Anchor, Button, Group, Progress, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconDownload, IconFileImport } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { dateTime, quantity } from '../ui/format.ts'
import { List, type Listing } from '../ui/list.tsx'
import { Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { downloadExample, hasExample } from './examples.ts'
import { useImportNames } from './field-words.ts'
import './import.css'
import { useTargets } from './use-import.ts'
import { statuses, toneOfStatus, useImportWords } from './words.ts'

type Item = Listing<'imports.list-imports'>

/** All imports, the newest first. */
export function Imports() {
  const t = useImportWords()
  const may = useMay()
  const navigate = useNavigate()
  const columns = useColumns()
  const { filters } = useFilters(['target', 'status'])
  const status = statuses.find((one) => one === filters.status)
  return (
    <Page title={t('title')} about={t('about')} actions={may('imports.create-import') ? <Begin /> : null}>
      <List
        operation="imports.list-imports"
        input={{ ...(filters.target ? { target: filters.target } : {}), ...(status ? { status } : {}) }}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/imports/$id', params: { id } })}
        columns={columns}
        label={t('title')}
        file="imports"
        filters={<Filters />}
        filteredBy={['target', 'status']}
        empty={<Nothing />}
      />
    </Page>
  )
}

function useColumns() {
  const t = useImportWords()
  const common = useCommonWords()
  const { targetOf } = useImportNames()
  const nameOf = useEmployeeName()
  const { tenant } = useWorkplace()
  const inOf = ({ created_rows, updated_rows, skipped_rows }: Item) => created_rows + updated_rows + skipped_rows
  return [
    { head: t('file'), cell: (one: Item) => one.name, text: (one: Item) => one.name },
    { head: t('what'), cell: (one: Item) => targetOf(one.target), text: (one: Item) => targetOf(one.target) },
    {
      head: common('state'),
      cell: (one: Item) => <State of={one} />,
      text: (one: Item) => t(`state-${one.status}`),
    },
    {
      head: t('in'),
      isAmount: true,
      cell: (one: Item) => (isWritten(one) ? quantity(String(inOf(one))) : null),
      text: (one: Item) => (isWritten(one) ? String(inOf(one)) : null),
    },
    {
      head: t('rejected'),
      isAmount: true,
      cell: (one: Item) => (one.failed_rows > 0 ? quantity(String(one.failed_rows)) : null),
      text: (one: Item) => String(one.failed_rows),
    },
    { head: t('who'), cell: (one: Item) => nameOf(one.employee_id) },
    {
      head: common('when'),
      cell: (one: Item) => <When>{dateTime(one.created_at, tenant.time_zone)}</When>,
      text: (one: Item) => String(one.created_at),
    },
  ]
}

const isWritten = ({ status }: Item) => ['committing', 'committed', 'stopped'].includes(status)

function State({ of: { status, progress_percent, name } }: { of: Item }) {
  const t = useImportWords()
  const isAtWork = toneOfStatus[status] === 'info'
  return (
    <Group gap="xs" wrap="nowrap">
      <Tag tone={toneOfStatus[status]}>{t(`state-${status}`)}</Tag>
      {isAtWork ? <Progress value={progress_percent} w={60} size="sm" aria-label={name} /> : null}
    </Group>
  )
}

function Filters() {
  const t = useImportWords()
  const common = useCommonWords()
  const { targetOf } = useImportNames()
  const { filters, set } = useFilters(['target', 'status'])
  return (
    <>
      <Select
        aria-label={t('what')}
        placeholder={t('any')}
        clearable
        data={useTargets().map(({ name, title }) => ({ value: name, label: targetOf(name, title) }))}
        value={filters.target}
        onChange={(target) => set({ target })}
      />
      <Select
        aria-label={common('state')}
        placeholder={t('anyState')}
        clearable
        data={statuses.map((value) => ({ value, label: t(`state-${value}`) }))}
        value={statuses.find((one) => one === filters.status) ?? null}
        onChange={(status) => set({ status })}
      />
    </>
  )
}

function Begin() {
  const t = useImportWords()
  return (
    <Button leftSection={<IconFileImport size={18} />} renderRoot={(props) => <Link to="/imports/new" {...props} />}>
      {t('begin')}
    </Button>
  )
}

/** What can be brought in, each with a file that shows how. */
function Nothing() {
  const t = useImportWords()
  const may = useMay()
  const { targetOf, aboutOf, fieldOf } = useImportNames()
  return (
    <Stack p="md" gap="md">
      <Stack gap={4} align="center" ta="center">
        <Text fw={650}>{t('empty')}</Text>
        <Text c="dimmed" maw={520}>
          {t('emptySays')}
        </Text>
      </Stack>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
        {useTargets().map(({ name, title }) => (
          <div key={name} className="import-target">
            {may('imports.create-import') ? (
              <Anchor
                fw={600}
                renderRoot={(props) => <Link to="/imports/new" search={{ target: name } as never} {...props} />}
              >
                {targetOf(name, title)}
              </Anchor>
            ) : (
              <Text fw={600}>{targetOf(name, title)}</Text>
            )}
            <Text size="sm" c="dimmed" flex={1}>
              {aboutOf(name)}
            </Text>
            {hasExample(name) ? (
              <Button
                variant="subtle"
                size="compact-sm"
                leftSection={<IconDownload size={14} />}
                aria-label={t('exampleOf', { target: targetOf(name, title) })}
                onClick={() => downloadExample(name, (field) => fieldOf(name, field))}
              >
                {t('example')}
              </Button>
            ) : null}
          </div>
        ))}
      </SimpleGrid>
    </Stack>
  )
}
