import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { useRegisterWords } from './words.ts'

/** The pages about counters. */
export function RegisterTabs() {
  const t = useRegisterWords()
  const may = useMay()
  const pages = [
    { to: '/registers', name: t('registers'), isShown: may('registers.list-registers') },
    { to: '/registers/devices', name: t('devices'), isShown: may('registers.list-devices') },
  ]
  return <LinkTabs label={t('registers')} pages={pages.filter(({ isShown }) => isShown)} />
}
