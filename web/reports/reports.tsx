import { SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconBox, IconCash, IconChartBar, IconReportAnalytics } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { Empty, Page, Pending } from '../ui/page.tsx'
import './report.css'
import { SavedReports } from './saved-reports.tsx'
import { type Description, useReportName, useReports } from './use-reports.ts'
import { useReportWords } from './words.ts'

/** What reports are about; one that is new stands among the others. */
const groups = [
  {
    name: 'sales',
    icon: IconChartBar,
    reports: [
      ...['sales-by-month', 'takings', 'gross-margin', 'gross-margin-by-day', 'best-sellers', 'customer-value'],
      'tax-summary',
    ],
  },
  { name: 'stock', icon: IconBox, reports: ['stock-value', 'low-stock', 'expiring-stock'] },
  { name: 'cash', icon: IconCash, reports: ['cash-variances'] },
] as const
const grouped: readonly string[] = groups.flatMap(({ reports }) => reports)

/** The reports there are: first those that were saved, then all by what they are about. */
export function Reports() {
  const t = useReportWords()
  const { data, error, refetch } = useReports()
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  const others = data.items.filter(({ name }) => !grouped.includes(name))
  return (
    <Page title={t('title')} about={t('about')}>
      {data.items.length === 0 ? (
        <Empty title={t('none')}>{t('noneSays')}</Empty>
      ) : (
        <SavedReports reports={data.items} />
      )}
      {groups.map(({ name, icon, reports }) => (
        <Reading
          key={name}
          title={t(name)}
          icon={icon}
          reports={reports.flatMap((one) => data.items.find((item) => item.name === one) ?? [])}
        />
      ))}
      <Reading title={t('others')} icon={IconReportAnalytics} reports={others} />
    </Page>
  )
}

function Reading(props: { title: string; icon: typeof IconBox; reports: readonly Description[] }) {
  const { titleOf, aboutOf } = useReportName()
  const Icon = props.icon
  if (props.reports.length === 0) return null
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {props.title}
      </Title>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="sm">
        {props.reports.map((one) => (
          <Link key={one.name} to="/reports/$report" params={{ report: one.name }} className="report-link">
            <Icon size={22} stroke={1.6} aria-hidden />
            <div>
              <Text fw={600}>{titleOf(one.name, one.title)}</Text>
              <Text size="sm" c="dimmed">
                {aboutOf(one)}
              </Text>
            </div>
          </Link>
        ))}
      </SimpleGrid>
    </Stack>
  )
}
