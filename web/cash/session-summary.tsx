import { Badge, Group, Paper, SimpleGrid, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import { useRegisters } from '../registers/use-registers.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { dateTime, isZero, money } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import { Difference } from './difference.tsx'
import { type Report, type SessionInFull, type Stage, stageColors, stageOf } from './session-state.ts'
import { useReport } from './use-report.ts'
import { type CashWord, useCashWords } from './words.ts'

const useWords = defineWords('session-summary', {
  drawer: ['In the drawer', 'Dans le tiroir', 'في الدرج'],
  hidden: [
    'This session is counted blind: what is expected is shown once it is closed.',
    'Cette session se compte à l’aveugle : l’attendu s’affiche une fois qu’elle est clôturée.',
    'تُعدّ هذه الجلسة عدًّا أعمى: يظهر المتوقع بعد إقفالها.',
  ],
})

/** A session at a glance: who, when, where it stands, and what is in its drawer of each kind of tender. */
export function SessionSummary({ session }: { session: SessionInFull }) {
  const t = useWords()
  const { report, isHidden } = useReport(session)
  return (
    <Stack gap="md">
      <Head session={session} />
      <Paper withBorder p="md">
        <Title order={2} size="h4" mb="xs">
          {t('drawer')}
        </Title>
        {isHidden ? <Text c="dimmed">{t('hidden')}</Text> : null}
        {report ? <Drawer report={report} /> : null}
        {report || isHidden ? null : <Skeleton h={120} />}
      </Paper>
    </Stack>
  )
}

export function StageBadge({ stage }: { stage: Stage }) {
  const t = useCashWords()
  return (
    <Badge variant="light" color={stageColors[stage]} style={{ flexShrink: 0 }}>
      {t(stage)}
    </Badge>
  )
}

function Head({ session }: { session: SessionInFull }) {
  const t = useCashWords()
  const nameOf = useEmployeeName()
  const { registerName } = useRegisters()
  const { zoneOf, branchName } = useBranchOf()
  const zone = zoneOf(session.branch_id)
  const { currency, closed_at, offline_transaction_count: offline } = session
  return (
    <Paper withBorder p="md">
      <SimpleGrid type="container" cols={{ base: 2, '520px': 3 }} spacing="md" verticalSpacing="sm">
        <Fact name={t('state')}>
          <Group gap={6}>
            <StageBadge stage={stageOf(session)} />
            {session.is_blind ? (
              <Badge variant="outline" color="gray">
                {t('blind')}
              </Badge>
            ) : null}
          </Group>
        </Fact>
        <Fact name={t('register')}>
          {registerName(session.register_id)}
          <Text size="xs" c="dimmed">
            {branchName(session.branch_id)}
          </Text>
        </Fact>
        <Fact name={t('opened')}>
          {dateTime(session.opened_at, zone)}
          <Text size="xs" c="dimmed">
            {nameOf(session.opened_by)}
          </Text>
        </Fact>
        {closed_at === null ? null : (
          <Fact name={t('closed')}>
            {dateTime(closed_at, zone)}
            <Text size="xs" c="dimmed">
              {nameOf(session.closed_by)}
            </Text>
          </Fact>
        )}
        <Fact name={t('float')}>{money(session.float_amount, currency)}</Fact>
        <Fact name={t('threshold')}>{money(session.variance_threshold, currency)}</Fact>
        {offline ? <Fact name={t('offlineSales')}>{offline}</Fact> : null}
      </SimpleGrid>
    </Paper>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="div" size="sm">
        {children}
      </Text>
    </div>
  )
}

function Drawer({ report }: { report: Report }) {
  const t = useCashWords()
  const { currency } = report.session
  const isCounted = report.counted !== null
  const isWrittenOff = report.tenders.some(({ written_off }) => !isZero(written_off))
  return (
    <Table.ScrollContainer minWidth={isCounted ? 440 : 280}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('tender')}</Table.Th>
            <Table.Th className="amount">{t('expected')}</Table.Th>
            {isCounted ? <Table.Th className="amount">{t('counted')}</Table.Th> : null}
            {isCounted ? <Table.Th className="amount">{t('variance')}</Table.Th> : null}
            {isWrittenOff ? <Table.Th className="amount">{t('writtenOff')}</Table.Th> : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.tenders.map((line) => (
            <Fragment key={line.tender_kind}>
              <Figures
                name={t(line.tender_kind)}
                line={line}
                currency={currency}
                shows={{ isCounted, isWrittenOff }}
                isStrong
              />
              <Movements line={line} currency={currency} columns={1 + Number(isCounted) * 2 + Number(isWrittenOff)} />
            </Fragment>
          ))}
        </Table.Tbody>
        {report.tenders.length > 1 ? (
          <Table.Tfoot>
            <Figures
              name={t('total')}
              line={{ ...report, written_off: null }}
              currency={currency}
              shows={{ isCounted, isWrittenOff }}
            />
          </Table.Tfoot>
        ) : null}
      </Table>
    </Table.ScrollContainer>
  )
}

function Figures(props: {
  name: string
  line: { expected: string; counted: string | null; variance: string | null; written_off: string | null }
  currency: string
  shows: { isCounted: boolean; isWrittenOff: boolean }
  isStrong?: boolean
}) {
  const { name, line, currency, shows } = props
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={650}>
        {name}
      </Table.Th>
      <Table.Td className="amount" fw={props.isStrong ? 650 : 400}>
        {money(line.expected, currency)}
      </Table.Td>
      {shows.isCounted ? <Table.Td className="amount">{line.counted && money(line.counted, currency)}</Table.Td> : null}
      {shows.isCounted ? (
        <Table.Td className="amount">
          <Difference amount={line.variance} currency={currency} />
        </Table.Td>
      ) : null}
      {shows.isWrittenOff ? (
        <Table.Td className="amount">{line.written_off && money(line.written_off, currency)}</Table.Td>
      ) : null}
    </Table.Tr>
  )
}

function Movements(props: { line: Report['tenders'][number]; currency: string; columns: number }) {
  const t = useCashWords()
  return props.line.movements
    .filter(({ document_type }) => document_type !== 'cash_write_off')
    .map(({ document_type, entries, received, given }) => (
      <Table.Tr key={document_type}>
        <Table.Td ps="lg" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {t(document_type as CashWord)} <Text span size="xs">{`× ${entries}`}</Text>
        </Table.Td>
        <Table.Td className="amount" c="dimmed">
          {[
            isZero(received) ? '' : money(received, props.currency),
            isZero(given) ? '' : money(`-${given}`, props.currency),
          ]
            .filter(Boolean)
            .join('  ')}
        </Table.Td>
        {props.columns > 1 ? <Table.Td colSpan={props.columns - 1} /> : null}
      </Table.Tr>
    ))
}
