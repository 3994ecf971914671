import { Table, Text } from '@mantine/core'
import { useRead } from '../api.ts'
import { money } from '../ui/format.ts'
import { Pending } from '../ui/page.tsx'
import { defineWords } from '../ui/words.ts'

const useWords = defineWords('cash-journal', {
  account: ['Account', 'Compte', 'الحساب'],
  debit: ['Debit', 'Débit', 'مدين'],
  credit: ['Credit', 'Crédit', 'دائن'],
})

/** What a step did to the books. */
export function Journal({ id, currency }: { id: string; currency: string }) {
  const t = useWords()
  const { data, error } = useRead('ledger.get-journal', { id })
  if (!data) return <Pending error={error} />
  return (
    <Table verticalSpacing={2} fz="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('account')}</Table.Th>
          <Table.Th className="amount">{t('debit')}</Table.Th>
          <Table.Th className="amount">{t('credit')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.entries.map(({ line, account_id, amount }) => {
          const isCredit = amount.startsWith('-')
          const shown = money(isCredit ? amount.slice(1) : amount, currency)
          return (
            <Table.Tr key={line}>
              <Table.Td>
                <Account id={account_id} />
              </Table.Td>
              <Table.Td className="amount">{isCredit ? '' : shown}</Table.Td>
              <Table.Td className="amount">{isCredit ? shown : ''}</Table.Td>
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}

// Each by itself: a legal entity has an account for every session there ever was.
function Account({ id }: { id: string }) {
  const { data } = useRead('ledger.get-account', { id }, { staleTime: 300_000 })
  return (
    <>
      <Text span size="xs" c="dimmed" className="code">
        {data?.code}
      </Text>{' '}
      {data?.name}
    </>
  )
}
