import { Modal, Stack, Text, TextInput } from '@mantine/core'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import { usePeopleWords } from './people-words.ts'
import { noPlace, PlaceFields, type PlaceValues, scopeOf } from './place-fields.tsx'

/** Invites somebody by e-mail, in a window. */
export function Invite({ close }: { close: () => void }) {
  const t = usePeopleWords()
  const common = useCommonWords()
  const values: PlaceValues & { email: string } = { ...noPlace, email: '' }
  const sending = useCommandForm('tenants.add-employee', {
    values,
    input: (given) => ({
      email: given.email,
      display_name: given.display_name,
      role_ids: given.role_ids,
      scope: scopeOf(given),
      ...(given.department ? { department: given.department } : {}),
    }),
    fieldOf: (code) => (code === 'already_invited' ? 'email' : undefined),
    onDone: () => {
      tellDone(t('inviteSent'))
      close()
    },
  })
  return (
    <Modal opened onClose={close} title={t('invite')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={sending.send}>
        <Stack>
          <TextInput
            label={t('email')}
            type="email"
            dir="ltr"
            required
            data-autofocus
            autoComplete="off"
            {...sending.form.getInputProps('email')}
          />
          <PlaceFields form={sending.form} />
          <Text size="sm" c="dimmed">
            {t('inviteSays')}
          </Text>
          <FormEnd of={sending} label={t('sendInvite')} />
        </Stack>
      </form>
    </Modal>
  )
}
