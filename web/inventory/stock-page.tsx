import { Button } from '@mantine/core'
import { IconTruckDelivery } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Branch, useBranch, useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { useStockWords } from './words.ts'

/** A page about the stock of the chosen branch, beside the others of them. */
export function StockPage(props: { children: (branch: Branch) => ReactNode; actions?: ReactNode }) {
  const t = useStockWords()
  const may = useMay()
  const branch = useBranch()
  const pages = [
    { to: '/stock', name: t('levels') },
    { to: '/stock/batches', name: t('expiry') },
    { to: '/stock/movements', name: t('movements') },
    ...(may('inventory.list-quarantine') ? [{ to: '/stock/quarantine', name: t('quarantine') }] : []),
  ]
  const receive = (
    <Button leftSection={<IconTruckDelivery size={18} />} renderRoot={(rest) => <Link to="/stock/receive" {...rest} />}>
      {t('receive')}
    </Button>
  )
  return (
    <Page
      title={t('stock')}
      about={branch?.name ?? ''}
      actions={
        <>
          {props.actions}
          {may('inventory.receive-stock') ? receive : null}
        </>
      }
    >
      <LinkTabs label={t('stock')} pages={pages} />
      {branch ? props.children(branch) : <Empty title={t('noBranch')} />}
    </Page>
  )
}
