import { Alert, Button, Paper, Stack, Text, TextInput } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Held } from '../ui/held.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { usePeopleWords, useRoleName } from './people-words.ts'
import { PermissionBoxes } from './permission-boxes.tsx'
import { useKindOf } from './roles.tsx'
import type { Role } from './use-people.ts'

/** One role with its permissions, or a new one. */
export function RolePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  return id === 'new' ? <NewRole /> : <Existing id={id} />
}

function Existing({ id }: { id: string }) {
  const { data, error } = useRead('tenants.get-role', { id })
  if (!data) return <Pending error={error} />
  return <Shown role={data} />
}

function NewRole() {
  const t = usePeopleWords()
  const common = useCommonWords()
  const navigate = useNavigate()
  const { permissions: all } = useWorkplace()
  const sending = useCommandForm('tenants.create-role', {
    values: { name: '', permissions: [] as string[] },
    input: (values) => values,
    fieldOf: (code) => (code === 'role_name_taken' ? 'name' : undefined),
    onDone: () => {
      tellDone(common('saved'))
      void navigate({ to: '/people/roles' })
    },
  })
  return (
    <Page title={t('newRole')} about={t('rolesAbout')}>
      <Fields sending={sending} all={all} end={common('create')} />
    </Page>
  )
}

function Shown({ role }: { role: Role }) {
  const t = usePeopleWords()
  const may = useMay()
  const nameOf = useRoleName()
  const kindOf = useKindOf()
  const reset = useCommand('tenants.reset-role')
  const { id, version, made_from, preset, permissions } = role
  const ask = () =>
    confirm({
      title: t('resetTitle'),
      says: t('resetSays'),
      button: t('reset'),
      act: () => reset.mutate({ id, version }, { onError: tell }),
    })
  const canReset = made_from !== null && preset === null && may('tenants.reset-role')
  const isAll = permissions.includes('*')
  const button = canReset ? (
    <Button variant="default" onClick={ask}>
      {t('reset')}
    </Button>
  ) : null
  return (
    <Page title={nameOf(role)} about={kindOf(role)} actions={button}>
      {isAll ? <Alert>{t('everything')}</Alert> : <Held of={role}>{(held) => <Edit role={held} />}</Held>}
    </Page>
  )
}

function Edit({ role }: { role: Role }) {
  const common = useCommonWords()
  const may = useMay()
  const { permissions: held } = useWorkplace()
  const { id, version, name, permissions } = role
  const all = [...new Set([...held, ...permissions])].toSorted()
  const sending = useCommandForm('tenants.update-role', {
    values: { name, permissions },
    // Permissions that are sent make it a role of its own, which follows no ready-made one.
    input: (values) => ({
      id,
      version,
      name: values.name,
      ...(isSame(values.permissions, permissions) ? {} : { permissions: values.permissions }),
    }),
    fieldOf: (code) => (code === 'role_name_taken' ? 'name' : undefined),
    onDone: () => tellDone(common('saved')),
  })
  if (!may('tenants.update-role')) return <PermissionBoxes all={all} chosen={permissions} />
  return <Fields sending={sending} all={all} end={common('save')} isHeld />
}

const isSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((one) => others.includes(one))

type Sending = ReturnType<typeof useCommandForm<'tenants.create-role', { name: string; permissions: string[] }>>

function Fields(props: { sending: Sending; all: readonly string[]; end: string; isHeld?: boolean }) {
  const { sending, all, end, isHeld = false } = props
  const t = usePeopleWords()
  const { form } = sending
  const [isNoneChosen, setNoneChosen] = useState(false)
  const send = (event: React.FormEvent<HTMLFormElement>) => {
    const isEmpty = form.getValues().permissions.length === 0
    setNoneChosen(isEmpty)
    if (isEmpty) return event.preventDefault()
    sending.send(event)
  }
  return (
    <form onSubmit={send}>
      <Stack>
        <Paper withBorder p="md" maw={640}>
          <TextInput label={t('name')} required autoComplete="off" {...form.getInputProps('name')} />
          {isHeld ? (
            <Text size="sm" c="dimmed" mt="xs">
              {t('changesAll')}
            </Text>
          ) : null}
        </Paper>
        <PermissionBoxes
          all={all}
          chosen={form.values.permissions}
          onChange={(chosen) => form.setFieldValue('permissions', chosen)}
        />
        {isNoneChosen ? (
          <Text c="red" role="alert">
            {t('pickOne')}
          </Text>
        ) : null}
        <FormEnd of={sending} label={end} />
      </Stack>
    </form>
  )
}
