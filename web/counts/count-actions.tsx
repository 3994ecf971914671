import { Button } from '@mantine/core'
import { IconArrowBack, IconCheck, IconSend } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useCommand } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { AskReason } from '../ui/ask-reason.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { confirm } from '../ui/confirm.tsx'
import { tell, tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import type { Count } from './count-detail.tsx'
import { useCountWords } from './words.ts'

const useWords = defineWords('count-actions', {
  submit: ['Hand in', 'Remettre', 'تسليم'],
  leaveTitle: ['Hand in with lines left out?', 'Remettre avec des lignes non comptées ?', 'تسليم مع أسطر لم تُعدّ؟'],
  leaveSays: [
    '{{count}} lines were not counted. They stay as the books have them, and are not taken for counted.',
    '{{count}} lignes n’ont pas été comptées. Elles restent au stock théorique et ne sont pas considérées comme comptées.',
    'لم يُعدّ {{count}} سطرًا. تبقى كما في الدفاتر ولا تُحسب معدودة.',
  ],
  leaveSays_one: [
    'One line was not counted. It stays as the books have it, and is not taken for counted.',
    'Une ligne n’a pas été comptée. Elle reste au stock théorique et n’est pas considérée comme comptée.',
    'سطر واحد لم يُعدّ. يبقى كما في الدفاتر ولا يُحسب معدودًا.',
  ],
  leaveSays_two: [
    '{{count}} lines were not counted. They stay as the books have them, and are not taken for counted.',
    '{{count}} lignes n’ont pas été comptées. Elles restent au stock théorique et ne sont pas considérées comme comptées.',
    'سطران لم يُعدّا. يبقيان كما في الدفاتر ولا يُحسبان معدودين.',
  ],
  leaveSays_few: [
    '{{count}} lines were not counted. They stay as the books have them, and are not taken for counted.',
    '{{count}} lignes n’ont pas été comptées. Elles restent au stock théorique et ne sont pas considérées comme comptées.',
    'لم تُعدّ {{count}} أسطر. تبقى كما في الدفاتر ولا تُحسب معدودة.',
  ],
  submitted: [
    'It waits for approval by somebody else.',
    'En attente de validation par quelqu’un d’autre.',
    'بانتظار اعتماد شخص آخر.',
  ],
  approve: ['Approve', 'Valider', 'اعتماد'],
  approveTitle: ['Approve the count?', 'Valider l’inventaire ?', 'اعتماد الجرد؟'],
  approveSays: [
    'The differences are posted: stock and books follow what was counted. This cannot be undone.',
    'Les écarts sont comptabilisés : le stock et les comptes suivent le comptage. C’est définitif.',
    'تُرحّل الفروق: يتبع المخزون والحسابات ما عُدّ. لا رجوع عن ذلك.',
  ],
  approved: ['The differences are posted.', 'Les écarts sont comptabilisés.', 'رُحّلت الفروق.'],
  sendBack: ['Count again', 'Faire recompter', 'إعادة العدّ'],
  sendBackSays: [
    'Lines chosen to be counted again: {{count}}, beside those marked already. The count is open again.',
    'Lignes à recompter : {{count}}, en plus de celles déjà marquées. L’inventaire est rouvert.',
    'الأسطر المختارة لإعادة العدّ: {{count}}، إضافة إلى المعلّمة. يُفتح الجرد من جديد.',
  ],
  cancel: ['Give up', 'Abandonner', 'إلغاء الجرد'],
  cancelSays: ['Nothing of it is posted.', 'Rien n’en est comptabilisé.', 'لا يُرحّل منه شيء.'],
  lift: ['Lift the freeze', 'Lever le gel', 'رفع التجميد'],
  liftSays: [
    'What is counted may move again; the count goes on.',
    'Les articles peuvent de nouveau bouger ; l’inventaire continue.',
    'تتحرك الأصناف من جديد ويستمر الجرد.',
  ],
  done: ['Done.', 'C’est fait.', 'تم.'],
})

type Asked = 'send-back' | 'cancel' | 'lift'
interface CountActionsProps {
  readonly count: Count
  /** The lines chosen to be counted again. */
  readonly chosen: ReadonlySet<string>
  readonly onDone: () => void
}

/** The next steps of a count, for who may take them. */
export function CountActions({ count, chosen, onDone }: CountActionsProps) {
  const t = useWords()
  const common = useCommonWords()
  const may = useMay()
  const [asked, setAsked] = useState<Asked>()
  const isOver = count.state === 'approved' || count.state === 'cancelled'
  const offered: readonly (readonly [Asked, string, boolean])[] = [
    ['cancel', t('cancel'), !isOver && may('counts.cancel-count')],
    ['lift', t('lift'), !isOver && count.frozen_until !== null && may('counts.lift-freeze')],
    ['send-back', t('sendBack'), count.state === 'submitted' && may('counts.send-back')],
  ]
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconArrowBack size={18} className="turns" />}
        renderRoot={(props) => <Link to="/counts" {...props} />}
      >
        {common('back')}
      </Button>
      {offered
        .filter(([, , isOffered]) => isOffered)
        .map(([key, label]) => (
          <Button
            key={key}
            variant="light"
            onClick={() => setAsked(key)}
            {...(key === 'cancel' ? { color: 'red' } : {})}
          >
            {label}
          </Button>
        ))}
      <Forward count={count} />
      {asked ? <Ask asked={asked} {...{ count, chosen, onDone }} onClose={() => setAsked(undefined)} /> : null}
    </>
  )
}

function Forward({ count }: { count: Count }) {
  const t = useWords()
  const may = useMay()
  const submit = useCommand('counts.submit-count')
  const approve = useCommand('counts.approve-count', ['inventory', 'replenishment', 'valuation'])
  const { id, version } = count
  const left = count.lines - count.counted
  const hand = () =>
    submit.mutate(
      { id, version, leaves_out_uncounted: left > 0 },
      { onSuccess: () => tellDone(t('submitted')), onError: tell },
    )
  const post = () => approve.mutate({ id, version }, { onSuccess: () => tellDone(t('approved')), onError: tell })
  if (count.state === 'open' && may('counts.submit-count')) {
    const says = { title: t('leaveTitle'), says: t('leaveSays', { count: left }), button: t('submit') }
    return (
      <Button
        leftSection={<IconSend size={18} />}
        loading={submit.isPending}
        onClick={() => (left > 0 ? confirm({ ...says, act: hand }) : hand())}
      >
        {t('submit')}
      </Button>
    )
  }
  if (count.state !== 'submitted' || !may('counts.approve-count')) return null
  return (
    <Button
      leftSection={<IconCheck size={18} />}
      loading={approve.isPending}
      onClick={() => confirm({ title: t('approveTitle'), says: t('approveSays'), button: t('approve'), act: post })}
    >
      {t('approve')}
    </Button>
  )
}

function Ask({ asked, count, chosen, onDone, onClose }: CountActionsProps & { asked: Asked; onClose: () => void }) {
  const t = useWords()
  const words = useCountWords()
  const { id, version } = count
  const rest = {
    label: words('reason'),
    onClose,
    onDone: () => {
      tellDone(t('done'))
      onDone()
    },
  }
  const input = (reason: string) => ({ id, version, reason })
  if (asked === 'lift') {
    const about = { title: t('lift'), says: t('liftSays'), button: t('lift') }
    return <AskReason {...rest} {...about} operation="counts.lift-freeze" input={input} />
  }
  if (asked === 'cancel') {
    const about = { title: t('cancel'), says: t('cancelSays'), button: t('cancel'), color: 'red' }
    return <AskReason {...rest} {...about} operation="counts.cancel-count" input={input} />
  }
  const about = { title: t('sendBack'), says: t('sendBackSays', { count: chosen.size }), button: t('sendBack') }
  return (
    <AskReason
      {...rest}
      {...about}
      operation="counts.send-back"
      input={(reason) => ({ ...input(reason), line_ids: [...chosen] })}
    />
  )
}
