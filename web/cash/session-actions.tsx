import { Alert, Button, Group, Modal, Paper, Title } from '@mantine/core'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { isZero } from '../ui/format.ts'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import { CloseForm } from './close-form.tsx'
import { CountForm } from './count-form.tsx'
import { type Move, MoveCash, useMoveWords } from './move-cash.tsx'
import type { SessionInFull } from './session-state.ts'
import { StepForm, type StepKind, useStepWords } from './step-forms.tsx'
import { useReport } from './use-report.ts'
import { useRights } from './use-rights.ts'
import { type TenderKind, useTenders } from './use-tenders.ts'

const useWords = defineWords('session-actions', {
  close: ['End the session', 'Terminer la session', 'إنهاء الجلسة'],
  countTitle: ['Count the session', 'Compter la session', 'عدّ الجلسة'],
  countSays: [
    'Sales have ended. Count what is in the drawer: within the threshold the session closes by itself.',
    'Les ventes sont finies. Comptez le tiroir : dans le seuil, la session se clôture d’elle-même.',
    'انتهى البيع. عُدّ ما في الدرج: ضمن الحد المقبول تُقفل الجلسة تلقائيًا.',
  ],
  waits: [
    'The count differs by more than the threshold, or was not the first one. Somebody who neither opened nor counted the session looks at it and approves it.',
    'L’écart dépasse le seuil, ou ce n’était pas le premier comptage. Une personne qui n’a ni ouvert ni compté la session l’examine et l’approuve.',
    'الفرق فوق الحد أو لم يكن هذا العدّ الأول. ينظر فيه ويعتمده من لم يفتح الجلسة ولم يعدّها.',
  ],
  judge: ['What became of the difference?', 'Que dire de l’écart ?', 'ما تفسير الفرق؟'],
  judgeSays: [
    'Explain what can be explained, write off the rest, then approve. Or let it be counted again.',
    'Expliquez ce qui peut l’être, passez le reste en perte ou profit, puis approuvez. Ou faites recompter.',
    'فسّر ما يمكن تفسيره واشطب الباقي ثم اعتمد، أو اطلب إعادة العدّ.',
  ],
  done: ['Done', 'C’est fait', 'تم'],
  isClosed: [
    'Counted within the threshold: the session is closed.',
    'Écart dans le seuil : la session est clôturée.',
    'العدّ ضمن الحد المقبول: أُقفلت الجلسة.',
  ],
  isPassedOn: [
    'Counted. Somebody else approves it now.',
    'Comptage enregistré. Une autre personne doit l’approuver.',
    'تم العدّ. يعتمده الآن شخص آخر.',
  ],
})

/** What whoever looks at a session may do with it next; the next step of its life stands open. */
export function SessionActions({ session }: { session: SessionInFull }) {
  const rights = useRights(session)
  const t = useWords()
  return (
    <>
      {rights.move || rights.close ? <WhileOpen session={session} /> : null}
      {rights.count ? <ToCount session={session} /> : null}
      {rights.judge ? <ToJudge session={session} /> : null}
      {rights.waitsForAnother ? <Alert color="orange">{t('waits')}</Alert> : null}
    </>
  )
}

const drawerMoves = ['pay_in', 'pay_out', 'drop'] as const

function WhileOpen({ session }: { session: SessionInFull }) {
  const t = useWords()
  const moving = useMoveWords()
  const common = useCommonWords()
  const rights = useRights(session)
  const [open, setOpen] = useState<Move | 'close'>()
  const close = () => setOpen(undefined)
  return (
    <Group gap="xs">
      {rights.move
        ? drawerMoves.map((move) => (
            <Button key={move} variant="default" onClick={() => setOpen(move)}>
              {moving(move)}
            </Button>
          ))
        : null}
      {rights.close ? <Button onClick={() => setOpen('close')}>{t('close')}</Button> : null}
      {open === 'close' ? (
        <Modal opened onClose={close} title={t('close')} closeButtonProps={{ 'aria-label': common('close') }}>
          <CloseForm session={session} onClosed={close} />
        </Modal>
      ) : null}
      {open && open !== 'close' ? (
        <MoveCash move={open} of={{ id: session.id, currency: session.currency }} close={close} />
      ) : null}
    </Group>
  )
}

function ToCount({ session }: { session: SessionInFull }) {
  const t = useWords()
  const { kinds } = useTenders()
  const { report, isHidden } = useReport(session)
  if (!report && !isHidden) return null
  const due = (report?.tenders ?? []).map(({ tender_kind, balance }) => [tender_kind, balance] as const)
  const expected = Object.fromEntries(due) as Partial<Record<TenderKind, string>>
  const asked = isHidden ? kinds : kinds.filter((kind) => kind === 'cash' || !isZero(expected[kind] ?? '0'))
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="count-title">
      <Title order={2} size="h4" id="count-title">
        {t('countTitle')}
      </Title>
      <p>{t('countSays')}</p>
      <CountForm
        session={session}
        expected={isHidden ? null : expected}
        kinds={asked}
        onCounted={({ status }) => tellDone(t(status === 'closed' ? 'isClosed' : 'isPassedOn'))}
      />
    </Paper>
  )
}

const steps = ['adjust', 'fix', 'write_off', 'recount'] as const satisfies readonly StepKind[]

function ToJudge({ session }: { session: SessionInFull }) {
  const t = useWords()
  const words = useStepWords()
  const [kind, setKind] = useState<StepKind>()
  const approve = useCommand('cash.approve-session', ['ledger'])
  const { id, version } = session
  const ask = () =>
    confirm({
      title: words('approveTitle'),
      says: words('approveSays'),
      button: words('approve'),
      act: () => void approve.mutateAsync({ id, version }).then(() => tellDone(t('done')), tell),
    })
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="judge-title">
      <Title order={2} size="h4" id="judge-title">
        {t('judge')}
      </Title>
      <p>{t('judgeSays')}</p>
      <Group gap="xs">
        {steps.map((step) => (
          <Button key={step} variant="default" onClick={() => setKind(step)}>
            {words(step)}
          </Button>
        ))}
        <Button loading={approve.isPending} onClick={ask}>
          {words('approve')}
        </Button>
      </Group>
      {kind ? (
        <StepForm kind={kind} session={session} close={() => setKind(undefined)} onDone={() => setKind(undefined)} />
      ) : null}
    </Paper>
  )
}
