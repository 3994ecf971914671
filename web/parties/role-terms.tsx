import { Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { type Input, useRead } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import type { PartyInFull, Role } from './roles.ts'
import { useGroups } from './use-groups.ts'
import { usePartyWords } from './words.ts'

/** The terms of a party in a role; for one it does not have, saving them makes it have it. */
export function RoleTerms({ party, role, close }: { party: PartyInFull; role: Role; close: () => void }) {
  const t = usePartyWords()
  const common = useCommonWords()
  const groups = useGroups()
  const known = party.roles.find((one) => one.role === role)
  const delivers = role === 'supplier' || role === 'vendor'
  const sending = useCommandForm('parties.set-role', {
    values: {
      code: known?.code ?? '',
      group_id: known?.group_id ?? '',
      lead_time_days: known?.lead_time_days ?? '',
      payment_days: known?.payment_days?.toString() ?? '',
      payment_terms: known?.payment_terms ?? '',
      currency: known?.currency ?? '',
      minimum_order: known?.minimum_order ?? '',
    },
    input: ({ payment_days, group_id, lead_time_days, minimum_order, ...others }) => {
      const ours = delivers ? { lead_time_days, minimum_order } : { group_id }
      const texts = Object.entries({ ...others, ...ours }).map(([field, value]) => [field, value || null])
      return {
        id: party.id,
        role,
        version: known?.version ?? 0,
        payment_days: payment_days === '' ? null : Math.trunc(+payment_days),
        ...Object.fromEntries(texts),
      } as Input<'parties.set-role'>
    },
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  const { form } = sending
  const { data } = useRead('reference.list-currencies', {}, { staleTime: 3_600_000 })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <SimpleGrid cols={2}>
          <TextInput label={t('code')} data-autofocus dir="ltr" {...form.getInputProps('code')} />
          {delivers ? (
            <TextInput label={t('leadTime')} inputMode="decimal" {...form.getInputProps('lead_time_days')} />
          ) : (
            <Select
              label={t('group')}
              clearable
              data={groups.map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps('group_id')}
            />
          )}
          <TextInput label={t('paymentDays')} inputMode="numeric" {...form.getInputProps('payment_days')} />
          <TextInput label={t('paymentTerms')} {...form.getInputProps('payment_terms')} />
          <Select
            label={t('currency')}
            clearable
            searchable
            data={(data?.items ?? []).map(({ code }) => code)}
            {...form.getInputProps('currency')}
          />
          {delivers ? (
            <TextInput label={t('minimumOrder')} inputMode="decimal" {...form.getInputProps('minimum_order')} />
          ) : null}
        </SimpleGrid>
        <FormEnd of={sending} label={common('save')} />
      </Stack>
    </form>
  )
}
