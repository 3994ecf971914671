import { Badge, Button, Group, Paper, PasswordInput, Stack, Table, Text, Title } from '@mantine/core'
import { useCommand, useRead } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime } from '../ui/format.ts'
import { Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { SecondFactor } from './second-factor.tsx'
import { useMe, useWorkplace } from './session.ts'
import { TillPin } from './till-pin.tsx'

const useWords = defineWords('account', {
  title: ['Your account', 'Votre compte', 'حسابك'],
  password: ['Password', 'Mot de passe', 'كلمة المرور'],
  current: ['Current password', 'Mot de passe actuel', 'كلمة المرور الحالية'],
  next: [
    'New password, at least 12 characters',
    'Nouveau mot de passe, 12 caractères au moins',
    'كلمة مرور جديدة، 12 حرفًا على الأقل',
  ],
  change: ['Change the password', 'Changer le mot de passe', 'تغيير كلمة المرور'],
  changed: ['Your password is changed.', 'Votre mot de passe est changé.', 'تم تغيير كلمة المرور.'],
  sessions: ['Where you are signed in', 'Où vous êtes connecté', 'أماكن تسجيل دخولك'],
  device: ['Device', 'Appareil', 'الجهاز'],
  since: ['Since', 'Depuis', 'منذ'],
  used: ['Last used', 'Dernière activité', 'آخر استخدام'],
  here: ['here', 'ici', 'هنا'],
  end: ['End', 'Terminer', 'إنهاء'],
  endOthers: ['End all others', 'Terminer toutes les autres', 'إنهاء جميع الجلسات الأخرى'],
  endSays: [
    'Whoever uses that device has to sign in anew.',
    'La personne qui utilise cet appareil devra se reconnecter.',
    'على من يستخدم ذلك الجهاز تسجيل الدخول من جديد.',
  ],
  endTitle: ['End the session?', 'Terminer la session ?', 'إنهاء الجلسة؟'],
})

/** Own name and address, password, second factor, PIN for tills and sessions. */
export function Account() {
  const t = useWords()
  const me = useMe()
  // Whoever came in by a PIN has no say over the account here.
  const isByPin = me !== undefined && me.device_id !== null
  return (
    <Page title={t('title')} about={me ? `${me.name} · ${me.email}` : ''}>
      {isByPin ? null : (
        <>
          <Password />
          <SecondFactor />
        </>
      )}
      <TillPin />
      {isByPin ? null : <Sessions />}
    </Page>
  )
}

function Password() {
  const t = useWords()
  const sending = useCommandForm('identity.change-password', {
    values: { current_password: '', new_password: '' },
    input: (values) => values,
    onDone: () => {
      sending.form.reset()
      tellDone(t('changed'))
    },
  })
  const { form } = sending
  return (
    <Paper withBorder p="md" maw={560}>
      <form onSubmit={sending.send}>
        <Stack>
          <Title order={2} size="h4">
            {t('password')}
          </Title>
          <PasswordInput
            label={t('current')}
            autoComplete="current-password"
            required
            {...form.getInputProps('current_password')}
          />
          <PasswordInput
            label={t('next')}
            autoComplete="new-password"
            required
            {...form.getInputProps('new_password')}
          />
          <FormEnd of={sending} label={t('change')} />
        </Stack>
      </form>
    </Paper>
  )
}

function Sessions() {
  const t = useWords()
  const common = useCommonWords()
  const { tenant } = useWorkplace()
  const sessions = useRead('identity.list-sessions', { limit: 100 })
  const end = useCommand('identity.revoke-session')
  const endOthers = useCommand('identity.revoke-other-sessions')
  const ask = (act: () => void) => confirm({ title: t('endTitle'), says: t('endSays'), button: t('end'), act })
  if (!sessions.data) return <Pending error={sessions.error} />
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('sessions')}
        </Title>
        <Button variant="default" size="xs" onClick={() => ask(() => endOthers.mutate({}, { onError: tell }))}>
          {t('endOthers')}
        </Button>
      </Group>
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('device')}</Table.Th>
              <Table.Th>{t('since')}</Table.Th>
              <Table.Th>{t('used')}</Table.Th>
              <Table.Th aria-label={common('more')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sessions.data.items.map(({ id, current, device, device_name, address, signed_in_at, used_at }) => (
              <Table.Tr key={id}>
                <Table.Td maw={320}>
                  <Text size="sm" truncate>
                    {device_name ?? device}
                  </Text>
                  <Text size="xs" c="dimmed" className="code">
                    {address}
                  </Text>
                </Table.Td>
                <Table.Td>{dateTime(signed_in_at, tenant.time_zone)}</Table.Td>
                <Table.Td>{dateTime(used_at, tenant.time_zone)}</Table.Td>
                <Table.Td ta="end">
                  {current ? (
                    <Badge variant="light">{t('here')}</Badge>
                  ) : (
                    <Button
                      variant="subtle"
                      color="red"
                      size="xs"
                      onClick={() => ask(() => end.mutate({ id }, { onError: tell }))}
                    >
                      {t('end')}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}
