import { Button, SegmentedControl, Select } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Output } from '../api.ts'
import { PickVariant } from '../catalog/pick-variant.tsx'
import { Goods, nameOfVariant, VariantName, variants } from '../catalog/variants.tsx'
import { useMay } from '../identity/session.ts'
import { money, quantity } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { StockPage } from './stock-page.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('stock-levels', {
  find: [
    'Go to goods: name, SKU, or scan',
    'Aller à un article : nom, référence ou scan',
    'اذهب إلى صنف: الاسم أو الرمز أو المسح',
  ],
  anyStatus: ['Any status', 'Tous les états', 'كل الحالات'],
  empty: ['Nothing lies here yet', 'Rien en stock pour l’instant', 'لا شيء في المخزون بعد'],
  emptySays: [
    'What you receive, count or send to this branch stands here, with how much of it may be sold.',
    'Ce que vous réceptionnez, comptez ou envoyez ici apparaît avec la quantité vendable.',
    'يظهر هنا ما تستلمه أو تجرده أو ترسله إلى هذا الفرع، مع الكمية القابلة للبيع.',
  ],
  emptyFiltered: ['Nothing is like that here', 'Rien de tel ici', 'لا شيء بهذه الحالة هنا'],
})

const statuses = [
  'negative',
  'out',
  'below_minimum',
  'low',
  'reserved',
  'overstock',
  'discontinued',
  'in_stock',
] as const
type Status = (typeof statuses)[number]
const tones: Record<Status, Tone> = {
  negative: 'bad',
  out: 'bad',
  below_minimum: 'warn',
  low: 'soon',
  reserved: 'soon',
  overstock: 'info',
  discontinued: 'plain',
  in_stock: 'good',
}

/** What lies in the branch, goods by goods. */
export function Levels() {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  const { filters, set } = useFilters(['status', 'show'])
  const status = statuses.find((one) => one === filters.status)
  const showsValue = filters.show === 'value' && may('valuation.list-stock-values')
  const switchTo = may('valuation.list-stock-values') ? (
    <SegmentedControl
      aria-label={stock('stock')}
      data={[
        { value: 'levels', label: stock('levels') },
        { value: 'value', label: stock('value') },
      ]}
      value={showsValue ? 'value' : 'levels'}
      onChange={(show) => set({ show: show === 'value' ? show : null })}
    />
  ) : null
  const choose = (
    <Select
      aria-label={stock('status')}
      placeholder={t('anyStatus')}
      clearable
      data={statuses.map((value) => ({ value, label: stock(`status-${value}`) }))}
      value={status ?? null}
      onChange={(value) => set({ status: value })}
    />
  )
  return (
    <StockPage>
      {({ id }) => {
        if (showsValue)
          return (
            <Values
              branchId={id}
              filters={
                <>
                  <Finder />
                  {switchTo}
                </>
              }
            />
          )
        if (!may('replenishment.list-stock-status')) return <Places branchId={id} filters=<Finder /> />
        return (
          <Statuses
            branchId={id}
            status={status}
            filters={
              <>
                <Finder />
                {choose}
                {switchTo}
              </>
            }
          />
        )
      }}
    </StockPage>
  )
}

function Finder() {
  const t = useWords()
  const open = useOpen()
  return <PickVariant isLabelHidden isStockedOnly w={300} label={t('find')} placeholder={t('find')} onPick={open} />
}

function useOpen() {
  const navigate = useNavigate()
  return ({ variant_id }: { variant_id: string }) =>
    void navigate({ to: '/stock/goods/$variantId', params: { variantId: variant_id } })
}

interface ListedProps {
  readonly branchId: string
  readonly filters: React.ReactNode
}

function Statuses({ branchId, status, filters }: ListedProps & { status: Status | undefined }) {
  const t = useStockWords()
  const open = useOpen()
  type Row = Output<'replenishment.list-stock-status'>['items'][number]
  const amount = (head: string, of: (row: Row) => string | null): Column<Row> => ({
    head,
    cell: (row) => {
      const text = of(row)
      return text === null ? '' : quantity(text)
    },
    text: of,
    isAmount: true,
  })
  return (
    <List
      operation="replenishment.list-stock-status"
      input={{ branch_id: branchId, ...(status ? { status } : {}) }}
      keyOf={(row) => row.variant_id}
      onOpen={open}
      toneOf={(row) => (row.status === 'in_stock' ? undefined : tones[row.status])}
      columns={[
        { head: t('goods'), cell: (row) => <Goods name={row.name} sku={row.sku} />, text: (row) => row.name },
        {
          head: t('status'),
          cell: (row) => <Tag tone={tones[row.status]}>{t(`status-${row.status}`)}</Tag>,
          text: (row) => t(`status-${row.status}`),
        },
        amount(t('onHand'), (row) => row.on_hand),
        amount(t('reserved'), (row) => row.reserved),
        amount(t('available'), (row) => row.available),
        amount(t('reorderPoint'), (row) => row.reorder_point),
        amount(t('daysOfSupply'), (row) => row.days_of_supply),
      ]}
      label={t('levels')}
      file="stock"
      filters={filters}
      empty={<NothingHere isFiltered={status !== undefined} />}
    />
  )
}

/** The same for who may not see what is wanted of stock: place by place. */
function Places({ branchId, filters }: ListedProps) {
  const t = useStockWords()
  const open = useOpen()
  return (
    <List
      operation="inventory.list-levels"
      input={{ branch_id: branchId }}
      keyOf={(row) => row.id}
      onOpen={open}
      loadAlong={(rows) => variants.load(rows.map((row) => row.variant_id))}
      columns={[
        {
          head: t('goods'),
          cell: (row) => <VariantName id={row.variant_id} />,
          text: (row) => nameOfVariant(variants.known(row.variant_id)),
        },
        {
          head: t('batch'),
          cell: (row) => <span className="code">{row.batch_number}</span>,
          text: (row) => row.batch_number,
        },
        { head: t('onHand'), cell: (row) => quantity(row.on_hand), text: (row) => row.on_hand, isAmount: true },
        { head: t('reserved'), cell: (row) => quantity(row.reserved), text: (row) => row.reserved, isAmount: true },
        { head: t('available'), cell: (row) => quantity(row.available), text: (row) => row.available, isAmount: true },
      ]}
      label={t('levels')}
      file="stock"
      filters={filters}
      empty={<NothingHere isFiltered={false} />}
    />
  )
}

function Values({ branchId, filters }: ListedProps) {
  const t = useStockWords()
  const open = useOpen()
  return (
    <List
      operation="valuation.list-stock-values"
      input={{ branch_id: branchId }}
      keyOf={(row) => row.variant_id}
      onOpen={open}
      columns={[
        { head: t('goods'), cell: (row) => <Goods name={row.name} sku={row.sku} />, text: (row) => row.name },
        { head: t('onHand'), cell: (row) => quantity(row.quantity), text: (row) => row.quantity, isAmount: true },
        {
          head: t('unitCost'),
          cell: (row) => (row.unit_cost === null ? '' : money(row.unit_cost, row.currency)),
          text: (row) => row.unit_cost,
          isAmount: true,
        },
        { head: t('value'), cell: (row) => money(row.value, row.currency), text: (row) => row.value, isAmount: true },
      ]}
      label={t('value')}
      file="stock-value"
      filters={filters}
      empty={<NothingHere isFiltered={false} />}
    />
  )
}

function NothingHere({ isFiltered }: { isFiltered: boolean }) {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  if (isFiltered) return <Empty title={t('emptyFiltered')} />
  const receive = may('inventory.receive-stock') ? (
    <Button variant="light" renderRoot={(rest) => <Link to="/stock/receive" {...rest} />}>
      {stock('receive')}
    </Button>
  ) : null
  return (
    <Empty title={t('empty')} action={receive}>
      {t('emptySays')}
    </Empty>
  )
}
