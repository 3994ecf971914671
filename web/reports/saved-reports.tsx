import { Anchor, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { Chosen } from './chosen.tsx'
import { fieldsOf, readGiven } from './parameters.ts'
import { SavedMenu, useMayChange } from './saved-menu.tsx'
import { type Description, type Saved, useReportName, useSaved } from './use-reports.ts'
import { useReportWords } from './words.ts'

/** Reports as somebody wants them every day, one touch away. */
export function SavedReports({ reports }: { reports: readonly Description[] }) {
  const t = useReportWords()
  const { items, error, isLoading, retry } = useSaved()
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t('saved')}
      </Title>
      {error || isLoading ? <Pending error={error} retry={retry} /> : null}
      {!error && !isLoading && items.length === 0 ? (
        <Text size="sm" c="dimmed" maw={640}>
          {t('nothingSaved')}
        </Text>
      ) : null}
      {items.length > 0 ? (
        <Paper withBorder>
          <Table.ScrollContainer minWidth={480}>
            <Table aria-label={t('saved')} verticalSpacing="xs">
              <Table.Tbody>
                {items.map((saved) => (
                  <SavedRow key={saved.id} saved={saved} of={reports.find(({ name }) => name === saved.report)} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Paper>
      ) : null}
    </Stack>
  )
}

function SavedRow({ saved, of }: { saved: Saved; of: Description | undefined }) {
  const t = useReportWords()
  const { titleOf } = useReportName()
  const mayChange = useMayChange()
  const fields = of ? fieldsOf(of) : []
  const given = readGiven(fields, saved.parameters)
  const { id, name, report, is_shared } = saved
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          fw={600}
          renderRoot={(props) => (
            <Link to="/reports/$report" params={{ report }} search={{ ...given, saved: id } as never} {...props} />
          )}
        >
          {name}
        </Anchor>
        <Text size="sm" c="dimmed">
          {titleOf(report, of?.title)}
          {' · '}
          <Chosen {...{ report, fields, given }} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Tag tone={is_shared ? 'info' : 'plain'}>{t(is_shared ? 'shared' : 'own')}</Tag>
      </Table.Td>
      <Table.Td className="amount">{mayChange(saved) ? <SavedMenu saved={saved} /> : null}</Table.Td>
    </Table.Tr>
  )
}
