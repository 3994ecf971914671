import { Badge, Button, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useCommand } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { useWorkplace } from './session.ts'

const useWords = defineWords('till-pin', {
  title: ['Till PIN', 'Code de caisse', 'رمز نقطة البيع'],
  about: [
    'With it you switch in at a till that others work at, with the network and without.',
    'Il vous identifie à une caisse partagée, en ligne et hors ligne.',
    'به تدخل إلى نقطة بيع مشتركة، بالشبكة ودونها.',
  ],
  isSet: ['Set', 'Défini', 'محدد'],
  isNotSet: ['Not set', 'Non défini', 'غير محدد'],
  pin: ['New PIN, 4 to 8 digits', 'Nouveau code, 4 à 8 chiffres', 'رمز جديد من 4 إلى 8 أرقام'],
  set: ['Set the PIN', 'Définir le code', 'حفظ الرمز'],
  done: ['Your till PIN is set.', 'Votre code de caisse est défini.', 'تم حفظ رمز نقطة البيع.'],
  clearTitle: ['Clear your till PIN?', 'Effacer votre code de caisse ?', 'هل تريد مسح رمز نقطة البيع؟'],
  clearSays: [
    'You can no longer switch in at shared tills until you set another one.',
    'Vous ne pourrez plus vous identifier aux caisses partagées avant d’en définir un autre.',
    'لن تتمكن من الدخول في نقاط البيع المشتركة حتى تحدد رمزًا آخر.',
  ],
})

/** The own PIN for shared tills: set, changed or cleared. */
export function TillPin() {
  const t = useWords()
  const { employee } = useWorkplace()
  const hasPin = employee.has_till_pin
  return (
    <Paper withBorder p="md" maw={560}>
      <Stack>
        <Group gap="sm">
          <Title order={2} size="h4">
            {t('title')}
          </Title>
          <Badge variant="light" color={hasPin ? 'green' : 'gray'} tt="none">
            {t(hasPin ? 'isSet' : 'isNotSet')}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {t('about')}
        </Text>
        <PinForm key={String(hasPin)} hasPin={hasPin} />
      </Stack>
    </Paper>
  )
}

function PinForm({ hasPin }: { hasPin: boolean }) {
  const t = useWords()
  const common = useCommonWords()
  const clear = useCommand('tenants.clear-my-till-pin')
  const sending = useCommandForm('tenants.set-till-pin', {
    values: { pin: '' },
    input: (values) => values,
    fieldOf: (code) => (code === 'trivial_pin' ? 'pin' : undefined),
    onDone: () => {
      sending.form.reset()
      tellDone(t('done'))
    },
  })
  const ask = () =>
    confirm({
      title: t('clearTitle'),
      says: t('clearSays'),
      button: common('clear'),
      act: () => clear.mutate({}, { onError: tell }),
    })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <PasswordInput
          label={t('pin')}
          inputMode="numeric"
          autoComplete="off"
          maxLength={8}
          required
          {...sending.form.getInputProps('pin')}
        />
        <FormEnd of={sending} label={t('set')}>
          {hasPin ? (
            <Button variant="subtle" color="red" onClick={ask}>
              {common('clear')}
            </Button>
          ) : null}
        </FormEnd>
      </Stack>
    </form>
  )
}
