import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Output, useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { type Column, List } from '../ui/list.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { tell } from '../ui/tell.tsx'
import { usePartyWords } from './words.ts'

type CustomerGroup = Output<'parties.list-groups'>['items'][number]

/** Groups of customers, which price lists are for. */
export function Groups() {
  const t = usePartyWords()
  const may = useMay()
  const navigate = useNavigate()
  const [dialog, setDialog] = useState<CustomerGroup | 'new'>()
  const create = may('parties.create-group') ? (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setDialog('new')}>
      {t('newGroup')}
    </Button>
  ) : null
  const columns: Column<CustomerGroup>[] = [
    { head: t('code'), cell: ({ code }) => <span className="code">{code}</span>, text: ({ code }) => code },
    {
      head: t('name'),
      cell: ({ name }) => (
        <Text size="sm" fw={500}>
          {name}
        </Text>
      ),
      text: ({ name }) => name,
    },
    { head: '', cell: (group) => <Steps group={group} change={() => setDialog(group)} /> },
  ]
  return (
    <Page title={t('groups')} about={t('groupsAbout')} actions={create}>
      <List
        operation="parties.list-groups"
        input={{}}
        columns={columns}
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/parties', search: { group: id } as never })}
        file="customer-groups"
        label={t('groups')}
        empty={
          <Empty title={t('noGroups')} action={create}>
            {t('noGroupsText')}
          </Empty>
        }
      />
      {dialog === 'new' ? <Create close={() => setDialog(undefined)} /> : null}
      {dialog && dialog !== 'new' ? <Change group={dialog} close={() => setDialog(undefined)} /> : null}
    </Page>
  )
}

function Steps({ group, change }: { group: CustomerGroup; change: () => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const may = useMay()
  const remove = useCommand('parties.delete-group')
  const { id, version, name } = group
  const ask = () =>
    confirm({
      title: t('deleteGroupTitle', { name }),
      says: t('deleteGroupSays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell }),
    })
  // The row leads to the customers of the group; its buttons do not.
  const alone = (act: () => void) => (event: React.SyntheticEvent) => {
    event.stopPropagation()
    act()
  }
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap" onKeyDown={(event) => event.stopPropagation()}>
      {may('parties.update-group') ? (
        <ActionIcon variant="subtle" aria-label={`${common('edit')}: ${name}`} onClick={alone(change)}>
          <IconPencil size={16} />
        </ActionIcon>
      ) : null}
      {may('parties.delete-group') ? (
        <ActionIcon variant="subtle" color="red" aria-label={`${t('delete')}: ${name}`} onClick={alone(ask)}>
          <IconTrash size={16} />
        </ActionIcon>
      ) : null}
    </Group>
  )
}

function Create({ close }: { close: () => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const sending = useCommandForm('parties.create-group', {
    values: { code: '', name: '' },
    input: (values) => values,
    onDone: close,
  })
  return (
    <Modal opened onClose={close} title={t('newGroup')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Fields sending={sending} end={common('create')} />
    </Modal>
  )
}

function Change({ group, close }: { group: CustomerGroup; close: () => void }) {
  const common = useCommonWords()
  const { id, version, code, name } = group
  const sending = useCommandForm('parties.update-group', {
    values: { code, name },
    input: (values) => ({ id, version, ...values }),
    onDone: close,
  })
  return (
    <Modal opened onClose={close} title={name} closeButtonProps={{ 'aria-label': common('close') }}>
      <Fields sending={sending} end={common('save')} />
    </Modal>
  )
}

type Sending = ReturnType<typeof useCommandForm<'parties.create-group', { code: string; name: string }>>

function Fields({ sending, end }: { sending: Sending; end: string }) {
  const t = usePartyWords()
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput label={t('code')} required dir="ltr" data-autofocus {...sending.form.getInputProps('code')} />
        <TextInput label={t('name')} required {...sending.form.getInputProps('name')} />
        <FormEnd of={sending} label={end} />
      </Stack>
    </form>
  )
}
