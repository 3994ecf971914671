import { Anchor, Button, Modal, Paper, Select, Stack, Table, Textarea, Title } from '@mantine/core'
import { IconArrowBack, IconLock } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Output, useRead } from '../api.ts'
import { Goods } from '../catalog/variants.tsx'
import { useMay, useWorkplace } from '../identity/session.ts'
import { Expiry } from '../inventory/expiry.tsx'
import { PartyName } from '../parties/party-name.tsx'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { Facts } from '../ui/facts.tsx'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { dateTime, todayIn } from '../ui/format.ts'
import { Page, Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { Trace } from './trace.tsx'
import { toneOfSeverity, useRecallWords } from './words.ts'

const useWords = defineWords('recall', {
  batches: ['Batches', 'Lots', 'التشغيلات'],
  close: ['Close the recall', 'Clore le rappel', 'إغلاق السحب'],
  closeSays: [
    'Released: they may be sold again, unless something else blocks them. Kept blocked: they are written off from their pages.',
    'Libérés : de nouveau vendables, sauf autre blocage. Maintenus bloqués : à mettre au rebut depuis leurs pages.',
    'إفراج: تُباع من جديد ما لم يحظرها شيء آخر. إبقاء الحظر: تُتلف من صفحاتها.',
  ],
  isClosed: ['The recall is closed.', 'Le rappel est clos.', 'أُغلق السحب.'],
})

type Recall = Output<'recalls.get-recall'>

/** One recall: its batches, where they came from and went to, and its end. */
export function RecallDetail() {
  const { id } = useParams({ strict: false }) as { id: string }
  const recall = useRead('recalls.get-recall', { id })
  if (!recall.data) return <Pending error={recall.error} retry={() => void recall.refetch()} />
  return <Shown recall={recall.data} />
}

function Shown({ recall }: { recall: Recall }) {
  const t = useWords()
  const words = useRecallWords()
  const common = useCommonWords()
  const may = useMay()
  const [isClosing, setClosing] = useState(false)
  return (
    <Page
      title={words('recall', { number: recall.number })}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconArrowBack size={18} className="turns" />}
            renderRoot={(props) => <Link to="/recalls" {...props} />}
          >
            {common('back')}
          </Button>
          {recall.state === 'open' && may('recalls.close-recall') ? (
            <Button leftSection={<IconLock size={18} />} onClick={() => setClosing(true)}>
              {t('close')}
            </Button>
          ) : null}
        </>
      }
    >
      <Head recall={recall} />
      <Batches recall={recall} />
      {may('recalls.trace') ? <Trace subject={{ recall_id: recall.id }} /> : null}
      {isClosing ? <Close recall={recall} onClose={() => setClosing(false)} /> : null}
    </Page>
  )
}

function Head({ recall }: { recall: Recall }) {
  const words = useRecallWords()
  const nameOf = useEmployeeName()
  const { tenant } = useWorkplace()
  const said = (id: string | null, at: string) => `${nameOf(id)} · ${dateTime(at, tenant.time_zone)}`
  return (
    <Paper withBorder p="md">
      <Facts
        of={[
          [
            words('severity'),
            <Tag key="severity" tone={toneOfSeverity[recall.severity]}>
              {words(recall.severity)}
            </Tag>,
          ],
          [words('state'), words(`state-${recall.state}`)],
          [words('reason'), recall.reason],
          [
            words('authority'),
            recall.authority_reference && <span className="code">{recall.authority_reference}</span>,
          ],
          [words('supplier'), recall.supplier_id && <PartyName id={recall.supplier_id} />],
          [words('opened'), said(recall.opened_by, recall.opened_at)],
          [words('closed'), recall.closed_at && said(recall.closed_by, recall.closed_at)],
          [words('outcome'), recall.outcome && words(recall.outcome)],
          [words('result'), recall.result],
        ]}
      />
    </Paper>
  )
}

function Batches({ recall }: { recall: Recall }) {
  const t = useWords()
  const words = useRecallWords()
  const { tenant } = useWorkplace()
  const today = todayIn(tenant.time_zone)
  return (
    <Paper withBorder>
      <Title order={2} size="h4" p="md" pb="xs">
        {t('batches')}
      </Title>
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words('goods')}</Table.Th>
              <Table.Th>{words('batch')}</Table.Th>
              <Table.Th>{words('expires')}</Table.Th>
              <Table.Th>{words('state')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {recall.batches.map((batch) => (
              <Table.Tr key={batch.batch_id}>
                <Table.Td>
                  <Goods name={batch.product_name} sku={batch.sku} />
                </Table.Td>
                <Table.Td>
                  <Anchor
                    size="sm"
                    className="code"
                    renderRoot={(props) => <Link to="/stock/batches/$id" params={{ id: batch.batch_id }} {...props} />}
                  >
                    {batch.number}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <Expiry on={batch.expires_on} today={today} />
                </Table.Td>
                <Table.Td>
                  <Tag tone={batch.is_blocked ? 'bad' : 'good'}>{words(batch.is_blocked ? 'blocked' : 'free')}</Tag>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function Close({ recall, onClose }: { recall: Recall; onClose: () => void }) {
  const t = useWords()
  const words = useRecallWords()
  const common = useCommonWords()
  const outcomes = ['kept_blocked', 'released'] as const
  const values: Record<string, unknown> & { outcome: (typeof outcomes)[number]; result: string } = {
    outcome: 'kept_blocked',
    result: '',
  }
  const of = useCommandForm('recalls.close-recall', {
    values,
    input: ({ outcome, result }) => ({ id: recall.id, version: recall.version, outcome, result: result.trim() }),
    touches: ['inventory', 'replenishment'],
    onDone: () => {
      tellDone(t('isClosed'))
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title={t('close')} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={of.send}>
        <Stack>
          <Select
            label={words('outcome')}
            description={t('closeSays')}
            allowDeselect={false}
            data={outcomes.map((value) => ({ value, label: words(value) }))}
            {...of.form.getInputProps('outcome')}
          />
          <Textarea label={words('result')} required autosize minRows={2} {...of.form.getInputProps('result')} />
          <FormEnd of={of} label={t('close')} />
        </Stack>
      </form>
    </Modal>
  )
}
