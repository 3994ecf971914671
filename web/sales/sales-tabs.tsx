import { useHistoryWords } from '../history/words.ts'
import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'

/** Receipts of the tills, and what was sold before. */
export function SalesTabs() {
  const t = useHistoryWords()
  const may = useMay()
  const pages = [
    ...(may('sales.list-sales') ? [{ to: '/sales', name: t('receipts') }] : []),
    ...(may('history.list-documents') ? [{ to: '/sales/earlier', name: t('title') }] : []),
  ]
  return <LinkTabs label={t('receipts')} pages={pages} />
}
