import { Anchor, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useCommand, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tell } from '../ui/tell.tsx'
import { Adding, Detail, DetailRow } from './detail.tsx'
import type { PartyInFull } from './roles.ts'
import { usePartyWords } from './words.ts'

interface PartProps {
  readonly party: PartyInFull
  /** Nothing is changed any more. */
  readonly isOver: boolean
}

/** Persons to ask for. */
export function Contacts({ party, isOver }: PartProps) {
  const t = usePartyWords()
  const may = useMay()
  const [isAdding, adding] = useDisclosure()
  const remove = useCommand('parties.remove-contact')
  const mayRemove = may('parties.remove-contact') && !isOver
  return (
    <>
      <Detail
        title={t('contacts')}
        none={t('noContacts')}
        add={may('parties.add-contact') && !isOver ? { label: t('addContact'), open: adding.open } : undefined}
      >
        {party.contacts.map(({ id, version, name, job_title, email, phone }) => (
          <DetailRow
            key={id}
            name={name ?? ''}
            remove={mayRemove ? () => remove.mutate({ id, version }, { onError: tell }) : undefined}
          >
            <Text size="sm" fw={500}>
              {name}{' '}
              <Text span size="sm" c="dimmed">
                {job_title}
              </Text>
            </Text>
            <Group gap="sm">
              {phone ? (
                <Anchor size="sm" href={`tel:${phone.replaceAll(' ', '')}`} className="code">
                  {phone}
                </Anchor>
              ) : null}
              {email ? (
                <Anchor size="sm" href={`mailto:${email}`} className="code">
                  {email}
                </Anchor>
              ) : null}
            </Group>
          </DetailRow>
        ))}
      </Detail>
      {isAdding ? <AddContact partyId={party.id} close={adding.close} /> : null}
    </>
  )
}

function AddContact({ partyId, close }: { partyId: string; close: () => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const sending = useCommandForm('parties.add-contact', {
    values: { name: '', job_title: '', phone: '', email: '' },
    input: ({ name, ...others }) => ({
      party_id: partyId,
      name,
      ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== '')),
    }),
    onDone: close,
  })
  const { form } = sending
  return (
    <Adding title={t('addContact')} close={close}>
      <form onSubmit={sending.send}>
        <Stack>
          <TextInput label={t('name')} required data-autofocus {...form.getInputProps('name')} />
          <TextInput label={t('jobTitle')} {...form.getInputProps('job_title')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('phone')} type="tel" dir="ltr" {...form.getInputProps('phone')} />
            <TextInput label={t('email')} type="email" dir="ltr" {...form.getInputProps('email')} />
          </SimpleGrid>
          <FormEnd of={sending} label={common('add')} />
        </Stack>
      </form>
    </Adding>
  )
}

/** Tax numbers by country and scheme. */
export function TaxNumbers({ party, isOver }: PartProps) {
  const t = usePartyWords()
  const may = useMay()
  const [isAdding, adding] = useDisclosure()
  const remove = useCommand('parties.remove-tax-number')
  const mayRemove = may('parties.remove-tax-number') && !isOver
  return (
    <>
      <Detail
        title={t('taxNumbers')}
        none={t('noTaxNumbers')}
        add={may('parties.add-tax-number') && !isOver ? { label: t('addTaxNumber'), open: adding.open } : undefined}
      >
        {party.tax_numbers.map(({ id, version, country, scheme, number }) => (
          <DetailRow
            key={id}
            name={number ?? ''}
            remove={mayRemove ? () => remove.mutate({ id, version }, { onError: tell }) : undefined}
          >
            <Text size="sm">
              <Text span size="sm" c="dimmed">
                {scheme} ({country})
              </Text>{' '}
              <span className="code">{number}</span>
            </Text>
          </DetailRow>
        ))}
      </Detail>
      {isAdding ? <AddTaxNumber partyId={party.id} close={adding.close} /> : null}
    </>
  )
}

/** Countries by their names, to choose from. */
export function useCountryChoices() {
  const { data } = useRead('reference.list-countries', {}, { staleTime: 3_600_000 })
  return (data?.items ?? []).map(({ code, name }) => ({ value: code, label: name }))
}

function AddTaxNumber({ partyId, close }: { partyId: string; close: () => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const sending = useCommandForm('parties.add-tax-number', {
    values: { country: '', scheme: '', number: '' },
    input: ({ scheme, ...others }) => ({ party_id: partyId, scheme: scheme.toUpperCase(), ...others }),
    onDone: close,
  })
  const { form } = sending
  return (
    <Adding title={t('addTaxNumber')} close={close}>
      <form onSubmit={sending.send}>
        <Stack>
          <Select
            label={t('country')}
            required
            searchable
            data-autofocus
            data={useCountryChoices()}
            {...form.getInputProps('country')}
          />
          <SimpleGrid cols={2}>
            <TextInput label={t('scheme')} required dir="ltr" {...form.getInputProps('scheme')} />
            <TextInput label={t('number')} required dir="ltr" {...form.getInputProps('number')} />
          </SimpleGrid>
          <FormEnd of={sending} label={common('add')} />
        </Stack>
      </form>
    </Adding>
  )
}
