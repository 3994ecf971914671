import { Checkbox, Group, Modal, SegmentedControl, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Input, Output } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import { type Role, roles } from './roles.ts'
import { usePartyWords } from './words.ts'

type Party = Output<'parties.create-party'>

/** Somebody new: `onDone` is told, or else their page is opened. */
export function CreateParty(props: { role: Role; close: () => void; onDone?: (party: Party) => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const navigate = useNavigate()
  const sending = useCommandForm('parties.create-party', {
    values: {
      kind: props.role === 'supplier' ? 'organisation' : 'person',
      first_name: '',
      last_name: '',
      name: '',
      phone: '',
      email: '',
      roles: [props.role] as string[],
    },
    input: ({ kind, roles: chosen, ...fields }) => {
      const { first_name, last_name, name, ...reached } = fields
      const named = kind === 'person' ? { first_name, last_name } : { name }
      const said = Object.entries({ ...named, ...reached }).filter(([, value]) => value !== '')
      return { kind, roles: chosen, ...Object.fromEntries(said) } as Input<'parties.create-party'>
    },
    onDone: (party) => {
      tellDone(t('created', { name: party.name ?? '' }))
      props.close()
      if (props.onDone) props.onDone(party)
      else void navigate({ to: '/parties/$id', params: { id: party.id } })
    },
  })
  const { form } = sending
  return (
    <Modal opened onClose={props.close} title={t('create')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={sending.send}>
        <Stack>
          <SegmentedControl
            aria-label={t('kind')}
            data={(['person', 'organisation'] as const).map((value) => ({ value, label: t(value) }))}
            {...form.getInputProps('kind')}
          />
          {form.values.kind === 'person' ? (
            <SimpleGrid cols={2}>
              <TextInput label={t('firstName')} data-autofocus {...form.getInputProps('first_name')} />
              <TextInput label={t('lastName')} required {...form.getInputProps('last_name')} />
            </SimpleGrid>
          ) : (
            <TextInput label={t('name')} required data-autofocus {...form.getInputProps('name')} />
          )}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('phone')} type="tel" dir="ltr" {...form.getInputProps('phone')} />
            <TextInput label={t('email')} type="email" dir="ltr" {...form.getInputProps('email')} />
          </SimpleGrid>
          <Checkbox.Group label={t('role')} {...form.getInputProps('roles')}>
            <Group mt={4}>
              {roles.map((role) => (
                <Checkbox key={role} value={role} label={t(role)} />
              ))}
            </Group>
          </Checkbox.Group>
          <FormEnd of={sending} label={common('create')} />
        </Stack>
      </form>
    </Modal>
  )
}
