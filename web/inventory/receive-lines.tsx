import { ActionIcon, Group, Table, Text, TextInput } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { Decimal } from 'decimal.js'
import { Goods } from '../catalog/variants.tsx'
import type { Branch } from '../identity/session.ts'
import { useCurrency } from '../tenants/use-currency.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { money, todayIn } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import type { ReceivedLine, ReceiveFormState } from './receive.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('receive-lines', {
  total: ['Together', 'Total', 'الإجمالي'],
  of: ['{{what}} of {{goods}}', '{{what}} de {{goods}}', '{{what}}: {{goods}}'],
  hasExpired: ['Has expired', 'Périmé', 'منتهي الصلاحية'],
})

/** The lines of a receipt, one row each: quantity, cost, batch and last day. */
export function ReceiveLines({ of, branch }: { of: ReceiveFormState; branch: Branch }) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const currency = useCurrency(branch.id) ?? ''
  const { lines } = of.form.values
  return (
    <>
      <Table.ScrollContainer minWidth={820}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{stock('goods')}</Table.Th>
              <Table.Th w={110}>{stock('quantity')}</Table.Th>
              <Table.Th w={150}>{stock('unitCost')}</Table.Th>
              <Table.Th w={160}>{stock('batch')}</Table.Th>
              <Table.Th w={170}>{stock('expires')}</Table.Th>
              <Table.Th w={48} aria-label={common('remove')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map((line, at) => (
              <Line key={line.key} {...{ of, line, at, currency, today: todayIn(branch.time_zone) }} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {currency ? (
        <Group justify="flex-end" gap="xs">
          <Text c="dimmed">{t('total')}</Text>
          <Text fw={650} className="amount">
            {money(worthOf(lines), currency)}
          </Text>
        </Group>
      ) : null}
    </>
  )
}

interface LineProps {
  readonly of: ReceiveFormState
  readonly line: ReceivedLine
  readonly at: number
  readonly currency: string
  readonly today: string
}

function Line({ of: { form }, line, at, currency, today }: LineProps) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const named = (what: string) => t('of', { what, goods: line.name })
  const isLate = line.expires_on !== '' && line.expires_on < today
  const expiry = form.getInputProps(`lines.${at}.expires_on`)
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Goods name={line.name} sku={line.sku} />
      </Table.Td>
      <Table.Td>
        <AmountInput
          currency=""
          rightSectionWidth={0}
          aria-label={named(stock('quantity'))}
          required
          {...form.getInputProps(`lines.${at}.quantity`)}
        />
      </Table.Td>
      <Table.Td>
        <AmountInput
          currency={currency}
          aria-label={named(stock('unitCost'))}
          required
          {...form.getInputProps(`lines.${at}.unit_cost`)}
        />
      </Table.Td>
      <Table.Td>
        <TextInput
          className="code"
          aria-label={named(stock('batch'))}
          autoComplete="off"
          required={line.is_expiry_tracked}
          {...form.getInputProps(`lines.${at}.batch_number`)}
        />
      </Table.Td>
      <Table.Td>
        <TextInput
          type="date"
          aria-label={named(stock('expires'))}
          required={line.is_expiry_tracked}
          {...expiry}
          error={expiry.error ?? (isLate ? t('hasExpired') : undefined)}
        />
      </Table.Td>
      <Table.Td>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={named(common('remove'))}
          onClick={() => form.removeListItem('lines', at)}
        >
          <IconX size={16} />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  )
}

/** What the lines cost together; lines that are not filled in yet count nothing. */
function worthOf(lines: readonly ReceivedLine[]): string {
  const number = (text: string) => new Decimal(/^\d+(\.\d+)?$/.test(text) ? text : 0)
  return lines
    .reduce((sum, line) => sum.plus(number(line.quantity).times(number(line.unit_cost))), new Decimal(0))
    .toFixed()
}
