import type { ReactNode } from 'react'
import { useBranch } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { Page } from '../ui/page.tsx'
import { useReorderWords } from './words.ts'

/** A page about what to order for the chosen branch, beside the others of them. */
export function ReorderPage({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
  const t = useReorderWords()
  const branch = useBranch()
  const pages = [
    { to: '/reorder', name: t('alerts') },
    { to: '/reorder/plan', name: t('plan') },
    { to: '/reorder/policies', name: t('policies') },
  ]
  return (
    <Page title={t('reorder')} about={branch?.name ?? ''} actions={actions}>
      <LinkTabs label={t('reorder')} pages={pages} />
      {children}
    </Page>
  )
}
