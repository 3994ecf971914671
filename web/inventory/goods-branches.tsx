import { Table } from '@mantine/core'
import { Decimal } from 'decimal.js'
import type { Output } from '../api.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { quantity } from '../ui/format.ts'
import { useStockWords } from './words.ts'

type Level = Output<'inventory.list-levels'>['items'][number]

/** What the branches have of one variant, in all batches together. */
export function GoodsBranches({ levels }: { levels: readonly Level[] }) {
  const t = useStockWords()
  const common = useCommonWords()
  const { branchName } = useBranchOf()
  const rows = [...Map.groupBy(levels, ({ branch_id }) => branch_id)]
  const columns = ['on_hand', 'reserved', 'available'] as const
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{common('branch')}</Table.Th>
            <Table.Th className="amount">{t('onHand')}</Table.Th>
            <Table.Th className="amount">{t('reserved')}</Table.Th>
            <Table.Th className="amount">{t('available')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([branchId, places]) => (
            <Table.Tr key={branchId}>
              <Table.Td>{branchName(branchId)}</Table.Td>
              {columns.map((column) => (
                <Table.Td key={column} className="amount">
                  {quantity(places.reduce((sum, place) => sum.plus(place[column]), new Decimal(0)).toFixed())}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
