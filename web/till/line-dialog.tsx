import { Button, Group, Modal, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { Reduction } from '../../server/basket/total-basket.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { day, quantity } from '../ui/format.ts'
import { decimalText } from './amount-text.ts'
import type { Basket, BasketLine, Change } from './basket.ts'
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
  const common = useCommonWords()
  const { kept } = useTill()
  const goods = kept.goods(line.variant_id ?? '') ?? kept.goodsOfBarcode(line.barcode ?? '')
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
  const batches = goods ? (kept.stock(goods.variant_id)?.levels.filter(({ batch_id }) => batch_id !== null) ?? []) : []
  const apply = form.onSubmit((values) => {
    const price = decimalText(values.price)
    change({
      do: 'edit',
      key: line.key,
      line: {
        quantity: decimalText(String(values.quantity)) || line.quantity,
        unit_price: price || undefined,
        price_reason: price ? values.priceReason.trim() || undefined : undefined,
        discount: reductionOf(values),
        discount_reason: reductionOf(values) ? values.reason.trim() || undefined : undefined,
        batch_id: values.batch || undefined,
        prescription: values.prescription.trim() || undefined,
      },
    })
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
            <TextInput label={t('unitPrice')} inputMode="decimal" dir="ltr" {...form.getInputProps('price')} />
            <TextInput label={t('priceReason')} maxLength={200} {...form.getInputProps('priceReason')} />
          </Group>
          <ReductionFields of={form} />
          {batches.length > 0 ? (
            <Select
              label={t('batch')}
              data={[
                { value: '', label: t('batchFirst') },
                ...batches.map(({ batch_id, number, expires_on, available, is_blocked }) => ({
                  value: batch_id ?? '',
                  label: [
                    number,
                    expires_on ? t('expires', { day: day(expires_on) }) : '',
                    t('inStock', { quantity: quantity(available) }),
                  ]
                    .filter(Boolean)
                    .join(' · '),
                  disabled: is_blocked,
                })),
              ]}
              allowDeselect={false}
              {...form.getInputProps('batch')}
            />
          ) : null}
          {goods?.is_prescription_only ? (
            <TextInput label={t('prescription')} maxLength={100} {...form.getInputProps('prescription')} />
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {common('cancel')}
            </Button>
            <Button type="submit">{t('apply')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
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
  const common = useCommonWords()
  const form = useForm({ initialValues: reducedOf(basket.discount, basket.discount_reason) })
  const apply = form.onSubmit((values) => {
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
            <Button type="submit">{t('apply')}</Button>
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
  const t = useTillWords()
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
