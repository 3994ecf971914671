import { Button } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Input } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { PartyName, parties } from '../parties/party-name.tsx'
import { SalesTabs } from '../sales/sales-tabs.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { day, money, quantity } from '../ui/format.ts'
import { type Column, List, type Listing } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { filterNames, HistoryFilters, states } from './history-filters.tsx'
import { kinds, toneOfKind, useHistoryWords } from './words.ts'

type Item = Listing<'history.list-documents'>
type Asked = Omit<Input<'history.list-documents'>, 'limit' | 'cursor'>

/** What was sold before or elsewhere, the latest day first. */
export function Documents() {
  const t = useHistoryWords()
  const navigate = useNavigate()
  const columns = useColumns()
  return (
    <Page title={t('title')} about={t('about')}>
      <SalesTabs />
      <List
        operation="history.list-documents"
        input={useAsked()}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/sales/earlier/$id', params: { id } })}
        columns={columns}
        label={t('title')}
        file="earlier-sales"
        filters={<HistoryFilters />}
        filteredBy={filterNames}
        loadAlong={(items) => parties.load(items.map(({ customer_id }) => customer_id))}
        empty={
          <Empty title={t('empty')} action={<BringIn />}>
            {t('emptySays')}
          </Empty>
        }
      />
    </Page>
  )
}

function useAsked(): Asked {
  const { filters } = useFilters(filterNames)
  const kind = kinds.find((one) => one === filters.kind)
  const state = states.find((one) => one === filters.state)
  const { number, branch, from, through, customer, source } = filters
  const given = { number, branch_id: branch, from, through, customer_id: customer, source, import_id: filters.import }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
    ...(kind ? { kind } : {}),
    ...(state ? { is_reversed: state === 'reversed' } : {}),
  }
}

function useColumns(): Column<Item>[] {
  const t = useHistoryWords()
  const common = useCommonWords()
  const { isOne, branchName } = useBranchOf()
  const branch: Column<Item> = {
    head: common('branch'),
    cell: ({ branch_id }) => branchName(branch_id),
    text: ({ branch_id }) => branchName(branch_id),
  }
  return [
    {
      head: t('document'),
      cell: ({ number }) => <span className="code">{number}</span>,
      text: ({ number }) => number,
    },
    { head: t('day'), cell: ({ effective_on }) => day(effective_on), text: ({ effective_on }) => effective_on },
    { head: t('kind'), cell: (one) => <KindTag of={one} />, text: ({ kind }) => t(kind) },
    {
      head: t('customer'),
      cell: ({ customer_id }) => <PartyName id={customer_id} />,
      text: async ({ customer_id }) => (customer_id ? ((await parties.read(customer_id))?.name ?? null) : null),
    },
    ...(isOne ? [] : [branch]),
    { head: t('source'), cell: ({ source }) => <bdi>{source}</bdi>, text: ({ source }) => source },
    {
      head: t('lineCount'),
      isAmount: true,
      cell: ({ line_count }) => quantity(String(line_count)),
      text: ({ line_count }) => String(line_count),
    },
    {
      head: t('total'),
      isAmount: true,
      cell: ({ total, currency }) => money(total, currency),
      text: ({ total }) => total,
    },
  ]
}

/** What a document is, and whether it counts. */
export function KindTag({ of: { kind, is_reversed } }: { of: Pick<Item, 'kind' | 'is_reversed'> }) {
  const t = useHistoryWords()
  return (
    <>
      <Tag tone={toneOfKind[kind]}>{t(kind)}</Tag> {is_reversed ? <Tag tone="plain">{t('reversed')}</Tag> : null}
    </>
  )
}

function BringIn() {
  const t = useHistoryWords()
  const may = useMay()
  if (!may('imports.create-import')) return null
  return (
    <Button renderRoot={(props) => <Link to="/imports/new" search={{ target: 'sales' } as never} {...props} />}>
      {t('bringIn')}
    </Button>
  )
}
