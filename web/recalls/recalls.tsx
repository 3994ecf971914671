import { Button, Select } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMay, useWorkplace } from '../identity/session.ts'
import { dateTime } from '../ui/format.ts'
import { List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { toneOfSeverity, useRecallWords } from './words.ts'

const useWords = defineWords('recall-list', {
  about: [
    'Batches that are taken back, blocked in every branch at once.',
    'Lots retirés, bloqués d’un coup dans tous les points de vente.',
    'تشغيلات تُسحب وتُحظر في كل الفروع فورًا.',
  ],
  any: ['Open and closed', 'En cours et clos', 'المفتوح والمغلق'],
  empty: ['There was no recall', 'Aucun rappel', 'لا توجد عمليات سحب'],
  emptySays: [
    'When a supplier or an authority calls a batch back, open a recall: it blocks what is left, and says who received and bought it.',
    'Quand un fournisseur ou l’autorité rappelle un lot, lancez un rappel : il bloque le reste et dit qui l’a reçu et acheté.',
    'عندما يسحب مورّد أو جهة رقابية تشغيلة، ابدأ سحبًا: يحظر الباقي ويُظهر من استلمها واشتراها.',
  ],
})

/** All recalls, the newest first. */
export function Recalls() {
  const t = useWords()
  const words = useRecallWords()
  const may = useMay()
  const navigate = useNavigate()
  const { tenant } = useWorkplace()
  const { filters, set } = useFilters(['state'])
  const state = filters.state === 'open' || filters.state === 'closed' ? filters.state : undefined
  const begin = may('recalls.open-recall') ? <Begin /> : null
  return (
    <Page title={words('recalls')} about={t('about')} actions={begin}>
      <List
        operation="recalls.list-recalls"
        input={state ? { state } : {}}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/recalls/$id', params: { id } })}
        toneOf={(one) => (one.state === 'open' ? toneOfSeverity[one.severity] : undefined)}
        columns={[
          {
            head: words('number'),
            cell: (one) => <span className="code">{one.number}</span>,
            text: (one) => one.number,
          },
          {
            head: words('severity'),
            cell: (one) => <Tag tone={toneOfSeverity[one.severity]}>{words(one.severity)}</Tag>,
            text: (one) => words(one.severity),
          },
          {
            head: words('state'),
            cell: (one) => words(`state-${one.state}`),
            text: (one) => words(`state-${one.state}`),
          },
          { head: words('reason'), cell: (one) => one.reason, text: (one) => one.reason },
          {
            head: words('authority'),
            cell: (one) => <span className="code">{one.authority_reference}</span>,
            text: (one) => one.authority_reference,
          },
          {
            head: words('opened'),
            cell: (one) => <When>{dateTime(one.opened_at, tenant.time_zone)}</When>,
            text: (one) => one.opened_at,
          },
        ]}
        label={words('recalls')}
        file="recalls"
        filters={
          <Select
            aria-label={words('state')}
            placeholder={t('any')}
            clearable
            data={(['open', 'closed'] as const).map((value) => ({ value, label: words(`state-${value}`) }))}
            value={state ?? null}
            onChange={(value) => set({ state: value })}
          />
        }
        filteredBy={['state']}
        empty={
          <Empty title={t('empty')} action={begin}>
            {t('emptySays')}
          </Empty>
        }
      />
    </Page>
  )
}

function Begin() {
  const words = useRecallWords()
  return (
    <Button
      color="red"
      leftSection={<IconAlertTriangle size={18} />}
      renderRoot={(props) => <Link to="/recalls/new" {...props} />}
    >
      {words('open')}
    </Button>
  )
}
