import { IconLanguage } from '@tabler/icons-react'
import { MenuButton } from './menu-button.tsx'
import { defineWords, type Language, languages, setLanguage, words } from './words.ts'

const useWords = defineWords('language', { language: ['Language', 'Langue', 'اللغة'] })
/** Each in its own letters, whatever the page is in. */
const names: Record<Language, string> = { en: 'English', fr: 'Français', ar: 'العربية' }

/** Chooses the language of the app on this device. */
export function LanguageMenu() {
  const t = useWords()
  const entries = languages.map((language) => ({
    label: names[language],
    lang: language,
    isCurrent: words.language === language,
    act: () => void setLanguage(language),
  }))
  return <MenuButton label={t('language')} icon={<IconLanguage size={18} />} entries={entries} />
}
