import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { defineWords } from './words.ts'

const useWords = defineWords('may-not', {
  title: ['This page is not for you', 'Cette page ne vous est pas ouverte', 'هذه الصفحة غير متاحة لك'],
  says: [
    'None of your roles opens it. If you need it for your work, ask whoever manages the people of your business.',
    'Aucun de vos rôles n’y donne accès. Si votre travail le demande, adressez-vous à la personne qui gère l’équipe.',
    'لا يتيحها أي من أدوارك. إن احتجت إليها في عملك فاطلبها ممن يدير فريق المنشأة.',
  ],
  home: ['To the start page', 'Aller à l’accueil', 'إلى الصفحة الرئيسية'],
})

/** What stands where a page would be that the person may not use. */
export function MayNot() {
  const t = useWords()
  return (
    <Center mih="50vh">
      <title>{`${t('title')} · Comptoir`}</title>
      <Stack align="center" maw={440} ta="center">
        <IconLock size={36} stroke={1.4} aria-hidden />
        <Title order={1} size="h3">
          {t('title')}
        </Title>
        <Text c="dimmed">{t('says')}</Text>
        <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
          {t('home')}
        </Button>
      </Stack>
    </Center>
  )
}
