import {
  Alert,
  Badge,
  Button,
  Fieldset,
  Grid,
  Paper,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useCommand, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Held } from '../ui/held.tsx'
import { Page, Pending } from '../ui/page.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { Addresses } from './party-addresses.tsx'
import { Contacts, TaxNumbers } from './party-contacts.tsx'
import { Roles } from './party-roles.tsx'
import type { PartyInFull } from './roles.ts'
import { usePartyWords } from './words.ts'

/** One customer or supplier. */
export function Party() {
  const { id } = useParams({ strict: false })
  const { data, error } = useRead('parties.get-party', { id: id ?? '' })
  if (!data) return <Pending error={error} />
  return <Known party={data} />
}

function Known({ party }: { party: PartyInFull }) {
  const t = usePartyWords()
  const isOver = party.deleted_at !== null || party.anonymised_at !== null
  const title = party.anonymised_at ? t('forgottenName') : (party.name ?? '')
  return (
    <Page title={title} about={t(party.kind)} actions={<Steps party={party} />}>
      {party.anonymised_at ? null : (
        <Grid gap="md">
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Stack>
              <Held of={party}>{(held) => <Facts party={held} isOver={isOver} />}</Held>
              <Roles party={party} isOver={isOver} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Stack>
              <Contacts party={party} isOver={isOver} />
              <Addresses party={party} isOver={isOver} />
              <TaxNumbers party={party} isOver={isOver} />
            </Stack>
          </Grid.Col>
        </Grid>
      )}
      {party.anonymised_at ? <Alert color="gray">{t('forgotten')}</Alert> : null}
    </Page>
  )
}

function Steps({ party }: { party: PartyInFull }) {
  const t = usePartyWords()
  const may = useMay()
  const { id, version, deleted_at, anonymised_at } = party
  const restore = useCommand('parties.restore-party')
  const isCustomer = party.roles.some(({ role }) => role === 'customer')
  return (
    <>
      {deleted_at && !anonymised_at ? (
        <Badge color="gray" variant="light" tt="none">
          {t('deleted')}
        </Badge>
      ) : null}
      {isCustomer && may('sales.list-sales') ? (
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/sales" search={{ customer: id } as never} {...props} />}
        >
          {t('theirSales')}
        </Button>
      ) : null}
      {deleted_at && !anonymised_at && may('parties.restore-party') ? (
        <Button variant="default" onClick={() => restore.mutate({ id, version }, { onError: tell })}>
          {t('restore')}
        </Button>
      ) : null}
      {!deleted_at && !anonymised_at ? <Delete party={party} /> : null}
      {!anonymised_at ? <Forget party={party} /> : null}
    </>
  )
}

function Delete({ party }: { party: PartyInFull }) {
  const t = usePartyWords()
  const may = useMay()
  const navigate = useNavigate()
  const remove = useCommand('parties.delete-party')
  const { id, version } = party
  const ask = () =>
    confirm({
      title: t('deleteTitle', { name: party.name ?? '' }),
      says: t('deleteSays'),
      button: t('delete'),
      act: () => remove.mutate({ id, version }, { onError: tell, onSuccess: () => void navigate({ to: '/parties' }) }),
    })
  if (!may('parties.delete-party')) return null
  return (
    <Button variant="light" color="red" onClick={ask}>
      {t('delete')}
    </Button>
  )
}

function Forget({ party }: { party: PartyInFull }) {
  const t = usePartyWords()
  const may = useMay()
  const forget = useCommand('parties.anonymise-party', ['sales'])
  const { id, version } = party
  const ask = () =>
    confirm({
      title: t('forgetTitle', { name: party.name ?? '' }),
      says: t('forgetSays'),
      button: t('forget'),
      act: () => forget.mutate({ id, version }, { onError: tell }),
    })
  if (!may('parties.anonymise-party')) return null
  return (
    <Button variant="subtle" color="red" onClick={ask}>
      {t('forget')}
    </Button>
  )
}

function valuesOf({ name, first_name, last_name, legal_name, email, phone, preferred_locale, note }: PartyInFull) {
  return {
    name: name ?? '',
    first_name: first_name ?? '',
    last_name: last_name ?? '',
    legal_name: legal_name ?? '',
    email: email ?? '',
    phone: phone ?? '',
    preferred_locale: preferred_locale ?? '',
    note: note ?? '',
  }
}

function Facts({ party, isOver }: { party: PartyInFull; isOver: boolean }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const may = useMay()
  const mayChange = may('parties.update-party') && !isOver
  const { id, version } = party
  const sending = useCommandForm('parties.update-party', {
    values: valuesOf(party),
    input: ({ name, ...others }) => ({
      id,
      version,
      ...(name ? { name } : {}),
      ...Object.fromEntries(Object.entries(others).map(([field, value]) => [field, value || null])),
    }),
    onDone: () => tellDone(common('saved')),
  })
  const { form } = sending
  return (
    <Paper withBorder p="md">
      <form onSubmit={sending.send}>
        <Fieldset variant="unstyled" disabled={!mayChange}>
          <Stack>
            <Title order={2} size="h4">
              {t('facts')}
            </Title>
            <TextInput label={t('name')} required {...form.getInputProps('name')} />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              {party.kind === 'person' ? (
                <>
                  <TextInput label={t('firstName')} {...form.getInputProps('first_name')} />
                  <TextInput label={t('lastName')} {...form.getInputProps('last_name')} />
                </>
              ) : (
                <TextInput label={t('legalName')} {...form.getInputProps('legal_name')} />
              )}
              <TextInput label={t('phone')} type="tel" dir="ltr" {...form.getInputProps('phone')} />
              <TextInput label={t('email')} type="email" dir="ltr" {...form.getInputProps('email')} />
              <TextInput label={t('locale')} dir="ltr" {...form.getInputProps('preferred_locale')} />
            </SimpleGrid>
            <Textarea label={t('note')} autosize minRows={2} {...form.getInputProps('note')} />
            {mayChange ? <FormEnd of={sending} label={common('save')} /> : null}
          </Stack>
        </Fieldset>
      </form>
    </Paper>
  )
}
