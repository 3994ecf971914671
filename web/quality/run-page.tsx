import { Alert, Button, Paper, Progress, Table, Text, Title } from '@mantine/core'
import { IconArrowBack, IconLoader } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { dateTime, quantity } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { ruleName, toneOfResult, useQualityWords } from './words.ts'

type Run = Output<'quality.get-run'>
type Result = Run['results'][number]

/** One check: what it found of each rule, and which rows are wrong. */
export function RunPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const t = useQualityWords()
  const common = useCommonWords()
  const { tenant } = useWorkplace()
  const { data: run, error, refetch } = useRead('quality.get-run', { id })
  const [chosen, setChosen] = useState<string>()
  if (!run) return <Pending error={error} retry={() => void refetch()} />
  const result = run.results.find((one) => one.id === chosen)
  return (
    <Page
      title={t('runOf', { time: dateTime(run.created_at, tenant.time_zone) })}
      about={t(`started-${run.started_by}`)}
      actions={
        <Button
          variant="default"
          leftSection={<IconArrowBack size={18} className="turns" />}
          renderRoot={(props) => <Link to="/quality/runs" {...props} />}
        >
          {common('back')}
        </Button>
      }
    >
      {run.status === 'queued' ? (
        <Alert variant="default" icon={<IconLoader size={18} />} title={t('run-queued')}>
          <Progress value={100} animated aria-label={t('run-queued')} />
        </Alert>
      ) : (
        <Found run={run} chosen={chosen} onChoose={setChosen} />
      )}
      {result ? <Rows result={result} /> : null}
    </Page>
  )
}

function Found(props: { run: Run; chosen: string | undefined; onChoose: (id: string | undefined) => void }) {
  const t = useQualityWords()
  const { run, chosen, onChoose } = props
  const rules = useWholeList('quality.list-rules', {})
  const nameOf = (one: Result) => {
    const rule = rules.find(({ id }) => id === one.rule_id)
    return rule ? ruleName(rule) : one.rule_key
  }
  const worst = run.results.toSorted(
    (one, other) => Number(one.status === 'passed') - Number(other.status === 'passed'),
  )
  return (
    <>
      <Figures>
        <Figure label={t('right')} value={run.rules_passed} tone="good" />
        <Figure label={t('warned')} value={run.rules_warned} tone={run.rules_warned > 0 ? 'warn' : 'plain'} />
        <Figure label={t('held')} value={run.rules_failed} tone={run.rules_failed > 0 ? 'bad' : 'plain'} />
        <Figure label={t('unjudged')} value={run.rules_broken} />
      </Figures>
      <Paper withBorder>
        <Table.ScrollContainer minWidth={620}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('rule')}</Table.Th>
                <Table.Th>{t('dataset')}</Table.Th>
                <Table.Th>{t('last')}</Table.Th>
                <Table.Th className="amount">{t('checked')}</Table.Th>
                <Table.Th className="amount">{t('wrongRows')}</Table.Th>
                <Table.Th />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {worst.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>{nameOf(one)}</Table.Td>
                  <Table.Td>{t(one.dataset)}</Table.Td>
                  <Table.Td>
                    <Tag tone={toneOfResult(one.status, one.severity)}>{t(one.status)}</Tag>
                  </Table.Td>
                  <Table.Td className="amount">{quantity(one.rows_checked)}</Table.Td>
                  <Table.Td className="amount">{quantity(one.rows_failed)}</Table.Td>
                  <Table.Td>
                    {one.rows_failed === '0' ? null : (
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        aria-pressed={one.id === chosen}
                        aria-label={t('rowsOf', { rule: nameOf(one) })}
                        onClick={() => onChoose(one.id === chosen ? undefined : one.id)}
                      >
                        {t('show')}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </>
  )
}

function Rows({ result }: { result: Result }) {
  const t = useQualityWords()
  const common = useCommonWords()
  return (
    <section aria-labelledby="quality-rows">
      <Title order={2} size="h4" id="quality-rows">
        {t('wrongRows')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t('firstRows')}
      </Text>
      <List
        operation="quality.list-failing-rows"
        input={{ id: result.id }}
        keyOf={({ number }) => String(number)}
        columns={[
          {
            head: common('row'),
            cell: (one) => <bdi>{one.label ?? one.key}</bdi>,
            text: (one) => one.label ?? one.key,
          },
          { head: common('value'), cell: (one) => <bdi>{one.value}</bdi>, text: (one) => one.value },
        ]}
        label={t('wrongRows')}
        file={`quality-${result.rule_key}`}
        empty={<Empty title={t('noneWrong')} />}
      />
    </section>
  )
}
