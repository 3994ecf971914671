import { BarChart, LineChart } from '@mantine/charts'
import '@mantine/charts/styles.css'
import { Anchor, Group, Paper, SegmentedControl, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { useBranches } from '../identity/session.ts'
import { useRegisters } from '../registers/use-registers.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { day, fromNow, money, quantity } from '../ui/format.ts'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { useHomeWords } from './words.ts'

type Day = Output<'overview.get-day'>
type Takings = NonNullable<Day['takings']>[number]

/** The first page: how the day goes, and what waits for somebody. */
export function Home() {
  const t = useHomeWords()
  const { branches, branch } = useBranches()
  const [isAll, setAll] = useState(false)
  const input = branch && !isAll ? { branch_id: branch.id } : {}
  const { data, error, refetch } = useRead('overview.get-day', input)
  return (
    <Page
      title={t('title')}
      about={data ? day(data.day) : ''}
      actions={
        branches.length > 1 ? (
          <SegmentedControl
            aria-label={t('which')}
            maw="100%"
            data={[
              { value: 'one', label: branch?.name ?? '' },
              { value: 'all', label: t('allBranches') },
            ]}
            value={isAll ? 'all' : 'one'}
            onChange={(value) => setAll(value === 'all')}
          />
        ) : null
      }
    >
      {data ? <DayView day={data} /> : <Pending error={error} retry={() => void refetch()} />}
    </Page>
  )
}

function DayView({ day }: { day: Day }) {
  const t = useHomeWords()
  return (
    <Stack>
      {day.takings?.map((takings) => (
        <TakingsView key={takings.currency} takings={takings} />
      ))}
      {day.takings?.length === 0 ? <Empty title={t('nothingSold')}>{t('nothingSoldLead')}</Empty> : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {day.sessions ? <Sessions sessions={day.sessions} /> : null}
        <Waiting day={day} />
        {day.expiring?.map((one) => (
          <Expiring key={one.currency} expiring={one} />
        ))}
      </SimpleGrid>
    </Stack>
  )
}

function TakingsView({ takings }: { takings: Takings }) {
  const t = useHomeWords()
  const { currency, today, last_week_so_far: before, last_week: whole } = takings
  return (
    <>
      <Figures>
        <Figure
          label={t('today')}
          value={money(today.takings, currency)}
          about={t('receipts', { count: today.receipts })}
        />
        <Figure
          label={t('lastWeekSoFar')}
          value={money(before.takings, currency)}
          about={t('receipts', { count: before.receipts })}
        />
        <Figure
          label={t('lastWeek')}
          value={money(whole.takings, currency)}
          about={t('receipts', { count: whole.receipts })}
        />
        <Figure
          label={t('averageBasket')}
          value={today.average_basket ? money(today.average_basket, currency) : '–'}
          about={before.average_basket ? t('before', { amount: money(before.average_basket, currency) }) : ''}
        />
      </Figures>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <ByHour takings={takings} />
        <ByDay takings={takings} />
      </SimpleGrid>
    </>
  )
}

/** A chart takes numbers; the amounts themselves stand beside it as text. */
const asNumber = (amount: string) => Number(amount)

function ByHour({ takings: { currency, hours } }: { takings: Takings }) {
  const t = useHomeWords()
  const busy = hours.filter(({ today, last_week }) => asNumber(today) !== 0 || asNumber(last_week) !== 0)
  const from = Math.min(8, ...busy.map(({ hour }) => hour))
  const to = Math.max(20, ...busy.map(({ hour }) => hour))
  const data = hours
    .filter(({ hour }) => hour >= from && hour <= to)
    .map(({ hour, today, last_week }) => ({ hour: `${hour}`, today: asNumber(today), lastWeek: asNumber(last_week) }))
  return (
    <Card title={t('byHour')}>
      <div dir="ltr" role="img" aria-label={t('byHour')}>
        <BarChart
          h={240}
          data={data}
          dataKey="hour"
          withLegend
          yAxisProps={{ width: 90 }}
          valueFormatter={(value) => money(String(value), currency)}
          series={[
            { name: 'lastWeek', label: t('lastWeek'), color: 'gray.5' },
            { name: 'today', label: t('today'), color: 'green.7' },
          ]}
        />
      </div>
    </Card>
  )
}

function ByDay({ takings: { currency, days } }: { takings: Takings }) {
  const t = useHomeWords()
  const data = days.map(({ day: on, takings }) => ({ day: on.slice(5), takings: asNumber(takings) }))
  return (
    <Card title={t('byDay')}>
      <div dir="ltr" role="img" aria-label={t('byDay')}>
        <LineChart
          h={240}
          data={data}
          dataKey="day"
          curveType="monotone"
          yAxisProps={{ width: 90 }}
          valueFormatter={(value) => money(String(value), currency)}
          series={[{ name: 'takings', label: t('takings'), color: 'green.7' }]}
        />
      </div>
    </Card>
  )
}

function Sessions({ sessions }: { sessions: NonNullable<Day['sessions']> }) {
  const t = useHomeWords()
  const employee = useEmployeeName()
  const { registerName } = useRegisters()
  return (
    <Card title={t('openSessions')} link={{ to: '/cash', label: t('toSessions') }}>
      {sessions.items.length === 0 ? <Text c="dimmed">{t('noSessions')}</Text> : null}
      <Table>
        <Table.Tbody>
          {sessions.items.slice(0, 8).map(({ id, register_id, opened_by, opened_at }) => (
            <Table.Tr key={id}>
              <Table.Td>
                <Anchor renderRoot={(props) => <Link to={`/cash/${id}` as never} {...props} />}>
                  {registerName(register_id)}
                </Anchor>
              </Table.Td>
              <Table.Td>{employee(opened_by)}</Table.Td>
              <Table.Td>{fromNow(opened_at)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  )
}

/** What waits for somebody, each with the page where it is dealt with. */
function Waiting({ day: { sessions, alerts, unsettled, tickets } }: { day: Day }) {
  const t = useHomeWords()
  const rows: [label: string, count: number, to: string][] = [
    [t('escalated'), sessions?.escalated ?? 0, '/cash'],
    [t('toCount'), sessions?.draft ?? 0, '/cash'],
    ...(alerts ?? []).map(({ kind, open }): [string, number, string] => [t(kind), open, '/reorder']),
    [t('exceptions'), unsettled?.exceptions ?? 0, '/sync'],
    [t('setAside'), unsettled?.set_aside ?? 0, '/sync/set-aside'],
    [t('parked'), tickets?.waiting ?? 0, '/till'],
  ]
  const waiting = rows.filter(([, count]) => count > 0)
  return (
    <Card title={t('waiting')}>
      {waiting.length === 0 ? <Text c="dimmed">{t('nothingWaits')}</Text> : null}
      <Table>
        <Table.Tbody>
          {waiting.map(([label, count, to]) => (
            <Table.Tr key={label}>
              <Table.Td>
                <Anchor renderRoot={(props) => <Link to={to as never} {...props} />}>{label}</Anchor>
              </Table.Td>
              <Table.Td className="amount">{quantity(String(count))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  )
}

const bands = ['expired', 'within_30_days', 'within_60_days', 'within_90_days'] as const

function Expiring({ expiring }: { expiring: NonNullable<Day['expiring']>[number] }) {
  const t = useHomeWords()
  return (
    <Card title={t('expiringStock')} link={{ to: '/stock/batches', label: t('toBatches') }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('when')}</Table.Th>
            <Table.Th className="amount">{t('batches')}</Table.Th>
            <Table.Th className="amount">{t('value')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bands.map((band) => (
            <Table.Tr key={band}>
              <Table.Td>{t(`band_${band}`)}</Table.Td>
              <Table.Td className="amount">{quantity(String(expiring[band].batches))}</Table.Td>
              <Table.Td className="amount">
                {expiring[band].value === null ? '–' : money(expiring[band].value, expiring.currency)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  )
}

function Card(props: { title: string; link?: { to: string; label: string }; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {props.title}
        </Title>
        {props.link ? (
          <Anchor size="sm" renderRoot={(all) => <Link to={props.link?.to as never} {...all} />}>
            {props.link.label}
          </Anchor>
        ) : null}
      </Group>
      {props.children}
    </Paper>
  )
}
