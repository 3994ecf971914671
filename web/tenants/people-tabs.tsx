import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { usePeopleWords } from './people-words.ts'

/** People and their roles, side by side. */
export function PeopleTabs() {
  const t = usePeopleWords()
  const may = useMay()
  const pages = [
    ...(may('tenants.list-employees') ? [{ to: '/people', name: t('people') }] : []),
    ...(may('tenants.list-roles') ? [{ to: '/people/roles', name: t('roles') }] : []),
  ]
  return <LinkTabs label={t('people')} pages={pages} />
}
