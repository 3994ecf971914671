import { Alert, Modal, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { refusalOf } from '../api.ts'
import { useCommonWords } from '../ui/common-words.ts'
import { FormEnd, useCommandForm } from '../ui/form.tsx'
import { explain } from '../ui/problem.ts'
import { tellDone } from '../ui/tell.tsx'
import { decimalText } from './amount-text.ts'
import { notSignedIn } from './call-as-cashier.ts'
import type { AtTill } from './cashier.ts'
import { useDialogWords } from './dialog-words.ts'
import type { Session } from './store.ts'
import { useTillWords } from './words.ts'

const kinds = ['payIn', 'payOut', 'drop'] as const
type Kind = (typeof kinds)[number]
const operations = { payIn: 'cash.pay-in', payOut: 'cash.pay-out', drop: 'cash.drop-cash' } as const

/** Cash that comes into the drawer or leaves it otherwise than by a sale. */
export function CashDialog({ session, cashier, close }: { session: Session; cashier: AtTill; close: () => void }) {
  const t = useTillWords()
  const say = useDialogWords()
  const common = useCommonWords()
  const [kind, setKind] = useState<Kind>('payIn')
  return (
    <Modal opened onClose={close} title={t('cash')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack>
        <SegmentedControl data={kinds.map((value) => ({ value, label: say(value) }))} value={kind} onChange={setKind} />
        {cashier.isSignedIn ? (
          <Move key={kind} kind={kind} session={session} close={close} />
        ) : (
          <Alert color="orange">{explain(refusalOf(notSignedIn))}</Alert>
        )}
      </Stack>
    </Modal>
  )
}

function Move({ kind, session, close }: { kind: Kind; session: Session; close: () => void }) {
  const t = useDialogWords()
  const sending = useCommandForm(operations[kind], {
    values: { amount: '', reason: '' },
    input: ({ amount, reason }) => ({ id: session.id, amount: decimalText(amount) || amount, reason: reason.trim() }),
    onDone: () => {
      tellDone(t('booked'))
      close()
    },
  })
  const { form } = sending
  return (
    <form onSubmit={sending.send}>
      <Stack>
        <TextInput
          label={t('amount')}
          inputMode="decimal"
          dir="ltr"
          size="lg"
          required
          data-autofocus
          {...form.getInputProps('amount')}
        />
        <TextInput label={t('reason')} required maxLength={200} {...form.getInputProps('reason')} />
        <FormEnd of={sending} label={t(kind)} />
      </Stack>
    </form>
  )
}
