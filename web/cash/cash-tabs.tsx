import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { useCashWords } from './words.ts'

/** The pages about cash. */
export function CashTabs() {
  const t = useCashWords()
  const may = useMay()
  const pages = [
    { to: '/cash', name: t('sessions'), isShown: may('cash.list-sessions') },
    { to: '/cash/safe', name: t('safe'), isShown: may('cash.get-safe') },
  ]
  return <LinkTabs label={t('sessions')} pages={pages.filter(({ isShown }) => isShown)} />
}
