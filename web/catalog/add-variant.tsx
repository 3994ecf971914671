import { Modal, SimpleGrid, Stack, TextInput } from '@mantine/core'
import type { Output } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { useCatalogWords } from './words.ts'

/** One more of a product, told apart by options such as size and colour. */
export function AddVariant({ product, close }: { product: Output<'catalog.get-product'>; close: () => void }) {
  const t = useCatalogWords()
  const common = useCommonWords()
  const known = product.variants.find(({ options }) => options.length > 0)?.options ?? []
  const sending = useCommandForm('catalog.add-variant', {
    values: {
      sku: '',
      names: [known[0]?.name ?? '', known[1]?.name ?? ''],
      options: ['', known[1]?.value ?? ''],
    },
    input: ({ sku, names, options }) => ({
      product_id: product.id,
      ...(sku ? { sku } : {}),
      options: names.flatMap((name, at) => {
        const value = options[at] ?? ''
        return name && value ? [{ name, value }] : []
      }),
    }),
    onDone: close,
  })
  const { form } = sending
  return (
    <Modal opened onClose={close} title={t('addVariant')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={sending.send}>
        <Stack>
          {[0, 1].map((at) => (
            <SimpleGrid key={at} cols={2}>
              <TextInput label={t('optionName')} required={at === 0} {...form.getInputProps(`names.${at}`)} />
              <TextInput label={t('optionValue')} required={at === 0} {...form.getInputProps(`options.${at}`)} />
            </SimpleGrid>
          ))}
          <TextInput label={t('sku')} classNames={{ input: 'code' }} {...form.getInputProps('sku')} />
          <FormEnd of={sending} label={common('add')} />
        </Stack>
      </form>
    </Modal>
  )
}
