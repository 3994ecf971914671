import { Button, Group, Paper, Stack, Table, Tabs, Text, Timeline } from '@mantine/core'
import { IconArrowBack, IconBan, IconLockOpen } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { VariantName } from '../catalog/variants.tsx'
import { useMay, useWorkplace } from '../identity/session.ts'
import { PartyName } from '../parties/party-name.tsx'
import { Trace } from '../recalls/trace.tsx'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { AskReason } from '../ui/ask-reason.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { Facts } from '../ui/facts.tsx'
import { dateTime, day, quantity, todayIn } from '../ui/format.ts'
import { Page, Pending } from '../ui/page.tsx'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { Expiry } from './expiry.tsx'
import { MovementList } from './movement-list.tsx'
import { useStockWords } from './words.ts'

const useWords = defineWords('batch', {
  title: ['Batch {{number}}', 'Lot {{number}}', 'التشغيلة {{number}}'],
  made: ['Made on', 'Fabriqué le', 'تاريخ الإنتاج'],
  where: ['Where it lies', 'Où il se trouve', 'أماكن وجودها'],
  trace: ['Trace', 'Traçabilité', 'التتبع'],
  history: ['Blocked and released', 'Blocages et libérations', 'الحظر والإفراج'],
  never: ['It was never blocked.', 'Il n’a jamais été bloqué.', 'لم تُحظر قط.'],
  blockSays: [
    'None of it is sold or reserved in any branch until it is released. What is kept of it for orders is let go.',
    'Rien n’en est vendu ni réservé dans aucun point de vente jusqu’à sa libération. Les réservations sont levées.',
    'لا يُباع منها ولا يُحجز في أي فرع حتى يُفرج عنها، وتُلغى حجوزاتها.',
  ],
  releaseSays: [
    'It may be sold again in every branch.',
    'Il pourra de nouveau être vendu partout.',
    'يمكن بيعها من جديد في كل الفروع.',
  ],
  releaseIt: ['Release the batch', 'Libérer le lot', 'الإفراج عن التشغيلة'],
  isBlocked: ['It is blocked.', 'Le lot est bloqué.', 'التشغيلة محظورة.'],
  isReleased: ['It is released.', 'Le lot est libéré.', 'أُفرج عن التشغيلة.'],
})

type Batch = Output<'inventory.get-batch'>

/** One batch: what lies where, what moved of it, who blocked it, and where it came from and went to. */
export function BatchDetail() {
  const { id } = useParams({ strict: false }) as { id: string }
  const batch = useRead('inventory.get-batch', { id })
  if (!batch.data) return <Pending error={batch.error} retry={() => void batch.refetch()} />
  return <Shown batch={batch.data} />
}

function Shown({ batch }: { batch: Batch }) {
  const t = useWords()
  const stock = useStockWords()
  const common = useCommonWords()
  const may = useMay()
  const { tenant } = useWorkplace()
  return (
    <Page
      title={t('title', { number: batch.number })}
      actions={
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<IconArrowBack size={18} className="turns" />}
            renderRoot={(props) => <Link to="/stock/batches" {...props} />}
          >
            {common('back')}
          </Button>
          <BlockOrRelease batch={batch} />
        </Group>
      }
    >
      <Paper withBorder p="md">
        <Facts
          of={[
            [stock('goods'), <VariantName key="goods" id={batch.variant_id} />],
            [stock('expires'), <Expiry key="expiry" on={batch.expires_on} today={todayIn(tenant.time_zone)} />],
            [t('made'), batch.manufactured_on && day(batch.manufactured_on)],
            [stock('supplier'), batch.supplier_id && <PartyName id={batch.supplier_id} />],
            [stock('status'), stock(batch.is_blocked ? 'blocked' : 'available')],
          ]}
        />
      </Paper>
      <Tabs defaultValue="where" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="where">{t('where')}</Tabs.Tab>
          <Tabs.Tab value="movements">{stock('movements')}</Tabs.Tab>
          {may('recalls.trace') ? <Tabs.Tab value="trace">{t('trace')}</Tabs.Tab> : null}
          <Tabs.Tab value="history">{t('history')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="where">
          <Where batch={batch} />
        </Tabs.Panel>
        <Tabs.Panel value="movements">
          <MovementList filter={{ batch_id: batch.id }} />
        </Tabs.Panel>
        <Tabs.Panel value="trace">
          <Trace subject={{ batch_id: batch.id }} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <History batch={batch} zone={tenant.time_zone} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

function BlockOrRelease({ batch }: { batch: Batch }) {
  const t = useWords()
  const stock = useStockWords()
  const may = useMay()
  const [isAsking, setAsking] = useState(false)
  const common = { label: stock('reason'), onClose: () => setAsking(false) }
  const input = (reason: string) => ({ id: batch.id, reason })
  if (!may(batch.is_blocked ? 'inventory.release-batch' : 'inventory.block-batch')) return null
  return (
    <>
      <Button
        {...(batch.is_blocked ? {} : { color: 'red' })}
        variant="light"
        leftSection={batch.is_blocked ? <IconLockOpen size={18} /> : <IconBan size={18} />}
        onClick={() => setAsking(true)}
      >
        {batch.is_blocked ? t('releaseIt') : stock('block')}
      </Button>
      {isAsking && batch.is_blocked ? (
        <AskReason
          {...{ ...common, input, operation: 'inventory.release-batch', title: t('releaseIt'), says: t('releaseSays') }}
          button={stock('release')}
          onDone={() => tellDone(t('isReleased'))}
        />
      ) : null}
      {isAsking && !batch.is_blocked ? (
        <AskReason
          {...{ ...common, input, operation: 'inventory.block-batch', title: stock('block'), says: t('blockSays') }}
          button={stock('block')}
          color="red"
          onDone={() => tellDone(t('isBlocked'))}
        />
      ) : null}
    </>
  )
}

function Where({ batch }: { batch: Batch }) {
  const stock = useStockWords()
  const common = useCommonWords()
  const { branchName } = useBranchOf()
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={420}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{common('branch')}</Table.Th>
              <Table.Th className="amount">{stock('onHand')}</Table.Th>
              <Table.Th className="amount">{stock('reserved')}</Table.Th>
              <Table.Th className="amount">{stock('available')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {batch.levels.map((level) => (
              <Table.Tr key={level.branch_id}>
                <Table.Td>{branchName(level.branch_id)}</Table.Td>
                <Table.Td className="amount">{quantity(level.on_hand)}</Table.Td>
                <Table.Td className="amount">{quantity(level.reserved)}</Table.Td>
                <Table.Td className="amount">{quantity(level.available)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function History({ batch, zone }: { batch: Batch; zone: string }) {
  const t = useWords()
  const stock = useStockWords()
  const nameOf = useEmployeeName()
  if (batch.blocks.length === 0) return <Text c="dimmed">{t('never')}</Text>
  return (
    <Timeline active={batch.blocks.length} bulletSize={20}>
      {batch.blocks.map((block) => (
        <Timeline.Item
          key={block.number}
          color={block.action === 'block' ? 'red' : 'green'}
          title={block.action === 'block' ? stock('blocked') : stock('release')}
        >
          <Stack gap={0}>
            <Text size="sm">{block.reason}</Text>
            <Text size="xs" c="dimmed">{`${nameOf(block.actor_id)} · ${dateTime(block.recorded_at, zone)}`}</Text>
          </Stack>
        </Timeline.Item>
      ))}
    </Timeline>
  )
}
