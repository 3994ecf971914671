import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import { call, refresh, useCommand, useRead } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { Facts } from '../ui/facts.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime } from '../ui/format.ts'
import { Held } from '../ui/held.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { EmployeeState } from './people.tsx'
import { usePeopleWords } from './people-words.ts'
import { PlaceFields, scopeOf, valuesOf } from './place-fields.tsx'
import { type Employee, useRoles, useWorksIn } from './use-people.ts'

/** One employee: who they are, what they may do, and the steps with their place. */
export function Person() {
  const { id } = useParams({ strict: false }) as { id: string }
  const { data, error } = useRead('tenants.get-employee', { id })
  if (!data) return <Pending error={error} />
  return <Shown employee={data} />
}

function Shown({ employee }: { employee: Employee }) {
  const t = usePeopleWords()
  const may = useMay()
  const { employee: me, tenant } = useWorkplace()
  const { rolesOf } = useRoles()
  const worksIn = useWorksIn()
  const { id, display_name, status, invited_email, invitation_expires_at, has_till_pin } = employee
  const isSelf = id === me.id
  const facts = [
    [t('state'), <EmployeeState key="state" status={status} />],
    [t('roles'), rolesOf(employee)],
    [t('worksIn'), worksIn(employee)],
    [t('pin'), t(has_till_pin ? 'pinSet' : 'pinNotSet')],
    [t('invitedAt'), invited_email],
    [t('opensUntil'), invitation_expires_at && dateTime(invitation_expires_at, tenant.time_zone)],
  ] as const
  return (
    <Page title={display_name} actions={isSelf ? null : <Steps employee={employee} />}>
      <Paper withBorder p="md">
        <Facts of={facts} />
        {isSelf ? (
          <Text size="sm" c="dimmed" mt="sm">
            {t('self')}
          </Text>
        ) : null}
      </Paper>
      {may('tenants.update-employee') && status !== 'ended' ? (
        <Held of={employee}>{(held) => <Edit employee={held} />}</Held>
      ) : null}
    </Page>
  )
}

function Edit({ employee }: { employee: Employee }) {
  const t = usePeopleWords()
  const common = useCommonWords()
  const { id, version } = employee
  const sending = useCommandForm('tenants.update-employee', {
    values: valuesOf(employee),
    input: (values) => ({
      id,
      version,
      display_name: values.display_name,
      department: values.department || null,
      role_ids: values.role_ids,
      scope: scopeOf(values),
    }),
    onDone: () => tellDone(common('saved')),
  })
  return (
    <Paper withBorder p="md" maw={640}>
      <form onSubmit={sending.send}>
        <Stack>
          <Title order={2} size="h4">
            {t('place')}
          </Title>
          <PlaceFields form={sending.form} />
          <FormEnd of={sending} label={common('save')} />
        </Stack>
      </form>
    </Paper>
  )
}

/** What can be done with the place of somebody else. */
function Steps({ employee }: { employee: Employee }) {
  const { status } = employee
  if (status === 'invited') return <InvitationSteps employee={employee} />
  return status === 'ended' ? null : <PlaceSteps employee={employee} />
}

/** Goes to the list, then ends a place: whose place has ended is not found any more. */
function useLeave(): (end: () => Promise<unknown>) => void {
  const navigate = useNavigate()
  const leave = async (end: () => Promise<unknown>) => {
    await navigate({ to: '/people' })
    await end()
    await refresh(['tenants'])
  }
  return (end) => void leave(end).catch(tell)
}

function InvitationSteps({ employee: { id, display_name: name } }: { employee: Employee }) {
  const t = usePeopleWords()
  const may = useMay()
  const resend = useCommand('tenants.resend-invitation')
  const leave = useLeave()
  const send = () => resend.mutate({ id }, { onError: tell, onSuccess: () => tellDone(t('inviteSent')) })
  const ask = () =>
    confirm({
      title: t('cancelTitle'),
      says: t('cancelSays', { name }),
      button: t('cancelInvite'),
      act: () => leave(() => call('tenants.cancel-invitation', { id })),
    })
  return (
    <Group gap="xs">
      {may('tenants.resend-invitation') ? (
        <Button variant="default" loading={resend.isPending} onClick={send}>
          {t('resend')}
        </Button>
      ) : null}
      {may('tenants.cancel-invitation') ? (
        <Button variant="light" color="red" onClick={ask}>
          {t('cancelInvite')}
        </Button>
      ) : null}
    </Group>
  )
}

function PlaceSteps({ employee }: { employee: Employee }) {
  const t = usePeopleWords()
  const common = useCommonWords()
  const may = useMay()
  const update = useCommand('tenants.update-employee')
  const leave = useLeave()
  const clearPin = useCommand('tenants.clear-till-pin')
  const { id, version, display_name: name, status, has_till_pin } = employee
  const set = (next: 'active' | 'suspended') => update.mutate({ id, version, status: next }, { onError: tell })
  const suspend = () =>
    confirm({
      title: t('suspendTitle', { name }),
      says: t('suspendSays'),
      button: t('suspend'),
      act: () => set('suspended'),
    })
  const end = () =>
    confirm({
      title: t('removeTitle', { name }),
      says: t('removeSays'),
      button: common('remove'),
      act: () => leave(() => call('tenants.remove-employee', { id, version })),
    })
  const clear = () =>
    confirm({
      title: t('clearPinTitle'),
      says: t('clearPinSays', { name }),
      button: t('clearPin'),
      act: () => clearPin.mutate({ id }, { onError: tell }),
    })
  const isSuspended = status === 'suspended'
  return (
    <Group gap="xs">
      {has_till_pin && may('tenants.clear-till-pin') ? (
        <Button variant="default" onClick={clear}>
          {t('clearPin')}
        </Button>
      ) : null}
      {may('tenants.update-employee') ? (
        <Button variant="default" onClick={isSuspended ? () => set('active') : suspend}>
          {t(isSuspended ? 'resume' : 'suspend')}
        </Button>
      ) : null}
      {may('tenants.remove-employee') ? (
        <Button variant="light" color="red" onClick={end}>
          {common('remove')}
        </Button>
      ) : null}
    </Group>
  )
}
