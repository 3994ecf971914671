import { Button, Select } from '@mantine/core'
import { useState } from 'react'
import { useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { dateTime } from '../ui/format.ts'
import { List, type Listing } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { tell } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { EditRule } from './edit-rule.tsx'
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
    <Page title={t('title')} about={t('about')} actions={<RunNow />}>
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
  const { tenant } = useWorkplace()
  const { data } = useRead('quality.list-datasets', {})
  const results = new Map(data?.items.flatMap(({ results: of }) => of.map((one) => [one.rule_id, one] as const)))
  const lastOf = (rule: Rule) => {
    const last = results.get(rule.id)
    return last && rule.is_active ? t(last.status) : null
  }
  return [
    { head: t('rule'), cell: (rule: Rule) => ruleName(rule), text: (rule: Rule) => ruleName(rule) },
    { head: t('dataset'), cell: (rule: Rule) => t(rule.dataset), text: (rule: Rule) => t(rule.dataset) },
    { head: t('kind'), cell: (rule: Rule) => t(rule.kind), text: (rule: Rule) => t(rule.kind) },
    { head: t('severity'), cell: (rule: Rule) => t(rule.severity), text: (rule: Rule) => t(rule.severity) },
    {
      head: t('last'),
      cell: (rule: Rule) => {
        const last = results.get(rule.id)
        if (!rule.is_active) return <Tag tone="plain">{t('off')}</Tag>
        return last ? <Tag tone={toneOfResult(last.status, last.severity)}>{t(last.status)}</Tag> : null
      },
      text: lastOf,
    },
    {
      head: t('when'),
      cell: (rule: Rule) => {
        const last = results.get(rule.id)
        return last ? <When>{dateTime(last.judged_at, tenant.time_zone)}</When> : null
      },
    },
    {
      head: t('schedule'),
      cell: (rule: Rule) => t(`schedule-${rule.schedule}`),
      text: (rule: Rule) => t(`schedule-${rule.schedule}`),
    },
  ]
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
