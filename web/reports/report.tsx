import { Button, Group, SegmentedControl, Skeleton, Text } from '@mantine/core'
import { IconChevronLeft, IconRefresh } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useRead } from '../api.ts'
import { useWorkplace } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { dateTime } from '../ui/format.ts'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { currenciesOf, figureText, useCellText } from './cells.ts'
import { Chosen, DaysAsked } from './chosen.tsx'
import { Documents } from './documents.tsx'
import { ParameterForm } from './parameter-form.tsx'
import { type Field, fieldsOf, type Given, useGiven } from './parameters.ts'
import './report.css'
import { ReportActions } from './report-actions.tsx'
import { type Drilled, ReportTable } from './report-table.tsx'
import { type Description, type Result, useReportName, useReports, useSaved } from './use-reports.ts'
import { useReportWords } from './words.ts'

const ReportChart = lazy(async () => ({ default: (await import('./report-chart.tsx')).ReportChart }))

/** As many rows as the server tells at once. */
const mostRows = 2_000

/** One report: what it is asked for, its picture, and its rows. */
export function ReportPage() {
  const t = useReportWords()
  const { report } = useParams({ from: '/workplace/reports/$report' })
  const { data, error, refetch } = useReports()
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  const description = data.items.find(({ name }) => name === report)
  if (description) return <ReportView key={report} description={description} />
  return (
    <Page title={t('title')}>
      <Empty title={t('unknown')} action={<ToAll />}>
        {t('unknownSays')}
      </Empty>
    </Page>
  )
}

function ToAll() {
  const t = useReportWords()
  return (
    <Button
      className="no-print"
      variant="subtle"
      leftSection={<IconChevronLeft size={16} className="turns" />}
      renderRoot={(props) => <Link to="/reports" {...props} />}
    >
      {t('all')}
    </Button>
  )
}

function ReportView({ description }: { description: Description }) {
  const { titleOf, aboutOf } = useReportName()
  const fields = useMemo(() => fieldsOf(description), [description])
  const { given, set, savedId } = useGiven(fields)
  const saved = useSaved().items.find(({ id }) => id === savedId)
  const report = description.name
  const { data, error, refetch, isFetching } = useRead(
    'reports.run-report',
    { report, parameters: given, limit: mostRows },
    { placeholderData: keepPreviousData },
  )
  const title = titleOf(report, description.title)
  const about = aboutOf(description)
  return (
    <div className="report">
      <Page
        title={saved?.name ?? title}
        about={saved ? `${title} · ${about}` : about}
        actions={
          <>
            <ToAll />
            <ReportActions {...{ description, fields, given, saved }} />
          </>
        }
      >
        <ParameterForm {...{ report, fields, given, set }} today={data?.today} />
        <Text className="only-print">
          <Chosen {...{ report, fields, given }} today={data?.today} />
        </Text>
        {error ? <Pending error={error} retry={() => void refetch()} /> : null}
        {data && !error ? <Shown {...{ result: data, fields, given, isFetching }} read={() => void refetch()} /> : null}
        {data || error ? null : <Pending error={undefined} />}
      </Page>
    </div>
  )
}

interface ShownProps {
  readonly result: Result
  readonly given: Given
  readonly isFetching: boolean
  readonly fields: readonly Field[]
  readonly read: () => void
}

function Shown({ result, fields, given, isFetching, read }: ShownProps) {
  const t = useReportWords()
  const { titleOf } = useReportName()
  const [drilled, setDrilled] = useState<Drilled>()
  const currencies = currenciesOf(result.rows)
  const [chosen, choose] = useState<string>()
  const currency = chosen !== undefined && currencies.includes(chosen) ? chosen : currencies[0]
  const title = titleOf(result.report, result.title)
  if (result.rows.length === 0) {
    return (
      <>
        <AsOf {...{ result, fields, given, isFetching, read }} />
        <Empty title={t('empty')}>{t(fields.length > 0 ? 'emptySays' : 'emptyNow')}</Empty>
      </>
    )
  }
  return (
    <>
      <AsOf {...{ result, fields, given, isFetching, read }} />
      {currencies.length > 1 ? (
        <SegmentedControl
          className="no-print"
          style={{ alignSelf: 'flex-start' }}
          data={currencies}
          value={currency ?? ''}
          onChange={choose}
        />
      ) : null}
      <Heads {...{ result, currency }} />
      <Suspense fallback={<Skeleton h={380} />}>
        <ReportChart {...{ result, currency }} />
      </Suspense>
      {result.is_truncated ? <Text role="status">{t('truncated', { count: result.rows.length })}</Text> : null}
      <ReportTable result={result} label={title} onDrill={setDrilled} />
      {drilled ? <Documents {...{ result, given }} of={drilled} onClose={() => setDrilled(undefined)} /> : null}
    </>
  )
}

/** What a report comes to, above all. */
const headsOf: Readonly<Record<string, readonly string[]>> = {
  'sales-by-month': ['revenue', 'net', 'sales', 'refunded'],
  takings: ['total', 'received', 'given_back'],
  'gross-margin': ['revenue', 'cost', 'margin'],
  'gross-margin-by-day': ['revenue', 'cost', 'margin'],
  'customer-value': ['revenue', 'sales'],
  'tax-summary': ['base', 'tax', 'sold_tax', 'returned_tax'],
  'stock-value': ['value', 'variants'],
  'expiring-stock': ['value', 'batches'],
  'cash-variances': ['variance', 'short', 'over', 'sessions'],
}

function Heads({ result, currency }: { result: Result; currency: string | undefined }) {
  const { labelOf } = useCellText(result.report)
  const total = result.totals?.find((one) => (one.currency ?? undefined) === currency)
  const heads = (headsOf[result.report] ?? []).flatMap((name) => {
    const column = result.columns.find((one) => one.name === name)
    const text = total?.cells[name] ?? null
    return column && text !== null ? [[column, text] as const] : []
  })
  if (heads.length === 0 || result.rows.length < 2) return null
  return (
    <Figures columns={heads.length}>
      {heads.map(([column, text]) => (
        <Figure key={column.name} label={labelOf(column)} value={figureText(column.kind, text, currency ?? null)} />
      ))}
    </Figures>
  )
}

/** From when the figures are; they stay until they are read anew. */
function AsOf({ result, fields, given, isFetching, read }: ShownProps) {
  const t = useReportWords()
  const { tenant } = useWorkplace()
  const { zoneOf } = useBranchOf()
  const branch = result.parameters.branch_id
  const zone = typeof branch === 'string' ? zoneOf(branch) : tenant.time_zone
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        <DaysAsked {...{ fields, given }} today={result.today} />
        {t('asOf', { time: dateTime(result.computed_at, zone) })}
      </Text>
      <Button
        className="no-print"
        variant="subtle"
        size="compact-sm"
        loading={isFetching}
        leftSection={<IconRefresh size={14} />}
        onClick={read}
      >
        {t('refresh')}
      </Button>
    </Group>
  )
}
