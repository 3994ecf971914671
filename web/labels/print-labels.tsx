import { Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { call, type Input, type Output } from '../api.ts'
import { optionsOf } from '../catalog/use-catalog.ts'
import { useBranches, useWorkplace } from '../identity/session.ts'
import { bytesOf } from '../ui/base64.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { download } from '../ui/csv.ts'
import { tell } from '../ui/tell.tsx'
import { defineWords, words } from '../ui/words.ts'

const useWords = defineWords('labels', {
  title: ['Print shelf labels', 'Imprimer les étiquettes de rayon', 'طباعة ملصقات الرفوف'],
  size: ['Size', 'Format', 'المقاس'],
  roll: ['Roll, {{size}} mm', 'Rouleau, {{size}} mm', 'لفة، {{size}} مم'],
  sheet: ['A4 sheet of {{count}}', 'Feuille A4 de {{count}}', 'ورقة A4 بها {{count}}'],
  symbol: ['Barcode', 'Code-barres', 'الباركود'],
  barcode: ['Its own', 'Le sien', 'باركود الصنف'],
  copies: ['Copies', 'Exemplaires', 'النسخ'],
  variant: ['Variant', 'Variante', 'المتغير'],
  every: ['Every variant', 'Toutes les variantes', 'كل المتغيرات'],
  first: ['First free label of the sheet', 'Première étiquette libre', 'أول ملصق شاغر'],
  branch: ['Prices of', 'Prix de', 'أسعار'],
  noPrice: ['Without a price', 'Sans prix', 'دون سعر'],
  pdf: ['Print as PDF', 'Imprimer en PDF', 'طباعة PDF'],
  png: ['One as PNG', 'Une en PNG', 'واحد بصيغة PNG'],
  about: [
    'Name, price and barcode. Nothing is kept: the file is yours to print.',
    'Nom, prix et code-barres. Rien n’est conservé : le fichier est à imprimer.',
    'الاسم والسعر والباركود. لا يُحفظ شيء: الملف لك لتطبعه.',
  ],
})

const rolls = ['40x25', '50x30', '70x35', '100x50'] as const
const sheets = [
  ['a4-21', 21],
  ['a4-24', 24],
  ['a4-65', 65],
] as const

interface Values {
  size: string
  symbol: string
  copies: number
  first_position: number
  branch_id: string | null
  variant_id: string | null
}
type Variants = Output<'catalog.get-product'>['variants']

/** Labels of some variants as a file to print. */
export function PrintLabels({ variants, close }: { variants: Variants; close: () => void }) {
  const t = useWords()
  const common = useCommonWords()
  const { branch } = useBranches()
  const form = useForm<Values>({
    initialValues: {
      size: '50x30',
      symbol: 'barcode',
      copies: 1,
      first_position: 1,
      branch_id: branch?.id ?? null,
      variant_id: null,
    },
  })
  const { isBusy, print } = usePrint(variants)
  const send = form.onSubmit((values) => void print(values, 'pdf'))
  return (
    <Modal opened onClose={close} title={t('title')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={send}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t('about')}
          </Text>
          <Fields form={form} variants={variants} />
          <Group justify="flex-end">
            {rolls.some((size) => size === form.values.size) ? (
              <Button variant="default" disabled={isBusy} onClick={() => void print(form.values, 'png')}>
                {t('png')}
              </Button>
            ) : null}
            <Button type="submit" loading={isBusy}>
              {t('pdf')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Fields({ form, variants }: { form: ReturnType<typeof useForm<Values>>; variants: Variants }) {
  const t = useWords()
  const { branches } = useBranches()
  const isSheet = form.values.size.startsWith('a4')
  return (
    <SimpleGrid cols={2}>
      <Select
        label={t('size')}
        allowDeselect={false}
        data={[
          ...rolls.map((size) => ({ value: size as string, label: t('roll', { size: size.replace('x', ' × ') }) })),
          ...sheets.map(([size, count]) => ({ value: size as string, label: t('sheet', { count }) })),
        ]}
        {...form.getInputProps('size')}
      />
      <NumberInput label={t('copies')} min={1} max={1000} allowDecimal={false} {...form.getInputProps('copies')} />
      <Select
        label={t('symbol')}
        allowDeselect={false}
        data={[
          { value: 'barcode', label: t('barcode') },
          { value: 'gs1_128', label: 'GS1-128' },
          { value: 'gs1_datamatrix', label: 'GS1 DataMatrix' },
        ]}
        {...form.getInputProps('symbol')}
      />
      <Select
        label={t('branch')}
        placeholder={t('noPrice')}
        clearable
        data={branches.map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps('branch_id')}
      />
      {variants.length > 1 ? (
        <Select
          label={t('variant')}
          placeholder={t('every')}
          clearable
          data={variants.map(({ id, options, sku }) => ({ value: id, label: optionsOf(options) || (sku ?? id) }))}
          {...form.getInputProps('variant_id')}
        />
      ) : null}
      {isSheet ? (
        <NumberInput
          label={t('first')}
          min={1}
          max={65}
          allowDecimal={false}
          {...form.getInputProps('first_position')}
        />
      ) : null}
    </SimpleGrid>
  )
}

function usePrint(variants: Variants) {
  const { tenant } = useWorkplace()
  const [isBusy, setBusy] = useState(false)
  const print = async (values: Values, format: 'pdf' | 'png') => {
    const wanted = variants.filter(({ id }) => values.variant_id === null || id === values.variant_id)
    const items = (format === 'png' ? wanted.slice(0, 1) : wanted).map(({ id }) => ({
      variant_id: id,
      copies: format === 'png' ? 1 : values.copies,
    }))
    const input: Input<'labels.print-labels'> = {
      format,
      size: values.size as (typeof rolls)[number],
      symbol: values.symbol as 'barcode',
      locale: [words.language, tenant.locale.split('-')[1]].filter(Boolean).join('-'),
      first_position: values.first_position,
      ...(values.branch_id ? { branch_id: values.branch_id } : {}),
      items,
    }
    setBusy(true)
    try {
      const { file_name, content_type, content_base64 } = await call('labels.print-labels', input)
      download(file_name, new Blob([bytesOf(content_base64)], { type: content_type }))
    } catch (error) {
      tell(error)
    }
    setBusy(false)
  }
  return { isBusy, print }
}
