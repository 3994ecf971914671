import { useMay } from '../identity/session.ts'
import { LinkTabs } from '../ui/link-tabs.tsx'
import { useSettingWords } from './words.ts'

/** The pages of settings that the person may use. */
export function SettingsTabs() {
  const t = useSettingWords()
  const may = useMay()
  const pages = [
    { to: '/settings', name: t('settings'), isOpen: may('settings.list-settings') },
    { to: '/settings/profile', name: t('profile'), isOpen: may('tenants.update-tenant') },
    { to: '/settings/entities', name: t('entities'), isOpen: may('tenants.update-entity') },
    { to: '/settings/branches', name: t('branches'), isOpen: may('tenants.create-branch') },
    { to: '/settings/features', name: t('features'), isOpen: may('tenants.set-features') },
    { to: '/settings/api-keys', name: t('keys'), isOpen: may('tenants.list-api-keys') },
  ]
  return <LinkTabs label={t('settings')} pages={pages.filter(({ isOpen }) => isOpen)} />
}
