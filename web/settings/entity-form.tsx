import { Modal, Select, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import type { Listing } from '../ui/list.tsx'
import { tellDone } from '../ui/tell.tsx'
import { countryName, usePlaceChoices } from './place-names.ts'
import { useSettingWords } from './words.ts'

type Entity = Listing<'tenants.list-entities'>

/** Makes a legal entity, or changes one, in a window. */
export function EntityForm({ entity, close }: { entity: Entity | 'new'; close: () => void }) {
  const t = useSettingWords()
  const common = useCommonWords()
  return (
    <Modal
      opened
      onClose={close}
      title={entity === 'new' ? t('newEntity') : entity.legal_name}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {entity === 'new' ? <Create close={close} /> : <Edit entity={entity} close={close} />}
    </Modal>
  )
}

function Create({ close }: { close: () => void }) {
  const t = useSettingWords()
  const common = useCommonWords()
  const { countries, currencies, usualCurrency } = usePlaceChoices()
  const sending = useCommandForm('tenants.create-entity', {
    values: { legal_name: '', country: '', currency: '', tax_number: '', address: '' },
    input: ({ tax_number, address, ...values }) => ({
      ...values,
      ...(tax_number ? { tax_number } : {}),
      ...(address ? { address } : {}),
    }),
    touches: ['ledger'],
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  const { form } = sending
  const choose = (country: string | null) => {
    form.setFieldValue('country', country ?? '')
    form.setFieldValue('currency', usualCurrency(country ?? '') ?? form.values.currency)
  }
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput
          label={t('legalName')}
          required
          data-autofocus
          maxLength={200}
          {...form.getInputProps('legal_name')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={t('country')}
            required
            searchable
            allowDeselect={false}
            limit={50}
            data={[...countries]}
            {...form.getInputProps('country')}
            onChange={choose}
          />
          <Select
            label={t('currency')}
            required
            searchable
            allowDeselect={false}
            limit={50}
            data={[...currencies]}
            {...form.getInputProps('currency')}
          />
        </SimpleGrid>
        <Text size="xs" c="dimmed">
          {t('currencyStays')}
        </Text>
        <Fields form={form} />
        <FormEnd of={sending} label={common('create')} />
      </Stack>
    </form>
  )
}

function Edit({ entity, close }: { entity: Entity; close: () => void }) {
  const t = useSettingWords()
  const common = useCommonWords()
  const { id, version, legal_name, tax_number, address, is_active } = entity
  const sending = useCommandForm('tenants.update-entity', {
    values: { legal_name, tax_number: tax_number ?? '', address: address ?? '', is_active },
    input: (values) => ({
      ...values,
      id,
      version,
      tax_number: values.tax_number || null,
      address: values.address || null,
    }),
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput label={t('legalName')} required maxLength={200} {...sending.form.getInputProps('legal_name')} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={t('country')} readOnly variant="filled" value={countryName(entity.country)} />
          <TextInput label={t('currency')} readOnly variant="filled" value={entity.currency} />
        </SimpleGrid>
        <Fields form={sending.form} />
        <Switch
          label={t('isActive')}
          description={t('isActiveSays')}
          {...sending.form.getInputProps('is_active', { type: 'checkbox' })}
        />
        <FormEnd of={sending} label={common('save')} />
      </Stack>
    </form>
  )
}

interface FormOf {
  getInputProps(name: 'tax_number' | 'address'): object
}

function Fields({ form }: { form: FormOf }) {
  const t = useSettingWords()
  return (
    <>
      <TextInput
        label={t('taxNumber')}
        description={t('taxNumberSays')}
        dir="ltr"
        maxLength={50}
        {...form.getInputProps('tax_number')}
      />
      <Textarea label={t('address')} autosize minRows={2} maxLength={500} {...form.getInputProps('address')} />
    </>
  )
}
