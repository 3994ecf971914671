import { Button, Paper, Text, Timeline, Title } from '@mantine/core'
import { IconArrowBack, IconPackageImport, IconTruck, IconX } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Output, useCommand, useRead } from '../api.ts'
import { useBranches, useMay } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { AskReason } from '../ui/ask-reason.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { Facts } from '../ui/facts.tsx'
import { dateTime, day } from '../ui/format.ts'
import { Page, Pending } from '../ui/page.tsx'
import { Tag } from '../ui/tag.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { ReceiveTransfer } from './receive-transfer.tsx'
import { TransferLines } from './transfer-lines.tsx'
import { toneOfState, useTransferWords } from './words.ts'

const useWords = defineWords('transfer', {
  steps: ['Steps', 'Étapes', 'الخطوات'],
  planned: ['Planned', 'Préparé', 'خُطط'],
  'step-dispatch': ['Dispatched', 'Expédié', 'أُرسل'],
  'step-receive': ['Received', 'Réceptionné', 'استُلم'],
  'step-write_off': ['Shortage written off', 'Manquant mis en perte', 'شُطب النقص'],
  'step-take_back': ['Taken back', 'Repris par l’expéditeur', 'أُعيد إلى المرسل'],
  'step-cancel': ['Cancelled', 'Annulé', 'أُلغي'],
  isSent: ['The goods are on their way.', 'Les articles sont en route.', 'البضاعة في الطريق.'],
  done: ['Done.', 'C’est fait.', 'تم.'],
  cancelSays: [
    'Nothing of it arrives. What is on the way comes back into the stock of the sender.',
    'Rien n’arrivera. Ce qui est en route revient dans le stock de l’expéditeur.',
    'لن يصل شيء منه، وما في الطريق يعود إلى مخزون المرسل.',
  ],
  takeBack: ['Take back', 'Reprendre', 'استرجاع'],
  takeBackSays: [
    'What is short never left, or came back: it goes into the stock of the sender again.',
    'Le manquant n’est jamais parti ou est revenu : il rentre dans le stock de l’expéditeur.',
    'النقص لم يغادر أو عاد: يرجع إلى مخزون المرسل.',
  ],
  writeOff: ['Write off the shortage', 'Mettre le manquant en perte', 'شطب النقص'],
  writeOffSays: [
    'What is short is given up: its value becomes a loss.',
    'Le manquant est abandonné : sa valeur devient une perte.',
    'يُشطب النقص وتصبح قيمته خسارة.',
  ],
})

type Transfer = Output<'transfers.get-transfer'>
type Asked = 'cancel' | 'take-back' | 'write-off'

/** One transfer: its lines, what became of them, and the next step. */
export function TransferDetail() {
  const { id } = useParams({ strict: false }) as { id: string }
  const transfer = useRead('transfers.get-transfer', { id })
  if (!transfer.data) return <Pending error={transfer.error} retry={() => void transfer.refetch()} />
  return <Shown transfer={transfer.data} />
}

function Shown({ transfer }: { transfer: Transfer }) {
  const words = useTransferWords()
  const { branchName } = useBranchOf()
  const [isReceiving, setReceiving] = useState(false)
  return (
    <Page
      title={words('transfer', { number: transfer.number })}
      actions={<Actions transfer={transfer} onReceive={isReceiving ? undefined : () => setReceiving(true)} />}
    >
      <Paper withBorder p="md">
        <Facts
          columns={5}
          of={[
            [
              words('state'),
              <Tag key="state" tone={toneOfState[transfer.state]}>
                {words(transfer.state)}
              </Tag>,
            ],
            [words('from'), branchName(transfer.from_branch_id)],
            [words('to'), branchName(transfer.to_branch_id)],
            [words('expected'), transfer.expected_on && day(transfer.expected_on)],
            [words('notes'), transfer.notes],
          ]}
        />
      </Paper>
      {isReceiving ? (
        <ReceiveTransfer key={transfer.version} transfer={transfer} onClose={() => setReceiving(false)} />
      ) : (
        <TransferLines transfer={transfer} />
      )}
      <Steps transfer={transfer} />
    </Page>
  )
}

function Actions({ transfer, onReceive }: { transfer: Transfer; onReceive: (() => void) | undefined }) {
  const t = useWords()
  const words = useTransferWords()
  const common = useCommonWords()
  const may = useMay()
  const { branches } = useBranches()
  const [asked, setAsked] = useState<Asked>()
  const dispatch = useCommand('transfers.dispatch-transfer', ['inventory', 'replenishment', 'valuation'])
  const { id, version, state } = transfer
  const isOurs = (branchId: string) => branches.some((one) => one.id === branchId)
  const sends = isOurs(transfer.from_branch_id)
  const receives = isOurs(transfer.to_branch_id) && may('transfers.receive-transfer')
  const send = () => dispatch.mutate({ id, version }, { onSuccess: () => tellDone(t('isSent')), onError: tell })
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconArrowBack size={18} className="turns" />}
        renderRoot={(props) => <Link to="/transfers" {...props} />}
      >
        {common('back')}
      </Button>
      {sends && may('transfers.cancel-transfer') && (state === 'pending' || state === 'in_transit') ? (
        <Button variant="light" color="red" leftSection={<IconX size={18} />} onClick={() => setAsked('cancel')}>
          {words('cancel')}
        </Button>
      ) : null}
      {sends && may('transfers.take-back-shortage') && state === 'short' ? (
        <Button variant="light" onClick={() => setAsked('take-back')}>
          {t('takeBack')}
        </Button>
      ) : null}
      {may('transfers.write-off-shortage') && state === 'short' ? (
        <Button variant="light" color="red" onClick={() => setAsked('write-off')}>
          {t('writeOff')}
        </Button>
      ) : null}
      {sends && may('transfers.dispatch-transfer') && state === 'pending' ? (
        <Button leftSection={<IconTruck size={18} />} loading={dispatch.isPending} onClick={send}>
          {words('dispatch')}
        </Button>
      ) : null}
      {receives && onReceive && (state === 'in_transit' || state === 'short') ? (
        <Button leftSection={<IconPackageImport size={18} />} onClick={onReceive}>
          {words('receive')}
        </Button>
      ) : null}
      {asked ? <Ask asked={asked} transfer={transfer} onClose={() => setAsked(undefined)} /> : null}
    </>
  )
}

function Ask({ asked, transfer, onClose }: { asked: Asked; transfer: Transfer; onClose: () => void }) {
  const t = useWords()
  const words = useTransferWords()
  const { id, version } = transfer
  const more = (reason: string) => ({ id, version, ...(reason ? { reason } : {}) })
  const rest = {
    label: words('reason'),
    onClose,
    onDone: () => tellDone(t('done')),
    touches: ['inventory', 'replenishment', 'valuation'],
  }
  if (asked === 'cancel') {
    const about = { title: words('cancel'), says: t('cancelSays'), button: words('cancel'), color: 'red' }
    return <AskReason {...rest} {...about} operation="transfers.cancel-transfer" isRequired={false} input={more} />
  }
  if (asked === 'take-back') {
    const about = { title: t('takeBack'), says: t('takeBackSays'), button: t('takeBack') }
    return <AskReason {...rest} {...about} operation="transfers.take-back-shortage" isRequired={false} input={more} />
  }
  const about = { title: t('writeOff'), says: t('writeOffSays'), button: t('writeOff'), color: 'red' }
  return (
    <AskReason
      {...rest}
      {...about}
      operation="transfers.write-off-shortage"
      input={(reason) => ({ id, version, reason })}
    />
  )
}

function Steps({ transfer }: { transfer: Transfer }) {
  const t = useWords()
  const nameOf = useEmployeeName()
  const { zoneOf } = useBranchOf()
  const zone = zoneOf(transfer.from_branch_id)
  const first = {
    id: transfer.id,
    word: t('planned'),
    actor_id: transfer.requested_by,
    recorded_at: transfer.created_at,
    reason: null,
  }
  const steps = [first, ...transfer.steps.map((one) => ({ ...one, word: t(`step-${one.action}`) }))]
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="md">
        {t('steps')}
      </Title>
      <Timeline active={steps.length} bulletSize={18}>
        {steps.map((step) => (
          <Timeline.Item key={step.id} title={step.word}>
            {step.reason ? <Text size="sm">{step.reason}</Text> : null}
            <Text size="xs" c="dimmed">{`${nameOf(step.actor_id)} · ${dateTime(step.recorded_at, zone)}`}</Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Paper>
  )
}
