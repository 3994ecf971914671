import { Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type Input, useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tell } from '../ui/tell.tsx'
import { Adding, Detail, DetailRow } from './detail.tsx'
import { useCountryChoices } from './party-contacts.tsx'
import type { PartyInFull } from './roles.ts'
import { usePartyWords } from './words.ts'

const purposes = ['billing', 'delivery', 'other'] as const

/** Where a party is written to and delivered to. */
export function Addresses({ party, isOver }: { party: PartyInFull; isOver: boolean }) {
  const t = usePartyWords()
  const may = useMay()
  const [isAdding, adding] = useDisclosure()
  const remove = useCommand('parties.remove-address')
  const mayRemove = may('parties.remove-address') && !isOver
  const countries = new Map(useCountryChoices().map(({ value, label }) => [value, label]))
  return (
    <>
      <Detail
        title={t('addresses')}
        none={t('noAddresses')}
        add={may('parties.add-address') && !isOver ? { label: t('addAddress'), open: adding.open } : undefined}
      >
        {party.addresses.map(({ id, version, purpose, street, postal_code, district, city, country }) => (
          <DetailRow
            key={id}
            name={street ?? city ?? ''}
            remove={mayRemove ? () => remove.mutate({ id, version }, { onError: tell }) : undefined}
          >
            <Text size="xs" c="dimmed">
              {t(purpose)}
            </Text>
            {[street, district, [postal_code, city].filter(Boolean).join(' '), countries.get(country)]
              .filter(Boolean)
              .map((line) => (
                <Text key={line} size="sm">
                  {line}
                </Text>
              ))}
          </DetailRow>
        ))}
      </Detail>
      {isAdding ? <AddAddress partyId={party.id} close={adding.close} /> : null}
    </>
  )
}

function AddAddress({ partyId, close }: { partyId: string; close: () => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const sending = useCommandForm('parties.add-address', {
    values: { purpose: 'billing', street: '', postal_code: '', city: '', district: '', country: '' },
    input: ({ purpose, country, ...others }) =>
      ({
        party_id: partyId,
        purpose,
        country,
        ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== '')),
      }) as Input<'parties.add-address'>,
    onDone: close,
  })
  const { form } = sending
  return (
    <Adding title={t('addAddress')} close={close}>
      <form onSubmit={sending.send}>
        <Stack>
          <Select
            label={t('purpose')}
            allowDeselect={false}
            data={purposes.map((value) => ({ value, label: t(value) }))}
            {...form.getInputProps('purpose')}
          />
          <TextInput label={t('street')} data-autofocus {...form.getInputProps('street')} />
          <SimpleGrid cols={2}>
            <TextInput label={t('postalCode')} {...form.getInputProps('postal_code')} />
            <TextInput label={t('city')} {...form.getInputProps('city')} />
            <TextInput label={t('district')} {...form.getInputProps('district')} />
            <Select
              label={t('country')}
              required
              searchable
              data={useCountryChoices()}
              {...form.getInputProps('country')}
            />
          </SimpleGrid>
          <FormEnd of={sending} label={common('add')} />
        </Stack>
      </form>
    </Adding>
  )
}
