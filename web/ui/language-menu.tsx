import { ActionIcon, Menu } from '@mantine/core'
import { IconLanguage } from '@tabler/icons-react'
import { defineWords, type Language, languages, setLanguage, words } from './words.ts'

const useWords = defineWords('language', { language: ['Language', 'Langue', 'اللغة'] })
/** Each in its own letters, whatever the page is in. */
const names: Record<Language, string> = { en: 'English', fr: 'Français', ar: 'العربية' }

/** Chooses the language of the app on this device. */
export function LanguageMenu() {
  const t = useWords()
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t('language')}>
          <IconLanguage size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {languages.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            {...(words.language === language ? { 'aria-current': true, fw: 650 } : {})}
            onClick={() => void setLanguage(language)}
          >
            {names[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
