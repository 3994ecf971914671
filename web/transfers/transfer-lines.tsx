import { Paper, Table, Text } from '@mantine/core'
import type { Output } from '../api.ts'
import { Goods } from '../catalog/variants.tsx'
import { Expiry } from '../inventory/expiry.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { quantity, todayIn } from '../ui/format.ts'
import { useTransferWords } from './words.ts'

type Transfer = Output<'transfers.get-transfer'>

/** What was asked for, what left of it in which batch, and what became of that. */
export function TransferLines({ transfer }: { transfer: Transfer }) {
  const t = useTransferWords()
  const { zoneOf } = useBranchOf()
  const today = todayIn(zoneOf(transfer.to_branch_id))
  const hasLeft = transfer.lines.some(({ parts }) => parts.length > 0)
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={hasLeft ? 760 : 400}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('goods')}</Table.Th>
              <Table.Th className="amount">{t('asked')}</Table.Th>
              {hasLeft ? (
                <>
                  <Table.Th>{t('batch')}</Table.Th>
                  <Table.Th className="amount">{t('sent')}</Table.Th>
                  <Table.Th className="amount">{t('arrived')}</Table.Th>
                  <Table.Th className="amount">{t('damaged')}</Table.Th>
                  <Table.Th className="amount">{t('open')}</Table.Th>
                </>
              ) : null}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {transfer.lines.map((line) => (
              <Table.Tr key={line.id} style={{ verticalAlign: 'top' }}>
                <Table.Td>
                  <Goods name={line.name} sku={line.sku} />
                </Table.Td>
                <Table.Td className="amount">{quantity(line.quantity)}</Table.Td>
                {hasLeft ? <PartCells line={line} today={today} /> : null}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function PartCells({ line, today }: { line: Transfer['lines'][number]; today: string }) {
  const figures = ['sent_quantity', 'arrived_quantity', 'damaged_quantity', 'open_quantity'] as const
  return (
    <>
      <Table.Td>
        {line.parts.map((part) => (
          <div key={part.id}>
            <Text size="sm" component="span" className="code" me="xs">
              {part.batch_number}
            </Text>
            {part.expires_on === null ? null : <Expiry on={part.expires_on} today={today} />}
          </div>
        ))}
      </Table.Td>
      {figures.map((figure) => (
        <Table.Td key={figure} className="amount">
          {quantity(line[figure])}
        </Table.Td>
      ))}
    </>
  )
}
