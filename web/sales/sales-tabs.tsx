import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('sales-tabs', {
  receipts: ['Receipts', 'Tickets', 'الإيصالات'],
  earlier: ['Earlier sales', 'Ventes antérieures', 'المبيعات السابقة'],
})

/** Receipts of the tills, and what was sold before. */
export function SalesTabs() {
  const t = useWords()
  const may = useMay()
  const pages = [
    ...(may('sales.list-sales') ? [{ to: '/sales', name: t('receipts') }] : []),
    ...(may('history.list-documents') ? [{ to: '/sales/earlier', name: t('earlier') }] : []),
  ]
  return <LinkTabs label={t('receipts')} pages={pages} />
}
