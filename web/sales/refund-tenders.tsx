import { Alert, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useTenders } from '../cash/use-tenders.ts'
import { useWorkplace } from '../identity/session.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { isZero, money } from '../ui/format.ts'
import { missing } from './refund-amounts.ts'
import type { SaleInFull } from './sale-in-full.ts'
import { useSaleWords } from './words.ts'

interface RefundTendersProps {
  readonly sale: SaleInFull
  readonly total: string
  /** The amount by tender. */
  readonly given: Record<string, string>
  readonly give: (given: Record<string, string>) => void
  readonly references: Record<string, string>
  readonly refer: (references: Record<string, string>) => void
}

/** How money is given back: the way it came unless somebody may do otherwise. */
export function RefundTenders({ sale, total, given, give, references, refer }: RefundTendersProps) {
  const t = useSaleWords()
  const { permissions } = useWorkplace()
  const { tenders } = useTenders()
  const paidWith = new Set(sale.payments.map(({ tender_id }) => tender_id))
  const shown = [...new Set([...paidWith, ...Object.keys(given)])]
  const mayOtherwise = permissions.some((one) => one === '*' || one === 'sales.refund-otherwise')
  const others = tenders.filter(({ id, is_active }) => is_active && !shown.includes(id))
  const nameOf = (id: string) =>
    tenders.find((one) => one.id === id)?.name ?? sale.payments.find(({ tender_id }) => tender_id === id)?.name ?? ''
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600}>{t('givenBackBy')}</Text>
        <Text fw={650}>
          {t('toGiveBack')} {money(total, sale.currency)}
        </Text>
      </Group>
      <Group align="flex-end">
        {shown.map((id) => (
          <Group key={id} gap={4} align="flex-end" wrap="nowrap">
            <AmountInput
              label={nameOf(id)}
              currency={sale.currency}
              value={given[id] ?? ''}
              onChange={(amount) => give({ ...given, [id]: amount })}
              w={160}
            />
            {given[id] && tenders.find((one) => one.id === id)?.needs_reference ? (
              <TextInput
                label={t('reference')}
                value={references[id] ?? ''}
                onChange={(event) => refer({ ...references, [id]: event.currentTarget.value })}
                w={140}
              />
            ) : null}
          </Group>
        ))}
        {mayOtherwise && others.length > 0 ? (
          <Select
            label={t('otherTender')}
            data={others.map(({ id, name }) => ({ value: id, label: name }))}
            value={null}
            onChange={(id) => id && give({ ...given, [id]: '' })}
            w={180}
          />
        ) : null}
      </Group>
      <Difference total={total} given={given} currency={sale.currency} />
    </Stack>
  )
}

function Difference({ total, given, currency }: { total: string; given: Record<string, string>; currency: string }) {
  const t = useSaleWords()
  const rest = missing(total, given)
  if (isZero(rest)) return null
  const isTooMuch = rest.startsWith('-')
  return (
    <Alert color="yellow" p="xs">
      {t(isTooMuch ? 'tooMuch' : 'differs', { amount: money(rest.replace('-', ''), currency) })}
    </Alert>
  )
}
