import { Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { type Output, useRead } from '../api.ts'
import { useMay } from '../identity/session.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { money } from '../ui/format.ts'
import { defineWords } from '../ui/words.ts'
import type { SessionInFull } from './session-state.ts'
import { type TenderKind, useTenders } from './use-tenders.ts'
import { type CashWord, useCashWords } from './words.ts'

export const useStepWords = defineWords('cash-steps', {
  recount: ['Ask for another count', 'Demander un recomptage', 'طلب إعادة العدّ'],
  recountSays: [
    'Somebody counts the session once more; best somebody else than before.',
    'La session sera comptée une nouvelle fois, de préférence par une autre personne.',
    'تُعدّ الجلسة مرة أخرى، ويفضَّل أن يعدّها شخص آخر.',
  ],
  adjust: ['Explain by what was not recorded', 'Expliquer par une opération oubliée', 'تفسير بعملية لم تُسجَّل'],
  adjustSays: [
    'Something happened that nobody recorded, such as a pay-out. What is expected changes by that much, and the books with it.',
    'Une opération n’a pas été saisie, une sortie par exemple. L’attendu change d’autant, et les comptes avec lui.',
    'حدث شيء لم يسجله أحد، كسحب نقدي. يتغير المتوقع بهذا القدر وتتغير معه الدفاتر.',
  ],
  adjustAmount: ['By how much more is expected', 'De combien l’attendu augmente', 'مقدار زيادة المتوقع'],
  adjustHint: [
    'Below zero for less: after an unrecorded pay-out of 20, type -20.',
    'Négatif s’il baisse : pour une sortie oubliée de 20, saisissez -20.',
    'سالب عند النقصان: لسحب غير مسجل بقيمة 20 اكتب ‎-20.',
  ],
  fix: ['Move a sale to another tender', 'Reclasser une vente', 'نقل عملية بيع إلى وسيلة أخرى'],
  fixSays: [
    'A sale was rung up as paid with one tender and was paid with another.',
    'Une vente a été enregistrée avec un mode de paiement et réglée avec un autre.',
    'سُجِّلت عملية بيع بوسيلة دفع ودُفعت بأخرى.',
  ],
  from: ['Recorded as', 'Enregistrée en', 'سُجِّلت بـ'],
  to: ['Paid with', 'Réglée en', 'دُفعت بـ'],
  sale: ['Sale', 'Vente', 'عملية البيع'],
  saleHint: [
    'Its payments are put right, too. Without it only the drawer is.',
    'Ses paiements sont corrigés aussi ; sinon, seulement le tiroir.',
    'تُصحَّح دفعاتها أيضًا، وإلا صُحِّح الدرج فقط.',
  ],
  with: ['Its tender', 'Mode exact', 'الوسيلة بالتحديد'],
  reference: ['Reference', 'Référence', 'المرجع'],
  write_off: ['Write off the rest', 'Passer le reste en perte ou profit', 'شطب الباقي'],
  writeOffSays: [
    'What is left of the difference becomes an expense, or an income, of the business. It is not looked for any more.',
    'Le reste de l’écart devient une charge ou un produit de l’entreprise. On ne le cherche plus.',
    'يصبح ما بقي من الفرق مصروفًا أو إيرادًا للمنشأة ولا يُبحث عنه بعدها.',
  ],
  approve: ['Approve and close', 'Approuver et clôturer', 'اعتماد وإقفال'],
  approveTitle: ['Approve the session?', 'Approuver la session ?', 'اعتماد الجلسة؟'],
  approveSays: [
    'The session is closed for good: its cash goes to the safe, and its final report stays as it is.',
    'La session est clôturée définitivement : ses espèces vont au coffre et son rapport Z est figé.',
    'تُقفل الجلسة نهائيًا: يودَع نقدها في الخزنة ويثبت تقريرها الختامي.',
  ],
})

export type StepKind = 'recount' | 'adjust' | 'fix' | 'write_off'
type Answer = Output<'cash.adjust-session'>
interface StepProps {
  readonly session: SessionInFull
  readonly onDone: (session: Answer) => void
}

const forms = { recount: Recount, adjust: Adjust, fix: Fix, write_off: WriteOff } as const

/** A step of the reconciliation, said why, in a window of its own. */
export function StepForm({ kind, close, ...props }: StepProps & { kind: StepKind; close: () => void }) {
  const t = useStepWords()
  const common = useCommonWords()
  const Form = forms[kind]
  return (
    <Modal opened onClose={close} title={t(kind)} closeButtonProps={{ 'aria-label': common('close') }}>
      <Form {...props} />
    </Modal>
  )
}

function Recount(props: StepProps) {
  const t = useStepWords()
  const sending = useReasoned('cash.request-recount', props)
  return <Reasoned sending={sending} says={t('recountSays')} label={t('recount')} />
}

function WriteOff(props: StepProps) {
  const t = useStepWords()
  const sending = useReasoned('cash.write-off-variance', props)
  return <Reasoned sending={sending} says={t('writeOffSays')} label={t('write_off')} isGrave />
}

function useReasoned(name: 'cash.request-recount' | 'cash.write-off-variance', { session, onDone }: StepProps) {
  return useCommandForm(name, {
    values: { reason: '' },
    input: ({ reason }) => ({ id: session.id, version: session.version, reason }),
    onDone,
    touches: ['ledger'],
  })
}

function Reasoned(props: { sending: ReturnType<typeof useReasoned>; says: string; label: string; isGrave?: boolean }) {
  const { sending, says, label } = props
  const cash = useCashWords()
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text size="sm">{says}</Text>
        <Textarea
          label={cash('reason')}
          description={cash('reasonHint')}
          required
          maxLength={200}
          data-autofocus
          {...sending.form.getInputProps('reason')}
        />
        <FormEnd of={sending} label={label} color={props.isGrave ? 'red' : undefined} />
      </Stack>
    </form>
  )
}

const uses = [
  'other_expenses',
  'delivery_costs',
  'suppliers',
  'staff_receivables',
  'tips_payable',
  'other_income',
  'customers',
  'safe',
  'rounding_differences',
] as const

function Adjust({ session, onDone }: StepProps) {
  const t = useStepWords()
  const cash = useCashWords()
  const { kinds } = useTenders()
  const sending = useCommandForm('cash.adjust-session', {
    values: {
      tender_kind: 'cash' as TenderKind,
      amount: '',
      against: 'other_expenses' as (typeof uses)[number],
      reason: '',
    },
    input: (values) => ({ id: session.id, version: session.version, ...values }),
    onDone,
    touches: ['ledger'],
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text size="sm">{t('adjustSays')}</Text>
        <Select
          label={cash('tender')}
          data={kinds.map((kind) => ({ value: kind, label: cash(kind) }))}
          allowDeselect={false}
          {...form.getInputProps('tender_kind')}
        />
        <AmountInput
          label={t('adjustAmount')}
          description={t('adjustHint')}
          currency={session.currency}
          required
          data-autofocus
          {...form.getInputProps('amount')}
        />
        <Select
          label={cash('against')}
          data={uses.map((use) => ({ value: use, label: cash(`use_${use}` as CashWord) }))}
          allowDeselect={false}
          {...form.getInputProps('against')}
        />
        <Textarea
          label={cash('reason')}
          description={cash('reasonHint')}
          required
          maxLength={200}
          {...form.getInputProps('reason')}
        />
        <FormEnd of={sending} label={t('adjust')} />
      </Stack>
    </form>
  )
}

function Fix({ session, onDone }: StepProps) {
  const t = useStepWords()
  const cash = useCashWords()
  const { kinds, tenders } = useTenders()
  const sending = useCommandForm('cash.fix-transaction', {
    values: {
      ...{ from: 'cash' as TenderKind, to: 'card' as TenderKind, amount: '' },
      ...{ sale_id: '', tender_id: '', reference: '', reason: '' },
    },
    input: ({ sale_id, tender_id, reference, ...values }) => ({
      id: session.id,
      version: session.version,
      ...values,
      ...(sale_id ? { sale_id, tender_id } : {}),
      ...(sale_id && reference ? { reference } : {}),
    }),
    onDone,
    touches: ['ledger', 'sales', 'payments'],
  })
  const { form } = sending
  const named = kinds.map((kind) => ({ value: kind, label: cash(kind) }))
  const exact = tenders.filter(({ kind, is_active }) => kind === form.values.to && is_active)
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <Text size="sm">{t('fixSays')}</Text>
        <Select label={t('from')} data={named} allowDeselect={false} {...form.getInputProps('from')} />
        <Select label={t('to')} data={named} allowDeselect={false} {...form.getInputProps('to')} />
        <AmountInput
          label={cash('amount')}
          currency={session.currency}
          required
          data-autofocus
          {...form.getInputProps('amount')}
        />
        <SaleChoice session={session} {...form.getInputProps('sale_id')} />
        {form.values.sale_id ? (
          <>
            <Select
              label={t('with')}
              required
              data={exact.map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps('tender_id')}
            />
            <TextInput label={t('reference')} maxLength={60} {...form.getInputProps('reference')} />
          </>
        ) : null}
        <Textarea
          label={cash('reason')}
          description={cash('reasonHint')}
          required
          maxLength={200}
          {...form.getInputProps('reason')}
        />
        <FormEnd of={sending} label={t('fix')} />
      </Stack>
    </form>
  )
}

/** The latest sales of the session by number and total. */
function SaleChoice({ session, ...field }: { session: SessionInFull }) {
  const t = useStepWords()
  const may = useMay()
  const input = { session_id: session.id, limit: 200 }
  const { data } = useRead('sales.list-sales', input, { enabled: may('sales.list-sales') })
  const sold = (data?.items ?? []).filter(({ kind }) => kind !== 'refund')
  if (sold.length === 0) return null
  return (
    <Select
      label={t('sale')}
      description={t('saleHint')}
      searchable
      clearable
      data={sold.map(({ id, number, total, currency }) => ({
        value: id,
        label: `${number} · ${money(total, currency)}`,
      }))}
      {...field}
    />
  )
}
