import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { Output } from '../api.ts'
import { GoodsFilter } from '../catalog/goods-filter.tsx'
import { nameOfVariant, VariantName, variants } from '../catalog/variants.tsx'
import { useMay } from '../identity/session.ts'
import { BranchFilter } from '../tenants/branch-filter.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { day, quantity } from '../ui/format.ts'
import { type Column, List } from '../ui/list.tsx'
import { Empty } from '../ui/page.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { When } from '../ui/when.tsx'
import { defineWords } from '../ui/words.ts'
import { PolicyForm } from './policy-form.tsx'
import { ReorderPage } from './reorder-page.tsx'
import { useReorderWords } from './words.ts'

const useWords = defineWords('policies', {
  new: ['New policy', 'Nouvelle règle', 'سياسة جديدة'],
  everything: ['All goods', 'Tous les articles', 'كل الأصناف'],
  everywhere: ['All branches', 'Tous les points de vente', 'كل الفروع'],
  empty: ['No policy yet', 'Aucune règle', 'لا توجد سياسات'],
  emptySays: [
    'A policy says what is wanted of goods: when to order, how much, from whom. What it leaves out is computed from sales.',
    'Une règle dit ce qu’on veut d’un article : quand commander, combien, à qui. Le reste est calculé d’après les ventes.',
    'تحدد السياسة متى يُطلب الصنف وكم وممن، ويُحسب الباقي من المبيعات.',
  ],
})

export type Policy = Output<'replenishment.list-policies'>['items'][number]

/** What is wanted of stock: of goods in a branch, of either, or of everything. */
export function Policies() {
  const t = useWords()
  const words = useReorderWords()
  const may = useMay()
  const { filters } = useFilters(['branch', 'variant'])
  const [edited, setEdited] = useState<Policy | 'new'>()
  const columns = useColumns()
  const create = may('replenishment.create-policy') ? (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setEdited('new')}>
      {t('new')}
    </Button>
  ) : null
  return (
    <ReorderPage actions={create}>
      <List
        operation="replenishment.list-policies"
        input={{
          ...(filters.branch ? { branch_id: filters.branch } : {}),
          ...(filters.variant ? { variant_id: filters.variant } : {}),
        }}
        filters={
          <>
            <GoodsFilter isStockedOnly />
            <BranchFilter />
          </>
        }
        keyOf={({ id }) => id}
        {...(may('replenishment.update-policy') ? { onOpen: setEdited } : {})}
        loadAlong={(items) => variants.load(items.map((item) => item.variant_id))}
        columns={columns}
        label={words('policies')}
        file="stock-policies"
        filteredBy={['branch', 'variant']}
        empty={
          <Empty title={t('empty')} action={create}>
            {t('emptySays')}
          </Empty>
        }
      />
      {edited ? (
        <PolicyForm policy={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      ) : null}
    </ReorderPage>
  )
}

function useColumns(): Column<Policy>[] {
  const t = useWords()
  const words = useReorderWords()
  const common = useCommonWords()
  const { branchName } = useBranchOf()
  const number = (head: string, of: (one: Policy) => string | null): Column<Policy> => ({
    head,
    cell: (one) => {
      const text = of(one)
      return text === null ? '' : quantity(text)
    },
    text: of,
    isAmount: true,
  })
  const whereOf = ({ branch_id }: Policy) => (branch_id === null ? t('everywhere') : branchName(branch_id))
  return [
    {
      head: words('goods'),
      cell: (one) => (one.variant_id === null ? t('everything') : <VariantName id={one.variant_id} />),
      text: (one) => (one.variant_id === null ? t('everything') : nameOfVariant(variants.known(one.variant_id))),
    },
    { head: common('branch'), cell: whereOf, text: whereOf },
    number(words('reorderPoint'), (one) => one.reorder_point),
    number(words('reorderQuantity'), (one) => one.reorder_quantity),
    number(words('minimum'), (one) => one.minimum_stock),
    number(words('maximum'), (one) => one.maximum_stock),
    number(words('leadTime'), (one) => one.lead_time_days),
    { head: words('from'), cell: (one) => <When>{day(one.valid_from)}</When>, text: (one) => one.valid_from },
    {
      head: words('through'),
      cell: (one) => <When>{one.valid_through && day(one.valid_through)}</When>,
      text: (one) => one.valid_through,
    },
  ]
}
