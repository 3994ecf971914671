import { Alert, Button, Group, Paper, SegmentedControl, Stack, Text, Textarea, Title } from '@mantine/core'
import Decimal from 'decimal.js'
import { useState } from 'react'
import { type Input, type Output, useCommand } from '../api.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { confirm } from '../ui/confirm.tsx'
import { isZero, money } from '../ui/format.ts'
import { toldWhole } from '../ui/told.tsx'
import { defineWords } from '../ui/words.ts'
import { CoinCounter, denominationsOf, type Quantities, sumOf } from './coin-counter.tsx'
import { coinageOf } from './denominations.ts'
import { Difference } from './difference.tsx'
import type { SessionInFull } from './session-state.ts'
import type { TenderKind } from './use-tenders.ts'
import { useCashWords } from './words.ts'

const useWords = defineWords('count', {
  byCoins: ['By notes and coins', 'Par billets et pièces', 'حسب الأوراق والقطع'],
  bySum: ['The sum only', 'Le total seulement', 'المجموع فقط'],
  how: ['How cash is counted', 'Mode de comptage', 'طريقة العدّ'],
  others: ['Other tenders', 'Autres modes de paiement', 'وسائل الدفع الأخرى'],
  othersSay: [
    'What the slips of the card terminal and the like come to. Leave empty what there is none of.',
    'Le total des tickets du terminal, etc. Laissez vide ce qu’il n’y a pas.',
    'مجموع إيصالات جهاز البطاقات ونحوها. اترك فارغًا ما لا يوجد منه شيء.',
  ],
  blind: [
    'Counted blind: you do not see what is expected.',
    'Comptage à l’aveugle : l’attendu n’est pas affiché.',
    'عدّ أعمى: لا يظهر لك المتوقع.',
  ],
  notes: ['Notes', 'Remarques', 'ملاحظات'],
  notesHint: ['Optional. No names of persons.', 'Facultatif. Pas de noms de personnes.', 'اختياري. دون أسماء أشخاص.'],
  handIn: ['Hand in the count', 'Valider le comptage', 'تسليم العدّ'],
  handInTitle: ['Hand in the count?', 'Valider le comptage ?', 'تسليم العدّ؟'],
  handInSays: [
    '{{sums}}. What is handed in stays as it is.',
    '{{sums}}. Un comptage validé ne se modifie plus.',
    '{{sums}}. لا يُعدَّل العدّ بعد تسليمه.',
  ],
  counted: ['Cash counted', 'Espèces comptées', 'النقد المعدود'],
})

interface CountFormProps {
  readonly session: Pick<SessionInFull, 'id' | 'version' | 'currency'>
  /** What should be there of each kind; null where whoever counts does not see it. */
  readonly expected: Readonly<Partial<Record<TenderKind, string>>> | null
  /** The kinds that may have been paid with; cash is always counted. */
  readonly kinds: readonly TenderKind[]
  readonly onCounted: (session: Output<'cash.count-session'>) => void
}

/** Counts a session that has ended: cash by notes and coins, with a running sum, and what came in otherwise. */
export function CountForm({ session, expected, kinds, onCounted }: CountFormProps) {
  const t = useWords()
  const cash = useCashWords()
  const [quantities, setQuantities] = useState<Quantities>({})
  const [mode, setMode] = useState(coinageOf(session.currency) ? 'coins' : 'sum')
  const [amounts, setAmounts] = useState<Partial<Record<TenderKind, string>>>({})
  const [notes, setNotes] = useState('')
  const count = useCommand('cash.count-session')
  const { currency } = session
  const ofCash = mode === 'coins' ? sumOf(quantities) : (amounts.cash ?? '')
  const sums = { ...amounts, cash: ofCash }
  const send = async () => {
    const counted = {
      tenders: tendersOf(sums, mode === 'coins' ? denominationsOf(quantities) : []),
      ...(notes.trim() ? { notes: notes.trim() } : {}),
    }
    // What is refused stands below the form.
    const answer = await count
      .mutateAsync({ id: session.id, version: session.version, ...counted })
      .catch(() => undefined)
    if (answer) onCounted(answer)
  }
  const ask = () => {
    const told = tendersOf(sums, []).map(
      ({ tender_kind: kind, counted }) => `${cash(kind)} ${shown(counted, currency)}`,
    )
    const says = t('handInSays', { sums: told.join(' · ') })
    confirm({ title: t('handInTitle'), says, button: t('handIn'), act: () => void send() })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <Stack gap="lg">
        {expected === null ? <Alert color="blue">{t('blind')}</Alert> : null}
        {coinageOf(currency) ? <HowCounted mode={mode} onChange={setMode} /> : null}
        {mode === 'coins' ? (
          <CoinCounter currency={currency} quantities={quantities} onChange={setQuantities} />
        ) : (
          <AmountInput
            label={t('counted')}
            currency={currency}
            size="lg"
            value={amounts.cash ?? ''}
            onChange={(text) => setAmounts({ ...amounts, cash: text })}
          />
        )}
        <Others {...{ kinds, currency, expected, amounts, setAmounts }} />
        <Textarea
          label={t('notes')}
          description={t('notesHint')}
          autosize
          maxLength={500}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value.replaceAll('\n', ' '))}
        />
        {count.error ? (
          <Alert color="red" role="alert">
            {toldWhole(count.error)}
          </Alert>
        ) : null}
        <Sum {...{ sum: ofCash, expected: expected?.cash ?? null, currency, isSending: count.isPending }} />
      </Stack>
    </form>
  )
}

/** By notes and coins, or as one sum. */
function HowCounted({ mode, onChange }: { mode: string; onChange: (mode: string) => void }) {
  const t = useWords()
  return (
    <SegmentedControl
      aria-label={t('how')}
      value={mode}
      onChange={onChange}
      data={[
        { value: 'coins', label: t('byCoins') },
        { value: 'sum', label: t('bySum') },
      ]}
    />
  )
}

function Others(props: {
  kinds: readonly TenderKind[]
  currency: string
  expected: CountFormProps['expected']
  amounts: Partial<Record<TenderKind, string>>
  setAmounts: (amounts: Partial<Record<TenderKind, string>>) => void
}) {
  const t = useWords()
  const cash = useCashWords()
  const { amounts, currency, expected } = props
  const others = props.kinds.filter((kind) => kind !== 'cash')
  if (others.length === 0) return null
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('others')}
      </Title>
      <Text size="sm" c="dimmed">
        {t('othersSay')}
      </Text>
      <Group align="flex-start">
        {others.map((kind) => (
          <AmountInput
            key={kind}
            label={cash(kind)}
            description={expected?.[kind] ? `${cash('expected')} ${money(expected[kind], currency)}` : undefined}
            currency={currency}
            w={200}
            value={amounts[kind] ?? ''}
            onChange={(text) => props.setAmounts({ ...amounts, [kind]: text })}
          />
        ))}
      </Group>
    </Stack>
  )
}

/** What is counted so far, always in sight, and the way on. */
function Sum(props: { sum: string; expected: string | null; currency: string; isSending: boolean }) {
  const t = useWords()
  const cash = useCashWords()
  const { sum, expected, currency } = props
  return (
    <Paper withBorder shadow="sm" p="sm" pos="sticky" bottom={0} style={{ zIndex: 2 }}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs" aria-live="polite" style={{ columnGap: 32 }}>
          <div>
            <Text size="xs" c="dimmed">
              {t('counted')}
            </Text>
            <Text size="xl" fw={700} className="amount" data-sum={sum}>
              {shown(sum, currency)}
            </Text>
          </div>
          {expected === null || sum === '' || isZero(sum) ? null : (
            <div>
              <Text size="xs" c="dimmed">
                {`${cash('expected')} ${money(expected, currency)}`}
              </Text>
              <Difference
                amount={isAmount(sum) ? new Decimal(sum).minus(expected).toFixed() : null}
                currency={currency}
              />
            </div>
          )}
        </Group>
        <Button type="submit" size="md" flex="none" loading={props.isSending}>
          {t('handIn')}
        </Button>
      </Group>
    </Paper>
  )
}

const isAmount = (text: string) => /^-?\d+(\.\d*)?$|^-?\.\d+$/.test(text)

/** What was typed as an amount; as it is where it is none. */
function shown(text: string, currency: string): string {
  if (text === '') return money('0', currency)
  return isAmount(text) ? money(text, currency) : text
}

/** Cash is always counted; of the others what was typed. */
function tendersOf(
  sums: Partial<Record<TenderKind, string>> & { cash: string },
  denominations: { value: string; quantity: number }[],
): Input<'cash.count-session'>['tenders'] {
  const { cash, ...others } = sums
  const typed = (Object.entries(others) as [TenderKind, string][]).filter(([, text]) => text !== '')
  return [
    { tender_kind: 'cash', counted: cash || '0', ...(denominations.length > 0 ? { denominations } : {}) },
    ...typed.map(([tender_kind, counted]) => ({ tender_kind, counted })),
  ]
}
