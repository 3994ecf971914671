import { Button, Checkbox, Collapse, Group, Modal, Select, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { call, type Input, type Output, refresh } from '../api.ts'
import { useMay, useWorkplace } from '../identity/session.ts'
import { useOpenLists } from '../pricing/use-price-lists.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { todayIn } from '../ui/format.ts'
import { tell, tellDone } from '../ui/tell.tsx'
import { asChoices, pathChoices, useCategories, useTaxClasses, useUnits } from './use-catalog.ts'
import { useCatalogWords } from './words.ts'

const blank = {
  name: '',
  kind: 'stocked',
  unit_id: '',
  tax_class_id: '',
  category_id: '',
  sku: '',
  barcode: '',
  price: '',
  description: '',
  is_expiry_tracked: false,
  is_prescription_only: false,
  is_open_price: false,
}
type Values = typeof blank

function inputOf(values: Values): Input<'catalog.create-product'> {
  const { name, unit_id, tax_class_id, category_id, sku, barcode, description } = values
  const variant = { ...(sku ? { sku } : {}), ...(barcode ? { barcodes: [barcode] } : {}) }
  return {
    name,
    kind: values.kind as 'stocked',
    unit_id,
    tax_class_id,
    ...(category_id ? { category_id } : {}),
    ...(description ? { description } : {}),
    is_expiry_tracked: values.is_expiry_tracked && values.kind === 'stocked',
    is_prescription_only: values.is_prescription_only,
    is_open_price: values.is_open_price,
    ...(sku || barcode ? { variants: [variant] } : {}),
  }
}

/** What is needed to sell something, and nothing more unless it is asked for. */
export function CreateProduct({ close }: { close: () => void }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const units = useUnits()
  const taxes = useTaxClasses()
  // The form begins with what most goods are, so it waits for that.
  const isReady = units.length > 0 && taxes.length > 0
  return (
    <Modal opened onClose={close} title={t('create')} size="lg" closeButtonProps={{ 'aria-label': common('close') }}>
      {isReady ? <Form close={close} units={units} taxes={taxes} /> : null}
    </Modal>
  )
}

interface FormProps {
  readonly close: () => void
  readonly units: ReturnType<typeof useUnits>
  readonly taxes: ReturnType<typeof useTaxClasses>
}

function useProductForm({ close, units, taxes }: FormProps) {
  const t = useCatalogWords()
  const navigate = useNavigate()
  const isAnother = useRef(false)
  const putPrice = usePutPrice()
  const usual = (all: readonly { id: string; code: string }[], code: string) =>
    (all.find((one) => one.code === code) ?? all[0])?.id ?? ''
  const sending = useCommandForm('catalog.create-product', {
    values: { ...blank, unit_id: usual(units, 'piece'), tax_class_id: usual(taxes, 'standard') },
    input: inputOf,
    onDone: async (product) => {
      await putPrice(product, sending.form.getValues().price)
      tellDone(t('created', { name: product.name }))
      if (!isAnother.current) return void navigate({ to: '/products/$id', params: { id: product.id } })
      const { kind, unit_id, tax_class_id, category_id } = sending.form.getValues()
      sending.form.setValues({ ...blank, kind, unit_id, tax_class_id, category_id })
      document.querySelector<HTMLInputElement>('[data-first]')?.focus()
    },
  })
  return { sending, isAnother, close }
}

/** Puts a price on the list for everybody. The product is made then, so what is refused is told, and done on its page. */
function usePutPrice() {
  const { tenant } = useWorkplace()
  const list = useOpenLists()[0]
  return async ({ variants }: Output<'catalog.create-product'>, price: string) => {
    const variant = variants[0]
    if (price === '' || !list || !variant) return
    const from = todayIn(tenant.time_zone)
    const input = { price_list_id: list.id, variant_id: variant.id, unit_price: price, valid_from: from }
    await call('pricing.create-price', input, { idempotencyKey: crypto.randomUUID() }).catch(tell)
    await refresh(['pricing'])
  }
}

function Form(props: FormProps) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const may = useMay()
  const list = useOpenLists()[0]
  const [isWhole, setWhole] = useState(false)
  const { sending, isAnother } = useProductForm(props)
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput label={t('name')} required data-autofocus data-first {...form.getInputProps('name')} />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={t('barcode')} classNames={{ input: 'code' }} {...form.getInputProps('barcode')} />
          <TextInput label={t('sku')} classNames={{ input: 'code' }} {...form.getInputProps('sku')} />
          {list && may('pricing.create-price') ? (
            <AmountInput
              label={t('priceOn', { list: list.name })}
              currency={list.currency}
              {...form.getInputProps('price')}
            />
          ) : null}
          <Select
            label={t('taxClass')}
            required
            allowDeselect={false}
            data={asChoices(props.taxes)}
            {...form.getInputProps('tax_class_id')}
          />
          <Select
            label={t('kind')}
            required
            allowDeselect={false}
            data={(['stocked', 'service', 'kit'] as const).map((value) => ({ value, label: t(value) }))}
            {...form.getInputProps('kind')}
          />
          <Select
            label={t('unit')}
            required
            searchable
            allowDeselect={false}
            data={asChoices(props.units)}
            {...form.getInputProps('unit_id')}
          />
        </SimpleGrid>
        <Button variant="subtle" size="compact-sm" w="fit-content" onClick={() => setWhole(!isWhole)}>
          {t(isWhole ? 'less' : 'more')}
        </Button>
        <Collapse expanded={isWhole}>
          <MoreFields form={form} />
        </Collapse>
        <FormEnd of={sending} label={common('create')}>
          <Button
            type="submit"
            variant="default"
            loading={sending.isSending}
            onClick={() => {
              isAnother.current = true
            }}
          >
            {t('createAndNext')}
          </Button>
        </FormEnd>
      </Stack>
    </form>
  )
}

function MoreFields({ form }: Pick<ReturnType<typeof useProductForm>['sending'], 'form'>) {
  const t = useCatalogWords()
  const categories = useCategories()
  return (
    <Stack>
      <Select
        label={t('category')}
        data={pathChoices(categories)}
        clearable
        searchable
        {...form.getInputProps('category_id')}
      />
      <Textarea label={t('description')} autosize minRows={2} {...form.getInputProps('description')} />
      <Group>
        {form.getValues().kind === 'stocked' ? (
          <Checkbox label={t('expiry')} {...form.getInputProps('is_expiry_tracked', { type: 'checkbox' })} />
        ) : null}
        <Checkbox label={t('prescription')} {...form.getInputProps('is_prescription_only', { type: 'checkbox' })} />
        <Checkbox label={t('openPrice')} {...form.getInputProps('is_open_price', { type: 'checkbox' })} />
      </Group>
    </Stack>
  )
}
