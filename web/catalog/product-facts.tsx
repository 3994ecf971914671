import { Checkbox, Fieldset, Group, Paper, Select, SimpleGrid, Stack, Textarea, TextInput, Title } from '@mantine/core'
import type { Input, Output } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import { asChoices, pathChoices, useCategories, useTaxClasses } from './use-catalog.ts'
import { useCatalogWords } from './words.ts'

type InFull = Output<'catalog.get-product'>

const ours = ['en', 'fr', 'ar'] as const
const labelWords = { en: 'inEnglish', fr: 'inFrench', ar: 'inArabic' } as const

function valuesOf(product: InFull) {
  const label = (locale: string) => product.labels.find((one) => one.locale === locale)?.name ?? ''
  return {
    name: product.name,
    description: product.description ?? '',
    tax_class_id: product.tax_class_id,
    category_id: product.category_id ?? '',
    hsn_code: product.hsn_code ?? '',
    is_expiry_tracked: product.is_expiry_tracked,
    is_prescription_only: product.is_prescription_only,
    is_open_price: product.is_open_price,
    is_sellable: product.is_sellable,
    is_discontinued: product.is_discontinued,
    en: label('en'),
    fr: label('fr'),
    ar: label('ar'),
  }
}

type Values = ReturnType<typeof valuesOf>

function inputOf({ id, version, labels }: InFull, values: Values): Input<'catalog.update-product'> {
  const { en, fr, ar, description, category_id, hsn_code, ...others } = values
  const named = Object.entries({ en, fr, ar }).map(([locale, name]) => ({ locale, name }))
  const kept = labels.filter(({ locale }) => !ours.some((one) => one === locale))
  return {
    ...others,
    id,
    version,
    description: description || null,
    category_id: category_id || null,
    hsn_code: hsn_code || null,
    labels: [...kept, ...named.filter(({ name }) => name !== '')],
  }
}

/** What a product says, to be read or changed. */
export function ProductFacts({ product }: { product: InFull }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const may = useMay()
  const mayChange = may('catalog.update-product')
  const sending = useCommandForm('catalog.update-product', {
    values: valuesOf(product),
    input: (values) => inputOf(product, values),
    onDone: () => tellDone(common('saved')),
  })
  return (
    <Paper withBorder p="md">
      <form onSubmit={sending.send}>
        <Fieldset variant="unstyled" disabled={!mayChange}>
          <Stack>
            <Title order={2} size="h4">
              {t('facts')}
            </Title>
            <Names form={sending.form} />
            <Classes form={sending.form} />
            <Flags form={sending.form} isStocked={product.kind === 'stocked'} />
            {mayChange ? <FormEnd of={sending} label={common('save')} /> : null}
          </Stack>
        </Fieldset>
      </form>
    </Paper>
  )
}

type Form = ReturnType<typeof useCommandForm<'catalog.update-product', Values>>['form']

function Names({ form }: { form: Form }) {
  const t = useCatalogWords()
  return (
    <>
      <TextInput label={t('name')} required {...form.getInputProps('name')} />
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {ours.map((locale) => (
          <TextInput
            key={locale}
            label={t(labelWords[locale])}
            lang={locale}
            dir={locale === 'ar' ? 'rtl' : 'ltr'}
            {...form.getInputProps(locale)}
          />
        ))}
      </SimpleGrid>
      <Textarea label={t('description')} autosize minRows={2} maxRows={8} {...form.getInputProps('description')} />
    </>
  )
}

function Classes({ form }: { form: Form }) {
  const t = useCatalogWords()
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Select
        label={t('category')}
        data={pathChoices(useCategories())}
        clearable
        searchable
        style={{ gridColumn: '1 / -1' }}
        {...form.getInputProps('category_id')}
      />
      <Select
        label={t('taxClass')}
        data={asChoices(useTaxClasses())}
        allowDeselect={false}
        {...form.getInputProps('tax_class_id')}
      />
      <TextInput label={t('hsn')} inputMode="numeric" dir="ltr" {...form.getInputProps('hsn_code')} />
    </SimpleGrid>
  )
}

function Flags({ form, isStocked }: { form: Form; isStocked: boolean }) {
  const t = useCatalogWords()
  const box = (name: keyof Values) => form.getInputProps(name, { type: 'checkbox' })
  return (
    <Group gap="lg">
      <Checkbox label={t('forSale')} {...box('is_sellable')} />
      <Checkbox label={t('discontinued')} {...box('is_discontinued')} />
      <Checkbox label={t('prescription')} {...box('is_prescription_only')} />
      {isStocked ? <Checkbox label={t('expiry')} {...box('is_expiry_tracked')} /> : null}
      <Checkbox label={t('openPrice')} {...box('is_open_price')} />
    </Group>
  )
}
