import { Modal, Select, Stack, Text, Textarea } from '@mantine/core'
import type { OperationName } from '../api.ts'
import { AmountInput } from '../ui/amount-input.tsx'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { tellDone } from '../ui/tell.tsx'
import { defineWords } from '../ui/words.ts'
import type { SessionInFull } from './session-state.ts'
import { reportNoun } from './use-report.ts'
import { type CashWord, useCashWords } from './words.ts'

export const useMoveWords = defineWords('cash-moves', {
  pay_in: ['Pay in', 'Entrée de caisse', 'إيداع في الصندوق'],
  pay_out: ['Pay out', 'Sortie de caisse', 'سحب من الصندوق'],
  drop: ['Drop into the safe', 'Versement au coffre', 'إيداع في الخزنة'],
  put_in: ['Put in', 'Entrée au coffre', 'إيداع في الخزنة'],
  take_out: ['Take out', 'Sortie du coffre', 'سحب من الخزنة'],
  dropSays: [
    'Cash that is too much for the drawer is kept in the safe of the branch.',
    'Le trop-plein du tiroir est gardé dans le coffre du point de vente.',
    'يُحفظ النقد الزائد عن الدرج في خزنة الفرع.',
  ],
  done: ['Recorded', 'Enregistré', 'تم التسجيل'],
})

/** Ways that cash moves beside sales: the operation, the field for the other side, and what that may be. */
const moves = {
  pay_in: {
    operation: 'cash.pay-in',
    field: 'from',
    uses: ['safe', 'other_income', 'customers', 'staff_receivables', 'capital'],
  },
  pay_out: {
    operation: 'cash.pay-out',
    field: 'to',
    uses: ['other_expenses', 'delivery_costs', 'suppliers', 'staff_receivables', 'tips_payable', 'owner_draws', 'safe'],
  },
  drop: { operation: 'cash.drop-cash', field: null, uses: [] },
  put_in: {
    operation: 'cash.move-safe',
    field: 'against',
    uses: [
      'bank',
      'cash_in_transit',
      'opening_balances',
      'capital',
      'customers',
      'staff_receivables',
      'other_income',
      'cash_over',
    ],
  },
  take_out: {
    operation: 'cash.move-safe',
    field: 'against',
    uses: [
      'bank',
      'cash_in_transit',
      'suppliers',
      'wages_payable',
      'staff_receivables',
      'owner_draws',
      'other_expenses',
      'cash_short',
    ],
  },
} as const satisfies Record<string, { operation: OperationName; field: string | null; uses: readonly string[] }>

export type Move = keyof typeof moves
type Place = Pick<SessionInFull, 'currency'> & ({ readonly id: string } | { readonly branch_id: string })

/** Moves cash of a drawer, or of the safe of a branch, and says why. */
export function MoveCash({ move, of, close }: { move: Move; of: Place; close: () => void }) {
  const t = useMoveWords()
  const common = useCommonWords()
  const cash = useCashWords()
  const { operation, field, uses } = moves[move]
  const { currency, ...place } = of
  const sending = useCommandForm(operation, {
    values: { amount: '', use: uses[0] ?? '', reason: '' },
    input: ({ amount, use, reason }) =>
      ({
        ...place,
        ...{ amount, reason },
        ...(field === null ? {} : { [field]: use }),
        ...('branch_id' in place ? { kind: move } : {}),
      }) as never,
    onDone: () => {
      tellDone(t('done'))
      close()
    },
    touches: ['ledger', reportNoun],
  })
  const { form } = sending
  const label = move === 'pay_out' || move === 'take_out' ? cash('to') : cash('from')
  return (
    <Modal opened onClose={close} title={t(move)} closeButtonProps={{ 'aria-label': common('close') }}>
      <form onSubmit={sending.send}>
        <Stack>
          {move === 'drop' ? <Text size="sm">{t('dropSays')}</Text> : null}
          <AmountInput
            label={cash('amount')}
            currency={currency}
            size="lg"
            required
            data-autofocus
            {...form.getInputProps('amount')}
          />
          {field === null ? null : (
            <Select
              label={label}
              data={uses.map((use) => ({ value: use, label: cash(`use_${use}` as CashWord) }))}
              allowDeselect={false}
              {...form.getInputProps('use')}
            />
          )}
          <Textarea
            label={cash('reason')}
            description={cash('reasonHint')}
            required
            maxLength={200}
            {...form.getInputProps('reason')}
          />
          <FormEnd of={sending} label={t(move)} />
        </Stack>
      </form>
    </Modal>
  )
}
