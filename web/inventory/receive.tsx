import { Checkbox, Group, Paper, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Input } from '../api.ts'
import { type PickedVariant, PickVariant } from '../catalog/pick-variant.tsx'
import { nameOfVariant, variants } from '../catalog/variants.tsx'
import { type Branch, useBranch } from '../identity/session.ts'
import { PickSupplier } from '../parties/pick-party.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { Empty, Page } from '../ui/page.tsx'
import { tellDone } from '../ui/tell.tsx'
import { useFilters } from '../ui/use-filters.ts'
import { defineWords } from '../ui/words.ts'
import { ReceiveLines } from './receive-lines.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('receive-stock', {
  about: ['Into {{branch}}', 'À {{branch}}', 'إلى {{branch}}'],
  document: ['Delivery note', 'Bon de livraison', 'إذن التسليم'],
  documentOn: ['Its date', 'Sa date', 'تاريخه'],
  opening: [
    'It was there before the books were opened',
    'Stock initial, présent avant l’ouverture des comptes',
    'مخزون افتتاحي سابق لفتح الحسابات',
  ],
  acceptsExpired: [
    'Take in what has expired, too; the note says why',
    'Accepter aussi les périmés ; la remarque dit pourquoi',
    'قبول منتهي الصلاحية أيضًا مع ذكر السبب',
  ],
  lines: ['What came', 'Articles reçus', 'ما وصل'],
  scan: ['Scan or search what came', 'Scannez ou cherchez ce qui est arrivé', 'امسح أو ابحث عما وصل'],
  empty: [
    'Scan the first pack: a label with lot and expiry fills both in.',
    'Scannez la première boîte : un code GS1 remplit lot et péremption.',
    'امسح أول عبوة: يملأ رمز GS1 رقم التشغيلة والصلاحية.',
  ],
  done: ['The goods are in stock.', 'Les articles sont en stock.', 'أصبحت البضاعة في المخزون.'],
})

/** A line that is received, as it is typed. */
export interface ReceivedLine {
  readonly key: string
  readonly variant_id: string
  readonly name: string
  readonly sku: string | null
  readonly is_expiry_tracked: boolean
  quantity: string
  unit_cost: string
  batch_number: string
  expires_on: string
}

interface Values extends Record<string, unknown> {
  supplier_id: string
  document_number: string
  document_on: string
  note: string
  is_opening: boolean
  accepts_expired: boolean
  lines: ReceivedLine[]
}

/** Takes goods in: what came, in which batches, at what cost. */
export function Receive() {
  const t = useWords()
  const stock = useStockWords()
  const branch = useBranch()
  return (
    <Page title={stock('receive')} about={branch ? t('about', { branch: branch.name }) : ''}>
      {branch ? <ReceiveForm branch={branch} /> : <Empty title={stock('noBranch')} />}
    </Page>
  )
}

export type ReceiveFormState = ReturnType<typeof useReceiving>

function useReceiving(branch: Branch) {
  const t = useWords()
  const navigate = useNavigate()
  const values: Values = {
    ...{ supplier_id: '', document_number: '', document_on: '', note: '' },
    ...{ is_opening: false, accepts_expired: false, lines: [] },
  }
  return useCommandForm('inventory.receive-stock', {
    values,
    input: (given) => inputOf(branch.id, given),
    touches: ['replenishment', 'valuation', 'catalog'],
    onDone: () => {
      tellDone(t('done'))
      void navigate({ to: '/stock/movements' })
    },
  })
}

function inputOf(
  branch_id: string,
  { lines, is_opening, accepts_expired, ...head }: Values,
): Input<'inventory.receive-stock'> {
  return {
    ...{ branch_id, is_opening, accepts_expired },
    ...(given(head) as Partial<Input<'inventory.receive-stock'>>),
    lines: lines.map(({ variant_id, quantity, unit_cost, batch_number, expires_on }) => ({
      ...{ variant_id, quantity, unit_cost },
      ...given({ batch_number, expires_on }),
    })),
  }
}

/** Those fields in which something was written. */
function given(fields: Record<string, unknown>): Record<string, string> {
  const written = Object.entries(fields).map(([key, value]) => [key, String(value).trim()] as const)
  return Object.fromEntries(written.filter(([, value]) => value !== ''))
}

function lineOf(picked: PickedVariant): ReceivedLine {
  const { variant_id, name, sku, is_expiry_tracked, scanned } = picked
  return {
    ...{ key: crypto.randomUUID(), variant_id, name, sku, is_expiry_tracked },
    quantity: scanned?.quantity ?? '1',
    unit_cost: '',
    batch_number: scanned?.lot ?? '',
    expires_on: scanned?.expires_on ?? '',
  }
}

function ReceiveForm({ branch }: { branch: Branch }) {
  const t = useWords()
  const stock = useStockWords()
  const of = useReceiving(branch)
  const { form } = of
  const add = (picked: PickedVariant) => form.insertListItem('lines', lineOf(picked))
  useFirstGoods(add)
  return (
    <form onSubmit={of.send}>
      <Stack>
        <Paper withBorder p="md">
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <PickSupplier label={stock('supplier')} {...form.getInputProps('supplier_id')} />
            <TextInput label={t('document')} autoComplete="off" {...form.getInputProps('document_number')} />
            <TextInput type="date" label={t('documentOn')} {...form.getInputProps('document_on')} />
          </SimpleGrid>
        </Paper>
        <Paper withBorder p="md">
          <Stack>
            <PickVariant
              autoFocus
              isStockedOnly
              error={form.errors.lines}
              label={t('lines')}
              placeholder={t('scan')}
              onPick={add}
            />
            {form.values.lines.length === 0 ? (
              <Text c="dimmed" size="sm">
                {t('empty')}
              </Text>
            ) : (
              <ReceiveLines of={of} branch={branch} />
            )}
          </Stack>
        </Paper>
        <Paper withBorder p="md">
          <Stack>
            <TextInput label={stock('note')} required={form.values.accepts_expired} {...form.getInputProps('note')} />
            <Group>
              <Checkbox label={t('opening')} {...form.getInputProps('is_opening', { type: 'checkbox' })} />
              <Checkbox label={t('acceptsExpired')} {...form.getInputProps('accepts_expired', { type: 'checkbox' })} />
            </Group>
          </Stack>
        </Paper>
        <FormEnd of={of} label={stock('receive')} />
      </Stack>
    </form>
  )
}

/** Begins with the goods that the address names. */
function useFirstGoods(add: (picked: PickedVariant) => void) {
  const { filters } = useFilters(['variant'])
  const variant = variants.use(filters.variant)
  const isAdded = useRef(false)
  useEffect(() => {
    if (!variant || isAdded.current) return
    isAdded.current = true
    const { id, product_id, sku, kind, is_expiry_tracked, is_prescription_only } = variant
    const rest = { product_id, sku, kind, is_expiry_tracked, is_prescription_only, unit_id: '', scanned: undefined }
    add({ variant_id: id, name: nameOfVariant(variant), ...rest })
  })
}
