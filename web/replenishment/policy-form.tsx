import { Checkbox, Modal, SimpleGrid, Stack, TextInput } from '@mantine/core'
import type { Input, Output } from '../api.ts'
import { PickVariant } from '../catalog/pick-variant.tsx'
import { VariantName } from '../catalog/variants.tsx'
import { type Branch, useBranch, useWorkplace } from '../identity/session.ts'
import { PickSupplier } from '../parties/pick-party.tsx'
import { AmountInput } from '../ui/amount-input.tsx'
import { Chosen } from '../ui/chosen.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { todayIn } from '../ui/format.ts'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { useReorderWords } from './words.ts'

const useWords = defineWords('policy', {
  title: ['Stock policy', 'Règle de stock', 'سياسة المخزون'],
  goods: ['For these goods; all unless chosen', 'Pour cet article ; tous sinon', 'لهذا الصنف؛ أو لكل الأصناف'],
  onlyHere: ['Only in {{branch}}', 'Seulement à {{branch}}', 'في {{branch}} فقط'],
  leave: ['What is left empty is computed.', 'Ce qui est vide est calculé.', 'ما يُترك فارغًا يُحسب.'],
})

type Policy = Output<'replenishment.list-policies'>['items'][number]

const figures = [
  ['reorder_point', 'reorderPoint'],
  ['reorder_quantity', 'reorderQuantity'],
  ['minimum_stock', 'minimum'],
  ['maximum_stock', 'maximum'],
  ['safety_stock', 'safetyStock'],
  ['lead_time_days', 'leadTime'],
  ['service_level', 'serviceLevel'],
  ['target_days_of_supply', 'daysTarget'],
] as const
type Figure = (typeof figures)[number][0]
type Values = Record<Figure, string> & {
  variant_id: string
  is_here: boolean
  supplier_id: string
  valid_from: string
  valid_through: string
}

/** Makes a policy, or changes what one says; what it is for stays. */
export function PolicyForm({ policy, onClose }: { policy: Policy | undefined; onClose: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const branch = useBranch()
  return (
    <Modal opened onClose={onClose} title={t('title')} size="lg" closeButtonProps={{ 'aria-label': common('close') }}>
      {policy ? <Change policy={policy} onClose={onClose} /> : <Create branch={branch} onClose={onClose} />}
    </Modal>
  )
}

function valuesOf(policy: Policy | undefined, today: string): Values {
  const read = figures.map(([key]) => [key, policy?.[key] ?? ''] as const)
  return {
    ...(Object.fromEntries(read) as Record<Figure, string>),
    ...{ variant_id: policy?.variant_id ?? '', is_here: true, supplier_id: policy?.supplier_id ?? '' },
    ...{ valid_from: policy?.valid_from ?? today, valid_through: policy?.valid_through ?? '' },
  }
}

/** What is written, and null for what is left empty. */
function said(values: Values) {
  const pairs = figures.map(([key]) => [key, values[key].trim() || null] as const)
  return {
    ...(Object.fromEntries(pairs) as Record<Figure, string | null>),
    supplier_id: values.supplier_id || null,
    valid_from: values.valid_from,
  }
}

function useDone(onClose: () => void) {
  const common = useCommonWords()
  return () => {
    tellDone(common('saved'))
    onClose()
  }
}

function Create({ branch, onClose }: { branch: Branch | undefined; onClose: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const { tenant } = useWorkplace()
  const of = useCommandForm('replenishment.create-policy', {
    values: valuesOf(undefined, todayIn(tenant.time_zone)),
    input: (values): Input<'replenishment.create-policy'> => ({
      ...said(values),
      ...(values.variant_id ? { variant_id: values.variant_id } : {}),
      ...(branch && values.is_here ? { branch_id: branch.id } : {}),
      ...(values.valid_through ? { valid_through: values.valid_through } : {}),
    }),
    onDone: useDone(onClose),
  })
  const { form } = of
  const { variant_id } = form.values
  return (
    <form onSubmit={of.send}>
      <Stack>
        {variant_id ? (
          <Chosen onRemove={() => form.setFieldValue('variant_id', '')}>
            <VariantName id={variant_id} />
          </Chosen>
        ) : (
          <PickVariant
            isStockedOnly
            label={t('goods')}
            onPick={(picked) => form.setFieldValue('variant_id', picked.variant_id)}
          />
        )}
        {branch ? (
          <Checkbox
            label={t('onlyHere', { branch: branch.name })}
            {...form.getInputProps('is_here', { type: 'checkbox' })}
          />
        ) : null}
        <Fields form={form} />
        <FormEnd of={of} label={common('create')} />
      </Stack>
    </form>
  )
}

function Change({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const common = useCommonWords()
  const of = useCommandForm('replenishment.update-policy', {
    values: valuesOf(policy, policy.valid_from),
    input: (values): Input<'replenishment.update-policy'> => ({
      ...{ id: policy.id, version: policy.version },
      ...said(values),
      valid_through: values.valid_through || null,
    }),
    onDone: useDone(onClose),
  })
  return (
    <form onSubmit={of.send}>
      <Stack>
        {policy.variant_id === null ? null : <VariantName id={policy.variant_id} />}
        <Fields form={of.form} />
        <FormEnd of={of} label={common('save')} />
      </Stack>
    </form>
  )
}

function Fields({ form }: { form: ReturnType<typeof useCommandForm<'replenishment.create-policy', Values>>['form'] }) {
  const t = useWords()
  const words = useReorderWords()
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        {figures.map(([key, word]) => (
          <AmountInput key={key} currency="" rightSectionWidth={0} label={words(word)} {...form.getInputProps(key)} />
        ))}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <PickSupplier label={words('supplier')} description={t('leave')} {...form.getInputProps('supplier_id')} />
        <TextInput type="date" required label={words('from')} {...form.getInputProps('valid_from')} />
        <TextInput type="date" label={words('through')} {...form.getInputProps('valid_through')} />
      </SimpleGrid>
    </>
  )
}
