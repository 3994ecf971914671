import { Button, Paper, Tabs } from '@mantine/core'
import { IconArrowBack, IconTruckDelivery } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useRead } from '../api.ts'
import { nameOfVariant, variants } from '../catalog/variants.tsx'
import { type Branch, useBranch, useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { Figure, Figures } from '../ui/figure.tsx'
import { money, quantity } from '../ui/format.ts'
import { Empty, Page, Pending } from '../ui/page.tsx'
import { useWholeListState } from '../ui/whole-list.ts'
import { defineWords } from '../ui/words.ts'
import { GoodsBranches } from './goods-branches.tsx'
import { GoodsPlaces } from './goods-places.tsx'
import { GoodsReservations } from './goods-reservations.tsx'
import { MovementList } from './movement-list.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('stock-goods', {
  batches: ['Batches', 'Lots', 'التشغيلات'],
  kept: ['Kept', 'Réservations', 'المحجوزات'],
  branches: ['Branches', 'Points de vente', 'الفروع'],
  toReorder: ['Reorder at {{quantity}}', 'Commander à {{quantity}}', 'اطلب عند {{quantity}}'],
})

/** One variant in the branch: what lies where, what moved, what is kept for whom. */
export function GoodsDetail() {
  const { variantId } = useParams({ strict: false }) as { variantId: string }
  const stock = useStockWords()
  const common = useCommonWords()
  const may = useMay()
  const branch = useBranch()
  const variant = variants.use(variantId)
  if (!branch) return <Empty title={stock('noBranch')} />
  const receive = (
    <Button
      leftSection={<IconTruckDelivery size={18} />}
      renderRoot={(props) => <Link to="/stock/receive" search={{ variant: variantId } as never} {...props} />}
    >
      {stock('receive')}
    </Button>
  )
  return (
    <Page
      title={nameOfVariant(variant) || '…'}
      about={[variant?.sku, branch.name].filter(Boolean).join(' · ')}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconArrowBack size={18} className="turns" />}
            renderRoot={(props) => <Link to="/stock" {...props} />}
          >
            {common('back')}
          </Button>
          {may('inventory.receive-stock') ? receive : null}
        </>
      }
    >
      <GoodsFigures branch={branch} variantId={variantId} />
      <GoodsTabs branch={branch} variantId={variantId} />
    </Page>
  )
}

interface OfGoods {
  readonly branch: Branch
  readonly variantId: string
}

function GoodsFigures({ branch, variantId }: OfGoods) {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  const place = { branch_id: branch.id, variant_id: variantId }
  const status = useRead('replenishment.list-stock-status', place, {
    enabled: may('replenishment.list-stock-status'),
  }).data?.items[0]
  const value = useRead('valuation.list-stock-values', place, { enabled: may('valuation.list-stock-values') }).data
    ?.items[0]
  if (!status && !value) return null
  const reorder = status?.reorder_point
  return (
    <Figures>
      {status ? (
        <>
          <Figure label={stock('onHand')} value={quantity(status.on_hand)} about={stock(`status-${status.status}`)} />
          <Figure label={stock('reserved')} value={quantity(status.reserved)} />
          <Figure
            label={stock('available')}
            value={quantity(status.available)}
            {...(reorder ? { about: t('toReorder', { quantity: quantity(reorder) }) } : {})}
          />
        </>
      ) : null}
      {value ? (
        <Figure
          label={stock('value')}
          value={money(value.value, value.currency)}
          {...(value.unit_cost === null
            ? {}
            : { about: `${stock('unitCost')} ${money(value.unit_cost, value.currency)}` })}
        />
      ) : null}
    </Figures>
  )
}

function GoodsTabs({ branch, variantId }: OfGoods) {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  const [tab, setTab] = useState<string | null>('places')
  const place = { branch_id: branch.id, variant_id: variantId }
  const levels = useRead('inventory.list-levels', { ...place, limit: 200 })
  const all = useWholeListState('inventory.list-levels', { variant_id: variantId }, { enabled: tab === 'branches' })
  return (
    <Tabs value={tab} onChange={setTab} keepMounted={false}>
      <Tabs.List mb="md">
        <Tabs.Tab value="places">{t('batches')}</Tabs.Tab>
        <Tabs.Tab value="movements">{stock('movements')}</Tabs.Tab>
        {may('inventory.list-reservations') ? <Tabs.Tab value="kept">{t('kept')}</Tabs.Tab> : null}
        <Tabs.Tab value="branches">{t('branches')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="places">
        <Paper withBorder>
          {levels.data ? (
            <GoodsPlaces branch={branch} places={levels.data.items} />
          ) : (
            <Pending error={levels.error} retry={() => void levels.refetch()} />
          )}
        </Paper>
      </Tabs.Panel>
      <Tabs.Panel value="movements">
        <MovementList filter={place} />
      </Tabs.Panel>
      <Tabs.Panel value="kept">
        <GoodsReservations place={place} zone={branch.time_zone} />
      </Tabs.Panel>
      <Tabs.Panel value="branches">
        <Paper withBorder>
          {all.isLoading || all.error ? (
            <Pending error={all.error} retry={all.retry} />
          ) : (
            <GoodsBranches levels={all.items} />
          )}
        </Paper>
      </Tabs.Panel>
    </Tabs>
  )
}
