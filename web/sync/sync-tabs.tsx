import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { useSyncWords } from './words.ts'

/** The pages about what devices brought. */
export function SyncTabs() {
  const t = useSyncWords()
  const may = useMay()
  const pages = [
    { to: '/sync', name: t('exceptions'), isShown: may('sync.list-exceptions') },
    { to: '/sync/set-aside', name: t('setAside'), isShown: may('sync.list-set-aside') },
  ]
  return <LinkTabs label={t('title')} pages={pages.filter(({ isShown }) => isShown)} />
}
