import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { Reduction } from '../../server/basket/total-basket.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { day, quantity } from '../ui/format.ts'
import { decimalText } from './amount-text.ts'
import { type Basket, type BasketLine, type Change, goodsIdOf } from './basket.ts'
import { useDialogWords } from './dialog-words.ts'
import { useTill } from './engine.tsx'
import { useTillWords } from './words.ts'

interface Reduced {
  readonly percent: string
  readonly amount: string
  readonly reason: string
}

/** Everything that can be said of a line: how much, at which price, with which discount, of which batch. */
export function LineDialog({
  line,
  change,
  close,
}: {
  line: BasketLine
  change: (change: Change) => void
  close: () => void
}) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const { kept } = useTill()
  const goods = kept.goods(goodsIdOf(line))
  const form = useForm({
    initialValues: {
      quantity: line.quantity,
      price: line.unit_price ?? '',
      priceReason: line.price_reason ?? '',
      ...reducedOf(line.discount, line.discount_reason),
      batch: line.batch_id ?? '',
      prescription: line.prescription ?? '',
    },
  })
  const apply = form.onSubmit((values) => {
    const wrong = unreadable(values, ['quantity', 'price', 'amount'])
    if (wrong.length > 0) return form.setErrors(Object.fromEntries(wrong.map((field) => [field, t('unreadable')])))
    change({ do: 'edit', key: line.key, line: lineOf(values, line) })
    close()
  })
  return (
    <Modal opened onClose={close} title={goods?.name ?? t('edit')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={apply}>
        <Stack>
          <TextInput
            label={t('quantity')}
            inputMode="decimal"
            dir="ltr"
            size="md"
            data-autofocus
            {...form.getInputProps('quantity')}
          />
          <Group grow align="flex-start">
            <TextInput label={say('unitPrice')} inputMode="decimal" dir="ltr" {...form.getInputProps('price')} />
            <TextInput label={say('priceReason')} maxLength={200} {...form.getInputProps('priceReason')} />
          </Group>
          <ReductionFields of={form} />
          {goods ? <BatchChoice goods={goods} field={form.getInputProps('batch')} /> : null}
          {goods?.is_prescription_only ? (
            <TextInput label={say('prescription')} maxLength={100} {...form.getInputProps('prescription')} />
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common('cancel')}
            </Button>
            <Button type="submit">{say('apply')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** The fields whose text is no number. */
function unreadable<F extends string>(values: Readonly<Record<F, string>>, fields: readonly F[]): F[] {
  return fields.filter((field) => String(values[field]).trim() !== '' && decimalText(String(values[field])) === '')
}

interface LineValues extends Reduced {
  readonly quantity: string
  readonly price: string
  readonly priceReason: string
  readonly batch: string
  readonly prescription: string
}

function lineOf(values: LineValues, line: BasketLine): Partial<BasketLine> {
  const price = decimalText(values.price)
  const discount = reductionOf(values)
  return {
    quantity: decimalText(String(values.quantity)) || line.quantity,
    unit_price: price || undefined,
    price_reason: price ? values.priceReason.trim() || undefined : undefined,
    discount,
    discount_reason: discount ? values.reason.trim() || undefined : undefined,
    batch_id: values.batch || undefined,
    prescription: values.prescription.trim() || undefined,
  }
}

/** Which batch leaves the shelf, of goods that lie in some. */
function BatchChoice({ goods, field }: { goods: { readonly variant_id: string }; field: object }) {
  const t = useTillWords()
  const say = useDialogWords()
  const { kept } = useTill()
  const levels = kept.stock(goods.variant_id)?.levels.filter(({ batch_id }) => batch_id !== null) ?? []
  if (levels.length === 0) return null
  const choices = levels.map(({ batch_id, number, expires_on, available, is_blocked }) => {
    const expiry = expires_on ? t('expires', { day: day(expires_on) }) : ''
    const label = [number, expiry, t('inStock', { quantity: quantity(available) })].filter(Boolean).join(' · ')
    return { value: batch_id ?? '', label, disabled: is_blocked }
  })
  return (
    <Select
      label={say('batch')}
      data={[{ value: '', label: say('batchFirst') }, ...choices]}
      allowDeselect={false}
      {...field}
    />
  )
}

/** Takes something off the whole basket. */
export function BasketDiscount({
  basket,
  change,
  close,
}: {
  basket: Basket
  change: (change: Change) => void
  close: () => void
}) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const form = useForm({ initialValues: reducedOf(basket.discount, basket.discount_reason) })
  const apply = form.onSubmit((values) => {
    if (unreadable(values, ['amount']).length > 0) return form.setErrors({ amount: t('unreadable') })
    const discount = reductionOf(values)
    change({ do: 'discount', discount, reason: discount ? values.reason.trim() || undefined : undefined })
    close()
  })
  return (
    <Modal opened onClose={close} title={t('discount')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={apply}>
        <Stack>
          <ReductionFields of={form} isFirst />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common('cancel')}
            </Button>
            <Button type="submit">{say('apply')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function ReductionFields({
  of,
  isFirst = false,
}: {
  of: { getInputProps: (name: string) => object }
  isFirst?: boolean
}) {
  const t = useDialogWords()
  return (
    <>
      <Group grow align="flex-start">
        <NumberInput
          label={t('discountPercent')}
          min={0}
          max={100}
          decimalScale={2}
          hideControls
          {...(isFirst ? { 'data-autofocus': true } : {})}
          {...of.getInputProps('percent')}
        />
        <TextInput label={t('discountAmount')} inputMode="decimal" dir="ltr" {...of.getInputProps('amount')} />
      </Group>
      <TextInput label={t('discountReason')} maxLength={200} {...of.getInputProps('reason')} />
    </>
  )
}

function reducedOf(reduction: Reduction | undefined, reason: string | undefined): Reduced {
  return {
    percent: reduction && 'percent' in reduction ? reduction.percent : '',
    amount: reduction && 'amount' in reduction ? reduction.amount : '',
    reason: reason ?? '',
  }
}

/** The percentage counts where both are given. */
function reductionOf({ percent, amount }: Reduced): Reduction | undefined {
  const off = decimalText(String(percent))
  if (Number(off) > 0) return { percent: off }
  const taken = decimalText(amount)
  return Number(taken) > 0 ? { amount: taken } : undefined
}
