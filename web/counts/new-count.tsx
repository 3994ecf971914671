import { Checkbox, Group, Modal, NumberInput, Select, Stack, Textarea } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { Input } from '../api.ts'
import { PickVariant } from '../catalog/pick-variant.tsx'
import { VariantName } from '../catalog/variants.tsx'
import type { Branch } from '../identity/session.ts'
import { Chosen } from '../ui/chosen.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { useWholeList } from '../ui/whole-list.ts'
import { defineWords } from '../ui/words.ts'
import { useCountWords } from './words.ts'

const useWords = defineWords('new-count', {
  begin: ['Begin to count', 'Commencer l’inventaire', 'ابدأ الجرد'],
  days: ['Not counted for so many days', 'Non compté depuis (jours)', 'لم يُجرد منذ (أيام)'],
  blindSays: [
    'Whoever counts does not see what the books say',
    'Le compteur ne voit pas le stock théorique',
    'لا يرى من يعدّ الرصيد الدفتري',
  ],
  freezes: [
    'Nothing that is counted moves until approval',
    'Geler ces articles jusqu’à la validation',
    'تجميد حركة الأصناف حتى الاعتماد',
  ],
  addGoods: ['Goods to count', 'Articles à compter', 'أصناف للجرد'],
})

const subjects = ['everything', 'category', 'variants', 'due'] as const
type Subject = (typeof subjects)[number]
interface Values extends Record<string, unknown> {
  subject: Subject
  category_id: string | null
  variant_ids: string[]
  not_counted_for_days: number
  is_blind: boolean
  freezes_stock: boolean
  notes: string
}

/** Opens a count: of what, blind or not, frozen or not. */
export function NewCount({ branch, onClose }: { branch: Branch; onClose: () => void }) {
  const t = useWords()
  const words = useCountWords()
  const common = useCommonWords()
  const navigate = useNavigate()
  const values: Values = {
    ...{ subject: 'everything', category_id: null, variant_ids: [], not_counted_for_days: 90 },
    ...{ is_blind: false, freezes_stock: false, notes: '' },
  }
  const of = useCommandForm('counts.create-count', {
    values,
    input: (given) => inputOf(branch.id, given),
    onDone: ({ id }) => void navigate({ to: '/counts/$id', params: { id } }),
  })
  const { form } = of
  return (
    <Modal opened onClose={onClose} title={words('new')} size="lg" closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <Select
            label={words('subject')}
            allowDeselect={false}
            data={subjects.map((value) => ({ value, label: words(value) }))}
            {...form.getInputProps('subject')}
          />
          <Narrower form={form} />
          <Checkbox
            label={words('blind')}
            description={t('blindSays')}
            {...form.getInputProps('is_blind', { type: 'checkbox' })}
          />
          <Checkbox label={t('freezes')} {...form.getInputProps('freezes_stock', { type: 'checkbox' })} />
          <Textarea label={words('notes')} autosize {...form.getInputProps('notes')} />
          <FormEnd of={of} label={t('begin')} />
        </Stack>
      </form>
    </Modal>
  )
}

function inputOf(branch_id: string, given: Values): Input<'counts.create-count'> {
  const { subject, is_blind, freezes_stock } = given
  return {
    ...{ branch_id, is_blind, freezes_stock },
    ...(subject === 'category' ? { category_id: given.category_id ?? '' } : {}),
    ...(subject === 'variants' ? { variant_ids: given.variant_ids } : {}),
    ...(subject === 'due' ? { not_counted_for_days: given.not_counted_for_days } : {}),
    ...(given.notes.trim() ? { notes: given.notes.trim() } : {}),
  }
}

/** What more is to be said of some subjects. */
function Narrower({ form }: { form: ReturnType<typeof useCommandForm<'counts.create-count', Values>>['form'] }) {
  const t = useWords()
  const words = useCountWords()
  const { subject, variant_ids } = form.values
  const categories = useWholeList('catalog.list-categories', {}, { enabled: subject === 'category' })
  if (subject === 'category') {
    const data = categories.map(({ id, name }) => ({ value: id, label: name }))
    return <Select label={words('category')} required searchable data={data} {...form.getInputProps('category_id')} />
  }
  if (subject === 'due') {
    return <NumberInput label={t('days')} min={0} max={3650} {...form.getInputProps('not_counted_for_days')} />
  }
  if (subject === 'everything') return null
  const add = (id: string) => variant_ids.includes(id) || form.insertListItem('variant_ids', id)
  return (
    <>
      <PickVariant
        isStockedOnly
        label={t('addGoods')}
        error={form.errors.variant_ids}
        onPick={({ variant_id }) => add(variant_id)}
      />
      <Group gap="xs">
        {variant_ids.map((id, at) => (
          <Chosen key={id} onRemove={() => form.removeListItem('variant_ids', at)}>
            <VariantName id={id} />
          </Chosen>
        ))}
      </Group>
    </>
  )
}
