import { Paper, Table, Text, Title } from '@mantine/core'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { money, timeOfDay } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { useWholeListState } from '../ui/whole-list.ts'
import { defineWords } from '../ui/words.ts'
import type { SessionInFull } from './session-state.ts'
import { type CashWord, useCashWords } from './words.ts'

const useWords = defineWords('cash-movements', {
  none: [
    'Nothing was put into the drawer or taken out of it beside sales.',
    'Rien n’est entré dans le tiroir ni sorti, hors ventes.',
    'لم يُودع في الدرج ولم يُسحب منه شيء غير المبيعات.',
  ],
})

/** Cash that came into the drawer or left it beside sales. */
export function Movements({ session }: { session: SessionInFull }) {
  const t = useWords()
  const cash = useCashWords()
  const nameOf = useEmployeeName()
  const { zoneOf } = useBranchOf()
  const { items: movements, isLoading, error, retry } = useWholeListState('cash.list-movements', { id: session.id })
  const { currency } = session
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {cash('inAndOut')}
      </Title>
      {isLoading || error ? <Pending error={error} retry={retry} /> : null}
      {movements.length === 0 && !isLoading && !error ? (
        <Text size="sm" c="dimmed">
          {t('none')}
        </Text>
      ) : null}
      {movements.length > 0 ? (
        <Table verticalSpacing={6}>
          <Table.Tbody>
            {movements.map(({ id, kind, against, amount, reason, actor_id, recorded_at }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <Text size="sm">
                    {cash(kind)}
                    {kind === 'drop' ? '' : ` · ${cash(`use_${against}` as CashWord)}`}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {`${timeOfDay(recorded_at, zoneOf(session.branch_id))} · ${nameOf(actor_id)} · ${reason}`}
                  </Text>
                </Table.Td>
                <Table.Td className="amount" fw={600}>
                  {money(kind === 'pay_in' ? amount : `-${amount}`, currency)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : null}
    </Paper>
  )
}
