import { Button, Checkbox, Modal, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useWorkplace } from '../identity/session.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { todayIn } from '../ui/format.ts'
import { Empty } from '../ui/page.tsx'
import { tellDone } from '../ui/tell.tsx'
import { useOpenLists, usePlaceOf } from './use-price-lists.ts'
import { usePricingWords } from './words.ts'

interface NewPriceProps {
  readonly variantId: string
  readonly unit: string
  readonly close: () => void
}

/** A price of a variant from today or later on. */
export function NewPrice(props: NewPriceProps) {
  const t = usePricingWords()
  const common = useCommonWords()
  const lists = useOpenLists()
  return (
    <Modal opened onClose={props.close} title={t('newPrice')} closeButtonProps={{ 'aria-label': common('close') }}>
      {lists.length === 0 ? (
        <Empty
          title={t('noLists')}
          action={<Button renderRoot={(link) => <Link to="/price-lists" {...link} />}>{t('lists')}</Button>}
        >
          {t('noListsText')}
        </Empty>
      ) : (
        <Form {...props} lists={lists} />
      )}
    </Modal>
  )
}

function Form({ variantId, unit, close, lists }: NewPriceProps & { lists: ReturnType<typeof useOpenLists> }) {
  const t = usePricingWords()
  const common = useCommonWords()
  const placeOf = usePlaceOf()
  const { tenant } = useWorkplace()
  const sending = useCommandForm('pricing.create-price', {
    values: {
      price_list_id: lists[0]?.id ?? '',
      unit_price: '',
      min_quantity: '',
      valid_from: todayIn(tenant.time_zone),
      valid_through: '',
      replaces: true,
    },
    input: ({ min_quantity, valid_through, ...values }) => ({
      ...values,
      variant_id: variantId,
      ...(min_quantity ? { min_quantity } : {}),
      ...(valid_through ? { valid_through } : {}),
    }),
    onDone: () => {
      tellDone(common('saved'))
      close()
    },
  })
  const { form } = sending
  const currency = lists.find(({ id }) => id === form.values.price_list_id)?.currency ?? ''
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Select
          label={t('list')}
          allowDeselect={false}
          data={lists.map((list) => ({ value: list.id, label: `${list.name} · ${placeOf(list)}` }))}
          {...form.getInputProps('price_list_id')}
        />
        <SimpleGrid cols={2}>
          <AmountInput
            label={t('unitPrice')}
            currency={currency}
            required
            data-autofocus
            {...form.getInputProps('unit_price')}
          />
          <TextInput
            label={t('fromQuantity')}
            inputMode="decimal"
            rightSection={<Text size="xs">{unit}</Text>}
            rightSectionWidth={72}
            {...form.getInputProps('min_quantity')}
          />
          <TextInput label={t('from')} type="date" required {...form.getInputProps('valid_from')} />
          <TextInput label={t('through')} type="date" {...form.getInputProps('valid_through')} />
        </SimpleGrid>
        <Checkbox label={t('replaces')} {...form.getInputProps('replaces', { type: 'checkbox' })} />
        <FormEnd of={sending} label={common('save')} />
      </Stack>
    </form>
  )
}
