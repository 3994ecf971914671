import { Text } from '@mantine/core'
import { useMe } from '../identity/session.ts'
import { Page } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('home', {
  title: ['Home', 'Accueil', 'الرئيسية'],
  hello: ['Hello {{name}}', 'Bonjour {{name}}', 'مرحبًا {{name}}'],
})

/** The first page: how the day goes. */
export function Home() {
  const t = useWords()
  const me = useMe()
  return (
    <Page title={t('title')}>
      <Text>{t('hello', { name: me?.name ?? '' })}</Text>
    </Page>
  )
}
