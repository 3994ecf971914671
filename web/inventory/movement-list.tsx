import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Output } from '../api.ts'
import { nameOfVariant, VariantName, variants } from '../catalog/variants.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCurrency } from '../tenants/use-currency.ts'
import { dateTime, money, quantity } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { BatchNumber, batches } from './batches.tsx'
import { DocumentLink } from './document-link.tsx'
import { type StockWord, useStockWords } from './words.ts'

const useWords = defineWords('movements', {
  kind: ['Kind', 'Type', 'النوع'],
  after: ['Then there', 'Solde', 'الرصيد بعدها'],
  empty: ['Nothing has moved', 'Aucun mouvement', 'لا توجد حركات'],
  emptySays: [
    'Every receipt, sale, transfer, count and correction leaves a line here, with what lay there afterwards.',
    'Chaque réception, vente, transfert, inventaire ou correction laisse ici une ligne avec le solde.',
    'كل استلام أو بيع أو تحويل أو جرد أو تصحيح يترك سطرًا هنا مع الرصيد بعده.',
  ],
})

type Movement = Output<'inventory.list-movements'>['items'][number]

export interface MovementFilter {
  readonly branch_id?: string
  readonly variant_id?: string
  readonly batch_id?: string
  readonly document_id?: string
  readonly from?: string
  readonly until?: string
}

/** What came and went, the latest first. Goods and batch are not said again where the list is of one. */
export function MovementList(props: { filter: MovementFilter; filters?: ReactNode }) {
  const t = useWords()
  const stock = useStockWords()
  const { zoneOf } = useBranchOf()
  const currency = useCurrency(props.filter.branch_id)
  const columns: Column<Movement>[] = [
    {
      head: stock('when'),
      cell: (one) => <When>{dateTime(one.recorded_at, zoneOf(one.branch_id))}</When>,
      text: (one) => one.recorded_at,
    },
    ...(props.filter.variant_id === undefined && props.filter.batch_id === undefined
      ? [goodsColumn(stock('goods'))]
      : []),
    {
      head: t('kind'),
      cell: (one) => stock(`kind-${one.kind}`),
      text: (one) => stock(`kind-${one.kind}`),
    },
    ...(props.filter.batch_id === undefined ? [batchColumn(stock('batch'))] : []),
    {
      head: stock('quantity'),
      cell: (one) => <Signed text={one.quantity} />,
      text: (one) => one.quantity,
      isAmount: true,
    },
    {
      head: t('after'),
      cell: (one) => quantity(one.running_quantity),
      text: (one) => one.running_quantity,
      isAmount: true,
    },
    {
      head: stock('value'),
      cell: (one) => (one.value === null || !currency ? '' : money(one.value, currency)),
      text: (one) => one.value,
      isAmount: true,
    },
    { head: stock('reason'), cell: (one) => reasonOf(one, stock), text: (one) => one.reason },
    { head: stock('document'), cell: (one) => <DocumentLink of={one} />, text: (one) => one.document_number },
  ]
  return (
    <List
      operation="inventory.list-movements"
      input={props.filter}
      keyOf={(one) => `${one.posting_id} ${one.line}`}
      loadAlong={(items) =>
        Promise.all([variants.load(items.map((one) => one.variant_id)), batches.load(items.map((one) => one.batch_id))])
      }
      columns={columns}
      label={stock('movements')}
      file="movements"
      filters={props.filters}
      filteredBy={['variant', 'from', 'until']}
      empty={<Empty title={t('empty')}>{t('emptySays')}</Empty>}
    />
  )
}

function goodsColumn(head: string): Column<Movement> {
  return {
    head,
    cell: (one) => <VariantName id={one.variant_id} />,
    text: (one) => nameOfVariant(variants.known(one.variant_id)),
  }
}

function batchColumn(head: string): Column<Movement> {
  return {
    head,
    cell: (one) => <BatchNumber id={one.batch_id} />,
    text: (one) => batches.known(one.batch_id)?.number ?? null,
  }
}

/** What came with a plus, what went with a minus. */
export function Signed({ text }: { text: string }) {
  const isLess = text.startsWith('-')
  return (
    <Text size="sm" component="span" fw={600} {...(isLess ? {} : { c: 'green' })}>
      <bdi dir="ltr">{`${isLess ? '−' : '+'}${quantity(text.replace('-', ''))}`}</bdi>
    </Text>
  )
}

function reasonOf({ reason }: Movement, t: (key: StockWord) => string): string {
  if (reason === null) return ''
  const word = t(`reason-${reason}` as StockWord)
  return word.startsWith('reason-') ? reason : word
}
