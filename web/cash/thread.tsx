import { Avatar, Box, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useMay } from '../identity/session.ts'
import { useBranchOf } from '../tenants/use-branch-of.ts'
import { useEmployeeName } from '../tenants/use-employees.ts'
import { dateTime, isZero, money, quantity } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import { Difference } from './difference.tsx'
import { Journal } from './journal.tsx'
import type { SessionInFull } from './session-state.ts'
import { type CashWord, useCashWords } from './words.ts'

const useWords = defineWords('cash-thread', {
  open: ['opened the session', 'a ouvert la session', 'فتح الجلسة'],
  close: ['ended the sales', 'a mis fin aux ventes', 'أنهى البيع'],
  count: ['counted', 'a compté', 'عدّ الصندوق'],
  escalation: [
    'The difference is passed on to somebody who may approve it',
    'L’écart est soumis à une personne habilitée',
    'أُحيل الفرق إلى من يحق له اعتماده',
  ],
  recount: ['asked for another count', 'a demandé un nouveau comptage', 'طلب إعادة العدّ'],
  adjustment: ['explained a part of it', 'a expliqué une partie de l’écart', 'فسّر جزءًا من الفرق'],
  transaction_fix: ['moved a sale between tenders', 'a reclassé une vente', 'نقل عملية بيع بين وسائل الدفع'],
  write_off: ['wrote off the rest', 'a passé le reste en perte ou profit', 'شطب الباقي'],
  settle: [
    'Within the threshold: the session is closed',
    'Dans le seuil : la session est clôturée',
    'ضمن الحد المقبول: أُقفلت الجلسة',
  ],
  approve: ['approved and closed it', 'a approuvé et clôturé', 'اعتمد وأقفل الجلسة'],
  float: ['Float {{amount}}', 'Fond de caisse {{amount}}', 'رصيد البداية {{amount}}'],
  moved: ['{{amount}} from {{from}} to {{to}}', '{{amount}} : {{from}} → {{to}}', '{{amount}} من {{from}} إلى {{to}}'],
  receipt: ['Receipt {{number}}', 'Ticket {{number}}', 'الإيصال {{number}}'],
  without: [
    'Although receipts were missing: {{gaps}}',
    'Malgré des tickets manquants : {{gaps}}',
    'رغم نقص إيصالات: {{gaps}}',
  ],
  threshold: ['beyond {{amount}}', 'au-delà de {{amount}}', 'فوق {{amount}}'],
  journal: ['Journal entry', 'Écriture comptable', 'القيد المحاسبي'],
  hidden: ['not shown to you', 'masqué pour vous', 'مخفي عنك'],
})

type Step = SessionInFull['steps'][number]
type Count = SessionInFull['counts'][number]

/** Whose words these steps are: what follows by itself from a count is nobody's. */
const byItself: ReadonlySet<string> = new Set(['escalation', 'settle'])

/** What was done with a session, and what was counted, as a conversation: who, when, how much, why, and what it did to the books. */
export function Thread({ session }: { session: SessionInFull }) {
  const counts = session.counts.toSorted((one, other) => one.number - other.number)
  let at = 0
  const entries = session.steps
    .toSorted((one, other) => one.number - other.number)
    .map((step) => ({ step, count: step.action === 'count' ? counts[at++] : undefined }))
  return (
    <Stack component="ol" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
      {entries.map(({ step, count }) => (
        <Entry key={step.number} session={session} step={step} count={count} />
      ))}
    </Stack>
  )
}

function Entry({ session, step, count }: { session: SessionInFull; step: Step; count: Count | undefined }) {
  const t = useWords()
  const nameOf = useEmployeeName()
  const { zoneOf } = useBranchOf()
  const isNobodys = byItself.has(step.action)
  const name = nameOf(step.actor_id)
  return (
    <Group component="li" align="flex-start" gap="sm" wrap="nowrap">
      {isNobodys ? <Box w={38} /> : <Avatar name={name} color="initials" radius="xl" aria-hidden />}
      <Paper withBorder={!isNobodys} {...(isNobodys ? { bg: 'transparent' } : { p: 'sm' })} flex={1} miw={0}>
        <Group justify="space-between" gap={4} align="baseline">
          <Text size="sm">
            {isNobodys ? null : (
              <Text span fw={650} size="sm">
                {`${name} `}
              </Text>
            )}
            {t(step.action)}
          </Text>
          <Text size="xs" c="dimmed" component="time" dateTime={String(step.recorded_at)}>
            {dateTime(step.recorded_at, zoneOf(session.branch_id))}
          </Text>
        </Group>
        <About session={session} step={step} />
        {count ? <Counted count={count} currency={session.currency} /> : null}
        {step.reason ? (
          <Text size="sm" mt={4} fs="italic">
            {`“${step.reason}”`}
          </Text>
        ) : null}
        {step.journal_id ? <Journaled id={step.journal_id} currency={session.currency} /> : null}
      </Paper>
    </Group>
  )
}

/** How much a step is about, and of what. */
function About({ session, step }: { session: SessionInFull; step: Step }) {
  const t = useWords()
  const cash = useCashWords()
  const { currency } = session
  const { action, amount_impact: impact, detail } = step
  const tell = (text: string) => (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  )
  switch (action) {
    case 'open':
      return tell(t('float', { amount: money(session.float_amount, currency) }))
    case 'close':
      return Array.isArray(detail.gaps) && detail.gaps.length > 0
        ? tell(t('without', { gaps: detail.gaps.join(', ') }))
        : null
    case 'escalation':
      if (impact === null) return tell(t('hidden'))
      return (
        <Group gap={6}>
          <Text size="sm">
            <Difference amount={impact} currency={currency} />
          </Text>
          {tell(t('threshold', { amount: money(session.variance_threshold, currency) }))}
        </Group>
      )
    case 'adjustment': {
      const { tender_kind, against, amount } = texts(detail)
      if (!amount) return null
      return tell(
        `${cash(tender_kind as CashWord)} · ${cash(`use_${against}` as CashWord)} · ${money(amount, currency)}`,
      )
    }
    case 'transaction_fix': {
      const { from, to, amount, document_number: number } = texts(detail)
      if (!amount) return null
      const moved = { amount: money(amount, currency), from: cash(from as CashWord), to: cash(to as CashWord) }
      return tell([t('moved', moved), number ? t('receipt', { number }) : ''].filter(Boolean).join(' · '))
    }
    case 'write_off':
    case 'settle':
    case 'approve':
      return impact === null || isZero(impact) ? null : <Variances detail={detail} currency={currency} />
    default:
      return null
  }
}

function Variances({ detail, currency }: { detail: Step['detail']; currency: string }) {
  const cash = useCashWords()
  const found = Object.entries(texts(detail.variances)).filter(([, amount]) => amount && !isZero(amount))
  return found.map(([kind, amount]) => (
    <Group key={kind} gap={6}>
      <Text size="sm" c="dimmed">
        {cash(kind as CashWord)}
      </Text>
      <Text size="sm">
        <Difference amount={amount ?? null} currency={currency} />
      </Text>
    </Group>
  ))
}

function Counted({ count, currency }: { count: Count; currency: string }) {
  const t = useCashWords()
  return (
    <Stack gap={4} mt={4}>
      {count.lines.map((line) => (
        <div key={line.tender_kind}>
          <Group justify="space-between" gap="xs">
            <Text size="sm">{t(line.tender_kind)}</Text>
            <Group gap="md">
              <Text size="sm" fw={650} className="amount">
                {money(line.counted, currency)}
              </Text>
              {line.variance === null ? null : (
                <Text size="sm">
                  <Difference amount={line.variance} currency={currency} />
                </Text>
              )}
            </Group>
          </Group>
          {line.denominations.length > 0 ? (
            <Text size="xs" c="dimmed">
              {line.denominations
                .map(({ value, quantity: many }) => `${quantity(String(many))} × ${money(value, currency)}`)
                .join(' · ')}
            </Text>
          ) : null}
        </div>
      ))}
      {count.notes ? (
        <Text size="sm" fs="italic">
          {`“${count.notes}”`}
        </Text>
      ) : null}
    </Stack>
  )
}

function Journaled({ id, currency }: { id: string; currency: string }) {
  const t = useWords()
  const may = useMay()
  const [isShown, setShown] = useState(false)
  if (!may('ledger.get-journal')) return null
  return (
    <>
      <Button
        variant="subtle"
        size="compact-xs"
        mt={4}
        ms={-8}
        aria-expanded={isShown}
        onClick={() => setShown(!isShown)}
      >
        {t('journal')}
      </Button>
      {isShown ? <Journal id={id} currency={currency} /> : null}
    </>
  )
}

/** The texts among the fields of what is told of a step. */
function texts(detail: unknown): Readonly<Record<string, string | undefined>> {
  const fields = typeof detail === 'object' && detail !== null ? Object.entries(detail) : []
  return Object.fromEntries(fields.filter(([, value]) => typeof value === 'string'))
}
