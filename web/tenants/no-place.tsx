import { Button, Center, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { call, queryClient, useRead } from '../api.ts'
import { endSession } from '../identity/session.ts'
import { tell } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('no-place', {
  title: ['Choose where you work', 'Choisissez où vous travaillez', 'اختر مكان عملك'],
  nowhere: [
    'You have a place nowhere yet. Ask for an invitation, and open the link in its mail.',
    'Vous n’avez encore de place nulle part. Demandez une invitation et ouvrez le lien reçu par e-mail.',
    'ليس لك مكان عمل بعد. اطلب دعوة وافتح الرابط الوارد في البريد.',
  ],
  signOut: ['Sign out', 'Se déconnecter', 'تسجيل الخروج'],
})

/** For who is signed in and has no place in the tenant that the session works in, or in none. */
export function NoPlace() {
  const t = useWords()
  const navigate = useNavigate()
  const { data } = useRead('tenants.list-tenants', {})
  const choose = async (id: string) => {
    try {
      await call('tenants.switch-tenant', { tenant_id: id })
      queryClient.clear()
      await navigate({ to: '/' })
    } catch (error) {
      tell(error)
    }
  }
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={440}>
        <Stack>
          <Title order={1} size="h3">
            {t('title')}
          </Title>
          {data?.items.map(({ id, legal_name }) => (
            <Button key={id} variant="light" onClick={() => void choose(id)}>
              {legal_name}
            </Button>
          ))}
          {data?.items.length === 0 ? <Text>{t('nowhere')}</Text> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => void endSession().then(() => navigate({ to: '/sign-in' }))}>
              {t('signOut')}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </Center>
  )
}
