import { Button, Select, Text } from '@mantine/core'
import { useState } from 'react'
import { type Output, useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { dateTime } from '../ui/format.ts'
import { List, type Listing } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { tell } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { EditRule } from './edit-rule.tsx'
import './quality.css'
import { NewRule } from './new-rule.tsx'
import { QualityTabs, RunNow } from './quality-tabs.tsx'
import { datasets, ruleName, severities, toneOfResult, useQualityWords } from './words.ts'

type Rule = Listing<'quality.list-rules'>

/** The rules about the data, each with what was found last. */
export function Rules() {
  const t = useQualityWords()
  const may = useMay()
  const [edited, setEdited] = useState<Rule>()
  const columns = useColumns()
  const { filters } = useFilters(['dataset', 'severity'])
  const dataset = datasets.find((one) => one === filters.dataset)
  const severity = severities.find((one) => one === filters.severity)
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        <>
          <NewRule />
          <RunNow />
        </>
      }
    >
      <QualityTabs />
      <List
        operation="quality.list-rules"
        input={{ ...(dataset ? { dataset } : {}), ...(severity ? { severity } : {}) }}
        keyOf={({ id }) => id}
        {...(may('quality.update-rule') ? { onOpen: setEdited } : {})}
        columns={columns}
        label={t('rules')}
        file="quality-rules"
        filters={<Filters />}
        filteredBy={['dataset', 'severity']}
        empty={
          <Empty title={t('noRules')} action={<AddUsual />}>
            {t('noRulesSay')}
          </Empty>
        }
      />
      {edited ? <EditRule rule={edited} onClose={() => setEdited(undefined)} /> : null}
    </Page>
  )
}

function useColumns() {
  const t = useQualityWords()
  const { data } = useRead('quality.list-datasets', {})
  const results = new Map(data?.items.flatMap(({ results: of }) => of.map((one) => [one.rule_id, one] as const)))
  const lastOf = (rule: Rule) => {
    const last = results.get(rule.id)
    return last && rule.is_active ? t(last.status) : null
  }
  return [
    {
      head: t('rule'),
      cell: (rule: Rule) => <div className="quality-rule">{ruleName(rule)}</div>,
      text: (rule: Rule) => ruleName(rule),
    },
    { head: t('dataset'), cell: (rule: Rule) => t(rule.dataset), text: (rule: Rule) => t(rule.dataset) },
    { head: t('kind'), cell: (rule: Rule) => t(rule.kind), text: (rule: Rule) => t(rule.kind) },
    { head: t('severity'), cell: (rule: Rule) => t(rule.severity), text: (rule: Rule) => t(rule.severity) },
    {
      head: t('last'),
      cell: (rule: Rule) => <Last of={results.get(rule.id)} isOn={rule.is_active} />,
      text: lastOf,
    },
    {
      head: t('schedule'),
      cell: (rule: Rule) => t(`schedule-${rule.schedule}`),
      text: (rule: Rule) => t(`schedule-${rule.schedule}`),
    },
  ]
}

type Result = Output<'quality.list-datasets'>['items'][number]['results'][number]

/** What was found last, and when. */
function Last({ of, isOn }: { of: Result | undefined; isOn: boolean }) {
  const t = useQualityWords()
  const { tenant } = useWorkplace()
  if (!isOn) return <Tag tone="plain">{t('off')}</Tag>
  if (!of) return null
  return (
    <>
      <Tag tone={toneOfResult(of.status, of.severity)}>{t(of.status)}</Tag>
      <Text size="xs" c="dimmed">
        {dateTime(of.judged_at, tenant.time_zone)}
      </Text>
    </>
  )
}

function Filters() {
  const t = useQualityWords()
  const { filters, set } = useFilters(['dataset', 'severity'])
  return (
    <>
      <Select
        aria-label={t('dataset')}
        placeholder={t('anyData')}
        clearable
        data={datasets.map((value) => ({ value, label: t(value) }))}
        value={datasets.find((one) => one === filters.dataset) ?? null}
        onChange={(dataset) => set({ dataset })}
      />
      <Select
        aria-label={t('severity')}
        placeholder={t('anySeverity')}
        clearable
        data={severities.map((value) => ({ value, label: t(value) }))}
        value={severities.find((one) => one === filters.severity) ?? null}
        onChange={(severity) => set({ severity })}
      />
    </>
  )
}

function AddUsual() {
  const t = useQualityWords()
  const may = useMay()
  const add = useCommand('quality.add-presets')
  if (!may('quality.add-presets')) return null
  return (
    <Button loading={add.isPending} onClick={() => add.mutate({}, { onError: tell })}>
      {t('addUsual')}
    </Button>
  )
}
