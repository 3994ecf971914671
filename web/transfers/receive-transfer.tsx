import { Button, Checkbox, Paper, Stack, Table, TextInput } from '@mantine/core'
import { Decimal } from 'decimal.js'
import type { Output } from '../api.ts'
import { Goods } from '../catalog/variants.tsx'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { quantity } from '../ui/format.ts'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { useTransferWords } from './words.ts'

const useWords = defineWords('receive-transfer', {
  came: ['Came well', 'Arrivé intact', 'وصل سليمًا'],
  cameDamaged: ['Came damaged', 'Arrivé endommagé', 'وصل تالفًا'],
  last: ['Nothing more is expected', 'Plus rien n’est attendu', 'لا يُنتظر المزيد'],
  lastSays: [
    'What has not come is short from then on.',
    'Ce qui n’est pas arrivé est alors manquant.',
    'ما لم يصل يُعد ناقصًا.',
  ],
  why: ['Why something is missing or damaged', 'Motif du manquant ou des dégâts', 'سبب النقص أو التلف'],
  done: ['What came is in stock.', 'Ce qui est arrivé est en stock.', 'أصبح ما وصل في المخزون.'],
})

type Transfer = Output<'transfers.get-transfer'>

/** Says what came of each part; at first all that is on the way. */
export function ReceiveTransfer({ transfer, onClose }: { transfer: Transfer; onClose: () => void }) {
  const t = useWords()
  const words = useTransferWords()
  const common = useCommonWords()
  const parts = transfer.lines.flatMap((line) =>
    line.parts.filter((part) => part.open_quantity !== '0').map((part) => ({ ...part, goods: line })),
  )
  const of = useCommandForm('transfers.receive-transfer', {
    values: {
      lines: parts.map((part) => ({ part_id: part.id, quantity: part.open_quantity, damaged_quantity: '0' })),
      is_last: true,
      reason: '',
    },
    input: ({ lines, is_last, reason }) => ({
      ...{ id: transfer.id, version: transfer.version, is_last },
      lines: lines.map((line) => ({
        ...line,
        quantity: line.quantity || '0',
        damaged_quantity: line.damaged_quantity || '0',
      })),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
    }),
    touches: ['inventory', 'replenishment', 'valuation'],
    onDone: () => {
      tellDone(t('done'))
      onClose()
    },
  })
  const { form } = of
  const isWhole = form.values.lines.every(({ quantity: came }, at) => isSame(came, parts[at]?.open_quantity ?? '0'))
  return (
    <Paper withBorder p="md">
      <form onSubmit={of.send}>
        <Stack>
          <Parts parts={parts} form={form} />
          {isWhole ? null : (
            <>
              <Checkbox
                label={t('last')}
                description={t('lastSays')}
                {...form.getInputProps('is_last', { type: 'checkbox' })}
              />
              <TextInput label={t('why')} {...form.getInputProps('reason')} />
            </>
          )}
          <FormEnd of={of} label={words('receive')}>
            <Button variant="default" onClick={onClose}>
              {common('cancel')}
            </Button>
          </FormEnd>
        </Stack>
      </form>
    </Paper>
  )
}

type Part = Transfer['lines'][number]['parts'][number] & { readonly goods: Transfer['lines'][number] }
type Fields = Pick<
  ReturnType<typeof useCommandForm<'transfers.receive-transfer', Record<string, unknown>>>['form'],
  'getInputProps'
>

function Parts({ parts, form }: { parts: readonly Part[]; form: Fields }) {
  const t = useWords()
  const words = useTransferWords()
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words('goods')}</Table.Th>
            <Table.Th>{words('batch')}</Table.Th>
            <Table.Th className="amount">{words('open')}</Table.Th>
            <Table.Th w={130}>{t('came')}</Table.Th>
            <Table.Th w={130}>{t('cameDamaged')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {parts.map((part, at) => (
            <Table.Tr key={part.id}>
              <Table.Td>
                <Goods name={part.goods.name} sku={part.goods.sku} />
              </Table.Td>
              <Table.Td className="code">{part.batch_number}</Table.Td>
              <Table.Td className="amount">{quantity(part.open_quantity)}</Table.Td>
              {(['quantity', 'damaged_quantity'] as const).map((field) => (
                <Table.Td key={field}>
                  <AmountInput
                    currency=""
                    rightSectionWidth={0}
                    aria-label={`${t(field === 'quantity' ? 'came' : 'cameDamaged')}: ${part.goods.name}`}
                    {...form.getInputProps(`lines.${at}.${field}`)}
                  />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function isSame(typed: string, open: string): boolean {
  return /^\d+(\.\d+)?$/.test(typed) && new Decimal(typed).eq(open)
}
